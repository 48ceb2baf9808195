"""Temporary folders of work that is moved to its place when it is complete, and that a killed process leaves behind."""

import shutil
import time
from contextlib import suppress
from pathlib import Path


def remove_abandoned(folder: Path, prefix: str, seconds: float) -> None:
    """Removes folders `prefix`* in `folder` in which nothing has changed for `seconds`: their process was killed."""
    for unfinished in folder.glob(f"{prefix}*"):
        with suppress(FileNotFoundError):  # it has just been completed
            changed = max(path.lstat().st_mtime for path in (unfinished, *unfinished.rglob("*")))
            if time.time() - changed > seconds:
                shutil.rmtree(unfinished, ignore_errors=True)
