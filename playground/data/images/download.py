"""Downloads a public data set without getting in the way: in its own process, into a folder of its own.

What has arrived is moved to its place when it is complete, so a broken download is never taken for the data.
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

_FETCH = Path(__file__).with_name("download_process.py")
_UNFINISHED = ".downloading-"
_DOWNLOADED = (".gz", ".mat")  # files that come over the network; the others are unpacked from them
_SECONDS = 0.3  # between two looks at the files
_REASON_LETTERS = 160


def download(title: str, class_name: str, size: int, root: Path) -> Generator[Progress, None, None]:
    """Download torchvision's `class_name` into `root`; `size` in bytes is known beforehand.

    Raises DataError where that does not work. Closing the generator ends the download and leaves nothing behind.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        with _unfinished(root) as folder:
            yield from _fetch(title, class_name, size, folder)
            _move(folder, root)
    except (OSError, subprocess.SubprocessError) as error:
        raise refusal(title, str(error), root) from error


def refusal(title: str, reason: str, root: Path) -> DataError:
    """The one sentence for a data set that cannot be had."""
    return DataError(
        f"{title} is not on this machine and could not be downloaded ({reason}): choose shapes, digits or a folder of "
        f"your own images, or put its files into {root}."
    )


def _fetch(title: str, class_name: str, size: int, folder: Path) -> Generator[Progress, None, None]:
    with tempfile.TemporaryFile() as complaints:
        command = [sys.executable, "-P", str(_FETCH), class_name, str(folder)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints)
        try:
            while process.poll() is None:
                yield Progress(f"downloading {title}", min(_arrived(folder), size), size)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_SECONDS)
        finally:
            process.kill()
            process.communicate()
        if process.returncode:
            complaints.seek(0)
            raise refusal(title, _reason(complaints.read()), folder.parent)


def _arrived(folder: Path) -> int:
    """Bytes that have come over the network."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            total += path.stat().st_size if path.name.endswith(_DOWNLOADED) else 0
    return total


def _reason(complaints: bytes) -> str:
    """The last line of a traceback, without the name of the exception and the brackets that urllib puts around."""
    lines = [line.strip() for line in complaints.decode("utf-8", "replace").splitlines() if line.strip()]
    last = lines[-1] if lines else "it ended without a reason"
    return re.sub(r"^[\w.]+(Error|Exception): ", "", last).strip("<>")[:_REASON_LETTERS]


@contextmanager
def _unfinished(root: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _move(folder: Path, root: Path) -> None:
    """Put what was downloaded in its place, without archives that have been unpacked."""
    for archive in folder.rglob("*.gz"):
        archive.unlink()
    for path in folder.iterdir():
        place = root / path.name
        if place.is_dir():
            shutil.rmtree(place)  # it is incomplete: otherwise nothing would have been downloaded
        os.replace(path, place)
