"""Submits runs: place, queue, data and disk are checked, then they are queued; or one sentence says what was refused.

All that makes a run a person asked for comes through here: form, fork, lab, lessons, experiments, a checkpoint from a
file, the next attempt at a run, and the command line.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playground import data
from playground.config import ConfigError, RunConfig
from playground.data import DataError
from playground.records import RunStatus
from playground.runs.folder.origin import Origin
from playground.runs.folder.run_folder import RESERVE, RunFolder, UnreadableRun
from playground.runs.library.resume import check_resumable, resume
from playground.runs.library.store import NewRun, bring_nothing, note_nothing
from playground.runs.library.workspace import Refused, Workspace
from playground.storage.home import home_folder

LEAST = 8 * RESERVE  # bytes: a run of one step of the smallest encoder, which looks at 16 images, takes twice as much


class NotWritten(Refused):
    """The disk does not take it."""

    def __init__(self, reason: object) -> None:
        super().__init__(f"The run could not be written to disk: {reason}.")
        self.reason = reason


def submit(
    workspace: Workspace,
    config: RunConfig,
    origin: Origin | None = None,
    bring: Callable[[RunFolder], None] = bring_nothing,
) -> RunFolder:
    """A new run, queued. Raises Refused."""
    (run,) = submit_all(workspace, [NewRun(config, origin, bring)])
    return run


def submit_all(
    workspace: Workspace, new: Sequence[NewRun], note: Callable[[Sequence[str]], None] = note_nothing
) -> list[RunFolder]:
    """New runs, queued in this order: all of them, or none. `note` as for `RunStore.create_all`. Raises Refused."""
    if not new:
        return []
    check(workspace, [one.config for one in new])
    with refusing(), workspace.room_for(len(new)):
        return workspace.store.create_all(new, workspace.owner, note)


def resubmit(workspace: Workspace, run: RunFolder) -> RunStatus:
    """Queue a run that has ended once more, see `resume`; returns its new status. Raises Refused.

    Its place is not asked for again: it was allowed to whoever made the run.
    """
    with refusing():
        check_resumable(run, run.status())
        _check_data([run.config])
        _check_disk(workspace.store.root, 1)
        with workspace.room_for(1):
            status = resume(run)
    workspace.store.wake()
    return status


def check(workspace: Workspace, configs: Sequence[RunConfig]) -> None:
    """Raises Refused where these runs could not be submitted, all of them, or could not begin with their data.

    Quick enough for a click: of the data names are looked at and hardly any contents, and nothing is made.
    """
    for config in configs:
        workspace.check_place(config)
    workspace.ask_for(len(configs))
    with refusing():
        _check_data(configs)
        _check_disk(workspace.store.root, len(configs))


@contextmanager
def refusing() -> Iterator[None]:
    """Whatever keeps a run from being made within becomes a Refused with its sentence."""
    try:
        yield
    except (ConfigError, DataError, UnreadableRun) as error:
        raise Refused(str(error)) from error
    except OSError as error:
        raise NotWritten(error.strerror or error) from error


def _check_data(configs: Sequence[RunConfig]) -> None:
    """Each data set once, of however many runs."""
    asked = {(one.data, one.batch_size, one.method.uses_labels, one.method.learns_from): one for one in configs}
    for config in asked.values():
        try:
            data.check_run(config, home=home_folder())
        except OSError as error:
            raise Refused(f"The data could not be read: {error.strerror or error}.") from error


def _check_disk(root: Path, count: int) -> None:
    """Whether there is room for the least that so many runs take."""
    there = next(place for place in (root, *root.parents) if place.exists())
    free = shutil.disk_usage(there).free
    if free < count * LEAST:
        runs = "a run takes" if count == 1 else f"{count} runs take"
        raise NotWritten(f"{free / 1e6:.1f} MB are free, and {runs} at least {count * LEAST / 1e6:.1f} MB")
