"""What a run needs to go on: taken out of its method and optimizer, and put back into new ones.

On the CPU a run that goes on with the same settings comes to the same bits as one that was never away. Which images
come next and how they are changed follows from the seed and the step; everything else that lives on from step to step
is in here: weights, statistics and queue of the method, what the optimizer remembers, and the random numbers.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from playground.config import RunConfig
from playground.inference.build import build
from playground.inference.device import Device
from playground.inference.errors import TrainingError
from playground.records import Checkpoint, Probe, digest_of
from playground.training.step import Stepper

Arrays = dict[str, NDArray[np.generic]]


def checkpoint(stepper: Stepper, *, seconds: float, epoch: float, data: Mapping[str, Any]) -> Checkpoint:
    """Where `stepper` stands, copied; `data` are the `data_facts`."""
    arrays = {
        **{f"method.{key}": _array(tensor) for key, tensor in stepper.method.state_dict().items()},
        **{f"optimizer.{key}": _array(tensor) for key, tensor in _remembered(stepper).items()},
        **{f"random.{kind}": _array(state) for kind, state in _random_states(stepper.device.torch).items()},
    }
    own = {"failures": stepper.failures, "seed": stepper.config.seed, "optimizer": stepper.config.optimizer.name}
    return Checkpoint(stepper.steps, seconds, epoch, arrays, {**own, **data})


def is_sound(start: Checkpoint) -> bool:
    """Whether it holds finite numbers only: from others nobody could go on, and the one before is worth more."""
    return all(np.isfinite(array).all() for array in start.arrays.values())


def data_facts(train_images: int, probe: Probe, vocabulary: str = "") -> dict[str, Any]:
    """By what it is known again whether a run would go on with the same images, and the same words."""
    facts = {
        "train_images": train_images,
        "probe": digest_of(probe.images, probe.texts),
        "views": digest_of(probe.views, probe.view_texts),
    }
    return facts | ({"words": hashlib.sha256(vocabulary.encode()).hexdigest()} if vocabulary else {})


def go_on(stepper: Stepper, start: Checkpoint, data: Mapping[str, Any]) -> list[str]:
    """Put `stepper` where it stood at `start`; what could not be taken over, one sentence each for a person.

    Raises TrainingError where the images are others than `data` of then, or the state does not fit the settings.
    """
    facts, config = start.facts, stepper.config
    try:
        _check_data(facts, data)
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
        if facts["seed"] == config.seed:  # else the numbers are those of the new seed
            _load_random_states(stepper.device.torch, start.arrays)
    except (KeyError, TypeError, RuntimeError) as error:  # RuntimeError: random numbers of another kind of generator
        if isinstance(error, TrainingError):
            raise
        raise _misfit(start, str(error)) from error
    return notes


def refuse_misfit(config: RunConfig, start: Checkpoint) -> None:
    """Raises TrainingError unless a run of `config` could go on from `start`, as far as can be told without images:
    names, kinds and shapes of all that is kept are those of its method, encoder and optimizer."""
    device = Device(torch.device("cpu"), bf16=False)
    go_on(Stepper(config, build(config, device), device), start, start.facts)


def _other_views(start: Checkpoint) -> str:
    return (
        f"From step {start.step:,} on the probe images' views are drawn anew: "
        "alignment and the similarity of positives are of other views than before."
    )


def _check_data(then: Mapping[str, Any], now: Mapping[str, Any]) -> None:
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
    stored = _part(start.arrays, "method")
    if odd := sorted(state.keys() ^ stored.keys()):
        raise _misfit(start, odd[0])
    # Checked here, as torch would turn one kind of number into another in silence.
    stepper.method.load_state_dict({key: _tensor(start, key, stored[key], like) for key, like in state.items()})


def _load_optimizer(stepper: Stepper, start: Checkpoint) -> None:
    """What is remembered of a parameter lies in memory as the parameter does: fused optimizers go by the place."""
    optimizer, names = stepper.optimizer, _names(stepper)
    stored = _part(start.arrays, "optimizer")
    groups = optimizer.state_dict()["param_groups"]
    state: dict[int, dict[str, Tensor]] = {}
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for number, parameter in zip((n for group in groups for n in group["params"]), parameters, strict=True):
        for key, array in _part(stored, names[parameter]).items():
            like = parameter if array.ndim else torch.zeros((), dtype=torch.float32)  # AdamW counts its steps
            state.setdefault(number, {})[key] = _tensor(start, f"{names[parameter]}.{key}", array, like)
    optimizer.load_state_dict({"state": state, "param_groups": groups})
    if _remembered(stepper).keys() != stored.keys():
        raise _misfit(start, "optimizer")


def _remembered(stepper: Stepper) -> dict[str, Tensor]:
    """ "<parameter>.<key>" -> what the optimizer keeps of it."""
    names = _names(stepper)
    return {
        f"{names[parameter]}.{key}": value
        for parameter, kept in stepper.optimizer.state.items()
        for key, value in kept.items()
        if isinstance(value, Tensor)  # SGD without momentum keeps a None
    }


def _names(stepper: Stepper) -> dict[Tensor, str]:
    return {parameter: name for name, parameter in stepper.method.named_parameters()}


def _random_states(device: torch.device) -> dict[str, Tensor]:
    """MoCo shuffles its keys, and the triplet loss may draw its negatives, on the device."""
    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    elif device.type == "mps":
        states["mps"] = torch.mps.get_rng_state()
    return states


def _load_random_states(device: torch.device, arrays: Arrays) -> None:
    """Of a device that the checkpoint was not made on the numbers are those of the seed."""
    states = {kind: torch.from_numpy(np.array(array)) for kind, array in _part(arrays, "random").items()}
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)
    elif device.type == "mps" and "mps" in states:
        torch.mps.set_rng_state(states["mps"])


def _part(arrays: Arrays, part: str) -> Arrays:
    prefix = f"{part}."
    return {key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)}


def _array(tensor: Tensor) -> NDArray[np.generic]:
    return np.array(tensor.detach().cpu().numpy(), order="C")


def _tensor(start: Checkpoint, name: str, array: NDArray[np.generic], like: Tensor) -> Tensor:
    """`array` as a tensor that lies in memory, and where, as `like` does."""
    tensor = torch.from_numpy(np.array(array))
    if tensor.shape != like.shape or tensor.dtype != like.dtype:
        raise _misfit(start, name)
    return torch.empty_like(like, requires_grad=False).copy_(tensor)


def _misfit(start: Checkpoint, name: str) -> TrainingError:
    return TrainingError(
        f"The checkpoint of step {start.step:,} does not fit the run's settings ({name}): it is of another encoder or "
        "method, or of another version of the app; train from the beginning.",
        reason="bad_data",
    )
