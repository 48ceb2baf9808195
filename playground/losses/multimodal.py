"""Losses of texts: an image and its text (CLIP), a sentence and its positive (SimCSE)."""

import torch
from torch import Tensor

from playground.losses.contrastive import info_nce_in_batch
from playground.losses.logsumexp import sum_of_logsumexp
from playground.losses.similarity import at_least_float32, normalize


def clip_loss(image: Tensor, text: Tensor, scale: float | Tensor) -> Tensor:
    """CLIP's loss: arXiv:2103.00020, figure 3, the mean of InfoNCE from images to texts and from texts to images.

    `image`, `text`: [N, d], row i of both belong together. `scale`: the factor of cosines, 1 / temperature.
    """
    # Converted once for both directions, so that their gradients are summed before they are rounded.
    image, text = at_least_float32(image), at_least_float32(text)
    temperature = 1 / scale
    of_images = info_nce_in_batch(image, text, temperature)
    of_texts = info_nce_in_batch(text, image, temperature)
    return (of_images + of_texts) / 2


def simcse_loss(anchor: Tensor, positive: Tensor, temperature: float | Tensor, hard: Tensor | None = None) -> Tensor:
    """SimCSE's loss: arXiv:2104.08821, section 3, and with hard negatives section 4, as a mean over the anchors.

    `anchor`, `positive`, `hard`: [N, d], row i of all belong together. The candidates of an anchor are all N positives
    and, with `hard`, all N hard negatives.
    """
    a, p = normalize(anchor), normalize(positive)
    candidates = p if hard is None else torch.cat([p, normalize(hard)])
    logits = a / temperature  # to be multiplied with the candidates
    return (sum_of_logsumexp(logits, candidates) - (logits * p).sum()) / len(a)
