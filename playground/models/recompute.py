"""Keeping little between the way there and the way back, where memory is dearer than a little time."""

import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor, nn


class Kept:
    """What is kept of a pass for its way back, and whether it is to be little (`spare`)."""

    def __init__(self, own: Iterable[Tensor], spare: bool) -> None:
        self.spare = spare
        self._own = {tensor.untyped_storage().data_ptr() for tensor in own}
        self._sizes: dict[int, int] = {}
        self._last: tuple[weakref.ref[Tensor], Recipe] | None = None

    @property
    def size(self) -> int:
        """Bytes, beside what is there anyway (`own`)."""
        return sum(self._sizes.values())

    def pack(self, tensor: Tensor) -> "Tensor | Recipe":
        """What is kept in place of `tensor`."""
        recipe = self._recipe_of(tensor)
        if recipe is not None:
            recipe.wanted += 1
            return recipe
        storage = tensor.untyped_storage()
        self._sizes[storage.data_ptr()] = 0 if storage.data_ptr() in self._own else storage.nbytes()
        return tensor.detach()  # as it is, it could hold itself in memory

    def note(self, made: Tensor, recipe: "Recipe") -> None:
        """`made` need not be kept, as long as nothing else is noted."""
        self._last = weakref.ref(made), recipe

    def _recipe_of(self, tensor: Tensor) -> "Recipe | None":
        if self._last is None:
            return None
        made, recipe = self._last[0](), self._last[1]
        same = made is not None and made.data_ptr() == tensor.data_ptr() and made.shape == tensor.shape
        return recipe if same else None


class Recipe:
    """A tensor that is made once more when it is wanted, and held until all have had it who want it."""

    def __init__(self, make: Callable[[], Tensor]) -> None:
        self._make = make
        self._made: Tensor | None = None
        self.wanted = 0

    def __call__(self) -> Tensor:
        with torch.no_grad():
            made = self._make() if self._made is None else self._made
        self.wanted -= 1
        self._made = made if self.wanted > 0 else None
        return made


_kept: ContextVar[Kept | None] = ContextVar("kept", default=None)


@contextmanager
def weighed(own: Iterable[Tensor] = (), *, spare: bool) -> Iterator[Kept]:
    """How much layers within keep for the way back, beside `own`; with `spare` as little as they can."""
    kept = Kept(own, spare)
    before = _kept.set(kept)
    try:
        with torch.autograd.graph.saved_tensors_hooks(kept.pack, _unpack):
            yield kept
    finally:
        _kept.reset(before)


def spared() -> bool:
    """Whether memory is dear now."""
    kept = _kept.get()
    return kept is not None and kept.spare


def norm_relu(norm: nn.Module, x: Tensor) -> Tensor:
    """`relu(norm(x))`. Where memory is spared `x` is kept, not what comes of it, which is quickly made once more.

    As in arXiv:1707.06990. With poolings that spare, the small encoder keeps a quarter and takes a tenth longer.
    """
    y: Tensor = norm(x)
    kept = _kept.get()
    if kept is not None and kept.spare and y.requires_grad:
        from_here = x.detach()
        kept.note(y, Recipe(lambda: torch.relu_(_again(norm, from_here))))
    return torch.relu_(y)


def _again(norm: nn.Module, x: Tensor) -> Tensor:
    with on_copied_statistics(norm):
        y: Tensor = norm(x)
    return y


@contextmanager
def on_copied_statistics(network: nn.Module) -> Iterator[None]:
    """The second time the same images pass, they are not counted again: batch norm updates copies.

    It must not go without: checkpointing wants each tensor kept that was kept the first time.
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


def _unpack(kept: Tensor | Recipe) -> Tensor:
    return kept() if isinstance(kept, Recipe) else kept
