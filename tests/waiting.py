"""A check that a computation never waits for a device. Imported as `tests.waiting`."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

# What a GPU cannot begin before the host knows a number, and for that has to wait.
WAITING = ("_local_scalar_dense", "nonzero", "masked_select", "equal", "_unique", "unique_dim", "is_nonzero")
# What makes a tensor of Python's own numbers. Of such a one on the device "meta" torch 2.14 dispatches nothing.
OF_NUMBERS = ("tensor", "as_tensor", "asarray", "new_tensor")


class NoWaiting(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Within, every operation for which the host would wait is an error.

    The processor's tensors are read without an operation by `tolist` and `numpy`; those of the device "meta", which
    holds no numbers, cannot be read at all: tests use both.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations: list[str] = []
        self.sent = 0  # copies from the processor to elsewhere
        self._calls = _Calls(self)

    def __enter__(self) -> "NoWaiting":
        self._calls.__enter__()  # type: ignore[no-untyped-call]
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)  # type: ignore[no-untyped-call]
        self._calls.__exit__(*error)  # type: ignore[no-untyped-call]

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
        self.sent += copied and made == {"meta"}
        return result


class _Calls(TorchFunctionMode):
    """Counts what is sent by a call that no operation tells of."""

    def __init__(self, counted: NoWaiting) -> None:
        super().__init__()
        self.counted = counted

    def __torch_function__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        before, result = self.counted.sent, function(*args, **(kwargs or {}))
        name = getattr(function, "__name__", "")
        of_tensor = isinstance(args[name == "new_tensor"], Tensor) if name in OF_NUMBERS else True
        if not of_tensor and result.device.type == "meta":
            self.counted.sent = before + 1  # of numpy's numbers it is known already
        return result
