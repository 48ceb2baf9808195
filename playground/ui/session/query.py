"""URL queries of the pages as typed values: `to_query` writes one, `from_query` reads what anybody may have typed.

A field that is None is not named in the URL. `from_query` never raises: a value that the page cannot have counts as not
named. Settings of a run or of an augmentation policy are handed on as text: `playground.config.parse` refuses them with
a sentence. What a URL names need not exist: ids are looked up in a `Workspace`, and never taken for a path.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Self

from playground.catalog.ablation_pairs import SWITCHES
from playground.catalog.experiments import READY
from playground.catalog.lessons import LESSONS

Query = Mapping[str, str]

RUN = "run"
VIEWS = "views."  # how the settings of an augmentation policy begin
IMAGE_SOURCES = ("shapes", "digits", "train", "own")  # of the augmentation lab
IMAGE_SIDES = (32, 64, 96)  # px
MOST_DRAWS = 2**31 - 1
LONGEST_NUMBER = 10  # digits


@dataclass(frozen=True, slots=True)
class TrainQuery:
    """Train page: the run that is shown, and the settings that are not as suggested, by dotted key."""

    run: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    def to_query(self) -> dict[str, str]:
        """The settings first."""
        return {**self.settings, **_named({RUN: self.run})}

    @classmethod
    def from_query(cls, query: Query) -> Self:
        """Whatever is not the run is a setting."""
        return cls(query.get(RUN), {key: value for key, value in query.items() if key != RUN})


@dataclass(frozen=True, slots=True)
class CompareQuery:
    """Compare page: ids of the runs, the figure that is drawn and what it is drawn along."""

    runs: tuple[str, ...] | None = None
    metric: str | None = None
    x: str | None = None

    def to_query(self) -> dict[str, str]:
        """The ids with commas between them."""
        runs = None if self.runs is None else ",".join(self.runs)
        return _named({"runs": runs, "metric": self.metric, "x": self.x})

    @classmethod
    def from_query(cls, query: Query) -> Self:
        """Each id once. Which figures there are depends on the runs: the page checks `metric` and `x`."""
        runs = tuple(dict.fromkeys(filter(None, map(str.strip, query["runs"].split(","))))) if "runs" in query else None
        return cls(runs, query.get("metric"), query.get("x"))


@dataclass(frozen=True, slots=True)
class LabQuery:
    """Collapse lab: name of the switch, and the ids of both runs."""

    switch: str | None = None
    a: str | None = None
    b: str | None = None

    def to_query(self) -> dict[str, str]:
        """Under the names of the fields."""
        return _named({"switch": self.switch, "a": self.a, "b": self.b})

    @classmethod
    def from_query(cls, query: Query) -> Self:
        """A switch of `SWITCHES`, or none."""
        return cls(_one_of(SWITCHES, query.get("switch")), query.get("a"), query.get("b"))


@dataclass(frozen=True, slots=True)
class LearnQuery:
    """Learn page: name of the lesson."""

    lesson: str | None = None

    def to_query(self) -> dict[str, str]:
        """Under the name of the field."""
        return _named({"lesson": self.lesson})

    @classmethod
    def from_query(cls, query: Query) -> Self:
        """A lesson of `LESSONS`, or none."""
        return cls(_one_of(LESSONS, query.get("lesson")))


@dataclass(frozen=True, slots=True)
class ExperimentsQuery:
    """Experiments page: id of the experiment that is shown, and name of the ready one that the form starts from."""

    experiment: str | None = None
    ready: str | None = None

    def to_query(self) -> dict[str, str]:
        """Under the names of the fields."""
        return _named({"experiment": self.experiment, "ready": self.ready})

    @classmethod
    def from_query(cls, query: Query) -> Self:
        """`ready` is one of `READY`, or none."""
        return cls(query.get("experiment"), _one_of(READY, query.get("ready")))


@dataclass(frozen=True, slots=True)
class AugmentQuery:
    """Augmentation lab: images and their side in pixels, id of the run whose encoder is asked, policy and draw."""

    images: str | None = None  # one of IMAGE_SOURCES
    side: int | None = None  # one of IMAGE_SIDES
    run: str | None = None
    views: Mapping[str, str] = field(default_factory=dict)  # by dotted key, each beginning with VIEWS
    draw: int | None = None  # 0 to MOST_DRAWS

    def to_query(self) -> dict[str, str]:
        """The policy in front of the draw."""
        shown = _named({"images": self.images, "side": self.side, RUN: self.run})
        return {**shown, **self.views, **_named({"draw": self.draw})}

    @classmethod
    def from_query(cls, query: Query) -> Self:
        """What is no source, no side or no whole number counts as not named; keys that are unknown are left out."""
        side = _one_of(tuple(map(str, IMAGE_SIDES)), query.get("side"))
        views = {key: value for key, value in query.items() if key.startswith(VIEWS)}
        return cls(
            images=_one_of(IMAGE_SOURCES, query.get("images")),
            side=None if side is None else int(side),
            run=query.get(RUN) or None,
            views=views,
            draw=_draw(query.get("draw", "")),
        )


def _named(values: Mapping[str, object]) -> dict[str, str]:
    return {key: str(value) for key, value in values.items() if value is not None}


def _one_of(allowed: Container[str], value: str | None) -> str | None:
    return value if value is not None and value in allowed else None


def _draw(text: str) -> int | None:
    return min(int(text), MOST_DRAWS) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None
