"""Tables of benchmarks: values of several contestants by round, and ratios computed within each round."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

UNIT_FORMATS = {"img/s": ",.0f", "s": ".3f", "ms": ",.1f"}  # unit -> format specification of its values
BIGGER_IS_FASTER = {"img/s"}


@dataclass(frozen=True, slots=True)
class BenchRow:
    """Values of one contestant."""

    name: str
    values: tuple[float, ...] = ()  # one for each round, in the table's unit; empty where it did not run
    against: Mapping[str, str] = field(default_factory=dict)  # column of ratios -> the row it is compared with there
    extra: Mapping[str, float] = field(default_factory=dict)  # further columns -> value
    note: str = ""


@dataclass(frozen=True, slots=True)
class BenchTable:
    """Rows of one comparison, measured in the same rounds."""

    title: str
    words: str  # what was measured, so that it can be reproduced
    unit: str  # one of MARKS
    rows: Sequence[BenchRow]
    failed: bool = False  # whether a contestant that is installed did not run

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "BenchTable":
        """The table of a dict by `dataclasses.asdict`, which tables are between processes."""
        rows = [BenchRow(**{**row, "values": tuple(row["values"])}) for row in stored["rows"]]
        return cls(**{**stored, "rows": rows})

    def ratios(self, row: BenchRow) -> dict[str, tuple[float, ...]]:
        """How many times as fast as other rows `row` was: column -> ratio for each round."""
        rows = {other.name: other for other in self.rows}
        found = {}
        for column, name in row.against.items():
            other = rows.get(name)
            if other and other.values and row.values:
                pairs = zip(row.values, other.values, strict=True)
                found[column] = tuple(a / b if self.unit in BIGGER_IS_FASTER else b / a for a, b in pairs)
        return found

    def markdown(self) -> str:
        """The table in Markdown, with aligned columns: medians and ranges over rounds."""
        ratios, extras = _ordered_keys(row.against for row in self.rows), _ordered_keys(row.extra for row in self.rows)
        notes = any(row.note for row in self.rows)
        lines = [["", self.unit, "lowest to highest", *ratios, *extras, *(["note"] if notes else [])]]
        lines += [[*self._cells(row, ratios, extras), *([row.note] if notes else [])] for row in self.rows]
        return _align_columns(lines)

    def as_json(self) -> dict[str, object]:
        """The table as JSON values, with the values of each round."""
        return {
            "title": self.title,
            "words": self.words,
            "unit": self.unit,
            "rows": [self._row_as_json(row) for row in self.rows],
        }

    def _cells(self, row: BenchRow, ratios: Sequence[str], extras: Sequence[str]) -> list[str]:
        mark, found = UNIT_FORMATS[self.unit], self.ratios(row)
        middle = f"{median(row.values):{mark}}" if row.values else ""
        spread = f"{min(row.values):{mark}} to {max(row.values):{mark}}" if row.values else ""
        speeds = [f"{median(found[name]):.2f}" if name in found else "" for name in ratios]
        others = [_format_extra(row.extra[name]) if name in row.extra else "" for name in extras]
        return [row.name, middle, spread, *speeds, *others]

    def _row_as_json(self, row: BenchRow) -> dict[str, object]:
        ratios = {name: {"median": median(values), "rounds": values} for name, values in self.ratios(row).items()}
        return {
            "name": row.name,
            "median": median(row.values) if row.values else None,
            "rounds": row.values,
            "times_as_fast_as": ratios,
            **({"extra": dict(row.extra)} if row.extra else {}),
            **({"note": row.note} if row.note else {}),
        }


def _ordered_keys(named: Iterable[Mapping[str, object]]) -> list[str]:
    """All keys, in order of first appearance."""
    return list(dict.fromkeys(name for one in named for name in one))


def _format_extra(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _align_columns(lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table with padded columns: text to the left, numbers to the right."""
    widths = [max(3, *map(len, column)) for column in zip(*lines, strict=True)]
    words = {0} | {number for number, head in enumerate(lines[0]) if head == "note"}
    rule = ["-" * width if number in words else f"{'-' * (width - 1)}:" for number, width in enumerate(widths)]
    shown = []
    for line in [lines[0], rule, *lines[1:]]:
        cells = zip(line, widths, strict=True)
        placed = [
            f"{cell:<{width}}" if number in words else f"{cell:>{width}}" for number, (cell, width) in enumerate(cells)
        ]
        shown.append(f"| {' | '.join(placed)} |")
    return "\n".join(shown)
