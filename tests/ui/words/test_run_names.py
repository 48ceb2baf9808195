"""What runs are called beside each other."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.catalog.ablation_pairs import SWITCHES, make_pair
from playground.catalog.augmentation_presets import NO_VIEWS, PRESETS
from playground.config import parse
from playground.figures.curves import RUN_MARKS
from playground.ui.words.run_names import MarkedName, known_entries, short_names, value_words
from playground.wording.lists import list_in_words


def names(*settings: dict[str, Any]) -> tuple[str, ...]:
    return short_names([parse(one) for one in settings])


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ([{"method.temperature": 0.1}, {"method.temperature": 0.5}], ("temperature 0.1", "temperature 0.5")),
        ([{"seed": 0}, {"seed": 1}], ("seed 0", "seed 1")),
        ([{"seed": 1}, {"method.name": "moco", "seed": 2}], ("SimCLR · seed 1", "MoCo v2 · seed 2")),
        ([{"data.name": "digits"}, {"data.name": "shapes"}], ("Digits", "Shapes")),
        ([{}, {}], ("run 1", "run 2")),
        ([{"seed": 3}, {}, {"seed": 3}], ("seed 3 · run 1", "seed 0", "seed 3 · run 3")),
        ([{"watch.snapshots": 3}, {"watch.snapshots": 5}], ("pictures 3", "pictures 5")),
        ([{"budget.seconds": 3}, {"budget.steps": 9}], ("seconds 3", "steps 9")),
        ([{}, NO_VIEWS], ("suggested views", "no augmentation")),
        ([PRESETS["crop"].settings, PRESETS["byol"].settings], ("views: Crop", "views: BYOL")),
        ([{"views.flip.probability": 0.1}, {}], ("flip: how often 0.1", "flip: how often 0.5")),
        ([{}], ("SimCLR on Shapes",)),
        ([], ()),
    ],
)  # fmt: skip
def test_a_name_says_what_differs(settings: list[dict[str, Any]], expected: tuple[str, ...]) -> None:
    assert names(*settings) == expected


def test_of_many_settings_only_those_are_named_that_are_needed() -> None:
    runs = [
        {"batch_size": size, "method.temperature": hot, "budget.steps": steps, "seed": seed}
        for size, hot, steps, seed in ((32, 0.1, 1, 0), (64, 0.1, 2, 1), (64, 0.5, 2, 1))
    ]
    assert names(*runs) == (
        "temperature 0.1 · batch size 32", "temperature 0.1 · batch size 64", "temperature 0.5 · batch size 64",
    )  # fmt: skip


@pytest.mark.parametrize("switch", SWITCHES.values(), ids=list(SWITCHES))
def test_twins_have_short_names(switch: Any) -> None:
    assert all(len(name) < 35 for name in short_names(make_pair(switch, {})))


SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "seed": st.integers(0, 2), "batch_size": st.sampled_from([32, 64]), "method.name": st.sampled_from(["moco", "byol"]),
        "data.name": st.sampled_from(["digits", "shapes"]), "views.crop.probability": st.sampled_from([0.0, 0.5]),
        "views.flip.probability": st.sampled_from([0.0, 0.5]), "device": st.sampled_from(["cpu", "auto"]),
    },
)  # fmt: skip


@given(st.lists(SETTINGS, min_size=2, max_size=6))
def test_names_are_all_different(settings: list[dict[str, Any]]) -> None:
    found = names(*settings)
    assert len(set(found)) == len(found) == len(settings)
    assert all(found)


def test_a_long_text_of_a_person_is_cut_at_its_front() -> None:
    first, second = names({"data.name": "folder", "data.path": "/a" * 60}, {"data.name": "folder", "data.path": "/b/c"})
    assert first.endswith("/a/a") and "…" in first and len(first) < 45
    assert second.endswith("/b/c")


def test_values_are_told_as_the_form_tells_them() -> None:
    known = known_entries([parse({})])
    assert value_words(known["method.temperature"], 0.1) == "0.1"
    assert value_words(known["method.learn_temperature"], True) == "on"
    assert value_words(known["optimizer.name"], "sgd") == "SGD with momentum"
    assert value_words(known["budget.steps"], None) == "—"


def test_a_name_has_no_meaning_in_markdown() -> None:
    label = MarkedName("*x*", RUN_MARKS[0])
    assert label.text == "● *x*"
    assert label.markdown == rf':color[●]{{foreground="{RUN_MARKS[0].colour}"}} \*x\*'


@pytest.mark.parametrize(
    ("given_names", "words"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_a_list_in_words(given_names: list[str], words: str) -> None:
    assert list_in_words(given_names) == words
