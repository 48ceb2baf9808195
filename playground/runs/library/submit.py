"""Submits runs: checks permission, queue, data and disk, then queues them, or raises Refused.

All runs that people ask for come through here: from the form, forks, lab, lessons, experiments, imported checkpoints,
resumed runs, and the command line.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playground import data
from playground.config import ConfigError, RunConfig
from playground.config.allowed import AllowedConfig, trust_config
from playground.data import DataError
from playground.records import RunStatus
from playground.runs.folder.origin import Origin
from playground.runs.folder.run_folder import RESERVED_BYTES, RunFolder, UnreadableRun
from playground.runs.library.resume import check_resumable, queue_next_attempt
from playground.runs.library.store import NewRun, fill_nothing, note_nothing
from playground.runs.library.workspace import Refused, Workspace
from playground.storage.disk_space import free_bytes
from playground.storage.home import home_folder

# A run of one step with the smallest encoder and 16 probe images takes twice as much.
LEAST_FREE_BYTES = 8 * RESERVED_BYTES


class NotWritten(Refused):
    """A run cannot be written to the disk."""

    def __init__(self, reason: object) -> None:
        super().__init__(f"The run could not be written to disk: {reason}.")
        self.reason = reason


def submit(
    workspace: Workspace,
    config: RunConfig,
    origin: Origin | None = None,
    fill: Callable[[RunFolder], None] = fill_nothing,
) -> RunFolder:
    """Queues a new run. Raises Refused."""
    (run,) = submit_all(workspace, [NewRun(config, origin, fill)])
    return run


def submit_all(
    workspace: Workspace, new: Sequence[NewRun], note: Callable[[Sequence[str]], None] = note_nothing
) -> list[RunFolder]:
    """Queues new runs in this order: all of them, or none. `note` as for `RunStore.create_all`. Raises Refused."""
    if not new:
        return []
    check_submittable(workspace, [one.config for one in new])
    with errors_as_refusals(), workspace.hold_room(len(new)):
        return workspace.store.create_all(new, workspace.owner, note)


def resubmit(workspace: Workspace, run: RunFolder) -> RunStatus:
    """Queues an ended run again, see `queue_next_attempt`; returns its new status. Raises Refused.

    The path of its data is not checked again, as its owner was allowed to use it.
    """
    with errors_as_refusals():
        check_resumable(run, run.status())
        _check_data([trust_config(run.config)])
        _check_disk(workspace.store.root, 1)
        with workspace.hold_room(1):
            status = queue_next_attempt(run)
    workspace.store.wake()
    return status


def check_submittable(workspace: Workspace, configs: Sequence[RunConfig]) -> None:
    """Raises Refused where these runs could not all be submitted, or could not begin with their data.

    Fast enough for a click: reads names of data files and hardly any contents, and creates nothing.
    """
    allowed = [workspace.allow_config(config) for config in configs]
    workspace.check_room(len(configs))
    with errors_as_refusals():
        _check_data(allowed)
        _check_disk(workspace.store.root, len(configs))


@contextmanager
def errors_as_refusals() -> Iterator[None]:
    """Raises Refused, with the same sentence, in place of errors in creating a run."""
    try:
        yield
    except (ConfigError, DataError, UnreadableRun) as error:
        raise Refused(str(error)) from error
    except OSError as error:
        raise NotWritten(error.strerror or error) from error


def _check_data(configs: Sequence[AllowedConfig]) -> None:
    """Raises Refused where data cannot be used; data that several runs share are checked once."""
    asked = {(one.data, one.batch_size, one.method.uses_labels, one.method.learns_from): one for one in configs}
    for config in asked.values():
        try:
            data.check_run(config, home=home_folder())
        except OSError as error:
            raise Refused(f"The data could not be read: {error.strerror or error}.") from error


def _check_disk(root: Path, count: int) -> None:
    """Raises Refused unless there is space on the disk for the least that so many runs take."""
    free = free_bytes(root)
    if free < count * LEAST_FREE_BYTES:
        runs = "a run takes" if count == 1 else f"{count} runs take"
        raise NotWritten(f"{free / 1e6:.1f} MB are free, and {runs} at least {count * LEAST_FREE_BYTES / 1e6:.1f} MB")
