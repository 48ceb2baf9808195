"""What the page knows of one run, read from its folder: each tick reads only what is new.

Whose turn it is: of several panels with news a tick shows a few, so that none holds up the browser for long.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures.base import Spec
from playground.insight.collapse import Layer
from playground.insight.curves.step_columns import Steps
from playground.insight.maps import Map
from playground.records import ENDED, Insight, Invariance, Probe, RunStatus, StepMetrics, digest_of
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder
from playground.runs.folder.snapshot import StoredSnapshot
from playground.ui.components.gallery import NamedSheets
from playground.ui.components.live_channel import Channel, Live, Part
from playground.ui.components.plot import figure_json
from playground.ui.components.probe_pictures import pictures_of, sheets_of
from playground.ui.components.thumbnails import Thumbnails
from playground.ui.words.sample_noun import Noun, noun_of


@dataclass(slots=True)
class Turns:
    """Call `begin` with each tick, then `take` for each panel that has news. Who had to wait longest comes first."""

    at_once: int
    _waiting: list[str] = field(default_factory=list)  # the longest wait first
    _first: frozenset[str] = frozenset()
    _free: int = 0
    _limited: bool = False

    def begin(self, *, limited: bool = True) -> None:
        """A tick; one without a limit shows all that is new, as no other may follow."""
        self._first, self._waiting = frozenset(self._waiting[: self.at_once]), self._waiting[self.at_once :]
        self._free, self._limited = self.at_once - len(self._first), limited

    def take(self, name: str) -> bool:
        """Whether the news of `name` are shown by this tick; if not, they are by one of the next."""
        if not self._limited or name in self._first:
            return True
        if self._free and name not in self._waiting:
            self._free -= 1
            return True
        if name not in self._waiting:
            self._waiting.append(name)
        return False


T = TypeVar("T")
AT_ONCE = 2  # panels that one tick brings up to date: a browser takes 15-25 ms for each, in which nothing else moves


@dataclass(frozen=True, slots=True)
class ShownMap:
    """The map that stands for a step."""

    kind: str
    step: int  # of the embeddings it was made of: the mapper may be behind
    xy: Map
    trustworthiness: float | None  # None: not measured


@dataclass(slots=True)
class RunView:
    """One session's view of one run."""

    folder: RunFolder
    name: str = ""  # leads the keys of its components, where several runs are on one page
    at: int | None = None  # the step that is looked at, None: the latest look
    tab: str = ""  # that was drawn last
    channel: Channel | None = None  # by which a browser hears of it between reruns
    log: MetricsLog = field(default_factory=MetricsLog)
    _status: RunStatus | None = None
    _probe: Probe | None = None
    _made: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    _turns: Turns = field(default_factory=lambda: Turns(AT_ONCE))

    def read_on(self) -> RunStatus:
        """Take in what is new; returns the status, read first so that an end is never shown before its last figures."""
        status = self.folder.status()
        self.log.read_on(self.folder)
        self._turns.begin(limited=status.state not in ENDED)
        if status.state == "running" and self.folder.asked_to_stop:
            status = replace(status, state="stopping")
        self._status = status
        return status

    @property
    def status(self) -> RunStatus:
        """As it was read last."""
        return self._status or self.read_on()

    def once(self, name: str, key: object, make: Callable[[], T]) -> T:
        """`make()`, kept until `key` is another one: ticks come far oftener than looks."""
        if name not in self._made or self._made[name][0] != key:
            self._made[name] = (key, make())
        made: T = self._made[name][1]
        return made

    def in_turn(self, name: str, chosen: object, news: object, make: Callable[[], T]) -> T:
        """`once` for what a browser is slow to draw: where only `news` is another one, it may wait for a tick."""
        key, before = (chosen, news), self._made.get(name)
        if before is None or before[0] == key or before[0][0] != chosen or self._turns.take(name):
            return self.once(name, key, make)
        kept: T = before[1]
        return kept

    def told(self, name: str, make: Callable[[], Part]) -> tuple[Part, Live | None]:
        """What `make` says now; where there is a channel, a browser is told whenever it says something else.

        It is called by another thread, too: what it needs of the session has to be read before.
        """
        return (make(), None) if self.channel is None else self.channel.carry(name, make)

    def figure(self, name: str, chosen: object, news: object, make: Callable[[], go.Figure | Spec]) -> str:
        """What `plot` draws, made and put into words only where what a person chose or the run's news are others."""
        return self.in_turn(f"figure {name}", chosen, news, lambda: figure_json(make()))

    def last(self, name: str) -> Any:
        """What `once` made last under that name, whatever its key; None at first."""
        return self._made[name][1] if name in self._made else None

    @property
    def steps(self) -> Steps:
        return self.log.steps

    @property
    def insights(self) -> list[Insight]:
        return self.log.insights

    @property
    def invariances(self) -> list[Invariance]:
        return self.log.invariances

    @property
    def insight(self) -> Insight | None:
        """The figures of the look that is shown."""
        return None if not self.insights else self.insights[self._place()]

    @property
    def metrics(self) -> StepMetrics | None:
        """The step that is shown: the latest, or the chosen look's; the first one for the look before all steps."""
        if self.at is None or not self.steps:
            return self.steps[-1] if self.steps else None
        place = bisect_right(self.steps, self.at, key=lambda metrics: metrics.step)
        return self.steps[max(place - 1, 0)]

    @property
    def probe(self) -> Probe | None:
        """The images that are followed, None before training begins."""
        self._probe = self._probe or self.folder.probe()
        return self._probe

    @property
    def noun(self) -> Noun:
        """What it learns from, in words."""
        return noun_of([self.folder.config])

    @property
    def digest(self) -> str:
        """Of the images that are followed: runs with equal ones can be compared image by image."""
        probe = self.probe
        return "" if probe is None else self.once("digest", None, lambda: digest_of(probe.images, probe.texts))

    @property
    def thumbnails(self) -> Thumbnails | None:
        """Their pictures in one sheet; of texts, what they say."""
        probe = self.probe
        return None if probe is None else self.once("thumbnails", None, lambda: pictures_of(probe))

    @property
    def sheets(self) -> NamedSheets | None:
        """What a gallery shows of them and of their positives: pictures, or texts to be read."""
        probe = self.probe
        return None if probe is None else self.once("sheets", None, lambda: sheets_of(probe))

    def snapshot(self) -> StoredSnapshot | None:
        """The look that is shown: the chosen one, else the latest."""
        step = last_up_to(self.at, self.folder.snapshot_steps())
        return None if step is None else self.once("snapshot", step, lambda: self.folder.snapshot(step))

    def untrained(self) -> StoredSnapshot | None:
        """The first look, before any training."""
        steps = self.folder.snapshot_steps()
        return None if not steps else self.once("untrained", steps[0], lambda: self.folder.snapshot(steps[0]))

    def map(self, kind: str, layer: Layer) -> ShownMap | None:
        """The map of that kind of the look that is shown; where there is none yet, PCA."""
        snapshot = self.snapshot()
        if snapshot is None:
            return None
        made = None if kind == "pca" else last_up_to(snapshot.step, self.folder.map_steps(kind, layer))
        if made is None:
            return ShownMap("pca", snapshot.step, snapshot.pca if layer == "z" else snapshot.pca_h, None)
        found = self.once(f"map {kind} {layer}", made, lambda: self.folder.map(made, kind, layer))
        return ShownMap(kind, made, found.xy, found.trustworthiness)

    @property
    def scale_since(self) -> int:
        """The step after which chance and floor of the loss are those of the run's settings."""
        origin = self.folder.origin
        return 0 if origin is None else origin.scale_since

    def temperature(self, step: int) -> float:
        """At which negatives are weighed after `step` steps: the learned one where there is one, else the config's."""
        place = bisect_right(self.steps, step, key=lambda metrics: metrics.step)
        learned = self.steps[place - 1].temperature if place else None
        return self.folder.config.method.weighing_temperature if learned is None else learned

    @property
    def maps_are_complete(self) -> bool:
        """Whether every look has every map that is wanted."""
        looks = len(self.folder.snapshot_steps())
        return all(len(self.folder.map_steps(*choice)) >= looks for choice in self.folder.wanted_maps())

    def _place(self) -> int:
        if self.at is None:
            return len(self.insights) - 1
        return max(0, bisect_right(self.insights, self.at, key=lambda insight: insight.step) - 1)


def is_live(view: RunView, status: RunStatus) -> bool:
    """Whether there is more to come."""
    return status.state not in ENDED or not view.maps_are_complete


def labels_of(probe: Probe, rows: NDArray[np.int64]) -> list[str]:
    """Class names of probe images, "" where the data has no classes."""
    if probe.labels is None:
        return ["" for _ in rows]
    return [probe.class_names[label] for label in probe.labels[rows]]


def last_up_to(step: int | None, steps: Sequence[int]) -> int | None:
    """The last of the rising `steps` that is not after `step`, the very last for None; None where there is no such."""
    upto = steps if step is None else steps[: bisect_right(steps, step)]
    return upto[-1] if upto else None
