"""Calls of functions in a fresh process, with a worker's environment or to measure their memory.

`python -m playground.bench.subprocess_call MODULE FUNCTION ARGUMENTS FILE PARENT` calls the function with ARGUMENTS, a
JSON list, and writes its result to FILE. It ends with its parent process, whose id is PARENT.
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

INTERRUPTED_STATUS = 130  # exit status, as in shells


def call_in_subprocess(
    module: str, function: str, *arguments: object, environment: Mapping[str, str] = MALLOC_SETTINGS
) -> Any:
    """The result of `function` of `module`, called in a fresh process; arguments and result are JSON values.

    A dataclass is returned as a dict. Raises BenchError where the call or its process fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "result.json"
        call = [module, function, json.dumps(arguments), str(file), str(os.getpid())]
        command = [sys.executable, "-m", "playground.bench.subprocess_call", *call]
        path = os.pathsep.join(filter(None, [str(PACKAGE_PARENT), os.environ.get("PYTHONPATH", "")]))
        inherited = {**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "ignore"}
        # Output of libraries must not mix with the tables.
        ended = subprocess.run(command, env={**inherited, **environment}, stdout=subprocess.DEVNULL)
        if ended.returncode == INTERRUPTED_STATUS:
            raise KeyboardInterrupt
        if not file.exists():
            raise BenchError(f"the process that measured ended with exit status {ended.returncode}")
        outcome = json.loads(file.read_text())
    if "error" in outcome:
        raise BenchError(outcome["error"])
    return outcome["result"]


def main(module: str, function: str, arguments: str, file: str, parent: str) -> int:
    """Entry point of the child process. Returns the exit status: 0 where a result or an error was written."""
    threading.Thread(target=_end_with, args=[int(parent)], daemon=True).start()
    try:
        result = getattr(import_module(module), function)(*json.loads(arguments))
        outcome = {"result": result}
    except KeyboardInterrupt:
        return INTERRUPTED_STATUS
    except Exception as error:
        outcome = {"error": " ".join(f"{type(error).__name__}: {error}".split())}
    Path(file).write_text(json.dumps(outcome, default=_encode_dataclass))
    return 0


def _end_with(parent: int) -> None:
    """End this process once its parent process is gone, as after a benchmark was killed."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(INTERRUPTED_STATUS)


def _encode_dataclass(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} cannot be brought back from a process")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
