"""The table of runs: a row for each, and which of them a search finds."""

import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from playground.config import RunConfig
from playground.config.schema import entries
from playground.records import Reason, RunStatus
from playground.runs.library.disk_usage import DiskUsage
from playground.runs.library.index import Row
from playground.storage.json_files import load_finite_json
from playground.ui.words.run_states import STATE_WORDS
from playground.wording.durations import duration_in_words
from playground.wording.escape import escape_spreadsheet

# Behind the state, where that alone does not tell. "" and "completed" need no words.
REASONS: Mapping[Reason, str] = {
    "stopped": "by hand",
    "time_limit": "time limit",
    "nan": "loss was no number",
    "oom": "out of memory",
    "bad_data": "data",
    "no_device": "no such device",
    "disk_full": "disk full",
    "exception": "error",
    "killed": "process ended",
    "reboot": "machine restarted",
}
COLUMNS = ("Run", "State", "kNN", "Loss", "Method", "Data", "Tags", "Note", "Steps", "Took", "Made", "MB")


def table(rows: Sequence[Row], begins: Mapping[str, float], sizes: DiskUsage) -> pd.DataFrame:
    """One row a run, in the order given. `begins`: of each that waits, the seconds until it begins."""
    places = {run_id: place for place, run_id in enumerate(begins, 1)}
    made = [_row(row, places.get(row.run.id), begins.get(row.run.id), sizes.of(row)) for row in rows]
    return pd.DataFrame(made, columns=list(COLUMNS))


def found(rows: Sequence[Row], text: str, states: Sequence[str]) -> list[Row]:
    """Those of `states` (where none is named, of any) in which every word of `text` occurs, see `_searched`."""
    words = text.casefold().split()
    return [row for row in rows if _is_in(row, states) and all(word in _searched(row) for word in words)]


def state_words(status: RunStatus | None, place: int | None = None, begins: float | None = None) -> str:
    """ "finished", "waiting: place 3, begins in about 4 min", "failed: disk full"."""
    if status is None:
        return "cannot be read"
    more = REASONS.get(status.reason, "")
    if place is not None and begins is not None:
        more = f"place {place}, " + (f"begins in about {duration_in_words(begins)}" if begins else "goes next")
    attempt = f" (attempt {status.attempt})" if status.attempt > 1 else ""
    return STATE_WORDS[status.state] + (f": {more}" if more else "") + attempt


def _row(row: Row, place: int | None, begins: float | None, size: int | None) -> dict[str, Any]:
    status, summary = row.status, (row.status and row.status.summary) or {}
    method, images = _settings(row.run.path)
    return {
        "Run": escape_spreadsheet(row.title),
        "State": state_words(status, place, begins),
        "Method": method,
        "Data": images,
        "kNN": _percent(summary.get("knn_accuracy")),
        "Loss": summary.get("loss"),
        "Steps": summary.get("steps"),
        "Took": _took(status),
        "Made": pd.Timestamp(status.created, unit="s") if status else None,
        "Tags": [escape_spreadsheet(tag) for tag in row.label.tags],
        "Note": escape_spreadsheet(row.label.note),
        "MB": None if size is None else round(size / 1e6, 1),
    }


def _percent(share: object) -> float | None:
    return 100 * share if isinstance(share, float) else None


def _took(status: RunStatus | None) -> str:
    if status is None or status.started is None:
        return ""
    return duration_in_words(max(0.0, (status.ended or time.time()) - status.started))


def _is_in(row: Row, states: Sequence[str]) -> bool:
    return not states or (row.status is not None and row.status.state in states)


def _searched(row: Row) -> str:
    label = row.label
    state = state_words(row.status)
    return " ".join((row.run.id, label.name, label.note, *label.tags, state, *_settings(row.run.path))).casefold()


@lru_cache(maxsize=20_000)  # what a run was asked to be never changes, and is two names in a file
def _settings(folder: Path) -> tuple[str, str]:
    """Method and images in the words of the form; "—" for what cannot be read."""
    try:
        stored = load_finite_json(folder / "config.json")
        return _label("method.name", stored["method"]["name"]), _label("data.name", stored["data"]["name"])
    except (OSError, ValueError, KeyError, TypeError):
        return "—", "—"


def _label(key: str, value: str) -> str:
    return str(_labels(key).get(value, value)).partition(" (")[0]


@lru_cache
def _labels(key: str) -> dict[Any, str]:
    return next((dict(entry.labels or {}) for entry in entries(RunConfig()) if entry.key == key), {})
