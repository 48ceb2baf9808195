"""Batch norm with separate statistics for groups of the batch, which MoCo needs on one device."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SplitBatchNorm2d(nn.BatchNorm2d):
    """Batch norm with statistics of `groups` parts of the batch, as if each part were on a GPU of its own.

    With keys in shuffled order, a query and its key are in different parts, so that batch statistics do not reveal
    which key belongs to it: arXiv:1911.05722, section 3.3. Running statistics are averages over the parts.
    """

    def __init__(self, features: int, groups: int) -> None:
        super().__init__(features)
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        """[n, c, h, w] -> the same shape. Parts differ by one image where the batch cannot be split evenly."""
        if not self.training or self.groups == 1:
            return super().forward(x)
        parts = torch.tensor_split(x, min(self.groups, len(x)))  # an empty part would have no statistics
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
        """The running mean [c]."""
        assert self.running_mean is not None
        return self.running_mean

    @property
    def var(self) -> Tensor:
        """The running variance [c]."""
        assert self.running_var is not None
        return self.running_var


def split_batch_norm(network: nn.Module, groups: int) -> None:
    """Replace every BatchNorm2d of `network` by a SplitBatchNorm2d with the same weights and statistics."""
    for name, child in network.named_children():
        if isinstance(child, nn.BatchNorm2d):
            split = SplitBatchNorm2d(child.num_features, groups)
            split.load_state_dict(child.state_dict())
            setattr(network, name, split)
        else:
            split_batch_norm(child, groups)
