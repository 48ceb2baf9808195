"""Grids: which runs they are, and what is refused."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.catalog.grid import Axis, Grid, axis_of
from playground.config import ConfigError, parse

TEMPERATURES = axis_of("method.temperature", "0.1, 0.5")
METHODS: Axis = {"SimCLR": {"method.name": "simclr"}, "MoCo": {"method.name": "moco", "method.queue_size": 512}}


@given(
    st.lists(st.sampled_from([0.1, 0.2, 0.5, 1.0]), min_size=1, max_size=4, unique=True),
    st.lists(st.sampled_from([32, 64, 128]), min_size=1, max_size=3, unique=True),
    st.lists(st.integers(0, 99), min_size=1, max_size=4, unique=True),
)
def test_it_is_every_combination_once_seed_by_seed(
    temperatures: list[float], batches: list[int], seeds: list[int]
) -> None:
    axes: dict[str, Axis] = {
        "Temperature": {str(value): {"method.temperature": value} for value in temperatures},
        "Batch size": {str(value): {"batch_size": value} for value in batches},
    }
    grid = Grid({"budget.steps": 7}, axes, tuple(seeds))
    cells = grid.cells()
    expected = [
        parse({"budget.steps": 7, "method.temperature": t, "batch_size": b, "seed": s})
        for s, t, b in itertools.product(seeds, temperatures, batches)
    ]
    assert [cell.config for cell in cells] == expected
    assert len(cells) == grid.size
    assert [(float(cell.labels[0]), int(cell.labels[1]), cell.seed) for cell in cells] == [
        (t, b, s) for s, t, b in itertools.product(seeds, temperatures, batches)
    ]
    assert Grid.from_json(json.loads(json.dumps(grid.as_json()))).cells() == cells


def test_another_method_leaves_the_settings_of_the_bases_method_behind() -> None:
    grid = Grid({"method.name": "simclr", "method.temperature": 0.3}, {"Method": METHODS}, (0,))
    simclr, moco = (cell.config for cell in grid.cells())
    assert simclr == parse({"method.temperature": 0.3})
    assert moco == parse({"method.name": "moco", "method.queue_size": 512})


def test_a_limit_in_the_base_stands_in_place_of_the_axes_own() -> None:
    sizes = {"32": {"batch_size": 32, "budget.steps": 80}, "64": {"batch_size": 64, "budget.steps": 40}}
    grid = Grid({}, {"Batch size": sizes}, (0,))
    assert [cell.config.budget.steps for cell in grid.cells()] == [80, 40]
    shorter = grid.with_base({"budget.seconds": 5})
    assert [(cell.config.budget.steps, cell.config.budget.seconds) for cell in shorter.cells()] == [(None, 5)] * 2


@pytest.mark.parametrize(
    ("grid", "sentence"),
    [
        (Grid({}, {}, (0,)), "No setting to vary was given; allowed is at least one."),
        (Grid({}, {"Temperature": {}}, (0,)), "Temperature: no value was given; allowed is at least one."),
        (Grid({}, {"T": TEMPERATURES}, ()), "seeds: 0 were given; allowed are 1 to 20."),
        (Grid({}, {"T": TEMPERATURES, "U": TEMPERATURES}, (0,)), "method.temperature: is set twice, by U and by T"),
        (Grid({}, {"T": axis_of("method.temperature", "0.1, x")}, (0,)), "method.temperature: x was given; allowed is a number from 0.001 to 10."),
        (Grid({}, {"T": axis_of("method.temperature", "0.1, 0.10")}, (0,)), "0.10 · seed 0 was given, but is the same run as 0.1 · seed 0"),
        (Grid({}, {"S": axis_of("seed", "1, 2")}, (0,)), "seed: is set twice"),
        (Grid({"method.name": "byol"}, {"T": TEMPERATURES}, (0,)), "method.temperature is not a setting"),
    ],
)  # fmt: skip
def test_what_is_no_grid_gets_a_sentence(grid: Grid, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        grid.cells()
    assert str(caught.value).startswith(sentence)


def test_what_is_varied_cannot_be_given_for_all() -> None:
    with pytest.raises(ConfigError, match=r"method.temperature: 3 was given, but it follows from T, which is varied"):
        Grid({}, {"T": TEMPERATURES}, (0,)).with_base({"method.temperature": 3})


@pytest.mark.parametrize(
    ("base", "given", "kind"),
    [
        ({}, "corpus", "images"),
        ({"data.name": "digits"}, "sentences", "images"),
        ({"data.name": "corpus"}, "shapes", "sentences"),
    ],
)
def test_another_kind_of_data_is_refused(base: dict[str, str], given: str, kind: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Grid(base, {"T": TEMPERATURES}, (0,)).with_base({"data.name": given})
    assert str(caught.value).startswith(f"data.name: {given} was given, but these runs learn from {kind}; allowed is")


def test_own_sentences_take_the_place_of_made_up_ones_and_no_data_set_has_a_sentence_of_its_own() -> None:
    grid = Grid({"data.name": "corpus"}, {"T": TEMPERATURES}, (0,))
    own = grid.with_base({"data.name": "sentences", "data.path": "mine.txt"}).cells()
    assert {cell.config.data.name for cell in own} == {"sentences"}
    with pytest.raises(ConfigError, match=r"^data.name: nonsense was given; allowed is one of shapes, digits, "):
        grid.with_base({"data.name": "nonsense"}).cells()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "k: no value was given; allowed are 1 to 100, with commas between them."),
        (" , ,", "k: no value was given"),
        ("1, 2, 1", "k: 1 was given twice; allowed is each value once."),
        (",".join(map(str, range(101))), "k: 101 values were given"),
    ],
)
def test_typed_values_that_are_none_get_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        axis_of("k", text)
    assert str(caught.value).startswith(sentence)


def test_typed_values_keep_their_order() -> None:
    assert axis_of("batch_size", " 64,32 , 128") == {
        "64": {"batch_size": "64"},
        "32": {"batch_size": "32"},
        "128": {"batch_size": "128"},
    }
