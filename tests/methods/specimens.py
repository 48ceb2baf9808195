"""Every method in every variant, and networks so small that a test can follow them by hand. Imported as
`tests.methods.specimens`."""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from playground.config import parse
from playground.methods import METHODS, Method, SelfSupervised, StepOutput, Supervised
from playground.models import ENCODERS, Encoder
from tests.config.choices import smallest_batch

SIDE, N = (
    8,
    17,
)  # the encoders take any side; an odd batch, whose batch-norm groups are uneven, where it is large enough

# Those of sentences have tests of their own.
OF_IMAGES = [name for name in METHODS if name != "simcse"]
# Beside each method as it comes, every switch that changes what a step does.
VARIANTS: dict[str, dict[str, Any]] = {
    **{name: {"method.name": name} for name in OF_IMAGES},
    **{
        f"{name}, {negatives}": {"method.name": name, "method.negatives": negatives}
        for name in ("simclr", "moco", "moco_v3")
        for negatives in ("debiased", "hard", "decoupled")
    },
    **{
        f"{name}, learned temperature": {"method.name": name, "method.learn_temperature": True}
        for name in ("simclr", "moco", "moco_v3")
    },
    "moco, symmetric": {"method.name": "moco", "method.symmetric": True},
    "byol, no head": {"method.name": "byol", "method.prediction_head": False},
    "byol, no slow target": {"method.name": "byol", "method.slow_target": False},
    "byol, neither": {"method.name": "byol", "method.prediction_head": False, "method.slow_target": False},
    "simsiam, no stop-gradient": {"method.name": "simsiam", "method.stop_gradient": False},
    "simsiam, three layers": {"method.name": "simsiam", "method.projector_layers": 3},
    **{
        f"triplet, {mining}": {"method.name": "triplet", "method.mining": mining}
        for mining in ("batch_hard", "semi_hard", "random")
    },
    "triplet, soft margin": {"method.name": "triplet", "method.soft_margin": True},
    "triplet, classes": {"method.name": "triplet", "method.positives": "classes"},
}


@dataclass(frozen=True)
class Specimen:
    """A method, and how it is called."""

    method: Method
    supervised: bool
    smallest: int  # batch
    reads: bool = False  # whether texts stand in the place of the second view

    def output(self, view_1: Tensor, view_2: Tensor, labels: Tensor | None = None) -> StepOutput:
        """What the training loop gets; of three classes unless told."""
        if self.reads or not self.supervised:
            assert isinstance(self.method, SelfSupervised)
            return self.method.training_step(view_1, texts(view_2) if self.reads else view_2)
        assert isinstance(self.method, Supervised)
        return self.method.supervised_step(view_1, view_2, torch.arange(len(view_1)) % 3 if labels is None else labels)


def specimen(variant: str, encoder: Encoder | str = "small", seed: int = 0) -> Specimen:
    """Heads of 32 units and 16 dimensions, weights drawn from `seed`; with an encoder of its own or one by name."""
    hidden = {} if VARIANTS[variant]["method.name"] == "clip" else {"method.hidden_dim": 32}
    sizes = {**hidden, "method.projection_dim": 16}
    predictor = (
        {"method.predictor_dim": 16} if VARIANTS[variant]["method.name"] in ("byol", "simsiam", "moco_v3") else {}
    )
    queue = {"method.queue_size": 64} if VARIANTS[variant]["method.name"] == "moco" else {}
    named = {"encoder.name": encoder if isinstance(encoder, str) else "small"}
    small = {"encoder.width": 8} if encoder == "small" else {}
    given = {**VARIANTS[variant], **sizes, **predictor, **queue, **named, **small}
    smallest = smallest_batch(given)
    config = parse({**given, "batch_size": max(16, smallest)})
    torch.manual_seed(seed)
    network = ENCODERS[encoder](config.encoder, 32) if isinstance(encoder, str) else encoder
    method = METHODS[config.method.name](config.method, network)
    return Specimen(method, config.method.uses_labels, smallest, config.method.learns_from == "captions")


def views(n: int = N, side: int = SIDE, seed: int | None = None) -> tuple[Tensor, Tensor]:
    """Noise: [n, 3, side, side], twice."""
    pair = torch.randn(2, n, 3, side, side, generator=torch.Generator().manual_seed(n if seed is None else seed))
    return pair[0].to(memory_format=torch.channels_last), pair[1].to(memory_format=torch.channels_last)


def texts(views: Tensor) -> Tensor:
    """Ids of six words for each of `views` [n, ...], other ones for each: [n, 6]."""
    rows = torch.arange(len(views), device=views.device)
    return torch.stack([2 + (rows * factor + 1) % 97 for factor in (1, 3, 5, 7, 11, 13)], dim=1)


class Linear(Encoder):
    """One linear layer of the pixels, without batch norm: a row depends on its own image only."""

    feature_dim = 6

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3 * 4 * 4, self.feature_dim)

    def features(self, images: Tensor) -> Tensor:
        return torch.as_tensor(self.layer(images.flatten(1)))


class Pixels(Encoder):
    """The pixels themselves, with one weight."""

    feature_dim = 3 * 4 * 4

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def features(self, images: Tensor) -> Tensor:
        return self.scale * images.flatten(1)


HEADS = ("projector", "predictor", "key_projector", "target_projector")


def bare(method: Method) -> None:
    """Take the heads off: over `Pixels`, z is then what `images_of` was given."""
    for head in HEADS:
        if hasattr(method, head):
            setattr(method, head, nn.Identity())


def images_of(z: Tensor) -> Tensor:
    """Images [n, 3, 4, 4] whose pixels are `z` [n, d], d up to 48, and zeros behind it."""
    return F.pad(z, (0, Pixels.feature_dim - z.shape[1])).reshape(len(z), 3, 4, 4)
