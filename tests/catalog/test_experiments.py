"""The experiments that are ready to run: complete, comparable, and short enough."""

from pathlib import Path

import pytest

from playground import data
from playground.catalog.duration_model import estimate_seconds
from playground.catalog.experiments import READY_EXPERIMENTS, ReadyExperiment
from playground.catalog.summary_metrics import quantities_for
from playground.config import ConfigError, RunConfig
from playground.config.diff import differences
from playground.data.sentences.dataset import Search, SentenceDataset
from playground.insight.retrieval import chance_recall, ranks, recall_at
from playground.insight.text.search_lesson import keyword_similarities

EVERY = pytest.mark.parametrize("ready", READY_EXPERIMENTS.values(), ids=list(READY_EXPERIMENTS))
ON_IMAGES = {name: ready for name, ready in READY_EXPERIMENTS.items() if ready.on_images}


@EVERY
def test_it_takes_less_than_ten_minutes(ready: ReadyExperiment) -> None:
    assert sum(estimate_seconds(cell.config, 1400) for cell in ready.grid.cells()) < 600
    assert len(ready.grid.seeds) >= 2


@pytest.mark.parametrize("ready", ON_IMAGES.values(), ids=list(ON_IMAGES))
@pytest.mark.parametrize("images", ["shapes", "digits", "cifar10"])
def test_one_on_images_runs_on_others_in_the_same_time(ready: ReadyExperiment, images: str) -> None:
    cells = ready.grid.with_base({"data.name": images}).cells()
    assert sum(estimate_seconds(cell.config, 1400) for cell in cells) < 600


@EVERY
def test_sentences_in_place_of_images_and_the_reverse_get_a_sentence(ready: ReadyExperiment) -> None:
    other, kind = ("corpus", "images") if ready.on_images else ("digits", "sentences")
    with pytest.raises(
        ConfigError, match=f"^data.name: {other} was given, but these runs learn from {kind}; allowed is"
    ):
        ready.grid.with_base({"data.name": other})


def test_only_one_is_on_sentences() -> None:
    assert set(READY_EXPERIMENTS) - set(ON_IMAGES) == {"hard_negatives"}
    cells = READY_EXPERIMENTS["hard_negatives"].grid.cells()
    assert {cell.config.data.name for cell in cells} == {"corpus"}
    assert {cell.config.method.learns_from for cell in cells} == {"sentences"}


@EVERY
def test_runs_differ_in_what_the_axes_say_and_in_what_follows_from_the_method(ready: ReadyExperiment) -> None:
    varied = {key for axis in ready.grid.axes.values() for settings in axis.values() for key in settings}
    found = set(differences([cell.config for cell in ready.grid.cells()]))
    follows = {key for key in found if key.startswith("method.")} | {"optimizer.learning_rate"}
    assert found <= varied | {"seed"} | (follows if "Method" in ready.grid.axes else set())
    assert {"seed"} <= found


@EVERY
def test_all_runs_see_the_same_number_of_images(ready: ReadyExperiment) -> None:
    def seen(config: RunConfig) -> int:
        assert config.budget.steps is not None
        return config.budget.steps * config.batch_size

    assert len({seen(cell.config) for cell in ready.grid.cells()}) == 1


@EVERY
def test_its_words_fit_its_figures(ready: ReadyExperiment) -> None:
    first = next(iter(ready.grid.axes.values()))
    assert set(ready.shown) <= set(quantities_for({cell.config.method.learns_from for cell in ready.grid.cells()}))
    for claim in ready.claims:
        assert claim.quantity in ready.shown
        assert len(claim.theirs) in (0, len(first))
        rising = list(claim.theirs) == sorted(claim.theirs)
        assert not claim.theirs or rising == (claim.kind == "rises")


def test_what_is_said_of_a_search_by_words_is_so() -> None:
    config = READY_EXPERIMENTS["hard_negatives"].grid.cells()[0].config
    dataset = data.run_to_end(data.load_run(config, home=Path()))
    assert isinstance(dataset, SentenceDataset)
    search = dataset.search
    assert isinstance(search, Search)
    found = ranks(keyword_similarities(search.queries, search.documents), search.relevant)
    heavy, ordinary = (found[search.queries_of_kind(kind)] for kind in ("keyword-heavy", "ordinary"))
    shares = (
        f"none of the {len(heavy)} keyword-heavy queries and for {recall_at(ordinary, 1):.0%} of the {len(ordinary)}"
    )
    assert recall_at(heavy, 1) == 0
    assert shares.replace("%", " %") in READY_EXPERIMENTS["hard_negatives"].notes[0]
    assert (
        f"{chance_recall(1, len(search.documents)):.1%}".replace("%", " %")
        in READY_EXPERIMENTS["hard_negatives"].notes[0]
    )


def test_the_four_policies_apply_what_their_names_say() -> None:
    grid = READY_EXPERIMENTS["augmentation"].grid
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
