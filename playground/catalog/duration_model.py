"""How long a run will take, before it has begun: a model of one step, scaled by how fast earlier runs were here."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

from playground.config.encoder import TransformerConfig
from playground.config.methods import CLIPConfig
from playground.config.run import RunConfig

# Seconds of a run beside its training, on two idle cores: start and imports, six looks, the last evaluation.
OVERHEAD = 8.0
# Seconds of a step of the small encoder, width 16, 32 pixels, on two cores: for each step, and for each of its images.
# Fitted to the ready experiments on two shared cores: batches of 32 to 256 took 14 to 65 ms with SimCLR, 17 to 63 with
# MoCo, 20 to 92 with BYOL. Earlier runs on this machine correct it: see `slowness`.
SIMCLR_STEP, OTHER_STEP, IMAGE = 0.008, 0.012, 0.00024
# Seconds for each caption of a batch (width 64), and for each sentence with its positive and hard negative (width 128),
# of two layers: CLIP's steps of 256 took 0.2 s beside the images', SimCSE's of 128 took 0.4 s.
CAPTION, SENTENCE = 0.0005, 0.003
RESNET = 40.0  # times the work of the small encoder: 2.7 s for a step of 256 images


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast an earlier run was on this machine."""

    config: RunConfig
    step_seconds: float


def seconds_of(config: RunConfig, images: int, paces: Sequence[Pace] = ()) -> float:
    """About how many seconds the run of `config` takes on `images` training images, from its start to its end."""
    budget = config.budget
    limits = [] if budget.seconds is None else [budget.seconds]
    a_step = step_seconds(config) * slowness(config, paces)
    if budget.steps is not None:
        limits.append(budget.steps * a_step)
    if budget.epochs is not None:
        limits.append(budget.epochs * max(1, images // config.batch_size) * a_step)
    return OVERHEAD + min(limits)


def slowness(config: RunConfig, paces: Sequence[Pace]) -> float:
    """By what factor steps here are slower than the model says: the median over earlier runs with the same encoder.

    Of those the ones of the same method and batch size alone, where there are any; 1 without an earlier run.
    """
    alike = [pace for pace in paces if _work(pace.config) == _work(config)]
    equal = [pace for pace in alike if _kind(pace.config) == _kind(config)]
    found = [pace.step_seconds / step_seconds(pace.config) for pace in equal or alike]
    return median(found) if found else 1.0


def step_seconds(config: RunConfig) -> float:
    """The model: a fixed part and one for each image, more with larger views and wider or deeper networks."""
    start = SIMCLR_STEP if config.method.name == "simclr" else OTHER_STEP
    passes = ceil(2 * config.batch_size / config.microbatch)
    if isinstance(config.encoder, TransformerConfig):
        return passes * start + config.batch_size * _text(SENTENCE, config.encoder, 128)
    if isinstance(config.method, CLIPConfig):
        start += config.batch_size * _text(CAPTION, config.method.text_encoder, 64)
    width = getattr(config.encoder, "width", None)
    depth = RESNET if width is None else width / 16
    return passes * start + config.batch_size * IMAGE * depth * (config.views.crop.side * config.data.side / 32) ** 2


def _text(seconds: float, encoder: TransformerConfig, width: int) -> float:
    return seconds * encoder.width / width * encoder.layers / 2


def _work(config: RunConfig) -> tuple[object, ...]:
    return config.encoder, config.data.side, config.views.crop.side


def _kind(config: RunConfig) -> tuple[object, ...]:
    return config.method.name, config.batch_size
