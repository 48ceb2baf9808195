"""`python -m playground prepare`: compiles and caches ahead what the first run on a machine would wait for."""

import time


def prepare_command() -> int:
    """Make a training step and a small map, so that their code is compiled. Returns the exit status 0."""
    from playground.runs.processes.mapper import compile_umap
    from playground.runs.processes.warm_worker_main import rehearse_run

    began = time.monotonic()
    rehearse_run()
    compile_umap()
    print(f"Prepared in {time.monotonic() - began:.0f} s: a first run need not wait for it.")
    return 0
