"""What all maps have in common: their scale, and how one lies on the one before it. Numpy only."""

import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]  # [n, 2], centred, of radius about 1


def to_unit_radius(flat: NDArray[np.floating]) -> Map:
    """Centred, and scaled so that nine points in ten lie within 1 of the centre."""
    centred = flat - flat.mean(axis=0)
    radius = float(np.quantile(np.linalg.norm(centred, axis=1), 0.9))
    return np.asarray(centred / max(radius, 1e-9), dtype=np.float32)


def turned(flat: Map, previous: Map | None) -> Map:
    """`flat` turned and mirrored to lie as near to `previous` as it can (orthogonal Procrustes)."""
    if previous is None:
        return flat
    u, _, v = np.linalg.svd(flat.T @ previous)
    return np.asarray(flat @ (u @ v), dtype=np.float32)
