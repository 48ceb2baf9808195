"""What the files of a snapshot and of a map hold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class StoredSnapshot:
    """What a snapshot's file holds."""

    step: int
    h: NDArray[np.float32]  # [n, d_h]
    z: NDArray[np.float32]  # [n, d_z]
    z_view: NDArray[np.float32]  # [n, d_z], of the probe's views
    pca: NDArray[np.float32]  # [n, 2] map of z
    pca_h: NDArray[np.float32]  # [n, 2] map of h
    hardness: NDArray[np.float32] | None = None  # [n] of z, see `hardness`; None where an earlier version wrote it


@dataclass(frozen=True, slots=True)
class StoredMap:
    """What a map's file holds."""

    step: int
    xy: NDArray[np.float32]  # [n, 2]
    trustworthiness: float  # 0 to 1
