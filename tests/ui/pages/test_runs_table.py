"""The table of runs, and what a search finds."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from playground.config import parse
from playground.records import Reason, RunStatus, State
from playground.runs.folder.label import Label, write_label
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.disk_usage import DiskUsage
from playground.runs.library.store import RunStore
from playground.ui.pages.runs_table import COLUMNS, REASONS, found, state_words, table


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


def run_of(store: RunStore, state: State = "finished", written: Label | None = None, **settings: object) -> RunFolder:
    run = store.create(parse({key.replace("__", "."): value for key, value in settings.items()}))
    run.write_status(replace(run.status(), state=state))
    if written:
        write_label(run.path, written)
    return run


def ids(store: RunStore, text: str, states: Sequence[str] = ()) -> list[str]:
    return [row.run.id for row in found(store.rows(), text, states)]


def test_a_search_looks_at_all_that_a_person_could_remember(store: RunStore) -> None:
    named = run_of(store, written=Label("Second try", "Strong Jitter, of Monday's lecture", ("colour",)))
    byol = run_of(store, "failed", method__name="byol", data__name="digits")
    everything = [named.id, byol.id]
    assert ids(store, "") == ids(store, "  ") == everything
    for text in ("second TRY", "jitter", "colour monday", "shapes", named.id):
        assert ids(store, text) == [named.id], text
    for text in ("byol", "digits", "failed", byol.id[-4:]):
        assert ids(store, text) == [byol.id], text
    assert ids(store, "byol jitter") == []
    assert ids(store, "", ["failed"]) == [byol.id]
    assert ids(store, "jitter", ["failed"]) == []
    assert ids(store, "", ["failed", "finished"]) == everything


def test_every_reason_but_none_has_words() -> None:
    assert set(get_args(Reason)) - set(REASONS) == {"", "completed"}


@pytest.mark.parametrize(
    ("status", "place", "begins", "words"),
    [
        (RunStatus("finished", 0.0, "completed"), None, None, "finished"),
        (RunStatus("failed", 0.0, "oom"), None, None, "failed: out of memory"),
        (RunStatus("queued", 0.0), 1, 0.0, "waiting: place 1, goes next"),
        (RunStatus("queued", 0.0), 3, 240.0, "waiting: place 3, begins in about 4 min"),
        (RunStatus("running", 0.0, attempt=2), None, None, "running (attempt 2)"),
        (None, None, None, "cannot be read"),
    ],
)
def test_where_a_run_stands_in_words(
    status: RunStatus | None, place: int | None, begins: float | None, words: str
) -> None:
    assert state_words(status, place, begins) == words


def test_a_row_tells_what_the_run_came_to(store: RunStore) -> None:
    run = run_of(store, written=Label("Mine", "note", ("a", "b")))
    summary: dict[str, object] = {"knn_accuracy": 0.5, "loss": 1.25, "steps": 100}
    run.write_status(replace(run.status(), created=1e9, started=1e9, ended=1e9 + 61, summary=summary))
    sizes = DiskUsage()
    (row,) = store.rows()
    (shown,) = table([row], {}, sizes).to_dict("records")
    assert (shown["Run"], shown["kNN"], shown["Loss"], shown["Steps"], shown["Took"]) == ("Mine", 50, 1.25, 100, "61 s")
    assert (shown["Method"], shown["Data"], shown["Tags"]) == ("SimCLR", "Shapes", ["a", "b"])
    assert shown["MB"] is None
    sizes.measure([row], 10.0)
    assert table([row], {}, sizes)["MB"][0] >= 0


def test_what_cannot_be_read_has_a_row(store: RunStore) -> None:
    run = run_of(store)
    for name in ("status.json", "config.json"):
        (run.path / name).write_text("{")
    (shown,) = table(store.rows(), {}, DiskUsage()).to_dict("records")
    assert (shown["State"], shown["Method"], shown["Data"]) == ("cannot be read", "—", "—")
    assert list(shown) == list(COLUMNS)
