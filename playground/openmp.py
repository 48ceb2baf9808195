"""How the threads of OpenMP, torch's and numba's, wait for each other."""

import os
from collections.abc import MutableMapping

WAIT_POLICY = "OMP_WAIT_POLICY"
WAIT_VARIABLES = (
    WAIT_POLICY,
    "GOMP_SPINCOUNT",
    "KMP_BLOCKTIME",
    "KMP_LIBRARY",
)  # of a person: GNU's OpenMP, then LLVM's and Intel's


def wait_passively(environment: MutableMapping[str, str] = os.environ) -> None:
    """Have threads sleep while they wait, in this process and in those it starts, unless the environment says how.

    To be called before torch or numba is imported: the library reads the environment once, when it is loaded.
    """
    # By default a thread that waits spins for about a millisecond, hundreds of times a step. Where another process
    # wants a core it spins away the time of the thread that it waits for: on two cores beside one busy process a
    # minute of training made 24 steps instead of 390.
    if not any(name in environment for name in WAIT_VARIABLES):
        environment[WAIT_POLICY] = "passive"
