"""URL queries of the pages: what is written is read back, and whatever else anybody types is no error."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from playground.catalog.ablation_pairs import SWITCHES
from playground.catalog.experiments import READY_EXPERIMENTS
from playground.catalog.lessons import LESSONS
from playground.config import ConfigError, RunConfig, parse
from playground.config.chosen_settings import non_default_settings
from playground.config.schema import entries
from playground.ui.panels.augment.images import LAB_SOURCES
from playground.ui.session.query import (
    IMAGE_SIDES,
    IMAGE_SOURCES,
    MOST_DRAWS,
    VIEWS,
    AugmentQuery,
    CompareQuery,
    ExperimentsQuery,
    LabQuery,
    LearnQuery,
    TrainQuery,
)
from tests.ui.page import opened, texts

QUERIES: list[Any] = [TrainQuery, CompareQuery, LabQuery, LearnQuery, ExperimentsQuery, AugmentQuery]
PAGES = ["train", "compare", "lab", "learn", "experiments", "augment"]
NAMES = [
    "run", "runs", "a", "b", "metric", "x", "switch", "lesson", "experiment", "ready", "images", "side", "draw",
    "batch_size", "views.flip.probability", "views.",
]  # fmt: skip

texts_of_all_kinds = st.text(max_size=30)
ids = st.from_regex(r"[0-9]{8}-[0-9]{6}-[a-z0-9]{4}", fullmatch=True)
named_id = st.none() | ids
keys = st.from_regex(r"[a-z]{1,8}\.[a-z_]{1,8}", fullmatch=True)
queries = st.one_of(
    st.builds(TrainQuery, run=named_id, settings=st.dictionaries(keys, texts_of_all_kinds, max_size=5)),
    st.builds(
        CompareQuery, runs=st.none() | st.lists(ids, unique=True, max_size=8).map(tuple),
        metric=st.none() | texts_of_all_kinds, x=st.none() | texts_of_all_kinds,
    ),
    st.builds(LabQuery, switch=st.none() | st.sampled_from(list(SWITCHES)), a=named_id, b=named_id),
    st.builds(LearnQuery, lesson=st.none() | st.sampled_from(list(LESSONS))),
    st.builds(ExperimentsQuery, experiment=named_id, ready=st.none() | st.sampled_from(list(READY_EXPERIMENTS))),
    st.builds(
        AugmentQuery, images=st.none() | st.sampled_from(IMAGE_SOURCES), side=st.none() | st.sampled_from(IMAGE_SIDES),
        run=named_id, views=st.dictionaries(keys.map(VIEWS.__add__), texts_of_all_kinds, max_size=5),
        draw=st.none() | st.integers(0, MOST_DRAWS),
    ),
)  # fmt: skip
junk = st.dictionaries(st.sampled_from(NAMES) | texts_of_all_kinds, texts_of_all_kinds, max_size=6)


@given(queries)
def test_what_is_written_is_read_back(query: Any) -> None:
    written = query.to_query()
    assert all(isinstance(key, str) and isinstance(value, str) for key, value in written.items())
    assert type(query).from_query(written) == query


@given(st.sampled_from(QUERIES), junk)
@example(AugmentQuery, {"draw": "²", "side": "３２", "images": "\0"})
@example(AugmentQuery, {"draw": "9" * 5000})
@example(AugmentQuery, {"draw": "٣"})
@example(CompareQuery, {"runs": ",, ,"})
def test_nothing_that_is_typed_into_the_address_is_an_error(kind: Any, typed: dict[str, str]) -> None:
    """What was understood of it is written and read back unchanged: it cannot grow, or change with each rerun."""
    read = kind.from_query(typed)
    assert kind.from_query(read.to_query()) == read


@given(junk)
def test_settings_of_an_address_are_refused_with_a_sentence_or_taken(typed: dict[str, str]) -> None:
    with suppress(ConfigError):  # nothing else
        assert isinstance(parse(TrainQuery.from_query(typed).settings), RunConfig)


@given(junk)
def test_what_a_page_cannot_have_counts_as_not_named(typed: dict[str, str]) -> None:
    assert LearnQuery.from_query(typed).lesson in {None, *LESSONS}
    assert LabQuery.from_query(typed).switch in {None, *SWITCHES}
    assert ExperimentsQuery.from_query(typed).ready in {None, *READY_EXPERIMENTS}
    augment = AugmentQuery.from_query(typed)
    assert augment.images in {None, *IMAGE_SOURCES}
    assert augment.side in {None, *IMAGE_SIDES}
    assert augment.draw is None or 0 <= augment.draw <= MOST_DRAWS
    assert all(key.startswith(VIEWS) for key in augment.views)


@given(st.data())
def test_settings_come_back_from_the_address_as_they_were_chosen(data: st.DataObject) -> None:
    chosen: dict[str, Any] = {"method.name": data.draw(st.sampled_from(["simclr", "moco", "byol", "clip"]))}
    for entry in data.draw(st.lists(st.sampled_from(list(entries(parse(chosen)))), max_size=4)):
        chosen.setdefault(entry.key, data.draw(value_of(entry)))
    try:
        config = parse(chosen)
    except ConfigError:
        return  # they do not go together: there is no such run
    written = TrainQuery("run", {key: str(value) for key, value in non_default_settings(config).items()}).to_query()
    assert parse(TrainQuery.from_query(written).settings) == config


def value_of(entry: Any) -> st.SearchStrategy[Any]:
    if entry.kind == "choice":
        return st.sampled_from(entry.choices)
    if entry.kind == "switch":
        return st.booleans()
    if entry.kind == "whole":
        return st.integers(int(entry.low), int(min(entry.high, 10**6)))
    return st.floats(entry.low, entry.high) if entry.kind == "number" else st.just("photos")


def test_each_page_writes_what_it_always_wrote() -> None:
    """Addresses that people have kept."""
    assert TrainQuery("r", {"data.name": "digits", "batch_size": "64"}).to_query() == {
        "data.name": "digits", "batch_size": "64", "run": "r",
    }  # fmt: skip
    assert CompareQuery(("r", "s"), "loss", "epoch").to_query() == {"runs": "r,s", "metric": "loss", "x": "epoch"}
    assert LabQuery("ema", "r", "s").to_query() == {"switch": "ema", "a": "r", "b": "s"}
    assert LearnQuery("pair").to_query() == {"lesson": "pair"}
    assert ExperimentsQuery("e", "batch").to_query() == {"experiment": "e", "ready": "batch"}
    augment = AugmentQuery("own", 64, "r", {"views.flip.probability": "0.5"}, 3).to_query()
    assert list(augment.items()) == [
        ("images", "own"), ("side", "64"), ("run", "r"), ("views.flip.probability", "0.5"), ("draw", "3"),
    ]  # fmt: skip


def test_what_was_left_empty_is_not_what_was_not_named() -> None:
    """With all runs taken from the list, those of before are not compared again."""
    assert CompareQuery.from_query({}).runs is None
    assert CompareQuery.from_query({"runs": ""}).runs == ()
    assert CompareQuery.from_query({"runs": " a,b,, a "}).runs == ("a", "b")


def test_the_lab_has_words_for_each_of_its_sources() -> None:
    assert tuple(LAB_SOURCES) == IMAGE_SOURCES


@pytest.mark.parametrize("page", PAGES)
def test_a_page_bears_an_address_of_junk(page: str) -> None:
    typed = {name.replace(".", "__"): "\0<b>../%" for name in NAMES}
    app: AppTest = opened(page=page, **typed)
    assert not app.exception
    if page == "train":
        assert "The address asks for something that is not to be had" in texts(app)
