"""Functions that run in a fresh process: with a worker's environment, or to see how much memory they take.

`python -m playground.bench.subprocess_call MODULE FUNCTION ARGUMENTS FILE PARENT` calls the function and leaves what it
returns in FILE; it ends with the process that started it, whose id is PARENT.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from playground.bench import BenchError
from playground.runs.queue.launcher import MALLOC_SETTINGS, PACKAGE_PARENT

INTERRUPTED = 130  # as shells have it


def in_child(module: str, function: str, *arguments: object, environment: Mapping[str, str] = MALLOC_SETTINGS) -> Any:
    """What `function` of `module` returns in a process of its own; arguments and result are what JSON can hold.

    A dataclass comes back as a dict. Raises BenchError with one sentence where it fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "result.json"
        told = [module, function, json.dumps(arguments), str(file), str(os.getpid())]
        command = [sys.executable, "-m", "playground.bench.subprocess_call", *told]
        path = os.pathsep.join(filter(None, [str(PACKAGE_PARENT), os.environ.get("PYTHONPATH", "")]))
        inherited = {**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "ignore"}
        # What libraries print must not come between the tables.
        ended = subprocess.run(command, env={**inherited, **environment}, stdout=subprocess.DEVNULL)
        if ended.returncode == INTERRUPTED:
            raise KeyboardInterrupt
        if not file.exists():
            raise BenchError(f"the process that measured ended with exit status {ended.returncode}")
        outcome = json.loads(file.read_text())
    if "error" in outcome:
        raise BenchError(outcome["error"])
    return outcome["result"]


def main(module: str, function: str, arguments: str, file: str, parent: str) -> int:
    """The child's side; the exit status is 0 whenever the outcome was written."""
    threading.Thread(target=_end_with, args=[int(parent)], daemon=True).start()
    try:
        result = getattr(import_module(module), function)(*json.loads(arguments))
        outcome = {"result": result}
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        outcome = {"error": " ".join(f"{type(error).__name__}: {error}".split())}
    Path(file).write_text(json.dumps(outcome, default=_plain))
    return 0


def _end_with(parent: int) -> None:
    """Nobody waits for the outcome of a bench that was killed."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(INTERRUPTED)


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} cannot be brought back from a process")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
