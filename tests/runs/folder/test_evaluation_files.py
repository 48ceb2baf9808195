"""The files of an evaluation: asking, cancelling, and that what is written can be read."""

import numpy as np
import pytest

from playground.insight.evaluation import Confusion, Measure
from playground.runs.folder.evaluation_files import (
    EVALUATION_ENDED,
    EvaluationFiles,
    StoredEvaluation,
    cancel_evaluation,
    evaluation_obstacle,
    read_evaluation,
    request_evaluation,
)
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.store import RunStore
from tests.runs.finished import finished

FULL = StoredEvaluation(
    "running", 1.0, 2.0, None, "", "linear probe", 0.5,
    (Measure("knn", "trained", 1.0, 0.25, "h, cosine, k=20"), Measure("separation", "untrained", None, None, "h")),
    Confusion(("cat", "dog"), np.array([[3, 1], [0, 2]]), "h frozen"),
    ("A sentence.",),
)  # fmt: skip


@pytest.fixture
def ended(store: RunStore) -> RunFolder:
    return finished(store)


def test_what_is_written_can_be_read(ended: RunFolder) -> None:
    assert read_evaluation(ended) is None
    EvaluationFiles(ended).write(FULL)
    found = read_evaluation(ended)
    assert found is not None and found.confusion is not None and FULL.confusion is not None
    assert found.as_json() == FULL.as_json()
    assert found.measures == FULL.measures
    np.testing.assert_array_equal(found.confusion.counts, FULL.confusion.counts)
    assert found.confusion.counts.dtype == np.int64


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"state": "running", "measures": [{}], "confusion": null}'])
def test_a_broken_file_is_said_so_and_can_be_asked_over(content: str, ended: RunFolder) -> None:
    files = EvaluationFiles(ended)
    files.result_file.write_text(content)
    files.request_file.touch()
    with pytest.raises(UnreadableRun, match=r"evaluation\.json"):
        read_evaluation(ended)
    assert request_evaluation(ended).state == "queued"
    assert read_evaluation(ended) == request_evaluation(ended)


def test_asking_twice_is_asking_once(ended: RunFolder) -> None:
    first = request_evaluation(ended)
    assert first.state == "queued"
    assert request_evaluation(ended) == first == read_evaluation(ended)
    files = EvaluationFiles(ended)
    files.write(FULL)
    assert request_evaluation(ended).phase == "linear probe"  # it goes on


@pytest.mark.parametrize("state", sorted(EVALUATION_ENDED))
def test_what_is_over_is_not_asked_for_any_more_and_can_be_asked_again(state: str, ended: RunFolder) -> None:
    request_evaluation(ended)
    files = EvaluationFiles(ended)
    cancel_evaluation(ended)
    assert files.asked and files.asked_to_stop
    files.write(FULL)
    over = files.end(state, "Why.")  # type: ignore[arg-type]
    assert (over.state, over.message, over.phase, over.phase_progress) == (state, "Why.", "", None)
    assert over.measures == FULL.measures  # what was found is kept
    assert not files.asked and not files.asked_to_stop
    cancel_evaluation(ended)  # nothing to cancel
    assert not files.asked_to_stop
    again = request_evaluation(ended)
    assert (again.state, again.measures, files.asked) == ("queued", (), True)


def test_a_run_without_weights_cannot_be_evaluated(run: RunFolder, ended: RunFolder) -> None:
    assert evaluation_obstacle(ended) == ""
    assert run.id in evaluation_obstacle(run) and "no weights" in evaluation_obstacle(run)
    with pytest.raises(UnreadableRun, match="no weights"):
        request_evaluation(run)
    assert read_evaluation(run) is None
