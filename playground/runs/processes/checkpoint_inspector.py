"""The process that opens uploaded checkpoint archives, with limits, for `import_checkpoint`.

`python -m playground.runs.processes.checkpoint_inspector FILE`

It writes one line of JSON to standard output: the archive's header, or `{"refusal": "a sentence"}`.
"""

import json
import sys
from pathlib import Path

import psutil

from playground.config import ConfigError
from playground.data.uploads.resource_limits import apply_limits
from playground.runs.library.checkpoint_archive import INSPECTION_LIMITS, InvalidArchive, check_start, read_archive


def main(path: str) -> None:
    """Inspects the archive `path`, and prints the answer."""
    try:
        check_start(Path(path))  # what is none costs no import of torch
    except InvalidArchive as error:
        print(json.dumps({"refusal": str(error)}), flush=True)
        return
    # Before the limits: torch takes much address space. Within the function: the server imports this file, not torch.
    from playground.inference.errors import TrainingError
    from playground.training.checkpoint import check_compatible

    apply_limits(INSPECTION_LIMITS._replace(memory=psutil.Process().memory_info().vms + INSPECTION_LIMITS.memory))
    try:
        told, checkpoint = read_archive(Path(path))
        check_compatible(told.config, checkpoint)
        answer = {"settings": told.config.model_dump(mode="json"), "run": told.run, "step": told.step}
    except (InvalidArchive, ConfigError, TrainingError) as error:
        answer = {"refusal": _refusal_sentence(error)}
    except MemoryError:
        answer = {"out_of_memory": True}
    print(json.dumps(answer), flush=True)


def _refusal_sentence(error: Exception) -> str:
    """The rest of a sentence that begins with the file's name."""
    if isinstance(error, InvalidArchive):
        return str(error)
    if isinstance(error, ConfigError):
        return f"has settings that this version of the app does not know: {str(error).removesuffix('.')}"
    return "does not fit the settings that it names: it is of another encoder, method or version of the app"


if __name__ == "__main__":
    main(sys.argv[1])
