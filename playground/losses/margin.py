"""Losses on distances with a margin: triplet and pairwise. Distances are Euclidean, between unit vectors: 0 to 2."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from playground.losses.chunked import in_chunks, rows_at_a_time
from playground.losses.similarity import normalize

FAR = float("inf")

# (distances [rows, m], which of them are positives, which negatives) -> columns of a positive and a negative a row.
Miner = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]


def triplet(z_1: Tensor, z_2: Tensor, labels: Tensor, mine: Miner, margin: float | None) -> Tensor:
    """max(0, d(a, p) - d(a, n) + margin), as a mean over all 2N anchors: arXiv:1503.03832, equation 3, with distances
    in place of their squares, as in arXiv:1703.07737, equation 5. Without a margin its soft form, ln(1 + exp(.)).

    `z_1`, `z_2`: [N, d] views of the same images; `labels`: [N], equal where images belong together. Anchors of which
    everything belongs together have no triplet; with none at all the loss is 0.
    """
    z, of = normalize(torch.cat([z_1, z_2])), torch.cat([labels, labels])
    positives, negatives, complete = _mined(z.detach(), of, mine)
    gap = (z - z[positives]).norm(dim=1) - (z - z[negatives]).norm(dim=1)
    losses = F.softplus(gap) if margin is None else F.relu(gap + margin)
    # Left out by a mask, not by choosing rows: how many they are only the device knows, and it is not waited for.
    return losses.masked_fill(~complete, 0).sum() / complete.sum().clamp(min=1)


@torch.no_grad()
def _mined(z: Tensor, labels: Tensor, mine: Miner) -> tuple[Tensor, Tensor, Tensor]:
    """Of each row of `z` as an anchor: the rows of its positive and of its negative, and whether it has both."""
    found = []
    for rows in torch.split(torch.arange(len(z), device=z.device), rows_at_a_time(len(z))):
        same = labels[rows, None] == labels
        positive, negative = mine(_distances(z[rows], z), _without_own(same, rows), ~same)
        found.append((positive, negative, (~same).any(dim=1)))
    positives, negatives, complete = (torch.cat(parts) for parts in zip(*found, strict=True))
    return positives, negatives, complete


def _without_own(same: Tensor, rows: Tensor) -> Tensor:
    return same.scatter(1, rows[:, None], False)


def batch_hard(distances: Tensor, positives: Tensor, negatives: Tensor) -> tuple[Tensor, Tensor]:
    """The farthest positive and the nearest negative: arXiv:1703.07737, equation 5."""
    return distances.masked_fill(~positives, -FAR).argmax(dim=1), distances.masked_fill(~negatives, FAR).argmin(dim=1)


def semi_hard(distances: Tensor, positives: Tensor, negatives: Tensor) -> tuple[Tensor, Tensor]:
    """A positive at random and the nearest negative beyond it; where there is none, the farthest: arXiv:1503.03832,
    section 3.2."""
    positive = _any(positives)
    beyond = negatives & (distances > distances.gather(1, positive[:, None]))
    nearest_beyond = distances.masked_fill(~beyond, FAR).argmin(dim=1)
    farthest = distances.masked_fill(~negatives, -FAR).argmax(dim=1)
    return positive, torch.where(beyond.any(dim=1), nearest_beyond, farthest)


def at_random(distances: Tensor, positives: Tensor, negatives: Tensor) -> tuple[Tensor, Tensor]:
    """Any positive and any negative."""
    return _any(positives), _any(negatives)


MINERS: dict[str, Miner] = {"batch_hard": batch_hard, "semi_hard": semi_hard, "random": at_random}


def pairwise_margin(z_1: Tensor, z_2: Tensor, margin: float) -> Tensor:
    """d^2 / 2 as a mean over the N positive pairs, and max(0, margin - d)^2 / 2 as a mean over those of different
    images that are within the margin: Hadsell et al. 2006, "Dimensionality Reduction by Learning an Invariant Mapping",
    equation 4.

    `z_1`, `z_2`: [N, d] views of the same images. The paper sums over given pairs; in a batch nearly all pairs are
    negative and most of these beyond the margin, and their mean would hide the few that are not.
    """
    n = len(z_1)
    z = normalize(torch.cat([z_1, z_2]))
    within: list[Tensor] = []  # how many pairs, chunk by chunk: counted on the way, as distances take most of the time

    def loss_of(part: slice, z: Tensor) -> Tensor:
        closeness = _closeness(part, z, margin)
        within.append((closeness > 0).sum())
        return closeness.square().sum()

    pull = (z[:n] - z[n:]).square().sum(dim=1).mean() / 2
    push = in_chunks(loss_of, 2 * n, 2 * n, z)
    return pull + push / (2 * torch.stack(within).sum().clamp(min=1))


def _closeness(part: slice, z: Tensor, margin: float) -> Tensor:
    """max(0, margin - d) of the rows `part` to all rows of other images, 0 for the image itself: [rows, 2N]."""
    own = torch.arange(part.start, part.stop, device=z.device)[:, None]
    twin = (own + len(z) // 2) % len(z)
    return F.relu(margin - _distances(z[part], z)).scatter(1, torch.cat([own, twin], dim=1), 0.0)


def _distances(a: Tensor, b: Tensor) -> Tensor:
    """Between all rows: by differences, not by dot products, which know a distance of 0.001 to a third only."""
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")


def _any(allowed: Tensor) -> Tensor:
    """A column at random among the allowed ones of each row; of a row without any, the first."""
    return torch.rand(allowed.shape, device=allowed.device).masked_fill(~allowed, -1).argmax(dim=1)
