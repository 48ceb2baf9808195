"""A grid of runs: shared settings, the axes that vary, and seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from math import prod
from typing import Any

from playground.config.compatibility import compatible_names, is_for_images
from playground.config.diff import overlay
from playground.config.dotted import DottedSettings
from playground.config.parse import ConfigError, parse
from playground.config.run import RunConfig

Axis = Mapping[str, DottedSettings]  # label -> what it sets

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

    base: DottedSettings
    axes: Mapping[str, Axis]  # title -> labels, both in the order of tables
    seeds: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of runs."""
        return prod(len(axis) for axis in self.axes.values()) * len(self.seeds)

    def cells(self, every: int = 1) -> list[Cell]:
        """The runs, all of one seed before the next: a grid that is stopped half way has every setting once.

        With `every` = n only each n-th run. Raises ConfigError for unknown or incompatible settings, for a setting on
        two axes, and for two cells that are the same run.
        """
        self._check_axes()
        settings = product(*(axis.items() for axis in self.axes.values()))
        combinations = islice(product(self.seeds, list(settings)), 0, None, every)
        found: dict[str, Cell] = {}
        for seed, chosen in combinations:
            cell = self._cell(seed, chosen)
            twin = found.setdefault(cell.config.model_dump_json(), cell)
            if twin is not cell:
                raise ConfigError(
                    f"{_cell_name(cell)} was given, but is the same run as {_cell_name(twin)}: leave one out."
                )
        return list(found.values())

    def with_base(self, changes: DottedSettings) -> "Grid":
        """The grid with `changes` to its shared settings; a budget in them replaces the budgets of the axes.

        Raises ConfigError for a setting that an axis varies, and for images in place of sentences or the reverse.
        """
        self._check_kind(str(changes.get("data.name", self._data_name)))
        limited = any(key.startswith("budget.") for key in changes)
        axes = {title: _without_limits(axis) if limited else axis for title, axis in self.axes.items()}
        for title, axis in axes.items():
            if taken := {key for settings in axis.values() for key in settings} & changes.keys():
                key = min(taken)
                raise ConfigError(
                    f"{key}: {changes[key]} was given, but it follows from {title}, which is varied here."
                )
        return Grid(overlay(self.base, changes), axes, self.seeds)

    def as_json(self) -> dict[str, Any]:
        """The grid as JSON values, for `from_json`."""
        axes = {title: {label: dict(settings) for label, settings in axis.items()} for title, axis in self.axes.items()}
        return {"base": dict(self.base), "axes": axes, "seeds": list(self.seeds)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Grid":
        """The grid that `as_json` wrote."""
        return cls(stored["base"], stored["axes"], tuple(stored["seeds"]))

    def _cell(self, seed: int, chosen: Sequence[tuple[str, DottedSettings]]) -> Cell:
        settings = {key: value for _, own in chosen for key, value in own.items()}
        config = parse(overlay(self.base, {**settings, "seed": seed}))
        return Cell(tuple(label for label, _ in chosen), seed, config)

    @property
    def _data_name(self) -> str:
        return str(self.base.get("data.name", _USUAL))

    def _check_kind(self, data_name: str) -> None:
        """Raises ConfigError where images would replace sentences or the reverse; unknown names fail in `parse`."""
        allowed = compatible_names("data", self._data_name)
        if data_name in compatible_names("data", data_name) and data_name not in allowed:
            kind = "images" if is_for_images("data", self._data_name) else "sentences"
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
    """An axis from values of one setting, typed as "0.1, 0.5, 1". Raises ConfigError: none, too many, repeated."""
    values = [value.strip() for value in text.split(",") if value.strip()]
    if not 1 <= len(values) <= MOST_VALUES:
        given = f"{len(values)} values were" if values else "no value was"
        raise ConfigError(f"{key}: {given} given; allowed are 1 to {MOST_VALUES}, with commas between them.")
    if twice := [value for value in values if values.count(value) > 1]:
        raise ConfigError(f"{key}: {twice[0]} was given twice; allowed is each value once.")
    return {value: {key: value} for value in values}


def _without_limits(axis: Axis) -> Axis:
    return {
        label: {key: value for key, value in settings.items() if not key.startswith("budget.")}
        for label, settings in axis.items()
    }


def _cell_name(cell: Cell) -> str:
    return " · ".join((*cell.labels, f"seed {cell.seed}"))
