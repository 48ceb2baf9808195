"""The experiments that are ready to run: complete, comparable, and short enough."""

import pytest

from playground.config import RunConfig
from playground.config.changes import differences
from playground.config.costs import seconds_of
from playground.config.experiments import QUANTITIES, READY, Ready

EVERY = pytest.mark.parametrize("ready", READY.values(), ids=list(READY))


@EVERY
@pytest.mark.parametrize("images", ["shapes", "digits", "cifar10"])
def test_it_takes_less_than_ten_minutes_and_runs_on_other_images(ready: Ready, images: str) -> None:
    cells = ready.grid.with_base({"data.name": images}).cells()
    assert sum(seconds_of(cell.config, 1400) for cell in cells) < 600
    assert len(ready.grid.seeds) >= 2


@EVERY
def test_runs_differ_in_what_the_axes_say_and_in_what_follows_from_the_method(ready: Ready) -> None:
    varied = {key for axis in ready.grid.axes.values() for settings in axis.values() for key in settings}
    found = set(differences([cell.config for cell in ready.grid.cells()]))
    follows = {key for key in found if key.startswith("method.")} | {"optimizer.learning_rate"}
    assert found <= varied | {"seed"} | (follows if "Method" in ready.grid.axes else set())
    assert {"seed"} <= found


@EVERY
def test_all_runs_see_the_same_number_of_images(ready: Ready) -> None:
    def seen(config: RunConfig) -> int:
        assert config.budget.steps is not None
        return config.budget.steps * config.batch_size

    assert len({seen(cell.config) for cell in ready.grid.cells()}) == 1


@EVERY
def test_its_words_fit_its_figures(ready: Ready) -> None:
    first = next(iter(ready.grid.axes.values()))
    assert set(ready.shown) <= set(QUANTITIES)
    for claim in ready.claims:
        assert claim.quantity in ready.shown
        assert len(claim.theirs) in (0, len(first))
        rising = list(claim.theirs) == sorted(claim.theirs)
        assert not claim.theirs or rising == (claim.kind == "rises")


def test_the_four_policies_apply_what_their_names_say() -> None:
    grid = READY["augmentation"].grid
    applied = {
        cell.labels[0]: {
            name for name, operation in cell.config.views.model_dump().items() if operation["probability"] > 0
        }
        for cell in grid.cells()
    }
    assert applied == {
        "colour + crop": {"crop", "jitter", "grayscale"},
        "crop": {"crop"},
        "colour": {"jitter", "grayscale"},
        "none": set(),
    }
