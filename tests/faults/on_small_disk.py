"""A run that fills its disk, and is resumed once there is room. `on_small_disk.py FOLDER`, which is a small disk.

Prints one JSON object on what was seen.
"""

import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.resume import queue_next_attempt
from playground.runs.library.store import RunStore
from playground.runs.library.workspace import Refused
from playground.runs.queue.launcher import launch_worker
from tests.training.tiny import tiny

STEPS, ROOM = 800, 2_500_000  # bytes that are left for the run: far fewer than it takes


def main(disk: Path) -> None:
    """Fill the disk but for some room, train, make room, and go on."""
    os.environ["PLAYGROUND_HOME"] = str(disk)
    run = RunStore(disk / "runs").create(tiny(budget__steps=STEPS, watch__snapshots=100))
    ballast = disk / "ballast"
    room = os.statvfs(disk)
    ballast.write_bytes(bytes(room.f_bavail * room.f_frsize - ROOM))
    seen: dict[str, object] = {"full": train(run)}
    with suppress(OSError), ballast.open("ab") as file:
        file.write(bytes(2**26))
    seen["refused"] = refused(run)
    ballast.unlink()
    queue_next_attempt(run)
    print(json.dumps({**seen, "then": train(run), "steps": STEPS}))


def train(run: RunFolder) -> dict[str, object]:
    """What has become of the run once its worker has ended, and what is left of it."""
    launch_worker(run.path, alone=True).wait()
    status, log = run.status(), MetricsLog().read_on(run)
    checkpoints = [run.checkpoint(step).step for step in run.checkpoint_steps()]
    looks = [run.snapshot(look.step).step for look in log.insights]
    return {
        "state": status.state,
        "reason": status.reason,
        "message": status.message,
        "attempt": status.attempt,
        "steps": [step.step for step in log.steps],
        "missing": log.missing,
        "checkpoints": checkpoints,
        "looks": looks,
        "log": run.log_file.read_text(),
    }


def refused(run: RunFolder) -> str:
    """Why the run cannot be resumed on a disk that is full to the last byte."""
    try:
        queue_next_attempt(run)
    except Refused as error:
        return str(error)
    return ""


if __name__ == "__main__":
    main(Path(sys.argv[1]))
