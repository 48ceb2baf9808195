"""What the papers say should happen, over seeds: does it happen here?

python -m tests.benchmarks.claims --data FOLDER [--epochs 2] [--seeds 3] [--only temperature] [--json FILE]
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.measuring import Measurements, asked, images, spread

NO_VIEWS = {
    "views.crop.probability": 0,
    "views.flip.probability": 0,
    "views.jitter.probability": 0,
    "views.grayscale.probability": 0,
}
CROP = {"views.crop.probability": 1.0}
COLOUR = {"views.jitter.probability": 0.8, "views.grayscale.probability": 0.2}


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, its source, and the runs that show whether it holds, in the order from worst to best."""

    sentence: str
    runs: Mapping[str, Mapping[str, Any]]


CLAIMS: dict[str, Claim] = {
    "stop_gradient": Claim(
        "SimSiam collapses without the stop-gradient, and not with it (arXiv:2011.10566, 4.1)",
        {
            "without stop-gradient": {"method.name": "simsiam", "method.stop_gradient": False},
            "with stop-gradient": {"method.name": "simsiam"},
        },
    ),
    "byol": Claim(
        "BYOL collapses without prediction head and slow target, and not with them (arXiv:2006.07733, table 5)",
        {
            "without both": {"method.name": "byol", "method.prediction_head": False, "method.slow_target": False},
            "with both": {"method.name": "byol"},
        },
    ),
    "momentum": Claim(
        "MoCo with momentum 0 is worse than with 0.99 (arXiv:1911.05722, 4.1)",
        {"m = 0": {"method.name": "moco", "method.momentum": 0.0}, "m = 0.99": {"method.name": "moco"}},
    ),
    "temperature": Claim(
        "SimCLR: temperature 0.1 is better than 1, and 1 better than 5, with a higher effective rank",
        {f"temperature {t:g}": {"method.name": "simclr", "method.temperature": t} for t in (5.0, 1.0, 0.1)},
    ),
    "augmentation": Claim(
        "SimCLR: no augmentation is worst, crop with colour best (arXiv:2002.05709, figure 5)",
        {
            "none": {"method.name": "simclr", **NO_VIEWS},
            "colour": {"method.name": "simclr", **NO_VIEWS, **COLOUR},
            "crop": {"method.name": "simclr", **NO_VIEWS, **CROP},
            "crop and colour": {"method.name": "simclr", **NO_VIEWS, **CROP, **COLOUR},
        },
    ),
}


def main() -> None:
    """Measure and print."""
    given = asked(__doc__.splitlines()[0], CLAIMS)
    measurements = Measurements(given.json)
    base = {**images(given.data), "budget.epochs": given.epochs}
    untrained = measurements.of("untrained", {**images(given.data), "budget.steps": 0}, given.seeds)
    rows = [f"| untrained | {spread([run.knn_accuracy for run in untrained], 100)} | | | |"]
    for name in [given.only] if given.only else CLAIMS:
        rows.append(f"| **{CLAIMS[name].sentence}** | | | | |")
        rows += [_row(label, measurements, {**base, **run}, given.seeds) for label, run in CLAIMS[name].runs.items()]
    print("\n| run | kNN accuracy, % | effective rank | feature std | verdicts |\n|---|---|---|---|---|")
    print("\n".join(rows))


def _row(label: str, measurements: Measurements, settings: Mapping[str, Any], seeds: int) -> str:
    runs = measurements.of(label, settings, seeds)
    accuracy = spread([run.knn_accuracy for run in runs], 100)
    rank, std = spread([run.effective_rank for run in runs]), spread([run.feature_std for run in runs], digits=3)
    return f"| {label} | {accuracy} | {rank} | {std} | {', '.join(run.verdict for run in runs)} |"


if __name__ == "__main__":
    main()
