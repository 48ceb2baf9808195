"""A run's `metrics.jsonl`, read: the records of all attempts, of each step the last that counts."""

import json
from dataclasses import dataclass, field, fields
from math import nan
from typing import Any

from playground.insight.curves.step_columns import Steps
from playground.records import Geometry, Insight, Invariance, StepMetrics
from playground.runs.folder.run_folder import RunFolder

# The figures of each kind of record that may be no number.
FLOATS = {
    kind: [field.name for field in fields(kind) if field.type is float] for kind in (StepMetrics, Insight, Geometry)
}


@dataclass(slots=True)
class MetricsLog:
    """What of `metrics.jsonl` was read so far. Reading on costs only what is new."""

    offset: int = 0
    steps: Steps = field(default_factory=Steps)
    insights: list[Insight] = field(default_factory=list)
    invariances: list[Invariance] = field(default_factory=list)
    number: int = 0  # of the last record
    missing: int = 0  # records that ought to stand before it, by their numbers, and do not

    def read_on(self, folder: RunFolder) -> "MetricsLog":
        """Take in what was written since; a torn last line is left for the next time.

        Line by line: one that cannot be read is met again the next time, and nothing behind it is taken without it.
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
        kind, number = record.pop("kind"), record.pop("seq", self.number + 1)  # runs of before have no numbers
        record.pop("attempt", None)
        if kind == "step":
            self.steps.append(StepMetrics(**_numbers(record, StepMetrics)))
        elif kind == "insight":
            layers = {layer: Geometry(**_numbers(record[layer], Geometry)) for layer in ("h", "z")}
            self._look(Insight(**_numbers(record, Insight) | layers))
        elif kind == "invariance":
            found = Invariance(**record)  # a fork, or a run that was taken up, may look at the same step again
            self.invariances = [*(other for other in self.invariances if other.step != found.step), found]
        elif kind == "attempt":
            self._drop_after(last_counted(record["step"]))
        self.missing += max(0, number - self.number - 1)
        self.number = number

    def _look(self, insight: Insight) -> None:
        """A run that was taken up at its very end looks at its last step again."""
        again = bool(self.insights) and self.insights[-1].step == insight.step
        self.insights[len(self.insights) - again :] = [insight]

    def _drop_after(self, step: int) -> None:
        self.steps.drop_after(step)
        self.insights = [insight for insight in self.insights if insight.step <= step]
        self.invariances = [found for found in self.invariances if found.step <= step]


def last_counted(step: int) -> int:
    """The last step of earlier attempts that counts, where one goes on after `step`: one that begins anew makes its
    own look before the first step."""
    return step or -1


def _numbers(record: dict[str, Any], kind: type[StepMetrics | Insight | Geometry]) -> dict[str, Any]:
    """JSON has no NaN: a number that was none is stored as null. Where null has a meaning of its own, it stays."""
    missing = {name: nan for name in FLOATS[kind] if record[name] is None}
    return record | missing if missing else record
