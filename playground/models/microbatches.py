"""A large batch through a network in parts: the gradient of the whole, at the memory of some of the parts."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from playground.models.pooling import sparing_memory

MOST_KEPT = (
    304 * 2**20
)  # bytes: of 4,096 photographs in the small encoder more than half of the views, of 24 pixels all


def in_microbatches(network: nn.Module, features: Callable[[Tensor], Tensor], images: Tensor, most: int) -> Tensor:
    """`features(images)` of [n, ...], at most `most` rows at a time; `features` belongs to `network`.

    What lies between images and embeddings is kept for the first part and for as many others as fit into `MOST_KEPT`
    bytes. For the rest it is gradient caching, arXiv:2101.06983: they are made without keeping it, the loss sees all
    embeddings, and on the way back these parts are made once more, to have their gradient. In batch norm each part has
    its own statistics, as if it were on a GPU of its own; running ones are updated the first time only.
    """
    parts = torch.tensor_split(images, -(-len(images) // most))
    if not torch.is_grad_enabled():
        return torch.cat([features(part) for part in parts])

    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), _on_copied_statistics(network)

    def pass_on(part: Tensor) -> Tensor:
        with sparing_memory():
            return features(part)

    first, size = _weighed(network, pass_on, parts[0])
    kept = max(1, MOST_KEPT // max(1, size))
    made = [first, *(pass_on(part) for part in parts[1:kept])]
    made += [checkpoint(pass_on, part, use_reentrant=False, context_fn=contexts) for part in parts[kept:]]
    return torch.cat(made)


def _weighed(network: nn.Module, pass_on: Callable[[Tensor], Tensor], part: Tensor) -> tuple[Tensor, int]:
    """What `part` becomes, and how many bytes are kept for the way back beside the images and the network's own."""
    own = {tensor.untyped_storage().data_ptr() for tensor in (part, *network.parameters(), *network.buffers())}
    sizes: dict[int, int] = {}

    def weigh(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        sizes[storage.data_ptr()] = 0 if storage.data_ptr() in own else storage.nbytes()
        return tensor.detach()  # as it is, it could hold itself in memory

    with torch.autograd.graph.saved_tensors_hooks(weigh, lambda tensor: tensor):
        made = pass_on(part)
    return made, sum(sizes.values())


@contextmanager
def _on_copied_statistics(network: nn.Module) -> Iterator[None]:
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
