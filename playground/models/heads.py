"""Heads: small networks on top of an encoder, projection heads h -> z and prediction heads z -> p."""

from collections.abc import Iterator
from itertools import pairwise

from torch import nn


def mlp_head(*widths: int, batch_norm: bool, final_norm: bool = False) -> nn.Sequential:
    """Linear layers from each width to the next, with (batch norm and) ReLU between them.

    With batch norm the heads of SimCLR and BYOL, without it MoCo v2's. `final_norm` puts a batch norm without weights
    behind the last layer: the projection heads of SimCLR, MoCo v3 and SimSiam.
    """
    *hidden, last = pairwise(widths)
    layers = [layer for sizes in hidden for layer in _hidden(*sizes, batch_norm)]
    final = [nn.BatchNorm1d(last[1], affine=False)] if final_norm else []
    return nn.Sequential(*layers, nn.Linear(*last, bias=not final_norm), *final)


def _hidden(inputs: int, outputs: int, batch_norm: bool) -> Iterator[nn.Module]:
    """A hidden layer; without bias before batch norm, which would subtract it again."""
    yield nn.Linear(inputs, outputs, bias=not batch_norm)
    if batch_norm:
        yield nn.BatchNorm1d(outputs)
    yield nn.ReLU(inplace=True)
