"""Decodes many images in threads, in order and in bounded memory, with reports of progress. Used by `cache`."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from playground.data.errors import DataError
from playground.data.images.decoding import UnreadableImageError
from playground.data.images.folder_layout import natural_key
from playground.records import Images, Progress
from playground.wording.escape import printable

_CHUNK_IMAGES = 64  # for each task: enough to make small files cheap
_MOST_THREADS = 16  # each may hold a photograph of 25 megapixels
_REPORT_SECONDS = 0.2  # between two reports


class ImageSource(Protocol):
    """One image that can be decoded."""

    @property
    def name(self) -> str:
        """Name of the image in messages."""
        ...

    def pixels(self, side: int) -> NDArray[np.uint8]:
        """The image as RGB [side, side, 3]. Raises UnreadableImageError, or DataError where all reading must end."""
        ...


@dataclass
class Tally:
    """Counts of decoded and failed images over all splits. Thread-safe."""

    total: int
    done: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)  # name, reason
    stopped: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _reported: float = 0.0

    def count(self) -> None:
        """Count one more image, decoded or failed."""
        with self._lock:
            self.done += 1

    def reports(self) -> Generator[Progress, None, None]:
        """Yields the progress, at most every 0.2 seconds."""
        if time.monotonic() - self._reported >= _REPORT_SECONDS:
            self._reported = time.monotonic()
            yield Progress("reading images", self.done, self.total)

    def refuse_failures(self) -> None:
        """Raises DataError where images could not be read: how many, the name of the first, and what to do."""
        if not self.failures:
            return
        name, reason = min(self.failures, key=lambda failure: natural_key(failure[0]))
        raise DataError(
            f"data.path: {len(self.failures):,} of {self.total:,} images cannot be read; the first is "
            f"{printable(name)!r}, which {reason}: repair or remove what cannot be read, then try again."
        )


def read_in_threads(
    sources: Sequence[ImageSource], side: int, keep: Callable[[Images], None], tally: Tally
) -> Generator[Progress, None, None]:
    """Pass all images to `keep` in order, in chunks [k, side, side, 3]; failed images are black and in `tally`."""
    workers = min(os.cpu_count() or 1, _MOST_THREADS)
    starts = deque(range(0, len(sources), _CHUNK_IMAGES))
    pending: deque[Future[Images]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="reading") as pool:
        try:
            while starts or pending:
                while starts and len(pending) < 3 * workers:
                    start = starts.popleft()
                    pending.append(pool.submit(read_chunk, sources[start : start + _CHUNK_IMAGES], side, tally))
                if wait([pending[0]], timeout=_REPORT_SECONDS).done:
                    keep(pending.popleft().result())
                yield from tally.reports()
        finally:  # also where the generator is closed: the remaining images are not decoded
            tally.stopped = True
            pool.shutdown(cancel_futures=True)
            tally.stopped = False


def read_chunk(sources: Sequence[ImageSource], side: int, tally: Tally) -> Images:
    """Images [n, side, side, 3], decoded in this thread; failed images are black and in `tally`."""
    images: Images = np.zeros((len(sources), side, side, 3), np.uint8)
    for place, source in enumerate(sources):
        if tally.stopped:
            break
        try:
            images[place] = source.pixels(side)
        except UnreadableImageError as error:
            tally.failures.append((source.name, str(error)))
        tally.count()
    return images
