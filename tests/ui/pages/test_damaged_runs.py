"""Every page draws beside three hundred damaged run folders, and for each of some of them."""

import shutil
from pathlib import Path

import pytest

from playground.config import parse
from tests.faults.mutations import make_mutants
from tests.ui.page import opened, texts
from tests.ui.runs import SMALL, made

COUNT, OPENED = 300, 45


@pytest.fixture
def mutants(home: Path) -> dict[str, str]:
    """What was done to each, by id; one sound run lies beside them."""
    original = made(home, parse(SMALL))
    return make_mutants(original.path, home / "runs", COUNT)


@pytest.mark.parametrize("page", [None, "runs", "compare", "experiments", "lab", "learn"])
def test_every_page_draws_beside_them(page: str | None, mutants: dict[str, str]) -> None:
    app = opened(page=page)
    if page == "runs":
        assert len(app.dataframe[0].value) > COUNT / 2


def test_a_run_that_is_damaged_says_so_and_breaks_no_page(home: Path, mutants: dict[str, str]) -> None:
    said = 0
    for name, done in list(mutants.items())[:OPENED]:
        try:
            app = opened(run=name)
        except AssertionError as error:
            pytest.fail(f"{name}: {done}: {error!r}")
        said += any("cannot be read" in text for text in texts(app)) or bool(app.error)
        shutil.rmtree(home / "runs" / name)
    assert said > OPENED / 5
