"""The files of an evaluation: asking, cancelling, and that what is written can be read."""

import numpy as np
import pytest

from playground.insight.evaluation import Confusion, Measure
from playground.runs.folder.evaluation_files import (
    OVER,
    EvaluationFiles,
    StoredEvaluation,
    ask,
    cancel,
    evaluation,
    obstacle,
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
    assert evaluation(ended) is None
    EvaluationFiles(ended).write(FULL)
    found = evaluation(ended)
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
        evaluation(ended)
    assert ask(ended).state == "queued"
    assert evaluation(ended) == ask(ended)


def test_asking_twice_is_asking_once(ended: RunFolder) -> None:
    first = ask(ended)
    assert first.state == "queued"
    assert ask(ended) == first == evaluation(ended)
    files = EvaluationFiles(ended)
    files.write(FULL)
    assert ask(ended).phase == "linear probe"  # it goes on


@pytest.mark.parametrize("state", sorted(OVER))
def test_what_is_over_is_not_asked_for_any_more_and_can_be_asked_again(state: str, ended: RunFolder) -> None:
    ask(ended)
    files = EvaluationFiles(ended)
    cancel(ended)
    assert files.asked and files.asked_to_stop
    files.write(FULL)
    over = files.end(state, "Why.")  # type: ignore[arg-type]
    assert (over.state, over.message, over.phase, over.phase_progress) == (state, "Why.", "", None)
    assert over.measures == FULL.measures  # what was found is kept
    assert not files.asked and not files.asked_to_stop
    cancel(ended)  # nothing to cancel
    assert not files.asked_to_stop
    again = ask(ended)
    assert (again.state, again.measures, files.asked) == ("queued", (), True)


def test_a_run_without_weights_cannot_be_evaluated(run: RunFolder, ended: RunFolder) -> None:
    assert obstacle(ended) == ""
    assert run.id in obstacle(run) and "no weights" in obstacle(run)
    with pytest.raises(UnreadableRun, match="no weights"):
        ask(run)
    assert evaluation(run) is None
