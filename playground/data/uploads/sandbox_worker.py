"""The process that opens strangers' files: `python -m playground.data.uploads.sandbox_worker TASK ARGUMENTS`.

It answers on standard output by one line of JSON, with the bytes of pixels behind it where there are any, or by
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
from playground.data.images.decoding import UnreadableImageError, decode
from playground.data.images.folder_layout import arrange
from playground.data.images.zip_archive import MAX_IMAGE_BYTES, Archive, Member, open_archive
from playground.data.uploads.resource_limits import OF_MANY, OF_ONE, Limits, confine
from playground.wording.escape import printable

_SIDE = 32  # pixels: whether an image can be read does not depend on it, how long that takes does

Answer = tuple[dict[str, object], NDArray[np.uint8] | None]


def main(task: str, *arguments: str) -> None:
    """Do one of TASKS within its limits, and answer."""
    limits, work = TASKS[task]
    confine(limits)
    told, pixels = _answer(work, arguments)
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n")
    if pixels is not None:
        sys.stdout.buffer.write(pixels.tobytes())
    sys.stdout.buffer.flush()


def _answer(work: Callable[..., Answer], arguments: Sequence[str]) -> Answer:
    try:
        return work(*arguments)
    except (DataError, UnreadableImageError) as error:
        return {"refusal": str(error)}, None
    except MemoryError:
        return {"out_of_memory": True}, None


def look_into_zip(path: str) -> Answer:
    """Whether the zip keeps all limits and two of its images can be read, of which every one is decoded."""
    with open_archive(Path(path)) as archive:
        members = [Member(archive, info) for info in archive.images]
        arrange([member.name for member in members], repr(printable(archive.path.name)), in_order=False)
        failures: list[tuple[str, str]] = []
        for member in members:
            try:
                member.pixels(_SIDE)
            except UnreadableImageError as error:
                failures.append((member.name, str(error)))
        _refuse_unreadable(archive, len(members), failures)
    return {"sound": True}, None


def _refuse_unreadable(archive: Archive, count: int, failures: Sequence[tuple[str, str]]) -> None:
    readable = count - len(failures)
    if readable < 2:
        name, reason = failures[0]
        raise archive.refusal(
            f"holds {count:,} images of which {'one' if readable else 'none'} can be read, at least two are needed; "
            f"the first that cannot is {printable(name)!r}, which {reason}"
        )


def decode_picture(side: str) -> Answer:
    """The picture on standard input."""
    content = sys.stdin.buffer.read(MAX_IMAGE_BYTES + 1)
    if len(content) > MAX_IMAGE_BYTES:
        raise UnreadableImageError(f"is larger than the {MAX_IMAGE_BYTES // 10**6} MB that are allowed")
    return {"count": 1}, decode(io.BytesIO(content), int(side))


def sample_images(path: str, side: str, count: str) -> Answer:
    """Evenly spread training images of a folder or zip; refused where one of them cannot be read."""
    from playground.data.images.folder import opened  # takes longer than all else here, and the other tasks do without
    from playground.data.images.parallel_reader import Tally, read_chunk

    with opened(Path(path)) as recipe:
        sources = recipe.train.sources
        rows = np.unique(np.linspace(0, len(sources) - 1, int(count)).round().astype(np.int64))
        tally = Tally(total=len(rows))
        images = read_chunk([sources[row] for row in rows], int(side), tally)
        tally.refuse_failures()
    return {"name": recipe.name, "count": len(images)}, images


TASKS: dict[str, tuple[Limits, Callable[..., Answer]]] = {
    "zip": (OF_MANY, look_into_zip),
    "sample": (OF_MANY, sample_images),
    "picture": (OF_ONE, decode_picture),
}

if __name__ == "__main__":
    with suppress(BrokenPipeError):
        main(*sys.argv[1:])
