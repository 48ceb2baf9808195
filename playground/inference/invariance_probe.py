"""Measures the invariance of an encoder to perturbed images (crop, hue, rotation, blur)."""

from collections.abc import Callable, Iterator

import numpy as np

from playground.insight.arrays import AnyFloatArray
from playground.insight.invariance import Whitening
from playground.insight.perturbations import PERTURBATIONS
from playground.records import Images

InvarianceProfile = dict[str, list[float]]  # perturbation -> one similarity for each strength


def perturb_images(images: Images) -> Iterator[tuple[str, float, Images]]:
    """Yields (name, strength, perturbed images) for `images` [n, side, side, 3], at each strength but the first.

    Deterministic.
    """
    import torch

    channels_first = torch.from_numpy(images.transpose(0, 3, 1, 2).copy())
    for name, perturbation in PERTURBATIONS.items():
        for strength in perturbation.strengths[1:]:
            changed = perturbation.change(channels_first, strength)
            yield name, strength, np.ascontiguousarray(changed.permute(0, 2, 3, 1).numpy())


def measure_invariance(
    embed: Callable[[Images], tuple[AnyFloatArray, AnyFloatArray]], images: Images, h: AnyFloatArray, z: AnyFloatArray
) -> tuple[InvarianceProfile, InvarianceProfile]:
    """Profiles of h and z: whitened similarities of `images` [m, side, side, 3] with their perturbed copies.

    `embed` gives h [m, d_h] and z [m, d_z]. The whitening is that of `h` [n, d_h] and `z` [n, d_z] of original images;
    m may be small, n should be large. The first similarity of each perturbation is that of the images with themselves:
    1, or 0 where all embeddings are equal.
    """
    whitenings, plain = [Whitening.of(h), Whitening.of(z)], embed(images)
    unchanged = [whitening.similarity(one, one) for whitening, one in zip(whitenings, plain, strict=True)]
    profiles = [{name: [first] for name in PERTURBATIONS} for first in unchanged]
    for name, _, changed in perturb_images(images):
        for profile, whitening, before, after in zip(profiles, whitenings, plain, embed(changed), strict=True):
            profile[name].append(whitening.similarity(before, after))
    return profiles[0], profiles[1]
