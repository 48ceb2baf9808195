"""Estimates the duration of a run before it begins: a model of one step, scaled by the speed of earlier runs here."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

from playground.config.encoder import TransformerConfig
from playground.config.methods import CLIPConfig
from playground.config.run import RunConfig

# Seconds of a run besides its training, on two idle cores: start and imports, six snapshots, the final evaluation.
OVERHEAD = 8.0
# Seconds of a step of the small encoder, width 16, 32 pixels, on two cores: for each step, and for each of its images.
# Fitted to the ready experiments on two shared cores: batches of 32 to 256 took 14 to 65 ms with SimCLR, 17 to 63 with
# MoCo, 20 to 92 with BYOL. Earlier runs on this machine correct it: see `slowness`.
SIMCLR_STEP, OTHER_STEP, IMAGE = 0.008, 0.012, 0.00024
# Seconds for each caption of a batch (width 64), and for each sentence with its positive and hard negative (width 128),
# of two layers: CLIP's steps of 256 took 0.2 s more than the images alone, SimCSE's of 128 took 0.4 s.
CAPTION, SENTENCE = 0.0005, 0.003
RESNET = 40.0  # ResNet-18's work relative to the small encoder's: 2.7 s for a step of 256 images


@dataclass(frozen=True, slots=True)
class PastPace:
    """Measured seconds per step of an earlier run on this machine."""

    config: RunConfig
    step_seconds: float


def estimate_seconds(config: RunConfig, images: int, paces: Sequence[PastPace] = ()) -> float:
    """Estimated seconds from start to end of a run of `config` on `images` training images."""
    budget = config.budget
    limits = [] if budget.seconds is None else [budget.seconds]
    a_step = step_seconds(config) * slowness(config, paces)
    if budget.steps is not None:
        limits.append(budget.steps * a_step)
    if budget.epochs is not None:
        limits.append(budget.epochs * max(1, images // config.batch_size) * a_step)
    return OVERHEAD + min(limits)


def slowness(config: RunConfig, paces: Sequence[PastPace]) -> float:
    """Factor by which steps on this machine are slower than the model: the median over comparable earlier runs.

    Comparable are runs with the same encoder and image size, of the same method and batch size where there are such.
    1 without any.
    """
    alike = [pace for pace in paces if _workload(pace.config) == _workload(config)]
    equal = [pace for pace in alike if _method_and_batch(pace.config) == _method_and_batch(config)]
    found = [pace.step_seconds / step_seconds(pace.config) for pace in equal or alike]
    return median(found) if found else 1.0


def step_seconds(config: RunConfig) -> float:
    """Modelled seconds of one step: a fixed part, and a part per sample that grows with view size and network."""
    start = SIMCLR_STEP if config.method.name == "simclr" else OTHER_STEP
    passes = ceil(2 * config.batch_size / config.microbatch)
    if isinstance(config.encoder, TransformerConfig):
        return passes * start + config.batch_size * _text_seconds(SENTENCE, config.encoder, 128)
    if isinstance(config.method, CLIPConfig):
        start += config.batch_size * _text_seconds(CAPTION, config.method.text_encoder, 64)
    width = getattr(config.encoder, "width", None)
    depth = RESNET if width is None else width / 16
    return passes * start + config.batch_size * IMAGE * depth * (config.views.crop.side * config.data.side / 32) ** 2


def _text_seconds(seconds: float, encoder: TransformerConfig, width: int) -> float:
    return seconds * encoder.width / width * encoder.layers / 2


def _workload(config: RunConfig) -> tuple[object, ...]:
    return config.encoder, config.data.side, config.views.crop.side


def _method_and_batch(config: RunConfig) -> tuple[object, ...]:
    return config.method.name, config.batch_size
