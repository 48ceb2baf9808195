"""A true reserve, but for its patience with others and a small rehearsal. `python -m tests.runs.eager_reserve`"""

import sys

from playground.runs import prepared, priority
from tests.training.tiny import SHAPES

if __name__ == "__main__":
    priority.LAST = 0
    prepared.REHEARSAL = {**SHAPES, "seed": 7}
    sys.exit(prepared.main())
