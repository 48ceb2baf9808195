"""Reading: in order, counted, and stopped at once when nobody wants the images any more."""

import threading
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from playground.data import DataError, run_to_end
from playground.data.images.decoding import UnreadableImageError
from playground.data.images.parallel_reader import Tally, read_in_threads
from playground.records import Images, Progress


@dataclass
class Numbered:
    """An image whose pixels are its number; every seventh cannot be read where `holes` is set."""

    number: int
    holes: bool = False

    @property
    def name(self) -> str:
        return f"{self.number}.png"

    def pixels(self, side: int) -> NDArray[np.uint8]:
        if self.holes and self.number % 7 == 3:
            raise UnreadableImageError("is damaged or cut off")
        return np.full((side, side, 3), self.number % 251, np.uint8)


@pytest.mark.parametrize("count", [1, 63, 64, 65, 1000])
def test_images_come_in_order(count: int) -> None:
    chunks: list[Images] = []
    tally = Tally(count)
    run_to_end(read_in_threads([Numbered(n) for n in range(count)], 2, chunks.append, tally))
    np.testing.assert_array_equal(np.concatenate(chunks)[:, 0, 0, 0], np.arange(count) % 251)
    assert tally.done == count


def test_unreadable_images_are_counted_and_the_first_is_named() -> None:
    tally = Tally(200)
    run_to_end(read_in_threads([Numbered(n, holes=True) for n in range(200)], 2, lambda chunk: None, tally))
    with pytest.raises(DataError) as caught:
        tally.refuse_failures()
    assert str(caught.value) == (
        "data.path: 29 of 200 images cannot be read; the first is '3.png', which is damaged or cut off: "
        "repair or remove what cannot be read, then try again."
    )


def test_an_error_that_ends_everything_is_passed_on() -> None:
    @dataclass
    class Bomb(Numbered):
        def pixels(self, side: int) -> NDArray[np.uint8]:
            raise DataError("too much")

    with pytest.raises(DataError, match="too much"):
        run_to_end(read_in_threads([Bomb(n) for n in range(5000)], 2, lambda chunk: None, Tally(5000)))


def test_slow_images_are_reported_and_closing_stops_the_threads() -> None:
    go_on = threading.Event()
    tried: list[int] = []

    @dataclass
    class Slow(Numbered):
        def pixels(self, side: int) -> NDArray[np.uint8]:
            tried.append(self.number)
            go_on.wait(30)
            return super().pixels(side)

    reading = read_in_threads([Slow(n) for n in range(10_000)], 2, lambda chunk: None, Tally(10_000))
    assert next(reading) == Progress("reading images", 0, 10_000)  # although not one image is finished
    assert next(reading).total == 10_000
    threading.Timer(0.1, go_on.set).start()
    reading.close()
    assert len(tried) < 100  # each thread finishes the one it is at
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("reading")]
