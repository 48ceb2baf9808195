"""Losses of pairs of two kinds: an image and its text (CLIP), a sentence and its positive (SimCSE)."""

import torch
from torch import Tensor

from playground.losses.contrastive import info_nce_in_batch
from playground.losses.logsumexp import sum_of_log_sums
from playground.losses.similarity import exact, normalize


def clip_loss(image: Tensor, text: Tensor, scale: float | Tensor) -> Tensor:
    """CLIP's loss: arXiv:2103.00020, figure 3. Of N x N pairs, which text belongs to an image and which image to a
    text, as a mean of both.

    `image`, `text`: [N, d], row i of both belong together. `scale`: by what cosines are multiplied, 1 / temperature.
    """
    image, text = exact(image), exact(text)  # once for both, so that gradients are added up before they are rounded
    temperature = 1 / scale
    of_images = info_nce_in_batch(image, text, temperature)
    of_texts = info_nce_in_batch(text, image, temperature)
    return (of_images + of_texts) / 2


def simcse_loss(anchor: Tensor, positive: Tensor, temperature: float | Tensor, hard: Tensor | None = None) -> Tensor:
    """SimCSE's loss: arXiv:2104.08821, section 3, and with hard negatives section 4, as a mean over the anchors.

    `anchor`, `positive`, `hard`: [N, d], row i of all belong together. Candidates of an anchor are the N positives and,
    where there are any, the N hard negatives, its own as much as the others'.
    """
    a, p = normalize(anchor), normalize(positive)
    candidates = p if hard is None else torch.cat([p, normalize(hard)])
    logits = a / temperature  # once they are multiplied with the candidates
    return (sum_of_log_sums(logits, candidates) - (logits * p).sum()) / len(a)
