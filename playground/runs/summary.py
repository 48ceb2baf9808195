"""The figures with which a run ends: one flat object, printed by the command line and kept in the status."""

import time
from dataclasses import dataclass, replace

from playground.records import Evaluation, Insight, Reason, RunStatus, State, StepMetrics
from playground.runs.folder import RunFolder
from playground.runs.writing import finite


@dataclass(frozen=True, slots=True)
class Last:
    """The last record of each kind, None where the run did not get that far."""

    step: StepMetrics | None = None
    insight: Insight | None = None
    evaluation: Evaluation | None = None


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
    images = step.step * run.config.batch_size if step else 0
    figures = {
        "run": run.id,
        "state": status.state,
        "reason": status.reason,
        "steps": step.step if step else 0,
        "seconds": round(seconds, 3),
        "images_per_second": round(images / seconds, 1) if seconds else None,
        "loss": step.loss if step else None,
        "knn_accuracy": judged.knn_accuracy if judged else None,
        "knn_protocol": judged.knn_protocol if judged else None,
        "collapse": insight.z.verdict if insight else None,
        "effective_rank": insight.z.effective_rank if insight else None,
        "feature_std": insight.z.feature_std if insight else None,
        "alignment": insight.alignment if insight else None,
        "uniformity": insight.z.uniformity if insight else None,
    }
    return finite(figures)
