"""Run folders of other versions of the app: older ones keep the defaults of their time, newer ones are named as such."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.config import RunConfig
from playground.config.defaults import family_fields
from playground.config.dotted import flatten, nest
from playground.config.schema import entries
from playground.runs.folder.formats import DEFAULTS_OF_THEIR_TIME, FORMAT, FORMAT_FILE, complete_settings
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.index import read_status_or_none
from playground.runs.library.store import RunStore
from tests.training.tiny import tiny

SETTINGS = Path(__file__).with_name("settings.txt")  # every setting that runs of the present format have
# What `config.json` of a run of 2026-11-22 held, before there were recipes, Muon or smaller views.
FIRST = {
    "seed": 0, "device": "auto", "batch_size": 256,
    "data": {"name": "shapes"}, "method": {"name": "simclr", "temperature": 0.5},
    "encoder": {"name": "small", "width": 32}, "optimizer": {"learning_rate": 0.002, "weight_decay": 0.0001},
    "budget": {"seconds": 60.0},
}  # fmt: skip


def rewritten(run: RunFolder, settings: Mapping[str, Any], number: int | None) -> RunFolder:
    """The same folder as if an app that writes format `number` (None: no number at all) had made it."""
    (run.path / "config.json").write_text(json.dumps(settings))
    (run.path / FORMAT_FILE).unlink(missing_ok=True)
    if number is not None:
        (run.path / FORMAT_FILE).write_text(json.dumps({"format": number}))
    return RunFolder(run.path)


def test_a_new_run_says_its_format(run: RunFolder) -> None:
    assert json.loads((run.path / FORMAT_FILE).read_text()) == {"format": FORMAT}
    assert RunFolder(run.path).config == run.config


@pytest.mark.parametrize("dataset", ["shapes", "folder"])
def test_an_old_run_gets_the_defaults_of_its_time(dataset: str, run: RunFolder) -> None:
    """Photographs are suggested Muon and a whitened first layer today; in those days there were neither."""
    data = {"name": dataset, **({"path": "/photographs"} if dataset == "folder" else {})}
    config = rewritten(run, {**FIRST, "data": data}, None).config
    found = flatten(config.model_dump(mode="json"))
    for key, value in DEFAULTS_OF_THEIR_TIME[1].items():
        assert found.get(key, value) == value
    assert found["optimizer.learning_rate"] == 0.002
    today = flatten(rewritten(run, {**FIRST, "data": data}, FORMAT).config.model_dump(mode="json"))
    assert dataset == "shapes" or today["optimizer.name"] == "muon"


@pytest.mark.parametrize("method", ["moco", "byol", "simsiam", "vicreg"])
def test_only_what_a_method_knows_is_filled_in(method: str, run: RunFolder) -> None:
    config = rewritten(run, {**FIRST, "method": {"name": method}}, None).config
    assert config.method.name == method


def test_a_newer_run_is_named_as_such_and_waits_for_nothing(run: RunFolder) -> None:
    newer = rewritten(run, {"no": "idea"}, FORMAT + 1)
    said = (
        rf"made by a newer version of this app \(format {FORMAT + 1}; this one reads up to {FORMAT}\): update the app"
    )
    with pytest.raises(UnreadableRun, match=said):
        _ = newer.config
    with pytest.raises(UnreadableRun, match=said):
        newer.status()
    assert read_status_or_none(newer) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "2"}', '{"format": 0}', '{"format": true}', "\xff"])
def test_a_format_that_is_none_is_damage(text: str, run: RunFolder) -> None:
    (run.path / FORMAT_FILE).write_text(text, encoding="latin-1")
    with pytest.raises(UnreadableRun, match="cannot be read"):
        RunFolder(run.path).status()


def test_a_setting_that_is_unknown_is_named(run: RunFolder) -> None:
    other = rewritten(run, {**FIRST, "momentum_of_tomorrow": 1}, FORMAT)
    with pytest.raises(UnreadableRun, match="momentum_of_tomorrow is not a setting"):
        _ = other.config


def choices() -> Iterator[RunConfig]:
    """A config for each data set, method, encoder and optimizer, so that each setting stands in one."""
    for family in family_fields(RunConfig):
        for member in get_args(RunConfig.model_fields[family].annotation):
            yield RunConfig.model_validate({family: {"name": get_args(member.model_fields["name"].annotation)[0]}})


def test_whoever_adds_a_setting_says_what_runs_without_it_did() -> None:
    """Fails with every setting that is new: give the old formats its value in `DEFAULTS_OF_THEIR_TIME`, and add it here."""
    known = {entry.key for config in choices() for entry in entries(config)}
    listed = set(SETTINGS.read_text().split())
    assert known - listed == set(), "add to DEFAULTS_OF_THEIR_TIME[2], raise FORMAT, then list it in settings.txt"
    assert listed - known == set(), "a setting was removed: old runs have to be read without it"


@given(st.dictionaries(st.sampled_from(sorted(DEFAULTS_OF_THEIR_TIME[1])), st.integers(0, 1)))
def test_what_was_given_stays(given: dict[str, int]) -> None:
    settings = nest({**flatten(FIRST), **given})
    completed = flatten(complete_settings(settings, 1))
    assert {key: completed[key] for key in given} == given


def test_runs_of_before_the_number_are_listed_and_open(store: RunStore) -> None:
    run = store.create(tiny())
    (run.path / FORMAT_FILE).unlink()
    (row,) = store.rows()
    assert row.status is not None and row.status.state == "queued"
    assert RunFolder(run.path).config == run.config
