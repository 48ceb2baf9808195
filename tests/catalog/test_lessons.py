"""The lessons: each can be trained offline within about a minute, and says what to look at."""

import pytest

from playground.catalog.ablation_pairs import SWITCHES, make_pair
from playground.catalog.lessons import LESSONS
from playground.catalog.summary_metrics import QUANTITIES, quantities_for
from playground.config import RunConfig
from playground.config.diff import differences

OFFLINE = ("shapes", "digits", "corpus")
WHOLE_BATCHES = 64_000  # images: about a minute on two cores

every_lesson = pytest.mark.parametrize("name", LESSONS)


def runs(name: str) -> list[RunConfig]:
    return list(LESSONS[name].runs.values())


def test_there_are_eight_in_order() -> None:
    names = ["pair", "temperature", "batch", "augmentation", "collapse", "negatives", "captions", "search"]
    assert list(LESSONS) == names


@every_lesson
def test_a_lesson_is_short_and_complete(name: str) -> None:
    lesson = LESSONS[name]
    assert 2 <= lesson.explanation.count(". ") + 1 <= 3
    assert "arXiv:" in lesson.source
    assert lesson.question.endswith("?")
    assert 2 <= len(lesson.look) <= 3
    assert len(lesson.answer) > 80
    assert len({*lesson.runs}) == len(runs(name)) in (1, 2)


@every_lesson
def test_its_runs_are_short_offline_and_of_one_seed(name: str) -> None:
    for config in runs(name):
        assert config.data.name in OFFLINE
        assert config.seed == 0
        assert config.budget.seconds is config.budget.epochs is None
        assert config.budget.steps is not None
        assert config.budget.steps * config.batch_size <= WHOLE_BATCHES


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("temperature", {"method.temperature"}),
        ("batch", {"batch_size", "budget.steps"}),
        ("augmentation", {"views.jitter.probability"}),
        ("collapse", {"method.stop_gradient"}),
        ("search", {"method.hard_negatives"}),
    ],
)
def test_a_pair_differs_in_what_the_lesson_is_about(name: str, keys: set[str]) -> None:
    assert differences(runs(name)).keys() == keys


def test_both_batch_sizes_see_as_many_images() -> None:
    large, small = runs("batch")
    assert (large.batch_size, small.batch_size) == (256, 32)
    assert large.batch_size * large.budget.steps == small.batch_size * small.budget.steps  # type: ignore[operator]


def test_colour_is_changed_freely_or_not_at_all() -> None:
    with_jitter, without = (config.views.jitter for config in runs("augmentation"))
    assert (with_jitter.hue, with_jitter.probability) == (0.5, 0.8)
    assert without.probability == 0


def test_the_lesson_on_collapse_is_the_laboratory_s_pair() -> None:
    """One training serves both pages."""
    assert tuple(runs("collapse")) == make_pair(SWITCHES["stop_gradient"], {"data.name": "digits"})


def test_lessons_share_runs_where_they_can() -> None:
    assert runs("pair")[0] == runs("temperature")[0] == runs("augmentation")[0]


def test_the_lesson_on_captions_learns_from_shapes_that_are_drawn_for_them() -> None:
    (config,) = runs("captions")
    assert config.method.learns_from == "captions"
    assert config.data.model_dump()["for_captions"] is True
    assert config.views.jitter.probability == 0  # or no caption would be true of its image


def test_the_lesson_on_search_learns_from_sentences_with_hard_negatives_and_without() -> None:
    assert [config.method.learns_from for config in runs("search")] == ["sentences"] * 2
    assert [config.method.model_dump()["hard_negatives"] for config in runs("search")] == [True, False]
    assert LESSONS["search"].beside


@every_lesson
def test_a_lesson_is_told_by_a_share_that_its_runs_have(name: str) -> None:
    lesson = LESSONS[name]
    assert lesson.figure in quantities_for({config.method.learns_from for config in runs(name)})
    assert QUANTITIES[lesson.figure].unit == "%"
    assert len(lesson.runs) == 2 or not lesson.beside
