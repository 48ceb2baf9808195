"""The moving picture of README: as it lies there, and how frames become one."""

from pathlib import Path

import pytest
from PIL import Image, ImageSequence

from tests.browser.gallery_animation import FIRST, LAST, MOST, SHOWN, WIDTH, write_animation
from tests.docs.documents import ROOT

PICTURE = ROOT / "assets" / "gallery" / "training.webp"
MOST_BYTES = 1_000_000


def frames(count: int) -> list[Image.Image]:
    """Each of its own grey, far enough from its neighbours' to survive lossy compression."""
    return [Image.new("RGB", (32, 32), (number * 40 % 256,) * 3) for number in range(count)]


def shown(path: Path) -> list[tuple[int, int]]:
    """Grey and milliseconds of every frame."""
    found = []
    with Image.open(path) as picture:
        for frame in ImageSequence.Iterator(picture):
            grey = frame.convert("RGB").getpixel((16, 16))
            assert isinstance(grey, tuple)
            found.append((int(grey[0]), int(frame.info["duration"])))
    return found


def test_the_picture_of_readme_moves_and_is_small() -> None:
    assert PICTURE.stat().st_size < MOST_BYTES
    with Image.open(PICTURE) as picture:
        assert picture.width == WIDTH
        assert 30 <= sum(1 for _ in ImageSequence.Iterator(picture)) <= MOST


def test_the_first_and_the_last_frame_are_held(tmp_path: Path) -> None:
    found = shown(write_animation(frames(4), tmp_path / "a.webp"))
    assert [grey for grey, _ in found] == pytest.approx([0, 40, 80, 120], abs=6)
    assert [duration for _, duration in found] == [FIRST, SHOWN, SHOWN, LAST]


def test_frames_in_which_nothing_changed_are_left_out(tmp_path: Path) -> None:
    first, second, third = frames(3)
    found = shown(write_animation([first, first, second, second, second, third], tmp_path / "a.webp"))
    assert [grey for grey, _ in found] == pytest.approx([0, 40, 80], abs=6)


def test_of_too_many_frames_some_are_taken_with_the_first_and_the_last(tmp_path: Path) -> None:
    found = shown(write_animation(frames(3 * MOST), tmp_path / "a.webp"))
    assert len(found) <= MOST
    assert (found[0][0], found[-1][0]) == pytest.approx((0, (3 * MOST - 1) * 40 % 256), abs=6)
