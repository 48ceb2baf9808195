"""The figures with which a run ends: one flat object, printed by the command line and kept in the status."""

import resource
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from playground.insight.distances import finite_unit_rows
from playground.insight.retrieval import rank_both_ways, recall_at
from playground.insight.separation import cluster_separation
from playground.insight.similarity_histogram import mean_similarity
from playground.insight.text.modality_gap import modality_gap
from playground.records import Evaluation, Insight, Reason, RunStatus, State, StepMetrics
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.folder.snapshot import StoredSnapshot
from playground.storage.atomic_files import finite_values


@dataclass(frozen=True, slots=True)
class Last:
    """The last record of each kind, None where the run did not get that far."""

    step: StepMetrics | None = None
    first_insight: Insight | None = None  # what the last one is compared with
    insight: Insight | None = None
    evaluation: Evaluation | None = None
    peak_memory_mb: float | None = None  # only the worker itself knows


def last_of(log: MetricsLog) -> Last:
    """As a run's metrics tell it."""
    first, insight = (log.insights[0], log.insights[-1]) if log.insights else (None, None)
    return Last(log.steps[-1] if log.steps else None, first, insight)


def ended(run: RunFolder, status: RunStatus, state: State, reason: Reason, message: str, last: Last) -> RunStatus:
    """`status` turned into the run's last one, with its summary."""
    status = replace(
        status, state=state, reason=reason, message=message, ended=time.time(), phase="", phase_progress=None
    )
    return replace(status, summary=summary(run, status, last))


def summary(run: RunFolder, status: RunStatus, last: Last) -> dict[str, object]:
    """What is known at the end; null where the run did not get that far or the data has no labels."""
    step, insight = last.step, last.insight
    judged = last.evaluation or insight
    seconds = step.seconds if step else 0.0
    figures = {
        "run": run.id,
        "state": status.state,
        "reason": status.reason,
        "steps": step.step if step else 0,
        "seconds": round(seconds, 3),
        "images_per_second": round(_images_per_second(run, step), 1) if step and seconds else None,
        "loss": step.loss if step else None,
        "knn_accuracy": judged.knn_accuracy if judged else None,
        "knn_protocol": judged.knn_protocol if judged else None,
        "collapse": insight.z.verdict if insight else None,
        "effective_rank": insight.z.effective_rank if insight else None,
        "feature_std": insight.z.feature_std if insight else None,
        "alignment": insight.alignment if insight else None,
        "uniformity": insight.z.uniformity if insight else None,
        "peak_memory_mb": last.peak_memory_mb,
        "positive_similarity": step.positive_similarity if step else None,
        "knn_gain": knn_gain(last.first_insight, insight),
        **_of_last_snapshot(run),
        **(last.evaluation.figures if last.evaluation else {}),
    }
    return finite_values(figures)


def peak_memory_mb() -> float:
    """The most memory that this process has taken so far.

    `ru_maxrss` begins, on Linux, with what the process that started this one had taken; the kernel's own account of
    this program alone is in /proc: proc_pid_status(5), VmHWM.
    """
    with suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def _images_per_second(run: RunFolder, step: StepMetrics) -> float:
    """Over the whole run; of one that goes on from another, which may have had other batches, over its last steps."""
    with suppress(UnreadableRun):
        if not (run.origin and run.origin.step):
            return step.step * run.config.batch_size / step.seconds
    return step.images_per_second


def knn_gain(first: Insight | None, last: Insight | None) -> float | None:
    """Of the live kNN on h, as far as both were measured in the same way."""
    if first is None or last is None or first.knn_protocol != last.knn_protocol:
        return None
    if first.knn_accuracy is None or last.knn_accuracy is None:
        return None
    return last.knn_accuracy - first.knn_accuracy


def _of_last_snapshot(run: RunFolder) -> dict[str, object]:
    """What is only worked out once; a damaged file must not keep a run from its end."""
    figures: dict[str, object] = {"separation": None, "mean_similarity": None}
    with suppress(UnreadableRun, IndexError):
        snapshot, probe = run.snapshot(run.snapshot_steps()[-1]), run.probe()
        figures["mean_similarity"] = mean_similarity(snapshot.z)
        if probe and probe.labels is not None:
            figures["separation"] = cluster_separation(snapshot.h, probe.labels)
        if probe and run.config.method.learns_from == "captions":
            figures |= _of_captions(snapshot, probe.view_texts)
    return figures


def _of_captions(snapshot: StoredSnapshot, captions: Sequence[str]) -> dict[str, object]:
    """How well images of the probe set and their captions find each other."""
    image, text = finite_unit_rows(snapshot.z), finite_unit_rows(snapshot.z_view)
    found = rank_both_ways(image @ text.T, captions)
    return {
        "recall_at_1_image_to_text": recall_at(found.texts_of_images, 1),
        "recall_at_1_text_to_image": recall_at(found.images_of_texts, 1),
        "modality_gap": modality_gap(image, text),
    }
