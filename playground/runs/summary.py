"""The figures with which a run ends: one flat object, printed by the command line and kept in the status."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playground.runs.recorder import Recorder


def summary(recorder: "Recorder") -> dict[str, object]:
    """What is known at the end; null where the run did not get that far or the data has no labels."""
    step, insight, status = recorder.step, recorder.insight, recorder.status
    judged = recorder.evaluation or insight
    seconds = step.seconds if step else 0.0
    images = step.step * recorder.config.batch_size if step else 0
    return {
        "run": recorder.folder.id,
        "state": status.state,
        "reason": status.reason,
        "steps": step.step if step else 0,
        "seconds": round(seconds, 3),
        "images_per_second": round(images / seconds, 1) if seconds else None,
        "loss": step.loss if step and step.loss == step.loss else None,
        "knn_accuracy": judged.knn_accuracy if judged else None,
        "knn_protocol": judged.knn_protocol if judged else None,
        "collapse": insight.verdict if insight else None,
        "effective_rank": insight.effective_rank if insight else None,
        "feature_std": insight.feature_std if insight else None,
        "alignment": insight.alignment if insight else None,
        "uniformity": insight.uniformity if insight else None,
    }
