"""A grid of runs: settings that all share, the axes along which they differ, and seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from math import prod
from typing import Any

from playground.config.compatibility import fitting, of_images
from playground.config.diff import overlaid
from playground.config.parse import ConfigError, parse
from playground.config.run import RunConfig

Settings = Mapping[str, Any]  # by dotted key
Axis = Mapping[str, Settings]  # label -> what it sets

MOST_VALUES, MOST_SEEDS = 100, 20
_USUAL = RunConfig().data.name


@dataclass(frozen=True, slots=True)
class Cell:
    """One run of a grid."""

    labels: tuple[str, ...]  # one for each axis
    seed: int
    config: RunConfig


@dataclass(frozen=True, slots=True)
class Grid:
    """Every combination of one label from each axis, with every seed."""

    base: Settings
    axes: Mapping[str, Axis]  # title -> labels, both in the order of tables
    seeds: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many runs."""
        return prod(len(axis) for axis in self.axes.values()) * len(self.seeds)

    def cells(self, every: int = 1) -> list[Cell]:
        """The runs, all of one seed before the next: a grid that is stopped half way has every setting once.

        `every` takes each so-manieth only. Raises ConfigError for settings that are none or do not fit together, that
        two axes set, and for two cells that are the same run.
        """
        self._check_axes()
        settings = product(*(axis.items() for axis in self.axes.values()))
        combinations = islice(product(self.seeds, list(settings)), 0, None, every)
        found: dict[str, Cell] = {}
        for seed, chosen in combinations:
            cell = self._cell(seed, chosen)
            twin = found.setdefault(cell.config.model_dump_json(), cell)
            if twin is not cell:
                raise ConfigError(f"{_named(cell)} was given, but is the same run as {_named(twin)}: leave one out.")
        return list(found.values())

    def with_base(self, changes: Settings) -> "Grid":
        """The grid with `changes` in what all runs share; a limit given stands in place of the axes' own.

        Raises ConfigError for a setting that an axis varies, and for images in place of sentences or the reverse.
        """
        self._check_kind(str(changes.get("data.name", self._data_name)))
        limited = any(key.startswith("budget.") for key in changes)
        axes = {title: _unlimited(axis) if limited else axis for title, axis in self.axes.items()}
        for title, axis in axes.items():
            if taken := {key for settings in axis.values() for key in settings} & changes.keys():
                key = min(taken)
                raise ConfigError(
                    f"{key}: {changes[key]} was given, but it follows from {title}, which is varied here."
                )
        return Grid(overlaid(self.base, changes), axes, self.seeds)

    def as_json(self) -> dict[str, Any]:
        """As `from_json` takes it."""
        axes = {title: {label: dict(settings) for label, settings in axis.items()} for title, axis in self.axes.items()}
        return {"base": dict(self.base), "axes": axes, "seeds": list(self.seeds)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Grid":
        """The reverse of `as_json`."""
        return cls(stored["base"], stored["axes"], tuple(stored["seeds"]))

    def _cell(self, seed: int, chosen: Sequence[tuple[str, Settings]]) -> Cell:
        settings = {key: value for _, own in chosen for key, value in own.items()}
        config = parse(overlaid(self.base, {**settings, "seed": seed}))
        return Cell(tuple(label for label, _ in chosen), seed, config)

    @property
    def _data_name(self) -> str:
        return str(self.base.get("data.name", _USUAL))

    def _check_kind(self, data_name: str) -> None:
        """What is varied makes sense on images only, or on sentences only. What is no data set at all is told later."""
        allowed = fitting("data", self._data_name)
        if data_name in fitting("data", data_name) and data_name not in allowed:
            kind = "images" if of_images("data", self._data_name) else "sentences"
            raise ConfigError(
                f"data.name: {data_name} was given, but these runs learn from {kind}; allowed is {', '.join(allowed)}."
            )

    def _check_axes(self) -> None:
        if not self.axes:
            raise ConfigError("No setting to vary was given; allowed is at least one.")
        if empty := [title for title, axis in self.axes.items() if not axis]:
            raise ConfigError(f"{empty[0]}: no value was given; allowed is at least one.")
        if not 1 <= len(self.seeds) <= MOST_SEEDS:
            raise ConfigError(f"seeds: {len(self.seeds)} were given; allowed are 1 to {MOST_SEEDS}.")
        owner: dict[str, str] = {}
        for title, axis in self.axes.items():
            for key in {key for settings in axis.values() for key in settings}:
                if owner.setdefault(key, title) != title or key == "seed":
                    raise ConfigError(f"{key}: is set twice, by {title} and by {owner[key]}; allowed is one axis.")


def axis_of(key: str, text: str) -> Axis:
    """The values of one setting, as a person types them: "0.1, 0.5, 1". Raises ConfigError where there is none."""
    values = [value.strip() for value in text.split(",") if value.strip()]
    if not 1 <= len(values) <= MOST_VALUES:
        given = f"{len(values)} values were" if values else "no value was"
        raise ConfigError(f"{key}: {given} given; allowed are 1 to {MOST_VALUES}, with commas between them.")
    if twice := [value for value in values if values.count(value) > 1]:
        raise ConfigError(f"{key}: {twice[0]} was given twice; allowed is each value once.")
    return {value: {key: value} for value in values}


def _unlimited(axis: Axis) -> Axis:
    return {
        label: {key: value for key, value in settings.items() if not key.startswith("budget.")}
        for label, settings in axis.items()
    }


def _named(cell: Cell) -> str:
    return " · ".join((*cell.labels, f"seed {cell.seed}"))
