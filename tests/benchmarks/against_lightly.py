"""The same runs with lightly's own modules and losses: kNN accuracy over seeds, as a table.

    python -m tests.benchmarks.against_lightly --data FOLDER [--epochs 2] [--seeds 3] [--only simclr] [--json FILE]

Same encoder, views, batches, optimizer, schedule and evaluation, so that only the method's own code differs.
"""

import argparse
from pathlib import Path
from statistics import mean, stdev

from tests.benchmarks.lightly_methods import LIGHTLY, lightly_instead
from tests.benchmarks.measuring import Figures, Measurements, images, spread


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="a folder of images with classes")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", choices=LIGHTLY, help="one method")
    parser.add_argument("--json", type=Path, help="keep the figures here, and go on from them")
    asked = parser.parse_args()
    measurements, rows = Measurements(asked.json), []
    for name in [asked.only] if asked.only else LIGHTLY:
        settings = {**images(asked.data), "method.name": name, "budget.epochs": asked.epochs}
        ours = measurements.of(f"{name}, ours", settings, asked.seeds)
        theirs = measurements.of(
            f"{name}, lightly", settings, asked.seeds, around=lambda name=name: lightly_instead(name)
        )
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
