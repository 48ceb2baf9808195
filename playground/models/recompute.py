"""Activation recomputation: saves fewer tensors for backward, at the cost of a little time."""

import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor, nn


class SavedTensors:
    """The tensors that a forward pass saves for backward; with `spare`, layers save as few as they can."""

    def __init__(self, own: Iterable[Tensor], spare: bool) -> None:
        """`own`: tensors [...] that are kept anyway, such as parameters, which do not count for `size`."""
        self.spare = spare
        self._own = {tensor.untyped_storage().data_ptr() for tensor in own}
        self._sizes: dict[int, int] = {}
        self._last: tuple[weakref.ref[Tensor], Recomputed] | None = None

    @property
    def size(self) -> int:
        """Bytes of the saved tensors, without those of `own` (inputs, parameters, buffers)."""
        return sum(self._sizes.values())

    def pack(self, tensor: Tensor) -> "Tensor | Recomputed":
        """What is saved in place of `tensor` [...]: itself, or how to recompute it. A hook of autograd."""
        recipe = self._recipe_of(tensor)
        if recipe is not None:
            recipe.wanted += 1
            return recipe
        storage = tensor.untyped_storage()
        self._sizes[storage.data_ptr()] = 0 if storage.data_ptr() in self._own else storage.nbytes()
        return tensor.detach()  # without its graph, which could keep the tensor alive

    def note(self, made: Tensor, recipe: "Recomputed") -> None:
        """Mark `made` [...] as the last tensor that `recipe` can recompute, so that it need not be saved."""
        self._last = weakref.ref(made), recipe

    def _recipe_of(self, tensor: Tensor) -> "Recomputed | None":
        if self._last is None:
            return None
        made, recipe = self._last[0](), self._last[1]
        same = made is not None and made.data_ptr() == tensor.data_ptr() and made.shape == tensor.shape
        return recipe if same else None


class Recomputed:
    """A tensor that is recomputed at its first use in backward, and kept until its last use."""

    def __init__(self, make: Callable[[], Tensor]) -> None:
        self._make = make
        self._made: Tensor | None = None
        self.wanted = 0

    def __call__(self) -> Tensor:
        """The tensor [...], recomputed at the first call."""
        with torch.no_grad():
            made = self._make() if self._made is None else self._made
        self.wanted -= 1
        self._made = made if self.wanted > 0 else None
        return made


_tracked: ContextVar[SavedTensors | None] = ContextVar("kept", default=None)


@contextmanager
def track_saved_tensors(own: Iterable[Tensor] = (), *, spare: bool) -> Iterator[SavedTensors]:
    """Tracks the tensors that layers save for backward, except `own` [...]; with `spare` they save few."""
    kept = SavedTensors(own, spare)
    before = _tracked.set(kept)
    try:
        with torch.autograd.graph.saved_tensors_hooks(kept.pack, _unpack):
            yield kept
    finally:
        _tracked.reset(before)


def is_saving_memory() -> bool:
    """Whether layers should save as few tensors as they can: within `track_saved_tensors(spare=True)`."""
    kept = _tracked.get()
    return kept is not None and kept.spare


def norm_relu(norm: nn.Module, x: Tensor) -> Tensor:
    """`relu(norm(x))` of `x` [n, c, ...]; while saving memory, `x` is saved and the result is recomputed in backward.

    As in arXiv:1707.06990. Together with MaxPool of `small`, the small encoder keeps a quarter of the bytes and takes a
    tenth longer.
    """
    y: Tensor = norm(x)
    kept = _tracked.get()
    if kept is not None and kept.spare and y.requires_grad:
        from_here = x.detach()
        kept.note(y, Recomputed(lambda: torch.relu_(_repeat_norm(norm, from_here))))
    return torch.relu_(y)


def _repeat_norm(norm: nn.Module, x: Tensor) -> Tensor:
    with on_copied_statistics(norm):
        y: Tensor = norm(x)
    return y


@contextmanager
def on_copied_statistics(network: nn.Module) -> Iterator[None]:
    """Batch norm updates copies of its running statistics, so that recomputing a pass does not count images twice.

    Updates cannot be left out: checkpointing requires that the second pass saves the same tensors as the first.
    """
    norms = [module for module in network.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    own = [(norm, name, buffer) for norm in norms for name, buffer in norm.named_buffers(recurse=False)]
    for norm, name, buffer in own:
        setattr(norm, name, buffer.clone())
    try:
        yield
    finally:
        for norm, name, buffer in own:
            setattr(norm, name, buffer)


def _unpack(kept: Tensor | Recomputed) -> Tensor:
    return kept() if isinstance(kept, Recomputed) else kept
