"""What the page knows of one run, read from its folder: each tick reads only what is new."""

from bisect import bisect_right
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from playground.insight.maps import Map
from playground.insight.negatives import HardNegatives, hardest_negatives
from playground.records import ENDED, Insight, Probe, RunStatus, StepMetrics
from playground.runs.folder import MetricsLog, RunFolder, StoredSnapshot
from playground.ui.thumbnails import Thumbnails, make_thumbnails


@dataclass(slots=True)
class RunView:
    """One session's view of one run."""

    folder: RunFolder
    log: MetricsLog = field(default_factory=MetricsLog)
    _probe: Probe | None = None
    _thumbnails: Thumbnails | None = None
    _snapshot: StoredSnapshot | None = None
    _map: tuple[int, Map] | None = None
    _negatives: tuple[tuple[int, float], HardNegatives] | None = None

    def read_on(self) -> RunStatus:
        """Take in what is new; returns the status, read first so that an end is never shown before its last figures."""
        status = self.folder.status()
        self.log.read_on(self.folder)
        if status.state == "running" and self.folder.asked_to_stop:
            return replace(status, state="stopping")
        return status

    @property
    def steps(self) -> list[StepMetrics]:
        return self.log.steps

    @property
    def insights(self) -> list[Insight]:
        return self.log.insights

    @property
    def probe(self) -> Probe | None:
        """The images that are followed, None before training begins."""
        self._probe = self._probe or self.folder.probe()
        return self._probe

    @property
    def thumbnails(self) -> Thumbnails | None:
        """Their pictures in one sheet."""
        if self._thumbnails is None and self.probe is not None:
            self._thumbnails = make_thumbnails(self.probe.images)
        return self._thumbnails

    def snapshot(self) -> StoredSnapshot | None:
        """The latest snapshot."""
        steps = self.folder.snapshot_steps()
        if steps and (self._snapshot is None or self._snapshot.step != steps[-1]):
            self._snapshot = self.folder.snapshot(steps[-1])
        return self._snapshot

    def temperature(self, step: int) -> float:
        """At which negatives are weighed after `step` steps: the learned one where there is one, else the config's."""
        place = bisect_right(self.steps, step, key=lambda metrics: metrics.step)
        learned = self.steps[place - 1].temperature if place else None
        return self.folder.config.method.weighing_temperature if learned is None else learned

    def hard_negatives(self, snapshot: StoredSnapshot, *, anchors: int, negatives: int) -> HardNegatives:
        """Of `snapshot`, worked out once for each: ticks come far oftener than snapshots."""
        temperature = self.temperature(snapshot.step)
        if self._negatives is None or self._negatives[0] != (snapshot.step, temperature):
            labels = self.probe.labels if self.probe else None
            found = hardest_negatives(
                snapshot.z, temperature=temperature, anchors=anchors, negatives=negatives, labels=labels
            )
            self._negatives = ((snapshot.step, temperature), found)
        return self._negatives[1]

    def umap(self) -> tuple[int, Map] | None:
        """The latest UMAP map and its step."""
        steps = self.folder.map_steps()
        if steps and (self._map is None or self._map[0] != steps[-1]):
            self._map = (steps[-1], self.folder.map(steps[-1]))
        return self._map

    @property
    def maps_are_complete(self) -> bool:
        """Whether every snapshot has its UMAP map."""
        return len(self.folder.map_steps()) >= len(self.folder.snapshot_steps())


def is_live(view: RunView, status: RunStatus) -> bool:
    """Whether there is more to come."""
    return status.state not in ENDED or not view.maps_are_complete


def labels_of(probe: Probe, rows: NDArray[np.int64]) -> list[str]:
    """Class names of probe images, "" where the data has no classes."""
    if probe.labels is None:
        return ["" for _ in rows]
    return [probe.class_names[label] for label in probe.labels[rows]]
