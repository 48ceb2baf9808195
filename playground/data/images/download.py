"""Downloads a public data set in a process of its own, into a temporary folder.

Files are moved to their place when the download is complete, so a broken download is never taken for the data.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playground.data.errors import DataError
from playground.records import Progress
from playground.storage.disk_space import SPARE_BYTES, free_bytes
from playground.storage.temporary_folders import remove_abandoned

_FETCH = Path(__file__).with_name("download_process.py")
_DOWNLOADING_PREFIX = ".downloading-"
_DOWNLOADED = (".gz", ".mat")  # files that come over the network; the others are unpacked from them
_ABANDONED_SECONDS = 3600.0
_POLL_SECONDS = 0.3  # between two reports of progress
_REASON_LETTERS = 160


def download(title: str, class_name: str, size: int, root: Path) -> Generator[Progress, None, None]:
    """Download torchvision's `class_name` into `root`; `size` is its known number of bytes.

    Raises DataError where that fails. Closing the generator ends the download and leaves nothing behind.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        remove_abandoned(root, _DOWNLOADING_PREFIX, _ABANDONED_SECONDS)
        _check_space(title, size, root)
        with _temporary_folder(root) as folder:
            yield from _run_download(title, class_name, size, folder)
            _move(folder, root)
    except (OSError, subprocess.SubprocessError) as error:
        raise unavailable_error(title, str(error), root) from error


def unavailable_error(title: str, reason: str, root: Path) -> DataError:
    """The error of a data set that cannot be downloaded, with the reason."""
    return DataError(
        f"{title} is not on this machine and could not be downloaded ({reason}): choose shapes, digits or a folder of "
        f"your own images, or put its files into {root}."
    )


def _check_space(title: str, size: int, root: Path) -> None:
    """Raises DataError unless the archive and what is unpacked from it fit on the disk."""
    needed, free = 2 * size + SPARE_BYTES, free_bytes(root)
    if free < needed:
        reason = f"it needs {needed / 1e9:.1f} GB of disk, {free / 1e9:.1f} GB are free"
        raise unavailable_error(title, reason, root)


def _run_download(title: str, class_name: str, size: int, folder: Path) -> Generator[Progress, None, None]:
    with tempfile.TemporaryFile() as complaints:
        command = [sys.executable, "-P", str(_FETCH), class_name, str(folder)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints)
        try:
            while process.poll() is None:
                yield Progress(f"downloading {title}", min(_arrived(folder), size), size)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL_SECONDS)
        finally:
            process.kill()
            process.communicate()
        if process.returncode:
            complaints.seek(0)
            raise unavailable_error(title, _error_reason(complaints.read()), folder.parent)


def _arrived(folder: Path) -> int:
    """Bytes downloaded so far."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            total += path.stat().st_size if path.name.endswith(_DOWNLOADED) else 0
    return total


def _error_reason(complaints: bytes) -> str:
    """The last line of a traceback, without the name of the exception and urllib's angle brackets."""
    lines = [line.strip() for line in complaints.decode("utf-8", "replace").splitlines() if line.strip()]
    last = lines[-1] if lines else "it ended without a reason"
    return re.sub(r"^[\w.]+(Error|Exception): ", "", last).strip("<>")[:_REASON_LETTERS]


@contextmanager
def _temporary_folder(root: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=_DOWNLOADING_PREFIX, dir=root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _move(folder: Path, root: Path) -> None:
    """Move the downloaded files to `root`, without archives that have been unpacked."""
    for archive in folder.rglob("*.gz"):
        archive.unlink()
    for path in folder.iterdir():
        place = root / path.name
        if place.is_dir():
            shutil.rmtree(place)  # it is incomplete: otherwise nothing would have been downloaded
        os.replace(path, place)
