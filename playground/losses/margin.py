"""Losses on distances with a margin: triplet and pairwise. Distances are Euclidean between unit vectors, 0 to 2."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from playground.losses.chunked import rows_per_chunk, sum_in_chunks
from playground.losses.similarity import normalize

FAR = float("inf")

# (distances [rows, m], mask of positives [rows, m], mask of negatives [rows, m]) -> columns of a positive [rows] and of
# a negative [rows] for each row.
Miner = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]


def triplet(z_1: Tensor, z_2: Tensor, labels: Tensor, mine: Miner, margin: float | None) -> Tensor:
    """Triplet loss, max(0, d(a, p) - d(a, n) + margin), as a mean over all 2N anchors: arXiv:1503.03832, equation 3.

    With distances in place of their squares, as in arXiv:1703.07737, equation 5. Without a margin its soft form,
    ln(1 + exp(.)). `z_1`, `z_2`: [N, d] views of the same images; `labels`: [N], equal where images belong together.
    Anchors without any negative have no triplet; without any triplet the loss is 0.
    """
    z, of = normalize(torch.cat([z_1, z_2])), torch.cat([labels, labels])
    positives, negatives, complete = _mine_triplets(z.detach(), of, mine)
    gap = (z - z[positives]).norm(dim=1) - (z - z[negatives]).norm(dim=1)
    losses = F.softplus(gap) if margin is None else F.relu(gap + margin)
    # By a mask, not by choosing rows: their number would need a synchronisation with the device.
    return losses.masked_fill(~complete, 0).sum() / complete.sum().clamp(min=1)


@torch.no_grad()
def _mine_triplets(z: Tensor, labels: Tensor, mine: Miner) -> tuple[Tensor, Tensor, Tensor]:
    """For each row of `z` [n, d]: the rows of its positive [n] and its negative [n], and whether it has both [n]."""
    found = []
    for rows in torch.split(torch.arange(len(z), device=z.device), rows_per_chunk(len(z))):
        same = labels[rows, None] == labels
        positive, negative = mine(_distances(z[rows], z), _without_own(same, rows), ~same)
        found.append((positive, negative, (~same).any(dim=1)))
    positives, negatives, complete = (torch.cat(parts) for parts in zip(*found, strict=True))
    return positives, negatives, complete


def _without_own(same: Tensor, rows: Tensor) -> Tensor:
    return same.scatter(1, rows[:, None], False)


def batch_hard(distances: Tensor, positives: Tensor, negatives: Tensor) -> tuple[Tensor, Tensor]:
    """Columns [rows] of the farthest positive and the nearest negative: arXiv:1703.07737, equation 5.

    `distances`, `positives`, `negatives`: [rows, m].
    """
    return distances.masked_fill(~positives, -FAR).argmax(dim=1), distances.masked_fill(~negatives, FAR).argmin(dim=1)


def semi_hard(distances: Tensor, positives: Tensor, negatives: Tensor) -> tuple[Tensor, Tensor]:
    """Columns [rows] of a random positive and of the nearest negative beyond it: arXiv:1503.03832, section 3.2.

    Without a negative beyond it, the farthest one. `distances`, `positives`, `negatives`: [rows, m].
    """
    positive = _random_column(positives)
    beyond = negatives & (distances > distances.gather(1, positive[:, None]))
    nearest_beyond = distances.masked_fill(~beyond, FAR).argmin(dim=1)
    farthest = distances.masked_fill(~negatives, -FAR).argmax(dim=1)
    return positive, torch.where(beyond.any(dim=1), nearest_beyond, farthest)


def random_pair(distances: Tensor, positives: Tensor, negatives: Tensor) -> tuple[Tensor, Tensor]:
    """Columns [rows] of a random positive and a random negative, of masks [rows, m]."""
    return _random_column(positives), _random_column(negatives)


MINERS: dict[str, Miner] = {"batch_hard": batch_hard, "semi_hard": semi_hard, "random": random_pair}


def pairwise_margin(z_1: Tensor, z_2: Tensor, margin: float) -> Tensor:
    """Pairwise margin loss: Hadsell et al. 2006, equation 4.

    "Dimensionality Reduction by Learning an Invariant Mapping". The mean of d^2 / 2 over the N positive
    pairs, plus the mean of max(0, margin - d)^2 / 2 over the pairs of different images within the margin. `z_1`, `z_2`:
    [N, d] views of the same images. The paper sums over given pairs; in a batch nearly all pairs are negative and
    beyond the margin, and a mean over all would hide the few that are not.
    """
    n = len(z_1)
    z = normalize(torch.cat([z_1, z_2]))
    within: list[Tensor] = []  # number of pairs in each chunk; counted here, as distances take most of the time

    def loss_of(part: slice, z: Tensor) -> Tensor:
        closeness = _closeness(part, z, margin)
        within.append((closeness > 0).sum())
        return closeness.square().sum()

    pull = (z[:n] - z[n:]).square().sum(dim=1).mean() / 2
    push = sum_in_chunks(loss_of, 2 * n, 2 * n, z)
    return pull + push / (2 * torch.stack(within).sum().clamp(min=1))


def _closeness(part: slice, z: Tensor, margin: float) -> Tensor:
    """max(0, margin - d) of the rows `part` to all rows of other images, 0 for the image itself: [rows, 2N]."""
    own = torch.arange(part.start, part.stop, device=z.device)[:, None]
    twin = (own + len(z) // 2) % len(z)
    return F.relu(margin - _distances(z[part], z)).scatter(1, torch.cat([own, twin], dim=1), 0.0)


def _distances(a: Tensor, b: Tensor) -> Tensor:
    """Distances [n, m] between rows, by differences: by dot products one of 0.001 would be wrong by a third."""
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")


def _random_column(allowed: Tensor) -> Tensor:
    """A random allowed column [rows] of each row of the mask [rows, m]; the first where none is allowed."""
    return torch.rand(allowed.shape, device=allowed.device).masked_fill(~allowed, -1).argmax(dim=1)
