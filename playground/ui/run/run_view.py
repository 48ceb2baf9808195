"""View of one run in one session, read from its folder: each tick reads only new records."""

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
from playground.records import ENDED, Insight, Invariance, Probe, RunStatus, StepMetrics, probe_digest
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder
from playground.runs.folder.snapshot import StoredSnapshot
from playground.ui.components.gallery import NamedSheets
from playground.ui.components.live_channel import Channel, Live, Part
from playground.ui.components.plot import figure_json
from playground.ui.components.probe_pictures import probe_sheets, probe_thumbnails
from playground.ui.components.thumbnails import Thumbnails
from playground.ui.run.memo import Memo
from playground.ui.run.update_budget import UpdateBudget
from playground.ui.words.sample_noun import SampleNoun, noun_of

UPDATES_PER_TICK = 2  # panels that redraw because of news


@dataclass(frozen=True, slots=True)
class ShownMap:
    """The map that is shown for a snapshot."""

    kind: str
    step: int  # of its snapshot: the mapper may be behind
    xy: Map
    trustworthiness: float | None  # None if not measured


@dataclass(slots=True)
class RunView:
    """View of one run in one session: the records read so far, and which snapshot is shown."""

    folder: RunFolder
    name: str = ""  # prefix of its component keys on pages with several runs
    at: int | None = None  # step of the snapshot that is shown, None for the latest
    tab: str = ""  # drawn last
    can_continue: bool | None = None  # whether the page offers to continue from a checkpoint, None before it is drawn
    channel: Channel | None = None  # updates the browser between reruns
    log: MetricsLog = field(default_factory=MetricsLog)
    memo: Memo = field(default_factory=lambda: Memo(UpdateBudget(UPDATES_PER_TICK)))
    _status: RunStatus | None = None
    _probe: Probe | None = None

    # Records in the run folder

    def read_on(self) -> RunStatus:
        """Begins a tick and reads new records. Returns the status, read first so that no last records are missed."""
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
        """Metrics of all training steps so far."""
        return self.log.steps

    @property
    def insights(self) -> list[Insight]:
        """Metrics of all snapshots so far."""
        return self.log.insights

    @property
    def invariances(self) -> list[Invariance]:
        """Invariances of the untrained and, at the end, of the trained encoder."""
        return self.log.invariances

    @property
    def scale_since(self) -> int:
        """The step from which chance and floor of the loss follow from this config; above 0 for a continued run."""
        origin = self.folder.origin
        return 0 if origin is None else origin.scale_since

    @property
    def maps_are_complete(self) -> bool:
        """Whether every snapshot has all requested maps."""
        looks = len(self.folder.snapshot_steps())
        return all(len(self.folder.map_steps(*choice)) >= looks for choice in self.folder.wanted_maps())

    # Probe samples

    @property
    def noun(self) -> SampleNoun:
        """Nouns for the samples of the run."""
        return noun_of([self.folder.config])

    @property
    def probe(self) -> Probe | None:
        """The probe samples, None before training begins."""
        self._probe = self._probe or self.folder.probe()
        return self._probe

    @property
    def digest(self) -> str:
        """Digest of the probe samples, "" before training; runs with equal ones can be compared sample by sample."""
        probe = self.probe
        return "" if probe is None else self.memo.get("digest", None, lambda: probe_digest(probe.images, probe.texts))

    @property
    def thumbnails(self) -> Thumbnails | None:
        """Thumbnails of the probe samples; texts are drawn as cards. None before training begins."""
        probe = self.probe
        return None if probe is None else self.memo.get("thumbnails", None, lambda: probe_thumbnails(probe))

    @property
    def sheets(self) -> NamedSheets | None:
        """Gallery sheets of the probe samples and of their positives; None before training begins."""
        probe = self.probe
        return None if probe is None else self.memo.get("sheets", None, lambda: probe_sheets(probe))

    # The snapshot that is shown: the chosen one, else the latest

    @property
    def insight(self) -> Insight | None:
        """Metrics of the snapshot that is shown, None before the first."""
        return None if not self.insights else self.insights[self._insight_index()]

    @property
    def metrics(self) -> StepMetrics | None:
        """Metrics of the step that is shown: the latest or that of the chosen snapshot; at step 0 the first."""
        if self.at is None or not self.steps:
            return self.steps[-1] if self.steps else None
        place = bisect_right(self.steps, self.at, key=lambda metrics: metrics.step)
        return self.steps[max(place - 1, 0)]

    def snapshot(self) -> StoredSnapshot | None:
        """The snapshot that is shown, with its embeddings; None before the first. Raises UnreadableRun."""
        step = last_step_up_to(self.at, self.folder.snapshot_steps())
        return None if step is None else self.memo.get("snapshot", step, lambda: self.folder.snapshot(step))

    def untrained(self) -> StoredSnapshot | None:
        """The snapshot of the untrained encoder; None before it is written. Raises UnreadableRun."""
        steps = self.folder.snapshot_steps()
        return None if not steps else self.memo.get("untrained", steps[0], lambda: self.folder.snapshot(steps[0]))

    def map(self, kind: str, layer: Layer) -> ShownMap | None:
        """The shown snapshot's map of that kind; PCA until the mapper has made one. Raises UnreadableRun."""
        snapshot = self.snapshot()
        if snapshot is None:
            return None
        made = None if kind == "pca" else last_step_up_to(snapshot.step, self.folder.map_steps(kind, layer))
        if made is None:
            return ShownMap("pca", snapshot.step, snapshot.pca if layer == "z" else snapshot.pca_h, None)
        found = self.memo.get(f"map {kind} {layer}", made, lambda: self.folder.map(made, kind, layer))
        return ShownMap(kind, made, found.xy, found.trustworthiness)

    def temperature(self, step: int) -> float:
        """Temperature that weighs negatives after `step` steps: the learned one, else that of the config."""
        place = bisect_right(self.steps, step, key=lambda metrics: metrics.step)
        learned = self.steps[place - 1].temperature if place else None
        return self.folder.config.method.weighing_temperature if learned is None else learned

    def _insight_index(self) -> int:
        if self.at is None:
            return len(self.insights) - 1
        return max(0, bisect_right(self.insights, self.at, key=lambda insight: insight.step) - 1)

    # Updates of the browser

    def figure(self, name: str, key: object, news: object, make: Callable[[], go.Figure | Spec]) -> str:
        """JSON of the figure `make()` for `plot`, memoised by `name` with `key` and `news` as in `Memo.get`."""
        return self.memo.get(f"figure {name}", key, lambda: figure_json(make()), news=news)

    def publish(self, name: str, make: Callable[[], Part]) -> tuple[Part, Live | None]:
        """Returns `make()` and the handle that updates it in the browser without a rerun; None without a channel.

        `make` is also called by threads without a Streamlit session: read what it needs of the session before.
        """
        return (make(), None) if self.channel is None else self.channel.publish(name, make)


def is_live(view: RunView, status: RunStatus) -> bool:
    """Whether new records or maps are still to come."""
    return status.state not in ENDED or not view.maps_are_complete


def class_names_of(probe: Probe, rows: NDArray[np.int64]) -> list[str]:
    """Class names of the probe images `rows` [n]; "" for each without classes."""
    if probe.labels is None:
        return ["" for _ in rows]
    return [probe.class_names[label] for label in probe.labels[rows]]


def last_step_up_to(step: int | None, steps: Sequence[int]) -> int | None:
    """The last of the ascending `steps` up to `step`, or of all for None; None if there is no such step."""
    upto = steps if step is None else steps[: bisect_right(steps, step)]
    return upto[-1] if upto else None
