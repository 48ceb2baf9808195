"""Takes checkpoints of method and optimizer, and restores them.

On the CPU a resumed run with the same settings gives the same bits as one without interruption. Batches and views
follow from seed and step; a checkpoint holds all other state: weights, statistics and queue of the method, the state of
the optimizer, and that of the random number generators.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from playground.config import RunConfig
from playground.inference.build import build_method
from playground.inference.device import Device
from playground.inference.errors import TrainingError
from playground.records import Checkpoint, Probe, probe_digest
from playground.training.step import Stepper

CheckpointArrays = dict[str, NDArray[np.generic]]


def take_checkpoint(stepper: Stepper, *, seconds: float, epoch: float, data: Mapping[str, Any]) -> Checkpoint:
    """A checkpoint of `stepper`, as a copy; `data` are the `data_facts`."""
    arrays = {
        **{f"method.{key}": _to_array(tensor) for key, tensor in stepper.method.state_dict().items()},
        **{f"optimizer.{key}": _to_array(tensor) for key, tensor in _optimizer_state(stepper).items()},
        **{f"random.{kind}": _to_array(state) for kind, state in _random_states(stepper.device.torch).items()},
    }
    own = {"failures": stepper.failures, "seed": stepper.config.seed, "optimizer": stepper.config.optimizer.name}
    return Checkpoint(stepper.steps, seconds, epoch, arrays, {**own, **data})


def is_finite(start: Checkpoint) -> bool:
    """Whether all numbers of a checkpoint are finite; otherwise the previous checkpoint is kept."""
    return all(np.isfinite(array).all() for array in start.arrays.values())


def data_facts(train_images: int, probe: Probe, vocabulary: str = "") -> dict[str, Any]:
    """Counts and digests by which a resumed run checks that its data and vocabulary are unchanged."""
    facts = {
        "train_images": train_images,
        "probe": probe_digest(probe.images, probe.texts),
        "views": probe_digest(probe.views, probe.view_texts),
    }
    return facts | ({"words": hashlib.sha256(vocabulary.encode()).hexdigest()} if vocabulary else {})


def resume_from(stepper: Stepper, start: Checkpoint, data: Mapping[str, Any]) -> list[str]:
    """Restore `stepper` to the checkpoint `start`; returns notes on what could not be restored, one sentence each.

    Raises TrainingError where the data have changed since, or the state does not fit the settings.
    """
    facts, config = start.facts, stepper.config
    try:
        _check_same_data(facts, data)
        _load_method(stepper, start)
        stepper.steps, stepper.failures = start.step, int(facts["failures"])
        notes = [] if facts["views"] == data["views"] else [_other_views(start)]
        if facts["optimizer"] == config.optimizer.name:
            _load_optimizer(stepper, start)
        else:
            notes.append(
                f"At step {start.step:,} the optimizer changed from {facts['optimizer']} to {config.optimizer.name}, "
                "which began without memory of the steps before."
            )
        if facts["seed"] == config.seed:  # otherwise the new seed determines the random numbers
            _load_random_states(stepper.device.torch, start.arrays)
    except (KeyError, TypeError, RuntimeError) as error:  # RuntimeError: state of another random number generator
        if isinstance(error, TrainingError):
            raise
        raise _checkpoint_misfit(start, str(error)) from error
    return notes


def check_compatible(config: RunConfig, start: Checkpoint) -> None:
    """Raises TrainingError unless `start` has the names, dtypes and shapes of a run of `config`; needs no data."""
    device = Device(torch.device("cpu"), bf16=False)
    resume_from(Stepper(config, build_method(config, device), device), start, start.facts)


def _other_views(start: Checkpoint) -> str:
    return (
        f"From step {start.step:,} on the probe images' views are drawn anew: "
        "alignment and the similarity of positives are of other views than before."
    )


def _check_same_data(then: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    count, before = now["train_images"], then["train_images"]
    if count != before:
        raise TrainingError(
            f"The data have changed: there are {count:,} to train on, and there were {before:,} when the checkpoint "
            "was made: bring them back, or train from the beginning.",
            reason="bad_data",
        )
    if then.get("words") != now.get("words"):
        raise TrainingError(
            "The texts have changed: other words occur in them than when the checkpoint was made: "
            "bring them back, or train from the beginning.",
            reason="bad_data",
        )
    if then["probe"] != now["probe"]:
        raise TrainingError(
            "The data have changed: the probe is another than when the checkpoint was made: "
            "bring them back, or train from the beginning.",
            reason="bad_data",
        )


def _load_method(stepper: Stepper, start: Checkpoint) -> None:
    state = stepper.method.state_dict()
    stored = _strip_part(start.arrays, "method")
    if odd := sorted(state.keys() ^ stored.keys()):
        raise _checkpoint_misfit(start, odd[0])
    # Checked here, as torch would convert dtypes silently.
    stepper.method.load_state_dict({key: _tensor_like(start, key, stored[key], like) for key, like in state.items()})


def _load_optimizer(stepper: Stepper, start: Checkpoint) -> None:
    """The state of a parameter gets its memory layout, as fused optimizers rely on it."""
    optimizer, names = stepper.optimizer, _parameter_names(stepper)
    stored = _strip_part(start.arrays, "optimizer")
    groups = optimizer.state_dict()["param_groups"]
    state: dict[int, dict[str, Tensor]] = {}
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for number, parameter in zip((n for group in groups for n in group["params"]), parameters, strict=True):
        for key, array in _strip_part(stored, names[parameter]).items():
            like = parameter if array.ndim else torch.zeros((), dtype=torch.float32)  # AdamW counts its steps
            state.setdefault(number, {})[key] = _tensor_like(start, f"{names[parameter]}.{key}", array, like)
    optimizer.load_state_dict({"state": state, "param_groups": groups})
    if _optimizer_state(stepper).keys() != stored.keys():
        raise _checkpoint_misfit(start, "optimizer")


def _optimizer_state(stepper: Stepper) -> dict[str, Tensor]:
    """The state of the optimizer: "<parameter>.<key>" -> tensor."""
    names = _parameter_names(stepper)
    return {
        f"{names[parameter]}.{key}": value
        for parameter, kept in stepper.optimizer.state.items()
        for key, value in kept.items()
        if isinstance(value, Tensor)  # SGD without momentum has None
    }


def _parameter_names(stepper: Stepper) -> dict[Tensor, str]:
    return {parameter: name for name, parameter in stepper.method.named_parameters()}


def _random_states(device: torch.device) -> dict[str, Tensor]:
    """States of the random number generators: also that of the device, where MoCo shuffles its keys."""
    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    elif device.type == "mps":
        states["mps"] = torch.mps.get_rng_state()
    return states


def _load_random_states(device: torch.device, arrays: CheckpointArrays) -> None:
    """Restores the generators; on another device than that of the checkpoint, its generator keeps the seed."""
    states = {kind: torch.from_numpy(np.array(array)) for kind, array in _strip_part(arrays, "random").items()}
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)
    elif device.type == "mps" and "mps" in states:
        torch.mps.set_rng_state(states["mps"])


def _strip_part(arrays: CheckpointArrays, part: str) -> CheckpointArrays:
    prefix = f"{part}."
    return {key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)}


def _to_array(tensor: Tensor) -> NDArray[np.generic]:
    return np.array(tensor.detach().cpu().numpy(), order="C")


def _tensor_like(start: Checkpoint, name: str, array: NDArray[np.generic], like: Tensor) -> Tensor:
    """`array` as a tensor with the device and memory layout of `like`. Raises TrainingError for other shapes."""
    tensor = torch.from_numpy(np.array(array))
    if tensor.shape != like.shape or tensor.dtype != like.dtype:
        raise _checkpoint_misfit(start, name)
    return torch.empty_like(like, requires_grad=False).copy_(tensor)


def _checkpoint_misfit(start: Checkpoint, name: str) -> TrainingError:
    return TrainingError(
        f"The checkpoint of step {start.step:,} does not fit the run's settings ({name}): it is of another encoder or "
        "method, or of another version of the app; train from the beginning.",
        reason="bad_data",
    )
