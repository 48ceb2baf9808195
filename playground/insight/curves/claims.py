"""Did a claim hold here? Differences of means over seeds against their spread, a verdict, and a plain sentence.

A difference is clear where its 95 % confidence interval by Welch (Biometrika 34, 1947) leaves out zero: few seeds give
wide intervals, and one seed gives none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite, nan, sqrt
from typing import Literal

import numpy as np

from playground.wording.lists import listed

Verdict = Literal["held", "did not hold", "not clear", "one seed", "no figures"]
Direction = Literal["rises", "falls"]

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Difference:
    """A weighted sum of means over seeds, as between two settings."""

    value: float
    margin: float  # half of the confidence interval; NaN where a mean has one seed only and so no spread is known

    @property
    def sign(self) -> int:
        """1 or -1 where it is clear, 0 where it is within the spread or the spread is not known."""
        return 0 if not abs(self.value) > self.margin else 1 if self.value > 0 else -1


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict, and the differences that it was made from: positive is in the sense of the claim."""

    verdict: Verdict
    steps: Mapping[tuple[str, str], Difference]  # (from, to) -> difference
    missing: tuple[str, ...]  # settings without any figure
    seeds: tuple[int, int]  # the fewest and the most that a setting has


def difference(*terms: tuple[float, Sequence[float]]) -> Difference:
    """sum of weight * mean(values), where no values are missing, with the margin by Welch and Satterthwaite."""
    value = sum(weight * float(np.mean(values)) for weight, values in terms)
    if any(len(values) < 2 for _, values in terms):
        return Difference(value, nan)
    parts = [weight**2 * float(np.var(values, ddof=1)) / len(values) for weight, values in terms]
    total = sum(parts)
    if total == 0:
        return Difference(value, 0.0)
    shares = [(part / total) ** 2 / (len(values) - 1) for part, (_, values) in zip(parts, terms, strict=True)]
    return Difference(value, _student_t(1 / sum(shares)) * sqrt(total))


def ordered(groups: Mapping[str, Sequence[float]], direction: Direction) -> Finding:
    """Whether each setting's mean lies above (below) the one before. Values that are no numbers are left out."""
    known, missing = _known(groups)
    sense = 1.0 if direction == "rises" else -1.0
    steps = {
        (first, second): difference((sense, known[second]), (-sense, known[first])) for first, second in pairwise(known)
    }
    return _finding(steps, list(known.values()), missing)


