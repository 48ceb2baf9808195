"""A check that a computation never waits for a device. Imported as `tests.waiting`."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

# What a GPU cannot begin before the host knows a number, and for that has to wait.
WAITING = ("_local_scalar_dense", "nonzero", "masked_select", "equal", "_unique", "unique_dim", "is_nonzero")


class NoWaiting(TorchDispatchMode):
    """Within, every operation for which the host would wait is an error.

    The processor's tensors are read without an operation by `tolist` and `numpy`; those of the device "meta", which
    holds no numbers, cannot be read at all: tests use both.
    """

    def __init__(self) -> None:
        super().__init__()
        self.operations: list[str] = []
        self.sent = 0  # copies from the processor to elsewhere

    def __torch_dispatch__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        name = function.overloadpacket.__name__
        given = [value for value in tree_leaves((args, dict(kwargs or {}))) if isinstance(value, Tensor)]
        assert not name.startswith(WAITING), name
        if name.lstrip("_") in ("index", "index_put", "index_put_", "unsafe_index", "index_put_impl_"):
            assert not any(isinstance(index, Tensor) and index.dtype == torch.bool for index in args[1]), name
        result = function(*args, **(kwargs or {}))
        self.operations.append(name)
        made = {tensor.device.type for tensor in tree_leaves(result) if isinstance(tensor, Tensor)}
        devices = {tensor.device.type for tensor in given if tensor.ndim}
        assert "cpu" not in made or devices <= {"cpu"}, f"{name} brings something back"
        copied = name in ("_to_copy", "copy_") and any(tensor.device.type == "cpu" for tensor in given)
        self.sent += (copied or name == "lift_fresh") and made == {"meta"}  # the latter from Python's own numbers
        return result
