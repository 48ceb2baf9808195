"""Imports an uploaded checkpoint archive as a new run, which goes on from it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from playground.config import ConfigError, parse
from playground.data.uploads.fair_turns import Requester, tell_nobody
from playground.data.uploads.receive import receive_upload
from playground.data.uploads.sandbox import FILE_TURNS
from playground.data.uploads.sandbox_process import Inspection, NoAnswer
from playground.runs.folder.checkpoint_files import CHECKPOINT_SUFFIX
from playground.runs.folder.origin import Origin
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.checkpoint_archive import (
    INSPECTION_LIMITS,
    LARGEST_ARCHIVE,
    MOST_STEPS,
    ArchiveHeader,
    InvalidArchive,
)
from playground.runs.library.submit import errors_as_refusals, submit
from playground.runs.library.workspace import Refused, Workspace
from playground.storage.home import uploads_folder
from playground.wording.escape import printable

INSPECTOR_MODULE = "playground.runs.processes.checkpoint_inspector"
OTHER_SERVER = "of another server"  # origin of a file without the id of its run


def import_run(
    workspace: Workspace, content: BinaryIO, name: str, home: Path, tell: Callable[[int], None] = tell_nobody
) -> RunFolder:
    """Queues a new run with the settings of the archive `name`, which goes on from its checkpoint.

    The archive is opened in a process of its own, with limits: names, types and shapes of all arrays have to be those
    of a run with its settings. Where it has to wait, `tell` is called with how many files come before. Raises Refused,
    also where it is too large or cannot be kept; then nothing is left.
    """
    with (
        errors_as_refusals(),
        receive_upload(content, name, uploads_folder(home), ending=CHECKPOINT_SUFFIX, most=LARGEST_ARCHIVE) as (
            file,
            _,
        ),
    ):
        told = _inspect_archive(file, repr(printable(name)), Requester(workspace.person, tell))
        origin = Origin(told.run or OTHER_SERVER, told.step, {})
        return submit(workspace, told.config, origin, lambda new: os.replace(file, new.checkpoint_file(told.step)))


def _inspect_archive(file: Path, name: str, requester: Requester) -> ArchiveHeader:
    try:
        with (
            FILE_TURNS.take(requester),  # each takes up to 4 GB
            Inspection(INSPECTION_LIMITS, str(file), module=INSPECTOR_MODULE) as inspection,
        ):
            return _checked_header(inspection.read_answer(InvalidArchive))
    except NoAnswer as error:
        raise Refused(f"{name} {error}.") from error
    except InvalidArchive as error:
        raise Refused(f"{name} {error}.") from error


def _checked_header(told: dict[str, Any]) -> ArchiveHeader:
    """The header in the inspector's answer, which is trusted no more than the file."""
    settings, run, step = told.get("settings"), told.get("run"), told.get("step")
    if not isinstance(settings, dict) or not isinstance(run, str) or type(step) is not int:
        raise NoAnswer("is not accepted: the process that looked into it gave no verdict")
    if not 1 <= step <= MOST_STEPS:
        raise NoAnswer("is not accepted: the process that looked into it gave no verdict")
    try:
        return ArchiveHeader(parse(settings), run, step)
    except ConfigError as error:
        raise InvalidArchive(f"has settings that are not allowed: {str(error).removesuffix('.')}") from error
