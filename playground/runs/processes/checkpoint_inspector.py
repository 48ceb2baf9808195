"""The process that opens uploaded checkpoints, for `import_checkpoint`.

`python -m playground.runs.processes.checkpoint_inspector FILE`

It answers on standard output by one line of JSON: what the file says of itself, or `{"refusal": "a sentence"}`.
"""

import json
import sys
from pathlib import Path

import psutil

from playground.config import ConfigError
from playground.data.uploads.resource_limits import apply_limits
from playground.runs.library.checkpoint_archive import LIMITS, NotPortable, read_portable


def main(path: str) -> None:
    """Look into the file, and answer."""
    # Before the limits: it takes much address space. Only here: the server imports this file, and never torch.
    from playground.inference.errors import TrainingError
    from playground.training.checkpoint import refuse_misfit

    apply_limits(LIMITS._replace(memory=psutil.Process().memory_info().vms + LIMITS.memory))
    try:
        told, checkpoint = read_portable(Path(path))
        refuse_misfit(told.config, checkpoint)
        answer = {"settings": told.config.model_dump(mode="json"), "run": told.run, "step": told.step}
    except (NotPortable, ConfigError, TrainingError) as error:
        answer = {"refusal": _reason(error)}
    except MemoryError:
        answer = {"out_of_memory": True}
    print(json.dumps(answer), flush=True)


def _reason(error: Exception) -> str:
    """To be put after the file's name."""
    if isinstance(error, NotPortable):
        return str(error)
    if isinstance(error, ConfigError):
        return f"has settings that this version of the app does not know: {str(error).removesuffix('.')}"
    return "does not fit the settings that it names: it is of another encoder, method or version of the app"


if __name__ == "__main__":
    main(sys.argv[1])
