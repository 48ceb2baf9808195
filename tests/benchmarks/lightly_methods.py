"""Five methods put together from lightly's own heads, losses and momentum functions, as its examples do it.

They stand in for the methods of the same names: encoder, views, optimizer, schedule and evaluation are the same.
"""

import copy
from collections.abc import Iterator
from contextlib import contextmanager

import playground  # noqa: F401  # before torch: see playground/openmp.py

# isort: split
import torch
from lightly.loss import BarlowTwinsLoss, NegativeCosineSimilarity, NTXentLoss
from lightly.models import utils
from lightly.models.batchnorm import SplitBatchNorm
from lightly.models.modules import heads
from lightly.utils.scheduler import cosine_schedule
from torch import Tensor, nn

from playground.config.methods import BarlowTwinsConfig, BYOLConfig, MoCoConfig, SimCLRConfig, SimSiamConfig
from playground.losses import paired_cosine
from playground.methods import METHODS, SelfSupervised, StepOutput
from playground.models import Encoder

PROGRESS = 1000  # lightly's schedule counts in steps


class LightlySimCLR(SelfSupervised):
    """https://docs.lightly.ai/self-supervised-learning/examples/simclr.html"""

    def __init__(self, config: SimCLRConfig, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.projector = heads.SimCLRProjectionHead(encoder.feature_dim, config.hidden_dim, config.projection_dim)
        self.criterion = NTXentLoss(temperature=config.temperature)

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        z_1, z_2 = self.project(view_1), self.project(view_2)
        return _output(self.criterion(z_1.float(), z_2.float()), z_1, z_2)


class LightlyMoCo(SelfSupervised):
    """https://docs.lightly.ai/self-supervised-learning/examples/moco.html, one way, with lightly's split batch norm."""

    def __init__(self, config: MoCoConfig, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        _split_batch_norm(encoder, config.batch_norm_groups)
        self.projector = heads.MoCoProjectionHead(encoder.feature_dim, config.hidden_dim, config.projection_dim)
        self.key_encoder, self.key_projector = copy.deepcopy(self.encoder), copy.deepcopy(self.projector)
        utils.deactivate_requires_grad(self.key_encoder)
        utils.deactivate_requires_grad(self.key_projector)
        self.momentum = config.momentum
        self.criterion = NTXentLoss(config.temperature, memory_bank_size=(config.queue_size, config.projection_dim))

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        utils.update_momentum(self.encoder, self.key_encoder, m=self.momentum)
        utils.update_momentum(self.projector, self.key_projector, m=self.momentum)
        query = self.project(view_1)
        shuffled, order = utils.batch_shuffle(view_2)
        with torch.no_grad():
            key = utils.batch_unshuffle(self.key_projector(self.key_encoder(shuffled)), order)
        return _output(self.criterion(query.float(), key.float()), query, key)


class LightlyBYOL(SelfSupervised):
    """https://docs.lightly.ai/self-supervised-learning/examples/byol.html, its momentum from the config to 1."""

    def __init__(self, config: BYOLConfig, encoder: Encoder) -> None:
        super().__init__()
        d = config.projection_dim
        self.encoder = encoder
        self.projector = heads.BYOLProjectionHead(encoder.feature_dim, config.hidden_dim, d)
        self.predictor = heads.BYOLPredictionHead(d, config.predictor_dim, d)
        self.target_encoder, self.target_projector = copy.deepcopy(self.encoder), copy.deepcopy(self.projector)
        utils.deactivate_requires_grad(self.target_encoder)
        utils.deactivate_requires_grad(self.target_projector)
        self.momentum, self.start = config.momentum, config.momentum
        self.criterion = NegativeCosineSimilarity()

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        utils.update_momentum(self.encoder, self.target_encoder, m=self.momentum)
        utils.update_momentum(self.projector, self.target_projector, m=self.momentum)
        p_1, p_2 = self.predictor(self.project(view_1)), self.predictor(self.project(view_2))
        with torch.no_grad():
            z_1 = self.target_projector(self.target_encoder(view_1))
            z_2 = self.target_projector(self.target_encoder(view_2))
        loss = 0.5 * (self.criterion(p_1.float(), z_2.float()) + self.criterion(p_2.float(), z_1.float()))
        return _output(loss, p_1, z_2)

    def after_step(self, progress: float) -> None:
        self.momentum = cosine_schedule(min(int(progress * PROGRESS), PROGRESS - 1), PROGRESS, self.start, 1.0)


class LightlySimSiam(SelfSupervised):
    """https://docs.lightly.ai/self-supervised-learning/examples/simsiam.html, two layers as in its CIFAR-10 benchmark."""

    def __init__(self, config: SimSiamConfig, encoder: Encoder) -> None:
        super().__init__()
        d = config.projection_dim
        self.encoder = encoder
        self.projector = _two_layers(encoder.feature_dim, config.hidden_dim, d, nn.BatchNorm1d(d, affine=False))
        self.predictor = heads.SimSiamPredictionHead(d, config.predictor_dim, d)
        self.criterion = NegativeCosineSimilarity()

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        z_1, z_2 = self.project(view_1), self.project(view_2)
        p_1, p_2 = self.predictor(z_1), self.predictor(z_2)
        z_1, z_2 = z_1.detach(), z_2.detach()
        loss = 0.5 * (self.criterion(z_1.float(), p_2.float()) + self.criterion(z_2.float(), p_1.float()))
        return _output(loss, p_1, z_2)


class LightlyBarlowTwins(SelfSupervised):
    """https://docs.lightly.ai/self-supervised-learning/examples/barlowtwins.html, two layers as in its CIFAR-10 benchmark."""

    def __init__(self, config: BarlowTwinsConfig, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.projector = _two_layers(encoder.feature_dim, config.hidden_dim, config.projection_dim, None)
        self.criterion = BarlowTwinsLoss(lambda_param=config.redundancy_weight)

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        z_1, z_2 = self.project(view_1), self.project(view_2)
        return _output(self.criterion(z_1.float(), z_2.float()), z_1, z_2)


LIGHTLY: dict[str, type[SelfSupervised]] = {
    "simclr": LightlySimCLR,
    "moco": LightlyMoCo,
    "byol": LightlyBYOL,
    "simsiam": LightlySimSiam,
    "barlow_twins": LightlyBarlowTwins,
}


@contextmanager
def lightly_instead(name: str) -> Iterator[None]:
    """Within, the method `name` is lightly's."""
    ours = METHODS[name]
    METHODS[name] = LIGHTLY[name]
    try:
        yield
    finally:
        METHODS[name] = ours


def _output(loss: Tensor, a: Tensor, b: Tensor) -> StepOutput:
    return StepOutput(loss, paired_cosine(a.detach(), b.detach()).mean(), None)


def _two_layers(inputs: int, hidden: int, outputs: int, final: nn.Module | None) -> nn.Module:
    first = (inputs, hidden, nn.BatchNorm1d(hidden), nn.ReLU(inplace=True))
    head: nn.Module = heads.ProjectionHead([first, (hidden, outputs, final, None)])
    return head


class _Split(SplitBatchNorm):  # type: ignore[misc]  # lightly is untyped
    """lightly's, for images whose channels come last in memory (it cuts the batch with `view`), and looked at in inference
    mode (it makes new buffers when it is put into evaluation mode)."""

    def train(self, mode: bool = True) -> SplitBatchNorm:
        with torch.inference_mode(False):
            return super().train(mode)

    def forward(self, images: Tensor) -> Tensor:
        normed: Tensor = super().forward(images.contiguous())
        return normed


def _split_batch_norm(network: nn.Module, splits: int) -> None:
    """lightly's own split batch norm wherever there is a batch norm."""
    for name, child in network.named_children():
        if isinstance(child, nn.BatchNorm2d):
            setattr(network, name, _Split(child.num_features, splits))
        else:
            _split_batch_norm(child, splits)
