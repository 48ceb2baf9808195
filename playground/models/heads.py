"""The small networks on top of an encoder: projection heads h -> z and prediction heads z -> p."""

from torch import nn


def mlp_head(inputs: int, hidden: int, outputs: int, *, batch_norm: bool) -> nn.Sequential:
    """Linear, (batch norm,) ReLU, linear: with batch norm SimCLR's and BYOL's head, without it MoCo v2's."""
    norm = [nn.BatchNorm1d(hidden)] if batch_norm else []
    return nn.Sequential(
        nn.Linear(inputs, hidden, bias=not batch_norm), *norm, nn.ReLU(inplace=True), nn.Linear(hidden, outputs)
    )
