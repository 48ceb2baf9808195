"""One session's view of one run, read from its folder: each tick reads only what is new."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

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
from playground.ui.run.memo import Memo
from playground.ui.run.update_budget import UpdateBudget
from playground.ui.words.sample_noun import SampleNoun, noun_of

UPDATES_PER_TICK = 2  # panels that redraw because of news


@dataclass(frozen=True, slots=True)
class ShownMap:
    """The map that stands for a step."""

    kind: str
    step: int  # of the embeddings it was made of: the mapper may be behind
    xy: Map
    trustworthiness: float | None  # None: not measured


@dataclass(slots=True)
class RunView:
    """One session's view of one run: what has been read of it, and which look at it is shown."""

    folder: RunFolder
    name: str = ""  # prefix of the keys of its components, where several runs are on one page
    at: int | None = None  # step of the look that is shown, None: the latest
    tab: str = ""  # the one drawn last
    can_continue: bool | None = None  # whether the page offers to continue from a checkpoint, None: not drawn yet
    channel: Channel | None = None  # sends the browser what changes between reruns
    log: MetricsLog = field(default_factory=MetricsLog)
    memo: Memo = field(default_factory=lambda: Memo(UpdateBudget(UPDATES_PER_TICK)))
    _status: RunStatus | None = None
    _probe: Probe | None = None

    # What the folder holds

    def read_on(self) -> RunStatus:
        """Begin a tick: read what is new. Returns the status, read first, so that no end comes before its figures."""
        status = self.folder.status()
        self.log.read_on(self.folder)
        if self.memo.budget is not None:
            self.memo.budget.begin_tick(limited=status.state not in ENDED)
        if status.state == "running" and self.folder.asked_to_stop:
            status = replace(status, state="stopping")
        self._status = status
        return status

    @property
    def status(self) -> RunStatus:
        """The status as of the last tick."""
        return self._status or self.read_on()

    @property
    def steps(self) -> Steps:
        """All steps so far."""
        return self.log.steps

    @property
    def insights(self) -> list[Insight]:
        """The figures of all looks so far."""
        return self.log.insights

    @property
    def invariances(self) -> list[Invariance]:
        """What was measured of changed copies: of the untrained and, at the end, of the trained encoder."""
        return self.log.invariances

    @property
    def scale_since(self) -> int:
        """The step after which chance and floor of the loss are those of the run's settings."""
        origin = self.folder.origin
        return 0 if origin is None else origin.scale_since

    @property
    def maps_are_complete(self) -> bool:
        """Whether every look has every map that is wanted."""
        looks = len(self.folder.snapshot_steps())
        return all(len(self.folder.map_steps(*choice)) >= looks for choice in self.folder.wanted_maps())

    # The samples that are followed

    @property
    def noun(self) -> SampleNoun:
        """Words for what the run learns from."""
        return noun_of([self.folder.config])

    @property
    def probe(self) -> Probe | None:
        """The samples that are followed, None before training begins."""
        self._probe = self._probe or self.folder.probe()
        return self._probe

    @property
    def digest(self) -> str:
        """Digest of the samples that are followed: runs with equal ones can be compared sample by sample."""
        probe = self.probe
        return "" if probe is None else self.memo.get("digest", None, lambda: digest_of(probe.images, probe.texts))

    @property
    def thumbnails(self) -> Thumbnails | None:
        """Pictures of the samples in one sheet; of texts, cards with what they say."""
        probe = self.probe
        return None if probe is None else self.memo.get("thumbnails", None, lambda: pictures_of(probe))

    @property
    def sheets(self) -> NamedSheets | None:
        """What a gallery shows of the samples and of their positives: pictures, or texts to be read."""
        probe = self.probe
        return None if probe is None else self.memo.get("sheets", None, lambda: sheets_of(probe))

    # The look that is shown: the chosen one, else the latest

    @property
    def insight(self) -> Insight | None:
        """The figures of the look that is shown."""
        return None if not self.insights else self.insights[self._place()]

    @property
    def metrics(self) -> StepMetrics | None:
        """The step that is shown: the latest, or that of the chosen look; of the look before all steps, the first."""
        if self.at is None or not self.steps:
            return self.steps[-1] if self.steps else None
        place = bisect_right(self.steps, self.at, key=lambda metrics: metrics.step)
        return self.steps[max(place - 1, 0)]

    def snapshot(self) -> StoredSnapshot | None:
        """The embeddings of the look that is shown."""
        step = last_up_to(self.at, self.folder.snapshot_steps())
        return None if step is None else self.memo.get("snapshot", step, lambda: self.folder.snapshot(step))

    def untrained(self) -> StoredSnapshot | None:
        """The embeddings of the first look, before any training."""
        steps = self.folder.snapshot_steps()
        return None if not steps else self.memo.get("untrained", steps[0], lambda: self.folder.snapshot(steps[0]))

    def map(self, kind: str, layer: Layer) -> ShownMap | None:
        """The map of that kind of the look that is shown; where there is none yet, PCA."""
        snapshot = self.snapshot()
        if snapshot is None:
            return None
        made = None if kind == "pca" else last_up_to(snapshot.step, self.folder.map_steps(kind, layer))
        if made is None:
            return ShownMap("pca", snapshot.step, snapshot.pca if layer == "z" else snapshot.pca_h, None)
        found = self.memo.get(f"map {kind} {layer}", made, lambda: self.folder.map(made, kind, layer))
        return ShownMap(kind, made, found.xy, found.trustworthiness)

    def temperature(self, step: int) -> float:
        """Temperature that weighs negatives after `step` steps: learned where it is learned, else the config's."""
        place = bisect_right(self.steps, step, key=lambda metrics: metrics.step)
        learned = self.steps[place - 1].temperature if place else None
        return self.folder.config.method.weighing_temperature if learned is None else learned

    def _place(self) -> int:
        if self.at is None:
            return len(self.insights) - 1
        return max(0, bisect_right(self.insights, self.at, key=lambda insight: insight.step) - 1)

    # What is sent to the browser

    def figure(self, name: str, key: object, news: object, make: Callable[[], go.Figure | Spec]) -> str:
        """The JSON of a figure, for `plot`: memoised until `key` changes, or `news` and the update budget has room."""
        return self.memo.get(f"figure {name}", key, lambda: figure_json(make()), news=news)

    def publish(self, name: str, make: Callable[[], Part]) -> tuple[Part, Live | None]:
        """`make()`, and the handle by which a browser gets it again whenever it changes; None without a channel.

        Another thread calls `make` too: what it needs of the session has to be read before.
        """
        return (make(), None) if self.channel is None else self.channel.carry(name, make)


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
