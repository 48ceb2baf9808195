"""What the thresholds of the collapse detector are calibrated on: all methods as suggested, and runs made to collapse.

python -m tests.benchmarks.calibration --data FOLDER [--steps 300] [--only digits]
"""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from playground.catalog.augmentation_presets import NO_VIEWS
from playground.config import parse
from playground.insight.collapse import LAYERS, Layer, layer_geometry
from playground.records import Insight, Snapshot, Weights
from playground.storage.home import home_folder
from playground.training.train import train
from tests.benchmarks.measuring import images
from tests.config.choices import METHODS

FROM = 100  # steps: before, nothing is called collapsed
COLLAPSING: Mapping[str, Mapping[str, Any]] = {
    "SimSiam without stop-gradient": {"method.name": "simsiam", "method.stop_gradient": False},
    "BYOL without head and slow target": {
        "method.name": "byol",
        "method.prediction_head": False,
        "method.slow_target": False,
    },
    "MoCo with momentum 0": {"method.name": "moco", "method.momentum": 0.0},
    "VICReg without variance": {"method.name": "vicreg", "method.variance_weight": 0.0},
    "SimCLR at temperature 5": {"method.name": "simclr", "method.temperature": 5.0},
    "SimCLR without augmentation": {"method.name": "simclr", **NO_VIEWS},
}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="a folder of images with classes")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--only", choices=["digits", "folder", "shapes"], help="one set of images")
    given = parser.parse_args()
    sets = {
        "digits": {"data.name": "digits"},
        "folder": images(given.data),
        "shapes": {"data.name": "shapes", "views.jitter.probability": 0.8},
    }
    print(
        "| images | run | kNN | layer | rank / limit | uniformity | spread | verdicts |\n|---|---|---|---|---|---|---|---|"
    )
    for name in [given.only] if given.only else sets:
        for run, settings in _runs():
            looks = list(_looks({**sets[name], **settings, "budget.steps": given.steps}))
            for layer in LAYERS:
                print(_row(name, run, looks, layer), flush=True)


def _runs() -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from ((method, {"method.name": method}) for method in METHODS)
    yield from COLLAPSING.items()


def _looks(settings: Mapping[str, Any]) -> Iterator[Insight]:
    for record in train(parse(dict(settings)), home=home_folder()):
        if isinstance(record, Snapshot):
            yield record.insight
        if isinstance(record, Weights):
            return


def _row(images_name: str, run: str, looks: list[Insight], layer: Layer) -> str:
    late = [layer_geometry(look, layer) for look in looks if look.step >= FROM]
    spans = [
        _span([geometry.effective_rank / geometry.rank_limit for geometry in late]),
        _span([geometry.uniformity for geometry in late]),
        _span([geometry.feature_std for geometry in late]),
    ]
    accuracy = f"{looks[0].knn_accuracy:.3f} to {looks[-1].knn_accuracy:.3f}"
    verdicts = ", ".join(sorted({geometry.verdict for geometry in late}))
    return f"| {images_name} | {run} | {accuracy} | {layer} | {' | '.join(spans)} | {verdicts} |"


def _span(values: list[float]) -> str:
    return f"{min(values):.2f} to {max(values):.2f}" if values else "none"


if __name__ == "__main__":
    main()
