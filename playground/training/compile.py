"""Uses torch.compile where it is worthwhile: for a large encoder on a GPU, in a run that wins back the time."""

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
from playground.views import view_side
from playground.vocabulary import UNKNOWN_ID

COMPILED_ENCODERS = ("resnet18",)  # encoders; a small one is slower compiled
# Runs that are shorter do not win back the minute of compiling.
WORTH_IMAGES = 4_000_000
WORTH_SECONDS = 600.0


def compile_training(config: RunConfig, method: Method, device: Device, count: int) -> tuple[str, ...]:
    """Compile the training pass of the encoders where it is worthwhile, for `count` training images; returns notes.

    Evaluation passes are not compiled: each of their many batch sizes would be compiled anew.
    """
    if not _is_worthwhile(config, device, count) or _has_split_batch_norm(method):
        return ()
    try:
        _try_compiled_step(config, method, device)
    except Exception as error:  # of many kinds: no compiler, an old GPU, an unsupported operation
        return (f"The encoder runs without torch.compile, which failed here ({type(error).__name__}).",)
    _compile(method)
    return ()


def _is_worthwhile(config: RunConfig, device: Device, count: int) -> bool:
    """Whether compiling saves time. Microbatches exclude it: they swap the statistics of batch norm between passes."""
    budget, per_epoch = config.budget, count // config.batch_size
    steps = [budget.steps, None if budget.epochs is None else budget.epochs * per_epoch]
    long = all(limit is None or limit * config.batch_size >= WORTH_IMAGES for limit in steps)
    whole = 2 * config.batch_size <= config.microbatch
    suits = device.torch.type == "cuda" and config.encoder.name in COMPILED_ENCODERS
    return suits and whole and long and (budget.seconds is None or budget.seconds >= WORTH_SECONDS)


def _has_split_batch_norm(method: Method) -> bool:
    """Whether batch norm is split, as in MoCo: its graph is twenty times as large and takes too long to compile."""
    norms = [module for module in method.modules() if isinstance(module, SplitBatchNorm2d)]
    return any(norm.groups > 1 for norm in norms)


def _try_compiled_step(config: RunConfig, method: Method, device: Device) -> None:
    """A whole step of a copy, on black images; its compiled code is reused. Raises whatever compiling raises."""
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
            output = trial.training_step(view, _second_view(config, view))
    output.loss.backward()  # type: ignore[no-untyped-call]


def _second_view(config: RunConfig, view: torch.Tensor) -> torch.Tensor:
    """The second input of a step: `view` [n, 3, side, side] again, or word ids [n, 1] with CLIP."""
    if isinstance(config.method, CLIPConfig):
        return torch.full((len(view), 1), UNKNOWN_ID, device=view.device)
    return view


def _compile(method: Method) -> None:
    """Compile every encoder, momentum encoders too. A copy made afterwards would use the weights of the original."""
    for encoder in _encoders(method):
        _compile_features(encoder)


def _encoders(method: Method) -> Iterator[Encoder]:
    """The image encoders; for texts each length would be compiled anew."""
    encoders = (module for module in method.modules() if isinstance(module, Encoder))
    return (encoder for encoder in encoders if not isinstance(encoder, Transformer))


def _compile_features(encoder: Encoder) -> None:
    plain = encoder.features
    fast = torch.compile(plain, dynamic=False)

    def features(images: torch.Tensor) -> torch.Tensor:
        return fast(images) if encoder.training else plain(images)

    encoder.features = features  # type: ignore[method-assign]
