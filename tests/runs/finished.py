"""Runs that have ended and can be evaluated, without training one. Imported as `tests.runs.finished`."""

from dataclasses import replace
from pathlib import Path

from playground.config import RunConfig
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.storage.atomic_files import write_arrays
from tests.training.stored import stored_weights
from tests.training.tiny import tiny


def finished(store: RunStore, config: RunConfig | None = None, home: Path = Path("unused")) -> RunFolder:
    """A finished run of `config` with weights."""
    run = store.create(config or tiny())
    write_arrays(run.weights_file, **stored_weights(run.config, home)[0])
    run.write_status(replace(run.status(), state="finished", reason="completed"))
    return run
