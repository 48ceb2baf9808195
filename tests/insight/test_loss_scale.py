"""The compass: a loss between its floor and chance, of every method, and the sentence on it."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.config import parse
from playground.insight.loss_scale import LossScale, make_loss_scale
from tests.config.choices import METHODS

WITHOUT_FLOOR = {"supcon", "clip"}
COLLAPSES = {"byol", "simsiam"}
LEARNED = {"method.learn_temperature": True}


def of(method: str, temperature: float | None = None, **settings: Any) -> LossScale:
    """Of a run of that method; a key's dots are written as double underscores."""
    return make_loss_scale(
        parse({"method.name": method, **{k.replace("__", "."): v for k, v in settings.items()}}), temperature
    )


@pytest.mark.parametrize("method", sorted(set(METHODS) - WITHOUT_FLOOR))
def test_every_method_is_0_at_its_floor_and_1_at_chance(method: str) -> None:
    found = of(method)
    assert found.chance is not None and found.floor is not None
    assert found.height(found.floor) == 0
    assert found.height(found.chance) == 1
    assert found.height((found.chance + found.floor) / 2) == pytest.approx(0.5)
    assert found.collapse_is_lowest == (method in COLLAPSES)


@pytest.mark.parametrize("batch_size", [16, 64, 1024])
def test_chance_and_floor_are_those_of_the_batch_or_the_queue(batch_size: int) -> None:
    simclr = of("simclr", batch_size=batch_size, method__temperature=0.5)
    assert simclr.chance == pytest.approx(math.log(2 * batch_size - 1))
    moco = of("moco", batch_size=batch_size, method__queue_size=2048, method__temperature=0.5)
    assert moco.chance == pytest.approx(math.log(2049))
    assert moco.floor == pytest.approx(math.log(1 + 2048 * math.exp(-2)))


UNKNOWN = [
    {"method__name": "supcon"},
    {"method__learn_temperature": True},
    {"method__name": "moco", "method__learn_temperature": True},
    {"method__name": "moco_v3", "method__learn_temperature": True},
    {"method__negatives": "debiased"},
    {"method__name": "moco", "method__negatives": "hard"},
]


@pytest.mark.parametrize("settings", UNKNOWN, ids=str)
def test_where_one_of_them_is_not_known_there_is_no_height(settings: dict[str, Any]) -> None:
    found = of(settings.get("method__name", "simclr"), **settings)
    assert found.floor is None
    assert found.height(2.0) is None
    assert "no floor is known" in found.words(2.0) or found.chance is None


def test_where_chance_is_not_above_the_floor_there_is_no_height() -> None:
    assert LossScale(None, 0.0).height(1.0) is None
    assert LossScale(1.0, None).height(1.0) is None
    for level in (1.0, 2.0):
        assert LossScale(1.0, level).height(1.0) is None
    assert of("triplet", method__margin=0).height(0.1) is None  # without a margin all is at the floor


@pytest.mark.parametrize("method", ["simclr", "moco", "moco_v3"])
def test_a_learned_temperature_is_taken_where_it_is(method: str) -> None:
    learned = of(method, 0.2, method__learn_temperature=True, method__temperature=0.9)
    assert learned == of(method, method__temperature=0.2)
    assert learned != of(method, 0.3, method__learn_temperature=True)


@given(st.floats(-100, 100), st.floats(0.1, 50), st.floats(-100, 100))
def test_height_is_linear(floor: float, apart: float, loss: float) -> None:
    found = LossScale(floor + apart, floor)
    height = found.height(loss)
    assert height is not None
    assert floor + height * apart == pytest.approx(loss, abs=1e-6)
    assert (
        (height < 0, height > 1) == (loss < floor, loss > floor + apart) or abs(height) < 1e-9 or abs(height - 1) < 1e-9
    )


def test_stuck_at_4_and_a_half_is_nearly_perfect() -> None:
    """NT-Xent with 256 images at temperature 0.5: chance is 6.24, and no embedding gets below 4.24."""
    found = of("simclr", batch_size=256, method__temperature=0.5)
    assert found.height(4.5) == pytest.approx(0.13, abs=0.005)
    assert found.words(4.5) == "4.50 is nearly as low as it can be here: 13% of the way from the floor up to chance."
    assert found.words(4.3) == "4.30 is nearly as low as it can be here: 3% of the way from the floor up to chance."
    cold = of("simclr", batch_size=256, method__temperature=0.1)
    assert (cold.height(4.5) or 0) > 0.7  # the same loss, far from the floor


WORDS = [
    (7.0, "7.00 is above chance"),
    (6.55, "6.55 is above chance"),
    (6.236, "6.24 is at chance: the encoder tells no two images apart yet."),
    (6.3, "6.30 is at chance"),
    (6.0, "6.00 is at chance"),
    (5.9, "5.90 is 95% of the way"),
    (1.0, "1.00 is 16% of the way"),
    (0.5, "0.50 is nearly as low as it can be here: 8% of the way"),
]


@pytest.mark.parametrize(("loss", "words"), WORDS)
def test_words_on_a_loss(loss: float, words: str) -> None:
    assert of("simclr", batch_size=256, method__temperature=0.1).words(loss).startswith(words)


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("method", METHODS)
def test_a_loss_that_is_no_number_is_said_so(method: str, loss: float) -> None:
    assert of(method).words(loss) == "The loss is no number: a lower learning rate may help."
    assert LossScale(None, None).words(loss) == of(method).words(loss)


@pytest.mark.parametrize("method", METHODS)
def test_a_low_loss_is_no_proof_where_collapse_is_lowest(method: str) -> None:
    found = of(method)
    chance, floor = found.chance, found.floor
    if chance is None or floor is None:
        return
    low, high = (found.words(floor + share * (chance - floor)) for share in (0.3, 0.7))
    assert ("only the collapse detector tells" in low) == (method in COLLAPSES)
    assert "collapse" not in high


def test_words_where_the_floor_is_not_known() -> None:
    found = of("simclr", batch_size=256, method__negatives="hard")
    assert found.floor is None and found.chance is not None
    assert (
        found.words(found.chance - 1)
        == f"{found.chance - 1:.2f} is 1.00 below chance; for these settings no floor is known."
    )
    assert found.words(found.chance + 0.5).endswith("is 0.50 above chance; for these settings no floor is known.")
    assert LossScale(None, None).words(2.5) == "2.50: for these settings neither chance nor floor is known."
