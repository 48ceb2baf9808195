"""Contents of the files of snapshots and maps."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class StoredSnapshot:
    """Contents of a snapshot's file."""

    step: int
    h: NDArray[np.float32]  # [n, d_h]
    z: NDArray[np.float32]  # [n, d_z]
    z_view: NDArray[np.float32]  # [n, d_z], of the probe set's views
    pca: NDArray[np.float32]  # [n, 2] map of z
    pca_h: NDArray[np.float32]  # [n, 2] map of h
    hardness: NDArray[np.float32] | None = None  # [n] of z; None in files of an earlier version


@dataclass(frozen=True, slots=True)
class StoredMap:
    """Contents of a map's file."""

    step: int
    xy: NDArray[np.float32]  # [n, 2]
    trustworthiness: float  # 0 to 1
