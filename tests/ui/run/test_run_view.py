"""What the page knows of a run: which look is shown, what is worked out once, which maps there are."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from playground.config import parse
from playground.records import Insight, Probe, StepMetrics
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.storage.atomic_files import write_arrays
from playground.ui.components.gallery import IMAGE_SHEET, VIEW_SHEET
from playground.ui.components.thumbnails import Thumbnails
from playground.ui.run.run_view import RunView, class_names_of, is_live, last_step_up_to
from tests.runs.records import insight
from tests.ui.looks import N, look, put_look, put_map, put_probe


def step(number: int, temperature: float | None = None) -> StepMetrics:
    return StepMetrics(number, 0.1, 1.0 * number, 2.0, 0.001, 500.0, 0.5, 0.8, 0.1, temperature)


def created(tmp_path: Path, **settings: object) -> RunFolder:
    return RunStore(tmp_path).create(parse({key.replace("__", "."): value for key, value in settings.items()}))


def write(run: RunFolder, steps: Sequence[StepMetrics] = (), insights: Sequence[Insight] = ()) -> None:
    lines = [{"kind": "step", **asdict(record)} for record in steps]
    lines += [{"kind": "insight", **asdict(record)} for record in insights]
    with run.metrics_file.open("a") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


def view_of(run: RunFolder, at: int | None = None) -> RunView:
    view = RunView(run, at=at)
    view.read_on()
    return view


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """Steps 1 to 20, and looks after 0, 10 and 20 of them."""
    run = created(tmp_path)
    write(run, [step(number) for number in range(1, 21)], [insight(number) for number in (0, 10, 20)])
    for number in (0, 10, 20):
        put_look(run, number)
    put_probe(run)
    return run


# Which look is shown


@pytest.mark.parametrize(
    ("at", "look_at", "step_at"),
    [(None, 20, 20), (20, 20, 20), (99, 20, 20), (19, 10, 19), (10, 10, 10), (9, 0, 9), (0, 0, 1)],
)
def test_what_is_shown_is_the_last_up_to_the_chosen_step(
    run: RunFolder, at: int | None, look_at: int, step_at: int
) -> None:
    view = view_of(run, at)
    assert view.insight is not None and view.metrics is not None
    assert (view.insight.step, view.metrics.step) == (look_at, step_at)
    shown = view.snapshot()
    assert shown is not None
    assert shown.step == look_at
    np.testing.assert_array_equal(shown.z, look(look_at)["z"])


@pytest.mark.parametrize(
    ("step", "steps", "found"),
    [
        (None, [2, 5], 5),
        (5, [2, 5], 5),
        (4, [2, 5], 2),
        (99, [2, 5], 5),
        (1, [2, 5], None),
        (None, [], None),
        (3, [], None),
    ],
)
def test_the_last_step_up_to_another(step: int | None, steps: list[int], found: int | None) -> None:
    assert last_step_up_to(step, steps) == found


def test_the_latest_is_followed_and_a_chosen_one_stays(run: RunFolder) -> None:
    following, staying = view_of(run), view_of(run, at=10)
    write(run, [step(21)], [insight(21)])
    put_look(run, 21)
    for view, expected in ((following, 21), (staying, 10)):
        view.read_on()
        assert view.insight is not None and view.metrics is not None
        shown = view.snapshot()
        assert shown is not None
        assert (view.insight.step, view.metrics.step, shown.step) == (expected, expected, expected)
    staying.at = None
    assert staying.insight is not None and staying.insight.step == 21


@pytest.mark.parametrize("at", [None, 0, 5])
def test_of_a_run_that_has_not_begun_there_is_nothing(tmp_path: Path, at: int | None) -> None:
    view = view_of(created(tmp_path), at)
    assert (view.insight, view.metrics, view.probe, view.snapshot(), view.untrained()) == (None,) * 5
    assert (view.map("umap", "z"), view.map("pca", "h"), view.thumbnails, view.sheets) == (None,) * 4
    assert (view.digest, view.steps, view.insights, view.invariances) == ("", [], [], [])


def test_a_look_before_the_first_one_on_disk_is_not_there(tmp_path: Path) -> None:
    run = created(tmp_path)
    put_look(run, 10)
    assert view_of(run, at=5).snapshot() is None


def test_the_untrained_look_is_the_first_whatever_is_shown(run: RunFolder) -> None:
    for at in (None, 0, 10):
        first = view_of(run, at).untrained()
        assert first is not None and first.step == 0


# Memoised


def test_a_look_is_read_from_disk_once(run: RunFolder) -> None:
    view = view_of(run)
    shown, first = view.snapshot(), view.untrained()
    for number in (0, 20):
        write_arrays(run.snapshot_file(number), **{name: 0 * rows for name, rows in look(number).items()})
    assert view.snapshot() is shown
    assert view.untrained() is first
    view.at = 10
    assert view.snapshot() is not shown


# Maps


@pytest.mark.parametrize("layer", ["z", "h"])
def test_a_map_is_that_of_its_kind_and_layer_and_pca_where_there_is_none(run: RunFolder, layer: str) -> None:
    xy = put_map(run, 10, "umap", layer)
    for at, kind, made in ((10, "umap", 10), (20, "umap", 10), (0, "pca", 0)):  # the mapper may be behind
        shown = view_of(run, at).map("umap", layer)  # type: ignore[arg-type]
        assert shown is not None
        assert (shown.kind, shown.step) == (kind, made)
        expected = xy if kind == "umap" else look(0)["pca" if layer == "z" else "pca_h"]
        np.testing.assert_array_equal(shown.xy, expected)
        assert (shown.trustworthiness is None) == (kind == "pca")
    other = view_of(run).map("umap", "h" if layer == "z" else "z")
    assert other is not None and (other.kind, other.step) == ("pca", 20)


def test_pca_is_that_of_the_look_itself_whatever_else_there_is(run: RunFolder) -> None:
    put_map(run, 20, "umap", "z")
    shown = view_of(run).map("pca", "z")
    assert shown is not None
    assert (shown.kind, shown.step, shown.trustworthiness) == ("pca", 20, None)
    np.testing.assert_array_equal(shown.xy, look(20)["pca"])


def test_the_trustworthiness_is_that_of_the_map(run: RunFolder) -> None:
    put_map(run, 20, "tsne", "h", trust=0.875)
    shown = view_of(run).map("tsne", "h")
    assert shown is not None and shown.trustworthiness == 0.875


def test_maps_are_complete_once_every_look_has_all_that_are_wanted(run: RunFolder) -> None:
    view = view_of(run)
    done = replace(run.status(), state="finished", reason="completed")
    assert not view.maps_are_complete and is_live(view, done)
    for number in (0, 10, 20):
        put_map(run, number, "umap", "z")
    assert view.maps_are_complete and not is_live(view, done)
    assert is_live(view, run.status())  # it is queued
    run.ask_for_map("tsne", "h")
    assert not view.maps_are_complete
    for number in (0, 10, 20):
        put_map(run, number, "tsne", "h")
    assert view.maps_are_complete
    put_look(run, 30)
    assert not view.maps_are_complete


# The status


@pytest.mark.parametrize(
    ("state", "expected"), [("running", "stopping"), ("queued", "queued"), ("finished", "finished")]
)
def test_a_run_that_was_asked_to_stop_is_stopping_while_it_runs(run: RunFolder, state: str, expected: str) -> None:
    run.write_status(replace(run.status(), state=state))  # type: ignore[arg-type]
    assert RunView(run).read_on().state == state
    run.ask_to_stop()
    assert RunView(run).read_on().state == expected


# Updates per tick


def drawn(view: RunView, names: str, chosen: object, news: object) -> str:
    """A tick in which each panel has such news: which of them show the news."""
    view.read_on()
    return "".join(name for name in names if view.memo.get(name, chosen, lambda: news, news=news) == news)


def test_of_many_panels_with_news_a_tick_shows_a_few_and_the_next_ones_the_others(run: RunFolder) -> None:
    run.write_status(replace(run.status(), state="running"))
    view = RunView(run)
    assert drawn(view, "abc", None, 1) == "abc"  # nothing to show instead
    assert [drawn(view, "abc", None, 2) for _ in range(2)] == ["ab", "abc"]


def test_what_a_person_chose_is_shown_at_once(run: RunFolder) -> None:
    run.write_status(replace(run.status(), state="running"))
    view = RunView(run)
    assert [drawn(view, "abc", chosen, chosen) for chosen in ("one", "other")] == ["abc", "abc"]


def test_the_last_tick_of_a_run_shows_all(run: RunFolder) -> None:
    run.write_status(replace(run.status(), state="running"))
    view = RunView(run)
    drawn(view, "abc", None, 1)
    run.write_status(replace(run.status(), state="finished"))
    assert drawn(view, "abc", None, 2) == "abc"


# The images


def test_runs_that_follow_the_same_images_have_one_digest(run: RunFolder, tmp_path: Path) -> None:
    same, other = created(tmp_path / "same"), created(tmp_path / "other")
    put_probe(same)
    put_probe(other, seed=1)
    digests = [view_of(each).digest for each in (run, same, other)]
    assert digests[0] == digests[1] != digests[2]
    assert all(len(digest) == 64 for digest in digests)


def test_images_and_their_views_have_a_sheet_each(run: RunFolder) -> None:
    view = view_of(run)
    assert view.thumbnails is view.thumbnails
    assert view.sheets is view.sheets and view.sheets is not None
    images, views = (view.sheets[name] for name in (IMAGE_SHEET, VIEW_SHEET))
    assert isinstance(images, Thumbnails) and isinstance(views, Thumbnails)
    assert images is view.thumbnails
    assert images.register() != views.register()


def test_the_probe_appears_once_training_begins_and_is_kept(tmp_path: Path) -> None:
    run = created(tmp_path)
    view = view_of(run)
    assert view.probe is None
    put_probe(run)
    probe = view.probe
    assert probe is not None and len(probe.images) == N
    shutil.rmtree(run.path)
    assert view.probe is probe


def test_labels_are_the_names_of_classes() -> None:
    images = np.zeros((3, 4, 4, 3), np.uint8)
    rows = np.array([2, 0])
    assert class_names_of(Probe(images, np.array([1, 0, 0]), ("cat", "dog"), images), rows) == ["cat", "dog"]
    assert class_names_of(Probe(images, None, (), images), rows) == ["", ""]


# The temperature

LEARNED = [step(number, 0.1 + number / 100) for number in (1, 2, 5)]


@pytest.mark.parametrize(
    ("at", "expected"), [(0, 0.1), (1, 0.11), (2, 0.12), (3, 0.12), (4, 0.12), (5, 0.15), (9, 0.15)]
)
def test_the_temperature_is_that_of_the_last_step_before_the_snapshot(tmp_path: Path, at: int, expected: float) -> None:
    run = created(tmp_path, method__learn_temperature=True)
    write(run, LEARNED)
    assert view_of(run).temperature(at) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [({"method__temperature": 0.3}, 0.3), ({"method__name": "byol"}, 0.1), ({"method__name": "moco_v3"}, 0.2)],
)
def test_a_temperature_that_is_not_learned_is_the_configs(
    tmp_path: Path, settings: dict[str, object], expected: float
) -> None:
    run = created(tmp_path, **settings)
    write(run, [step(1)])
    view = view_of(run)
    assert [view.temperature(at) for at in (0, 1, 2)] == [expected] * 3


def test_runs_from_before_there_was_a_learned_temperature_are_read(tmp_path: Path) -> None:
    record, run = asdict(step(1)), created(tmp_path)
    del record["temperature"]
    run.metrics_file.write_text(json.dumps({"kind": "step", **record}) + "\n")
    view = view_of(run)
    assert view.steps == [step(1)]
    assert view.temperature(1) == 0.1


def test_a_step_that_is_read_after_its_snapshot_still_counts(tmp_path: Path) -> None:
    """The snapshot's file may be seen before the line of its step."""
    run = created(tmp_path, method__learn_temperature=True)
    write(run, LEARNED[:2])
    view = view_of(run)
    assert view.temperature(5) == pytest.approx(0.12)
    write(run, LEARNED[2:])
    view.read_on()
    assert view.temperature(5) == pytest.approx(0.15)
