"""One run, in this process, and the figures it ends with. Results are kept, so that an interrupted table goes on."""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from playground.config import parse
from playground.records import Evaluation, Snapshot, StepMetrics
from playground.storage.home import home_folder
from playground.training.train import train


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run ends with."""

    knn_accuracy: float  # of h, as a share
    feature_std: float  # of z: 1 isotropic, 0 collapsed
    effective_rank: float
    verdict: str
    loss: float
    seconds: float


class Measurements:
    """Runs by name and seed, kept in a JSON file."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.known: dict[str, Any] = json.loads(file.read_text()) if file and file.exists() else {}

    def of(
        self,
        name: str,
        settings: Mapping[str, Any],
        seeds: int,
        around: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> list[Figures]:
        """One run for each of the seeds 0, 1, ..; `around` gives the context in which a run is made."""
        found = []
        for seed in range(seeds):
            key = json.dumps([name, dict(settings), seed])
            if key not in self.known:
                with around():
                    self.known[key] = asdict(measure({**settings, "seed": seed}))
                self._keep()
            found.append(Figures(**self.known[key]))
            print(f"{name}, seed {seed}: {found[-1]}", flush=True)
        return found

    def _keep(self) -> None:
        if self.file is None:
            return
        with tempfile.NamedTemporaryFile("w", dir=self.file.parent, delete=False) as new:
            json.dump(self.known, new, indent=1)
        os.replace(new.name, self.file)


def measure(settings: Mapping[str, Any]) -> Figures:
    """Make the run and return its last figures. Raises what `train` raises."""
    began, loss, insight, accuracy = time.monotonic(), float("nan"), None, None
    for record in train(parse(settings), home=home_folder()):
        match record:
            case StepMetrics():
                loss = record.loss
            case Snapshot():
                insight = record.insight
            case Evaluation():
                accuracy = record.knn_accuracy
    if insight is None or accuracy is None:
        raise ValueError("the benchmarks need images with classes")
    return Figures(
        accuracy, insight.z.feature_std, insight.z.effective_rank, insight.z.verdict, loss, time.monotonic() - began
    )


def spread(values: list[float], scale: float = 1.0, digits: int = 1) -> str:
    """Mean and standard deviation over seeds: "53.1 ± 0.4"."""
    deviation = f" ± {scale * stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{scale * mean(values):.{digits}f}{deviation}"


def asked(description: str, names: Collection[str]) -> argparse.Namespace:
    """What both benchmarks are asked: which images, how long, how many seeds, and which one of `names`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, required=True, help="a folder of images with classes")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", choices=names, help="one of them")
    parser.add_argument("--json", type=Path, help="keep the figures here, and go on from them")
    return parser.parse_args()


# These tables were made with the defaults, not with what suits photographs in a short run.
AS_ALWAYS: dict[str, Any] = {
    "views.crop.side": 1.0,
    "encoder.first_layer": "learned",
    "optimizer.name": "adamw",
    "optimizer.weight_decay": 1e-4,
}


def images(path: Path) -> dict[str, Any]:
    """Settings for a folder of images."""
    return {"data.name": "folder", "data.path": str(path), **AS_ALWAYS}
