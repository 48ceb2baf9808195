"""A run that goes on from a checkpoint which came through the browser, of this server or another."""

import os
from pathlib import Path
from typing import Any, BinaryIO

from playground.config import ConfigError, parse
from playground.data.uploads.receive import received
from playground.data.uploads.sandbox_process import Inspection, NoAnswer
from playground.runs.folder.checkpoint_files import SUFFIX
from playground.runs.folder.origin import Origin
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.checkpoint_archive import LARGEST, LIMITS, MOST_STEPS, NotPortable, Portable
from playground.runs.library.submit import refusing, submit
from playground.runs.library.workspace import Refused, Workspace
from playground.storage.home import uploads_folder
from playground.wording.escape import printable

EXAMINER = "playground.runs.processes.checkpoint_inspector"
ELSEWHERE = "of another server"  # where a file does not say which run it was made by


def bring(workspace: Workspace, content: BinaryIO, name: str, home: Path) -> RunFolder:
    """A new run, queued, with the settings of the file `name`: it goes on from there with what its budget has left.

    The file is looked into by a process of its own, with limits: names, kinds and shapes of all arrays have to be
    those of a run with its settings. Raises Refused, also where the file is too large or cannot be kept; then nothing
    is left behind.
    """
    with refusing(), received(content, name, uploads_folder(home), ending=SUFFIX, most=LARGEST) as (file, _):
        told = _looked_into(file, repr(printable(name)))
        origin = Origin(told.run or ELSEWHERE, told.step, {})
        return submit(workspace, told.config, origin, lambda new: os.replace(file, new.checkpoint_file(told.step)))


def _looked_into(file: Path, name: str) -> Portable:
    try:
        with Inspection(LIMITS, str(file), module=EXAMINER) as inspection:
            return _believed(inspection.answer(NotPortable))
    except NoAnswer as error:
        raise Refused(f"{name} {error}.") from error
    except NotPortable as error:
        raise Refused(f"{name} {error}.") from error


def _believed(told: dict[str, Any]) -> Portable:
    """What that process says is read as if the file itself had said it."""
    settings, run, step = told.get("settings"), told.get("run"), told.get("step")
    if not isinstance(settings, dict) or not isinstance(run, str) or type(step) is not int:
        raise NoAnswer("is not accepted: the process that looked into it gave no verdict")
    if not 1 <= step <= MOST_STEPS:
        raise NoAnswer("is not accepted: the process that looked into it gave no verdict")
    try:
        return Portable(parse(settings), run, step)
    except ConfigError as error:
        raise NotPortable(f"has settings that are not allowed: {str(error).removesuffix('.')}") from error
