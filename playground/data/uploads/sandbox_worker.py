"""The process that opens untrusted files: `python -m playground.data.uploads.sandbox_worker TASK ARGUMENTS`.

It answers on standard output with one line of JSON, followed by the bytes of pixels where there are any, or with
`{"refusal": "a sentence"}`. It writes nowhere else.
"""

import io
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playground.data.errors import DataError
from playground.data.images.decoding import UnreadableImageError, decode_image
from playground.data.images.folder_layout import parse_layout
from playground.data.images.zip_archive import MAX_IMAGE_BYTES, MAX_TOTAL_MEGAPIXELS, Archive, Member, open_archive
from playground.data.uploads.resource_limits import LIMITS_OF_MANY, LIMITS_OF_ONE, Limits, apply_limits
from playground.wording.escape import printable

_SIDE = 32  # pixels: a small side is fast, and readability does not depend on it

TaskResult = tuple[dict[str, object], NDArray[np.uint8] | None]


def main(task: str, *arguments: str) -> None:
    """Do one of TASKS within its limits, and write the answer."""
    limits, work = TASKS[task]
    apply_limits(limits)
    told, pixels = _run_task(work, arguments)
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n")
    if pixels is not None:
        sys.stdout.buffer.write(pixels.tobytes())
    sys.stdout.buffer.flush()


def _run_task(work: Callable[..., TaskResult], arguments: Sequence[str]) -> TaskResult:
    try:
        return work(*arguments)
    except (DataError, UnreadableImageError) as error:
        return {"refusal": str(error)}, None
    except MemoryError:
        return {"out_of_memory": True}, None


def zip_task(path: str) -> TaskResult:
    """Decode every image of a zip. Raises DataError where a limit is passed or fewer than two are readable."""
    with open_archive(Path(path)) as archive:
        members = [Member(archive, info) for info in archive.images]
        parse_layout([member.name for member in members], repr(printable(archive.path.name)), in_order=False)
        _refuse_many_pixels(archive, members)
        failures: list[tuple[str, str]] = []
        for member in members:
            try:
                member.pixels(_SIDE)
            except UnreadableImageError as error:
                failures.append((member.name, str(error)))
        _refuse_unreadable(archive, len(members), failures)
    return {"sound": True}, None


def _refuse_many_pixels(archive: Archive, members: Sequence[Member]) -> None:
    """By what the headers say, before anything is decoded: minutes of work in a few kilobytes are refused at once."""
    total = 0.0
    for member in members:
        total += member.megapixels()
        if total > MAX_TOTAL_MEGAPIXELS:
            raise archive.refusal(
                f"holds more than the {MAX_TOTAL_MEGAPIXELS:,} megapixels that are allowed in all; give fewer "
                "or smaller pictures"
            )


def _refuse_unreadable(archive: Archive, count: int, failures: Sequence[tuple[str, str]]) -> None:
    readable = count - len(failures)
    if readable < 2:
        name, reason = failures[0]
        raise archive.refusal(
            f"holds {count:,} images of which {'one' if readable else 'none'} can be read, at least two are needed; "
            f"the first that cannot is {printable(name)!r}, which {reason}"
        )


def picture_task(side: str) -> TaskResult:
    """Decode the image on standard input: pixels [side, side, 3]. Raises UnreadableImageError."""
    content = sys.stdin.buffer.read(MAX_IMAGE_BYTES + 1)
    if len(content) > MAX_IMAGE_BYTES:
        raise UnreadableImageError(f"is larger than the {MAX_IMAGE_BYTES // 10**6} MB that are allowed")
    return {"count": 1}, decode_image(io.BytesIO(content), int(side))


def sample_task(path: str, side: str, count: str) -> TaskResult:
    """Evenly spread training images [n, side, side, 3] of a folder or zip. Raises DataError where one is unreadable."""
    from playground.data.images.folder import open_images  # slow to import, and the other tasks do not need it
    from playground.data.images.parallel_reader import Tally, read_chunk

    with open_images(Path(path)) as recipe:
        sources = recipe.train.sources
        rows = np.unique(np.linspace(0, len(sources) - 1, int(count)).round().astype(np.int64))
        tally = Tally(total=len(rows))
        images = read_chunk([sources[row] for row in rows], int(side), tally)
        tally.refuse_failures()
    return {"name": recipe.name, "count": len(images)}, images


TASKS: dict[str, tuple[Limits, Callable[..., TaskResult]]] = {
    "zip": (LIMITS_OF_MANY, zip_task),
    "sample": (LIMITS_OF_MANY, sample_task),
    "picture": (LIMITS_OF_ONE, picture_task),
}

if __name__ == "__main__":
    with suppress(BrokenPipeError):
        main(*sys.argv[1:])
