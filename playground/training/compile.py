"""torch.compile where it pays: a large encoder, on a GPU, in a run that is long enough to make up for compiling."""

import copy
from collections.abc import Iterator

import torch

from playground.config import RunConfig
from playground.config.methods import CLIPConfig
from playground.inference.device import Device
from playground.methods import Method, SelfSupervised, Supervised
from playground.models import Encoder
from playground.models.split_batch_norm import SplitBatchNorm2d
from playground.models.transformer import Transformer
from playground.text import UNKNOWN
from playground.views import view_side

LARGE = ("resnet18",)  # encoders; a small one is slower compiled
WORTH_IMAGES = 4_000_000  # of training, and
WORTH_SECONDS = 600.0  # below which the minute that compiling takes is not won back


def compile_training(config: RunConfig, method: Method, device: Device, count: int) -> tuple[str, ...]:
    """Compile the encoders' training pass where it pays, with `count` training images; what a person should know.

    Looking at the probe set is not compiled: its batches come in many sizes, each of which would be compiled anew.
    """
    if not _pays(config, device, count) or _in_parts(method):
        return ()
    try:
        _try(config, method, device)
    except Exception as error:  # of many kinds: no compiler, a GPU that is too old, an operation it does not know
        return (f"The encoder runs without torch.compile, which failed here ({type(error).__name__}).",)
    _compile(method)
    return ()


def _pays(config: RunConfig, device: Device, count: int) -> bool:
    """Not where batches are cut up: microbatches exchange the statistics of batch norm between their two passes."""
    budget, per_epoch = config.budget, count // config.batch_size
    steps = [budget.steps, None if budget.epochs is None else budget.epochs * per_epoch]
    long = all(limit is None or limit * config.batch_size >= WORTH_IMAGES for limit in steps)
    whole = 2 * config.batch_size <= config.microbatch
    suits = device.torch.type == "cuda" and config.encoder.name in LARGE
    return suits and whole and long and (budget.seconds is None or budget.seconds >= WORTH_SECONDS)


def _in_parts(method: Method) -> bool:
    """Whether batch norm goes over the batch in parts, as MoCo's: a graph twenty times as large takes too long."""
    norms = [module for module in method.modules() if isinstance(module, SplitBatchNorm2d)]
    return any(norm.groups > 1 for norm in norms)


def _try(config: RunConfig, method: Method, device: Device) -> None:
    """A whole step of a copy, on black images: what has been compiled for it is not compiled again.

    Raises whatever compiling raises.
    """
    trial, n, side = copy.deepcopy(method), config.batch_size, view_side(config.views, config.data.side)
    _compile(trial)
    view = torch.zeros(n, 3, side, side, device=device.torch).to(memory_format=torch.channels_last)
    gpus = [device.torch] if device.torch.type == "cuda" else []
    with torch.random.fork_rng(devices=gpus), device.autocast():
        if config.method.uses_labels:
            assert isinstance(trial, Supervised)
            output = trial.supervised_step(view, view, torch.arange(n, device=device.torch))
        else:
            assert isinstance(trial, SelfSupervised)
            output = trial.training_step(view, _second(config, view))
    output.loss.backward()  # type: ignore[no-untyped-call]


def _second(config: RunConfig, view: torch.Tensor) -> torch.Tensor:
    """What stands beside `view`: another one, or a word."""
    if isinstance(config.method, CLIPConfig):
        return torch.full((len(view), 1), UNKNOWN, device=view.device)
    return view


def _compile(method: Method) -> None:
    """Of every encoder, the slow copy's too. Not to be copied afterwards: the copy would run the original's weights."""
    for encoder in _encoders(method):
        _compile_features(encoder)


def _encoders(method: Method) -> Iterator[Encoder]:
    """Of images: texts come in many lengths, each of which would be compiled anew."""
    encoders = (module for module in method.modules() if isinstance(module, Encoder))
    return (encoder for encoder in encoders if not isinstance(encoder, Transformer))


def _compile_features(encoder: Encoder) -> None:
    plain = encoder.features
    fast = torch.compile(plain, dynamic=False)

    def features(images: torch.Tensor) -> torch.Tensor:
        return fast(images) if encoder.training else plain(images)

    encoder.features = features  # type: ignore[method-assign]
