"""`python -m playground prepare`: what is done once on a machine is done now, and not while somebody waits."""

import time


def prepare() -> int:
    """Make a first step and a small map, so that all is imported and compiled that they need; exit status 0."""
    from playground.runs.processes.mapper import warm_up
    from playground.runs.processes.warm_worker_main import rehearse

    began = time.monotonic()
    rehearse()
    warm_up()
    print(f"Prepared in {time.monotonic() - began:.0f} s: a first run need not wait for it.")
    return 0
