"""Verdicts on claims, against scipy's Welch test, and the sentences made of them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from playground.insight.curves.claims import difference, lost_more, lost_more_words, ordered, ordered_words

VALUES = st.lists(st.floats(-100, 100), min_size=2, max_size=6)
LOW, MIDDLE, HIGH = [1.0, 1.1, 1.05], [2.0, 2.1, 2.05], [3.0, 3.1, 3.05]


def said(groups: dict[str, list[float]], direction: str = "rises") -> tuple[str, str]:
    finding = ordered(groups, direction)  # type: ignore[arg-type]
    return finding.verdict, ordered_words(finding, "the loss", direction, "with the temperature")  # type: ignore[arg-type]


def interval_by_scipy(one: list[float], other: list[float]) -> tuple[float, float]:
    """Low and high end of the 95 % interval of the difference of means, the variances not being equal."""
    interval = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    return float(interval.low), float(interval.high)


@given(VALUES, VALUES)
def test_the_interval_is_welchs(one: list[float], other: list[float]) -> None:
    found = difference((1.0, one), (-1.0, other))
    assert found.value == pytest.approx(np.mean(one) - np.mean(other), abs=1e-9)
    if np.var(one) + np.var(other) < 1e-9:  # next to nothing is lost to rounding there
        return
    interval = (found.value - found.margin, found.value + found.margin)
    assert interval == pytest.approx(interval_by_scipy(one, other), rel=1e-9, abs=1e-9)


def test_degrees_of_freedom_are_not_rounded() -> None:
    """2.04 here, by which the margin is 4.23 standard errors; with 2 it would be 4.30."""
    one, other = [1.0, 2.0, 3.0], [5.0, 5.1, 5.2]
    low, high = interval_by_scipy(one, other)
    found = difference((1.0, one), (-1.0, other))
    assert found.margin == pytest.approx((high - low) / 2, rel=1e-9)
    assert found.margin < 0.99 * stats.t.ppf(0.975, 2) * np.sqrt((1 + 0.01) / 3)


def test_a_difference_is_clear_just_where_the_interval_leaves_out_zero() -> None:
    one, other = [1.0, 2.0, 3.0], np.array([5.0, 5.1, 5.2])
    margin = difference((1.0, one), (-1.0, other.tolist())).margin
    for beyond, sign in ((1.001, 1), (0.999, 0)):
        moved = other - np.mean(other) + np.mean(one) + beyond * margin
        assert difference((-1.0, one), (1.0, moved.tolist())).sign == sign
        assert (interval_by_scipy(moved.tolist(), one)[0] > 0) is bool(sign)


def test_a_claim_that_held() -> None:
    verdict, words = said({"0.1": LOW, "0.5": MIDDLE, "1": HIGH})
    assert verdict == "held"
    assert words == "The loss rose with the temperature in both steps, each by more than the spread over 3 seeds: the claim held here."  # fmt: skip
    assert said({"1": HIGH, "0.5": MIDDLE}, "falls") == (
        "held",
        "The loss fell with the temperature, by more than the spread over 3 seeds: the claim held here.",
    )


def test_a_claim_that_did_not() -> None:
    verdict, words = said({"0.1": LOW, "0.5": MIDDLE, "1": LOW, "5": HIGH})
    assert verdict == "did not hold"
    assert words == "The loss rose with the temperature clearly in 2 of 3 steps; it fell from 0.5 to 1: the claim did not hold here."  # fmt: skip


def test_differences_within_the_spread_are_not_clear() -> None:
    wide = [1.0, 3.0, 2.0]
    verdict, words = said({"0.1": LOW, "0.5": wide, "1": MIDDLE})
    assert verdict == "not clear"
    assert words.startswith("The loss did not clearly rise with the temperature; from 0.1 to 0.5 and from 0.5 to 1 the")
    assert words.endswith("within the spread over 3 seeds: whether it holds is not clear here.")


def test_equal_values_are_no_difference() -> None:
    assert said({"a": [1.0, 1.0], "b": [1.0, 1.0]})[0] == "not clear"


def test_one_seed_is_no_proof() -> None:
    verdict, words = said({"0.1": [1.0], "0.5": [2.0], "1": [1.5]})
    assert verdict == "one seed"
    assert words == "The loss rose with the temperature in 1 of 2 steps, but there is one seed and no spread is known: that may be chance."  # fmt: skip


def test_one_seed_among_several_leaves_its_steps_open() -> None:
    verdict, words = said({"0.1": LOW, "0.5": MIDDLE, "1": [9.0]})
    assert verdict == "not clear"
    assert "over 1 to 3 seeds" in words


def test_what_is_missing_is_named_and_no_claim_holds_without_it() -> None:
    verdict, words = said({"0.1": LOW, "0.5": [math.nan], "1": HIGH})
    assert verdict == "not clear"
    assert "no figures of 0.5" in words
    assert said({"0.1": [], "0.5": []}) == (
        "no figures",
        "Whether the loss rises with the temperature is not known: no figures of 0.1 and 0.5.",
    )
    assert said({})[0] == "no figures"


PAIRS = {"SimCLR": ([0.50, 0.51], [0.30, 0.31]), "MoCo": ([0.50, 0.51], [0.49, 0.50])}


def test_who_lost_more() -> None:
    finding = lost_more(PAIRS)
    assert finding.verdict == "held"
    assert finding.steps["SimCLR", "MoCo"].value == pytest.approx(0.2 - 0.01)
    words = lost_more_words(finding, "the kNN accuracy", "with the small batch")
    assert words == "With the small batch SimCLR lost more than MoCo in kNN accuracy, by more than the spread over 2 seeds: the claim held here."  # fmt: skip


def test_who_lost_less_and_who_is_not_clear() -> None:
    more = {**PAIRS, "BYOL": ([0.9, 0.9], [0.1, 0.1]), "other": ([0.5, 0.9], [0.3, 0.6])}
    finding = lost_more(more)
    assert finding.verdict == "did not hold"
    words = lost_more_words(finding, "the kNN accuracy", "with the small batch")
    assert "more than MoCo, less than BYOL and not clearly more or less than other" in words
    assert words.endswith("the claim did not hold here.")


def test_a_setting_without_figures_is_named() -> None:
    finding = lost_more({**PAIRS, "BYOL": ([0.5], [])})
    assert (finding.verdict, finding.missing) == ("not clear", ("BYOL",))
    assert "no figures of BYOL" in lost_more_words(finding, "the kNN accuracy", "with the small batch")
    gone = lost_more({"SimCLR": ([], []), "MoCo": PAIRS["MoCo"]})
    assert gone.verdict == "no figures"
    assert "is not known: no figures of SimCLR" in lost_more_words(gone, "the kNN accuracy", "with the small batch")
    assert lost_more({}).verdict == "no figures"


def test_one_seed_of_each() -> None:
    finding = lost_more({name: (high[:1], low[:1]) for name, (high, low) in PAIRS.items()})
    assert finding.verdict == "one seed"
    assert lost_more_words(finding, "the kNN accuracy", "with the small batch").startswith(
        "With the small batch SimCLR lost more than MoCo in kNN accuracy, but there is one seed"
    )