def lost_more(pairs: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> Finding:
    """Whether the first setting loses more from its first group to its second than each other setting does."""
    finite = {name: (_finite(high), _finite(low)) for name, (high, low) in pairs.items()}
    known = {name: pair for name, pair in finite.items() if all(pair)}
    missing = tuple(name for name in pairs if name not in known)
    first = next(iter(pairs), "")
    steps = {
        (first, name): difference((1.0, known[first][0]), (-1.0, known[first][1]), (-1.0, high), (1.0, low))
        for name, (high, low) in known.items()
        if name != first and first in known
    }
    return _finding(steps, [values for pair in known.values() for values in pair], missing)


def ordered_words(finding: Finding, noun: str, direction: Direction, along: str) -> str:
    """One sentence: "The loss rose with the temperature in all 3 steps, ...: the claim held here." """
    rose, fell = ("rose", "fell") if direction == "rises" else ("fell", "rose")
    count = len(finding.steps)
    if finding.verdict == "no figures":
        return f"Whether {noun} {direction} {along} is not known: {_missing(finding)}."
    if finding.verdict == "held":
        reach = {1: ",", 2: " in both steps, each"}.get(count, f" in all {count} steps, each")
        return _capital(f"{noun} {rose} {along}{reach} by more than the spread {_seeds(finding)}: the claim held here.")
    if finding.verdict == "one seed":
        as_claimed = sum(step.value > 0 for step in finding.steps.values())
        return _capital(f"{noun} {rose} {along} in {as_claimed} of {_steps(count)}, but {_one_seed(finding)}.")
    clearly = sum(step.sign > 0 for step in finding.steps.values())
    parts = [f"{noun} {rose} {along} clearly in {clearly} of {_steps(count)}"]
    if not clearly:
        parts = [f"{noun} did not clearly {direction.removesuffix('s')} {along}"]
    if against := _pairs(finding, -1):
        parts.append(f"it {fell} {against}")
    if within := _pairs(finding, 0):
        parts.append(f"{within} the difference is within the spread {_seeds(finding)}")
    return _ended(finding, parts)


def lost_more_words(finding: Finding, noun: str, along: str) -> str:
    """One sentence: "With the small batch SimCLR lost more than MoCo in kNN accuracy, ...: the claim held here." """
    if finding.verdict == "no figures":
        return f"Which loses more of {noun} {along} is not known: {_missing(finding)}."
    first, what = next(iter(finding.steps))[0], noun.removeprefix("the ")
    begin = f"{_capital(along)} {first} lost"
    if finding.verdict == "one seed":
        parts = [f"{'more' if step.value > 0 else 'less'} than {name}" for (_, name), step in finding.steps.items()]
        return f"{begin} {listed(parts)} in {what}, but {_one_seed(finding)}."
    parts = []
    for sign, words in ((1, "more than"), (-1, "less than"), (0, "not clearly more or less than")):
        names = [name for (_, name), step in finding.steps.items() if step.sign == sign]
        if names:
            parts.append(f"{words} {listed(names)}")
    if finding.verdict == "held":
        return f"{begin} {parts[0]} in {what}, by more than the spread {_seeds(finding)}: the claim held here."
    return _ended(finding, [f"{begin} {listed(parts)} in {what}, as far as the spread {_seeds(finding)} tells"])


def _finding(
    steps: Mapping[tuple[str, str], Difference], known: Sequence[Sequence[float]], missing: tuple[str, ...]
) -> Finding:
    counts = [len(values) for values in known] or [0]
    return Finding(_verdict(steps, max(counts), missing), steps, missing, (min(counts), max(counts)))


def _verdict(steps: Mapping[tuple[str, str], Difference], most_seeds: int, missing: tuple[str, ...]) -> Verdict:
    signs = [step.sign for step in steps.values()]
    if not signs:
        return "no figures"
    if most_seeds < 2:
        return "one seed"
    if min(signs) < 0:
        return "did not hold"
    return "held" if min(signs) > 0 and not missing else "not clear"


def _known(groups: Mapping[str, Sequence[float]]) -> tuple[dict[str, list[float]], tuple[str, ...]]:
    """What has figures, and the names of what has none."""
    finite = {name: _finite(values) for name, values in groups.items()}
    known = {name: values for name, values in finite.items() if values}
    return known, tuple(name for name in finite if name not in known)


def _finite(values: Sequence[float]) -> list[float]:
    return [value for value in values if isfinite(value)]


def _student_t(freedom: float) -> float:
    """The two-sided quantile of Student's t at CONFIDENCE, for any real degrees of freedom above 0."""
    # Here, so that the server need not wait for it at its start; and not scipy.stats, which takes a second and a half
    # to import and calls the same function.
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))


def _ended(finding: Finding, parts: list[str]) -> str:
    if finding.missing:
        parts = [*parts, _missing(finding)]
    end = "the claim did not hold here" if finding.verdict == "did not hold" else "whether it holds is not clear here"
    return _capital(f"{'; '.join(parts)}: {end}.")


def _pairs(finding: Finding, sign: int) -> str:
    return listed([f"from {a} to {b}" for (a, b), step in finding.steps.items() if step.sign == sign])


def _missing(finding: Finding) -> str:
    return f"no figures of {listed(finding.missing)}" if finding.missing else "no two settings have figures"


def _one_seed(finding: Finding) -> str:
    words = "there is one seed and no spread is known: that may be chance"
    return f"{words}; {_missing(finding)}" if finding.missing else words


def _seeds(finding: Finding) -> str:
    fewest, most = finding.seeds
    return f"over {most} seeds" if fewest == most else f"over {fewest} to {most} seeds"


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
