"""Runs that learned from captions, made by hand and not trained. Imported as `tests.ui.captioned`."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from playground.config import RunConfig, parse
from playground.data.images.shape_renderer import SHAPES, draw_images
from playground.data.images.shape_vocabulary import ShapeCaptions
from playground.data.images.shapes import draw_factors
from playground.inference.build import build_method
from playground.inference.device import Device
from playground.inference.embed_texts import TextReader
from playground.records import Checkpoint, Probe, RunStatus, Snapshot, Started, StepMetrics, Weights
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.processes.recorder import Recorder
from playground.vocabulary import Vocabulary
from tests.runs.records import insight, step

N, SIDE = 60, 32
SETTINGS = {
    "method.name": "clip", "data.name": "shapes", "data.side": SIDE, "data.for_captions": True, "encoder.width": 8,
    "method.text_width": 64, "method.text_layers": 1, "method.text_heads": 2, "method.projection_dim": 16,
    "method.words": 64, "method.length": 16, "device": "cpu",
}  # fmt: skip
MEAN, STD = np.full(3, 0.4, np.float32), np.full(3, 0.2, np.float32)
State = dict[str, NDArray[np.generic]]


class Making:
    """A run whose records a test writes, as the worker would."""

    def __init__(self, home: Path, **settings: Any) -> None:
        self.config: RunConfig = parse({**SETTINGS, **settings})
        factors = draw_factors(0, 1, N, for_captions=bool(self.config.data.model_dump()["for_captions"]))
        wordings = ShapeCaptions(factors)
        captions = tuple(wordings[row][row % 8] for row in range(N))
        self.vocabulary = Vocabulary.of([text for row in range(N) for text in wordings[row]], 64)
        images, shapes = draw_images(factors, SIDE), factors["shape"].astype(np.int64)
        self.probe = Probe(images, shapes, tuple(SHAPES), images, factors, (), captions)
        self.state = untrained(self.config)
        self.folder = RunStore(home / "runs").create(self.config)
        self.recorder = Recorder(self.folder, RunStatus(state="running", created=0.0))
        self.recorder.write(Started("CPU", 1, self.probe, (), self.vocabulary.as_json()))

    def look(self, number: int, state: State | None = None) -> Snapshot:
        """After so many steps, where every image lies just where its own caption does."""
        z = TextReader(self.config, state or self.state, self.vocabulary).embed(self.probe.view_texts)[1]
        found = Snapshot(number, z[:, :4], z, z, insight(number))
        self.recorder.write(found)
        return found

    def step(self, number: int, **changes: Any) -> StepMetrics:
        metrics = step(number, temperature=0.07, **changes)
        self.recorder.write(metrics)
        return metrics

    def keep(self, number: int, state: State | None = None) -> None:
        """A checkpoint."""
        arrays = {f"method.{name}": array for name, array in (state or self.state).items()}
        self.recorder.write(Checkpoint(number, 1.0, 1.0, arrays, {}))

    def end(self, number: int, state: State | None = None) -> None:
        """The weights of the end."""
        self.recorder.write(Weights(number, {**without_rest(state or self.state), "mean": MEAN, "std": STD}))
        self.recorder.end("finished", "completed")


def untrained(config: RunConfig, seed: int = 0) -> State:
    """The state of a method before its first step."""
    method = build_method(config.model_copy(update={"seed": seed}), Device(torch.device("cpu"), bf16=False))
    return {name: tensor.numpy() for name, tensor in method.state_dict().items()}


def without_rest(state: State) -> State:
    parts = ("encoder.", "projector.", "text_encoder.", "text_projector.")
    return {name: array for name, array in state.items() if name.startswith(parts)}


def finished(home: Path, **settings: Any) -> RunFolder:
    """Twenty steps, a look and the weights."""
    making = Making(home, **settings)
    making.look(0)
    making.step(20)
    making.look(20)
    making.end(20)
    return making.folder
