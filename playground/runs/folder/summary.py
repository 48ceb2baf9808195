"""Summary of a run: one flat object of final figures, stored in its status and printed by the command line."""

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
class LastRecords:
    """The last record of each kind, None for those that the run has not."""

    step: StepMetrics | None = None
    first_insight: Insight | None = None  # what the last one is compared with
    insight: Insight | None = None
    evaluation: Evaluation | None = None
    peak_memory_mb: float | None = None  # only the worker itself knows


def last_records(log: MetricsLog) -> LastRecords:
    """The last records in `log`."""
    first, insight = (log.insights[0], log.insights[-1]) if log.insights else (None, None)
    return LastRecords(log.steps[-1] if log.steps else None, first, insight)


def end_status(
    run: RunFolder, status: RunStatus, state: State, reason: Reason, message: str, last: LastRecords
) -> RunStatus:
    """The terminal status that follows `status`, with the run's summary."""
    status = replace(
        status, state=state, reason=reason, message=message, ended=time.time(), phase="", phase_progress=None
    )
    return replace(status, summary=summarize_run(run, status, last))


def summarize_run(run: RunFolder, status: RunStatus, last: LastRecords) -> dict[str, object]:
    """The summary of a run as JSON values; None for figures that it has not, as without labels."""
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
        **_snapshot_figures(run),
        **(last.evaluation.figures if last.evaluation else {}),
    }
    return finite_values(figures)


def peak_memory_mb() -> float:
    """Peak resident memory of this process in MiB.

    On Linux `ru_maxrss` includes the peak of the process that started this one; VmHWM in /proc does not:
    proc_pid_status(5).
    """
    with suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def _images_per_second(run: RunFolder, step: StepMetrics) -> float:
    """Images per second over the whole run; over the last steps for a fork, whose batch size may have changed."""
    with suppress(UnreadableRun):
        if not (run.origin and run.origin.step):
            return step.step * run.config.batch_size / step.seconds
    return step.images_per_second


def knn_gain(first: Insight | None, last: Insight | None) -> float | None:
    """Gain in live kNN accuracy on h from `first` to `last`; None unless both have one by the same protocol."""
    if first is None or last is None or first.knn_protocol != last.knn_protocol:
        return None
    if first.knn_accuracy is None or last.knn_accuracy is None:
        return None
    return last.knn_accuracy - first.knn_accuracy


def _snapshot_figures(run: RunFolder) -> dict[str, object]:
    """Figures computed once, from the last snapshot; without those of damaged files, as the run has to end."""
    figures: dict[str, object] = {"separation": None, "mean_similarity": None}
    with suppress(UnreadableRun, IndexError):
        snapshot, probe = run.snapshot(run.snapshot_steps()[-1]), run.probe()
        figures["mean_similarity"] = mean_similarity(snapshot.z)
        if probe and probe.labels is not None:
            figures["separation"] = cluster_separation(snapshot.h, probe.labels)
        if probe and run.config.method.learns_from == "captions":
            figures |= _caption_figures(snapshot, probe.view_texts)
    return figures


def _caption_figures(snapshot: StoredSnapshot, captions: Sequence[str]) -> dict[str, object]:
    """Retrieval of `captions` [n] by images and of images by captions, and the modality gap."""
    image, text = finite_unit_rows(snapshot.z), finite_unit_rows(snapshot.z_view)
    found = rank_both_ways(image @ text.T, captions)
    return {
        "recall_at_1_image_to_text": recall_at(found.texts_of_images, 1),
        "recall_at_1_text_to_image": recall_at(found.images_of_texts, 1),
        "modality_gap": modality_gap(image, text),
    }
