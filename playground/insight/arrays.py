"""Types of numpy arrays that several files of insight share."""

import numpy as np
from numpy.typing import NDArray

AnyFloatArray = NDArray[np.floating]  # of any precision
RowIndices = NDArray[np.int64]  # indices of rows
Mask = NDArray[np.bool_]
