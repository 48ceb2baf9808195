"""The same runs with lightly's own modules and losses: kNN accuracy over seeds, as a table.

    python -m tests.benchmarks.against_lightly --data FOLDER [--epochs 2] [--seeds 3] [--only simclr] [--json FILE]

Same encoder, views, batches, optimizer, schedule and evaluation, so that only the method's own code differs.
"""

from functools import partial
from statistics import mean, stdev

from tests.benchmarks.lightly_methods import LIGHTLY, lightly_instead
from tests.benchmarks.measuring import Figures, Measurements, asked, images, spread


def main() -> None:
    """Measure and print."""
    given = asked(__doc__.splitlines()[0], LIGHTLY)
    measurements, rows = Measurements(given.json), []
    for name in [given.only] if given.only else LIGHTLY:
        settings = {**images(given.data), "method.name": name, "budget.epochs": given.epochs}
        ours = measurements.of(f"{name}, ours", settings, given.seeds)
        theirs = measurements.of(f"{name}, lightly", settings, given.seeds, around=partial(lightly_instead, name))
        rows.append(_row(name, ours, theirs))
    print("\n| method | here | lightly | difference | spread of the difference |\n|---|---|---|---|---|")
    print("\n".join(rows))


def _row(name: str, ours: list[Figures], theirs: list[Figures]) -> str:
    """kNN accuracy in percent; the difference is of the means, its spread the root of the sum of the variances."""
    a, b = [run.knn_accuracy for run in ours], [run.knn_accuracy for run in theirs]
    noise = f"{100 * (stdev(a) ** 2 + stdev(b) ** 2) ** 0.5:.1f}" if len(a) > 1 else ""
    return f"| {name} | {spread(a, 100)} | {spread(b, 100)} | {100 * (mean(a) - mean(b)):+.1f} | {noise} |"


if __name__ == "__main__":
    main()
