"""A true warm worker, but for its patience with others and a small rehearsal. `python -m tests.runs.eager_warm_worker`"""

import sys

from playground.runs.processes import warm_worker_main
from playground.runs.queue import priority
from tests.training.tiny import SHAPES

if __name__ == "__main__":
    priority.LOWEST_PRIORITY = 0
    warm_worker_main.REHEARSAL_SETTINGS = {**SHAPES, "seed": 7}
    sys.exit(warm_worker_main.main())
