"""Picks: a lasso on one map reaches the others, and other images have picks of their own."""

from pathlib import Path

import pytest
import streamlit as st

from playground.config import parse
from playground.runs.library.store import RunStore
from playground.ui.components.plot import PlotSelection
from playground.ui.run.run_view import RunView
from playground.ui.run.selection import ImageSelection, find_selection, follow_click
from tests.ui.looks import put_probe

MAPS = ("a", "b", "c")


def lasso(*rows: int) -> PlotSelection | None:
    """What a plot returns that has these images selected, and none clicked."""
    return PlotSelection(rows) if rows else None


def revisions(picks: ImageSelection) -> dict[str, int]:
    return {key: picks.revision_on(key) for key in MAPS}


def test_a_lasso_reaches_the_other_maps_and_not_the_one_it_was_drawn_on() -> None:
    picks = ImageSelection("")
    before = revisions(picks)
    assert picks.update("a", lasso(3, 1))
    after = revisions(picks)
    assert picks.lasso == (3, 1)
    assert after["a"] == before["a"]  # else it would be drawn again over what the person does there
    assert after["b"] == after["c"] > before["b"]


def test_the_other_maps_give_back_what_they_were_given_and_nothing_is_new() -> None:
    picks = ImageSelection("")
    picks.update("a", lasso(3, 1))
    before = revisions(picks)
    for key in MAPS:
        assert not picks.update(key, lasso(3, 1))
    assert (revisions(picks), picks.lasso) == (before, (3, 1))


def test_a_revision_is_never_used_for_two_selections_on_one_map() -> None:
    """A browser tells by the revision whether what it is given is new."""
    picks = ImageSelection("")
    given: dict[str, dict[int, tuple[int, ...]]] = {key: {0: ()} for key in MAPS}
    drawn: list[tuple[str, tuple[int, ...]]] = [
        ("a", (1,)), ("a", (1, 2)), ("b", (3,)), ("a", (4,)), ("c", ()), ("b", (5,)), ("b", ()), ("a", (1,)),
    ]  # fmt: skip
    for drawing, rows in drawn:
        own = picks.revision_on(drawing)
        assert picks.update(drawing, lasso(*rows))
        assert picks.revision_on(drawing) == own
        for key in MAPS:
            if key == drawing:
                continue
            seen = given[key].setdefault(picks.revision_on(key), rows)
            assert seen == rows


def test_a_lasso_elsewhere_comes_back_to_the_map_of_the_one_before() -> None:
    picks = ImageSelection("")
    picks.update("a", lasso(1))
    own = picks.revision_on("a")
    picks.update("b", lasso(2))
    assert picks.revision_on("a") > own


def test_clearing_one_map_clears_all() -> None:
    picks = ImageSelection("")
    picks.update("a", lasso(1, 2))
    before = revisions(picks)
    assert picks.update("b", None)
    assert picks.lasso == ()
    after = revisions(picks)
    assert after["b"] == before["b"]
    assert after["a"] > before["a"] and after["c"] > before["c"]


def test_a_click_is_kept_and_moves_no_map() -> None:
    picks = ImageSelection("")
    before = revisions(picks)
    assert picks.update("a", PlotSelection(clicked=0))
    assert not picks.update("a", None)  # the click is there in one run only
    assert not picks.update("b", PlotSelection(clicked=0))
    assert picks.focus == 0
    assert picks.update("b", PlotSelection(clicked=5))
    assert (picks.focus, revisions(picks)) == (5, before)


def test_a_click_within_a_lasso_keeps_the_lasso() -> None:
    picks = ImageSelection("")
    picks.update("a", lasso(1, 2))
    assert picks.update("a", PlotSelection((1, 2), clicked=2))
    assert (picks.focus, picks.lasso) == (2, (1, 2))


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    state: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", state)
    return state


def following(tmp_path: Path, name: str, seed: int) -> RunView:
    """A run that follows the images of that seed."""
    run = RunStore(tmp_path / name).create(parse({}))
    put_probe(run, seed=seed)
    return RunView(run)


def test_another_run_with_the_same_images_has_the_same_picks(tmp_path: Path) -> None:
    first, second = following(tmp_path, "first", 0), following(tmp_path, "second", 0)
    find_selection(first).update("a", PlotSelection((1, 2), clicked=2))
    assert find_selection(second) is find_selection(first)
    assert (find_selection(second).focus, find_selection(second).lasso) == (2, (1, 2))


def test_other_images_have_picks_of_their_own_and_coming_back_finds_the_old_ones(tmp_path: Path) -> None:
    first, other = following(tmp_path, "first", 0), following(tmp_path, "other", 1)
    picks = find_selection(first)
    picks.update("a", PlotSelection((1, 2), clicked=2))
    others = find_selection(other)
    assert (others.focus, others.lasso) == (None, ())
    assert not set(revisions(others).values()) & set(revisions(picks).values())  # the maps are told to change
    assert find_selection(first) is picks
    assert (picks.focus, picks.lasso) == (2, (1, 2))


def test_a_session_begins_with_nothing_picked(tmp_path: Path) -> None:
    view = following(tmp_path, "first", 0)
    picks = find_selection(view)
    assert (picks.digest, picks.focus, picks.lasso) == (view.digest, None, ())
    assert find_selection(view) is picks


def test_a_click_is_followed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fragment is run anew where another image was clicked, and not again for the same one."""
    runs: list[str] = []
    monkeypatch.setattr(st, "rerun", lambda scope: runs.append(scope))
    view = following(tmp_path, "first", 0)
    for clicked, focus, count in ((None, None, 0), (0, 0, 1), (0, 0, 1), (None, 0, 1), (3, 3, 2)):
        follow_click(view, clicked)
        assert (find_selection(view).focus, runs) == (focus, ["fragment"] * count)
