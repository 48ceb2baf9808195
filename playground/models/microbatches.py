"""A large batch through a network in parts, at the memory of one part and with the gradient of the whole."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


def in_microbatches(network: nn.Module, features: Callable[[Tensor], Tensor], images: Tensor, most: int) -> Tensor:
    """`features(images)` of [n, ...], at most `most` rows at a time; `features` belongs to `network`.

    Gradient caching, arXiv:2101.06983: embeddings are made part by part without keeping what lies between, the loss
    sees all of them, and on the way back each part is made once more, to have its gradient. In batch norm each part has
    its own statistics, as if it were on a GPU of its own; running ones are updated the first time only.
    """
    parts = torch.tensor_split(images, -(-len(images) // most))
    if not torch.is_grad_enabled():
        return torch.cat([features(part) for part in parts])

    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), _on_copied_statistics(network)

    made = [checkpoint(features, part, use_reentrant=False, context_fn=contexts) for part in parts]
    return torch.cat(made)


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
