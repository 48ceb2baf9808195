"""Reads a run's `metrics.jsonl`: the records of all attempts, for each step that of the last valid attempt."""

import json
from dataclasses import dataclass, field, fields
from math import nan
from typing import Any

from playground.insight.curves.step_columns import Steps
from playground.records import Geometry, Insight, Invariance, StepMetrics
from playground.runs.folder.run_folder import RunFolder

# Fields of each kind of record that may be NaN.
FLOAT_FIELDS = {
    kind: [field.name for field in fields(kind) if field.type is float] for kind in (StepMetrics, Insight, Geometry)
}


@dataclass(slots=True)
class MetricsLog:
    """Records read so far from `metrics.jsonl`; `read_on` adds those written since."""

    offset: int = 0  # bytes read so far
    steps: Steps = field(default_factory=Steps)
    insights: list[Insight] = field(default_factory=list)
    invariances: list[Invariance] = field(default_factory=list)
    number: int = 0  # of the last record
    missing: int = 0  # records that are missing before it, by their numbers

    def read_on(self, folder: RunFolder) -> "MetricsLog":
        """Adds the records written since, and returns itself; a torn last line is left for the next call.

        Raises UnreadableRun. The lines before a damaged one are kept, and the next call begins with it again.
        """
        if not folder.metrics_file.exists():
            return self
        with folder.reading(folder.metrics_file), folder.metrics_file.open("rb") as file:
            file.seek(self.offset)
            text = file.read()
            for line in text[: text.rfind(b"\n") + 1].splitlines(keepends=True):
                self._take(line)
                self.offset += len(line)
        return self

    def _take(self, line: bytes) -> None:
        record: dict[str, Any] = json.loads(line)
        kind = record.pop("kind")
        number = record.pop("seq", self.number + 1)  # runs of earlier versions have no numbers
        record.pop("attempt", None)
        if kind == "step":
            self.steps.append(StepMetrics(**_nulls_to_nan(record, StepMetrics)))
        elif kind == "insight":
            layers = {layer: Geometry(**_nulls_to_nan(record[layer], Geometry)) for layer in ("h", "z")}
            self._add_insight(Insight(**_nulls_to_nan(record, Insight) | layers))
        elif kind == "invariance":
            found = Invariance(**record)  # forks and resumed runs may measure a step again
            self.invariances = [*(other for other in self.invariances if other.step != found.step), found]
        elif kind == "attempt":
            self._drop_after(last_valid_step(record["step"]))
        self.missing += max(0, number - self.number - 1)
        self.number = number

    def _add_insight(self, insight: Insight) -> None:
        """Adds a record, or replaces the last one: a run resumed at its end measures its last step again."""
        again = bool(self.insights) and self.insights[-1].step == insight.step
        self.insights[len(self.insights) - again :] = [insight]

    def _drop_after(self, step: int) -> None:
        self.steps.drop_after(step)
        self.insights = [insight for insight in self.insights if insight.step <= step]
        self.invariances = [found for found in self.invariances if found.step <= step]


def last_valid_step(step: int) -> int:
    """The last step of earlier attempts whose records are valid in an attempt that goes on after `step`.

    -1 for an attempt from the beginning, which makes its own records of step 0.
    """
    return step or -1


def _nulls_to_nan(record: dict[str, Any], kind: type[StepMetrics | Insight | Geometry]) -> dict[str, Any]:
    """`record` with NaN for null in `FLOAT_FIELDS`, as JSON has no NaN; null in other fields stays."""
    missing = {name: nan for name in FLOAT_FIELDS[kind] if record[name] is None}
    return record | missing if missing else record
