"""Images changed step by step (cropped, recoloured, turned, blurred), to see what an encoder does not mind."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from playground.insight.arrays import AnyFloatArray
from playground.insight.invariance import Whitening
from playground.insight.perturbations import PERTURBATIONS

Images = NDArray[np.uint8]  # [n, side, side, 3]
Similarities = dict[str, list[float]]  # perturbation -> one similarity a strength


def perturbed(images: Images) -> Iterator[tuple[str, float, Images]]:
    """`images` [n, side, side, 3] changed by each perturbation at each strength but the first: name, strength, images.

    Nothing is drawn at random.
    """
    import torch

    channels_first = torch.from_numpy(images.transpose(0, 3, 1, 2).copy())
    for name, perturbation in PERTURBATIONS.items():
        for strength in perturbation.strengths[1:]:
            changed = perturbation.change(channels_first, strength)
            yield name, strength, np.ascontiguousarray(changed.permute(0, 2, 3, 1).numpy())


def invariance_profile(
    embed: Callable[[Images], tuple[AnyFloatArray, AnyFloatArray]], images: Images, h: AnyFloatArray, z: AnyFloatArray
) -> tuple[Similarities, Similarities]:
    """How far h and z of `images` [m, side, side, 3] are the same once the images are perturbed: whitened similarity.

    `embed` gives h [m, d_h] and z [m, d_z]; `h` [n, d_h] and `z` [n, d_z] are those of un-changed images, from which
    the whitening comes: m may be few, n is better many. Returned is, for h and for z, a list a perturbation: one
    similarity a strength, of which the first is that of the images with themselves: 1, or 0 where all embeddings are
    the same.
    """
    whitenings, plain = [Whitening.of(h), Whitening.of(z)], embed(images)
    unchanged = [whitening.similarity(one, one) for whitening, one in zip(whitenings, plain, strict=True)]
    profiles = [{name: [first] for name in PERTURBATIONS} for first in unchanged]
    for name, _, changed in perturbed(images):
        for profile, whitening, before, after in zip(profiles, whitenings, plain, embed(changed), strict=True):
            profile[name].append(whitening.similarity(before, after))
    return profiles[0], profiles[1]
