"""Runs the parts of `make test`, each a target of the Makefile, and sums up what came of them. Standard library only.

A part runs whether or not one before it failed, so that one look tells all that is wrong.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

PASSED, FAILED, SKIPPED = "passed", "FAILED", "skipped"


class Outcome(NamedTuple):
    """What came of one part."""

    part: str
    result: str  # PASSED, FAILED or SKIPPED
    seconds: float


def run_parts(
    parts: Sequence[str],
    skipped: Sequence[str],
    run: Callable[[str], int],
    clock: Callable[[], float] = time.monotonic,
) -> list[Outcome]:
    """Calls `run(part)`, which returns an exit status, for each of `parts` that is not among `skipped`."""
    outcomes = []
    for part in parts:
        print(f"\n=== {part}: {SKIPPED if part in skipped else 'running'}", flush=True)
        began = clock()
        result = SKIPPED if part in skipped else FAILED if run(part) else PASSED
        outcomes.append(Outcome(part, result, clock() - began))
    return outcomes


def summarise(outcomes: Sequence[Outcome]) -> str:
    """A line for each part, with its result and how long it took, and one that says whether all is well."""
    width = max(len(part) for part, _, _ in outcomes)
    lines = [f"{part:{width}}  {result:7}  {in_minutes(seconds):>11}" for part, result, seconds in outcomes]
    failed = [part for part, result, _ in outcomes if result == FAILED]
    return "\n".join([*lines, f"Failed: {', '.join(failed)}" if failed else "No part failed."])


def in_minutes(seconds: float) -> str:
    """Whole seconds, and minutes where there are any."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def make(part: str) -> int:
    """Runs one target; its output goes where this process's does."""
    return subprocess.call(["make", "--no-print-directory", part])


def main(arguments: Sequence[str]) -> int:
    """Returns 1 if any part failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="+", help="targets of the Makefile")
    parser.add_argument("--skip", action="append", default=[], help="a part that this machine cannot run")
    chosen = parser.parse_args(arguments)
    outcomes = run_parts(chosen.parts, chosen.skip, make)
    print(f"\n{summarise(outcomes)}", flush=True)
    return int(any(outcome.result == FAILED for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
