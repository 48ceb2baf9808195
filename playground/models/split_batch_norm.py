"""Batch norm over groups of the batch, as MoCo needs it on one device."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SplitBatchNorm2d(nn.BatchNorm2d):
    """Statistics are taken in `groups` parts of the batch, as if each part were on a GPU of its own.

    With keys in shuffled order, a query and its key then never share a part, so that the batch statistics cannot
    tell which key belongs to it: arXiv:1911.05722, section 3.3. Running statistics are averages over the parts.
    """

    def __init__(self, features: int, groups: int) -> None:
        super().__init__(features)
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        """[n, c, h, w] -> the same shape. A batch that cannot be split evenly has parts one larger than others."""
        if not self.training or self.groups == 1:
            return super().forward(x)
        parts = torch.tensor_split(x, min(self.groups, len(x)))  # a part of no image would have no statistics
        running = [(self.mean.clone(), self.var.clone()) for _ in parts]
        normalized = [
            F.batch_norm(part, mean, var, self.weight, self.bias, True, self.momentum or 0.1, self.eps)
            for part, (mean, var) in zip(parts, running, strict=True)
        ]
        self.mean.copy_(torch.stack([mean for mean, _ in running]).mean(dim=0))
        self.var.copy_(torch.stack([var for _, var in running]).mean(dim=0))
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
        return torch.cat(normalized)

    @property
    def mean(self) -> Tensor:
        assert self.running_mean is not None
        return self.running_mean

    @property
    def var(self) -> Tensor:
        assert self.running_var is not None
        return self.running_var


def split_batch_norm(network: nn.Module, groups: int) -> None:
    """Put SplitBatchNorm2d in the place of every BatchNorm2d of `network`, with the same weights and statistics."""
    for name, child in network.named_children():
        if isinstance(child, nn.BatchNorm2d):
            split = SplitBatchNorm2d(child.num_features, groups)
            split.load_state_dict(child.state_dict())
            setattr(network, name, split)
        else:
            split_batch_norm(child, groups)
