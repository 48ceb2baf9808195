"""The line of figures above a run."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from playground.config import parse
from playground.records import RunStatus
from playground.ui import live
from playground.ui.view import RunView
from tests.ui.runs import SMALL, made


@pytest.mark.parametrize(("same", "words"), [(True, "points over untrained; "), (False, "")])
def test_a_gain_is_told_where_both_were_measured_in_the_same_way(same: bool, words: str, home: Path) -> None:
    found = RunView(made(home, parse(SMALL)))
    found.read_on()
    first, last = found.insights[0], found.insights[-1]
    if not same:
        first = replace(first, knn_protocol="h, cosine, k=1")
    view = cast(RunView, SimpleNamespace(at=last.step, insights=[first, last], insight=last))
    (said,) = live._knn(view, RunStatus(state="running", created=0.0))
    assert f"{last.knn_accuracy:.1%}** (" in said
    assert said.endswith(f"{last.knn_protocol})")
    assert ("over untrained" in said) is same and words in said
