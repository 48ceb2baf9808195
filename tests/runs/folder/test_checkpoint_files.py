"""Checkpoints on disk, and which of them stay."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from playground.records import Checkpoint
from playground.runs.folder.checkpoint_files import (
    FIRST_KEPT,
    LAST_KEPT,
    read_checkpoint_header,
    steps_to_keep,
    write_checkpoint,
)
from playground.runs.folder.run_folder import RunFolder, UnreadableRun

ARRAYS: dict[str, NDArray[np.generic]] = {
    "method.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "method.turned": np.arange(6, dtype=np.float32).reshape(2, 3).T,
    "method.pointer": np.array(7, np.int64),
    "optimizer.weight.step": np.array(3.0, np.float32),
    "random.cpu": np.arange(256, dtype=np.uint8),
    "method.none": np.zeros((0, 4), np.float32),
    "method.special": np.array([np.nan, np.inf, -0.0], np.float32),
}
FACTS = {"failures": 1, "optimizer": "adamw", "probe": "größer"}


@pytest.fixture
def stored(run: RunFolder) -> RunFolder:
    """A run with a checkpoint of step 200."""
    write_checkpoint(run.checkpoint_file(200), Checkpoint(200, 1 / 3, 6.25, ARRAYS, FACTS))
    return run


def test_a_checkpoint_comes_back_bit_by_bit(stored: RunFolder) -> None:
    found = stored.checkpoint(200)
    assert (found.step, found.seconds, found.epoch, found.facts) == (200, 1 / 3, 6.25, FACTS)
    assert found.arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        again = found.arrays[name]
        assert (again.dtype, again.shape, again.tobytes()) == (array.dtype, array.shape, array.tobytes()), name


def test_it_has_its_step_for_a_name(stored: RunFolder) -> None:
    assert stored.checkpoint_steps() == [200]
    assert [path.name for path in (stored.path / "checkpoints").iterdir()] == ["000200.safetensors"]


def test_the_header_is_all_but_the_arrays(stored: RunFolder) -> None:
    assert read_checkpoint_header(stored.checkpoint_file(200)) == Checkpoint(200, 1 / 3, 6.25, {}, FACTS)


def other_format(content: bytes) -> bytes:
    from safetensors.numpy import save

    return save({"a": np.zeros(3)})


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content[: len(content) // 2],
        lambda content: content[:4],
        lambda content: b"\x80\x04]\x94." + content,  # a pickle is no checkpoint
        lambda content: content.replace(b"seconds", b"sec0nds"),
        other_format,
    ],
)  # fmt: skip
def test_a_damaged_file_is_one_sentence(damage: object, stored: RunFolder) -> None:
    file = stored.checkpoint_file(200)
    file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    with pytest.raises(UnreadableRun, match=rf"checkpoints/000200.safetensors of run {stored.id} cannot be read"):
        stored.checkpoint(200)


def test_no_flipped_bit_is_taken_for_what_was_written(stored: RunFolder) -> None:
    """Anywhere in the file: it is found out, or changes nothing that is read."""
    file, generator = stored.checkpoint_file(200), np.random.default_rng(0)
    content, before = file.read_bytes(), stored.checkpoint(200)
    for place in generator.permutation(len(content))[:400]:
        flipped = bytearray(content)
        flipped[place] ^= 1 << int(generator.integers(8))
        file.write_bytes(flipped)
        try:
            found = stored.checkpoint(200)
        except UnreadableRun:
            continue
        assert (found.step, found.seconds, found.facts) == (before.step, before.seconds, before.facts), place
        assert {name: array.tobytes() for name, array in found.arrays.items()} == {
            name: array.tobytes() for name, array in before.arrays.items()
        }, place
        assert place < len(content) - sum(array.nbytes for array in ARRAYS.values())  # in the head, and no array


def test_one_without_a_sum_is_read_as_before(stored: RunFolder) -> None:
    from safetensors.numpy import save

    text = {"step": 200, "seconds": 1.5, "epoch": 0.5, "facts": FACTS}
    stored.checkpoint_file(200).write_bytes(save(ARRAYS, metadata={"checkpoint": json.dumps(text)}))
    assert stored.checkpoint(200).facts == FACTS


def test_one_that_is_not_there_is_one_sentence(run: RunFolder) -> None:
    with pytest.raises(UnreadableRun, match="cannot be read"):
        run.checkpoint(3)
    assert run.checkpoint_steps() == []


# Which stay.


def of_run(count: int, room: int, *, every: int = 10) -> list[int]:
    """What is left of a run of `count` checkpoints of equal size, thinned as each comes, with room for `room`."""
    there: list[int] = []
    for number in range(1, count + 1):
        there = steps_to_keep(dict.fromkeys([*there, number * every], 100), room * 100)
        assert len(there) <= max(room, LAST_KEPT)
        assert there[-LAST_KEPT:] == [n * every for n in (number - 1, number) if n]
    return there


def test_where_there_is_room_all_stay() -> None:
    assert of_run(7, room=7) == [10, 20, 30, 40, 50, 60, 70]


@given(count=st.integers(20, 300), room=st.integers(8, 20))
def test_the_first_stay_and_the_others_are_spread_over_the_run(count: int, room: int) -> None:
    left = of_run(count, room)
    assert len(left) == min(count, room)
    assert left[:FIRST_KEPT] == [10 * n for n in range(1, FIRST_KEPT + 1)]
    gaps = [later - earlier for earlier, later in pairwise(left[FIRST_KEPT - 1 : -LAST_KEPT + 1])]
    assert max(gaps) <= 3 * 10 * count / (room - FIRST_KEPT - LAST_KEPT + 1)


@pytest.mark.parametrize("room", [0, 1, 2])
def test_the_last_two_always_stay(room: int) -> None:
    assert of_run(9, room) == [80, 90]


def test_where_there_is_little_room_the_first_go_last() -> None:
    assert [of_run(9, room) for room in (3, 4, 5)] == [[10, 80, 90], [10, 20, 80, 90], [10, 20, 40, 80, 90]]


@given(sizes=st.dictionaries(st.integers(1, 1000), st.integers(1, 500)), budget=st.integers(0, 5000))
def test_of_any_sizes_what_stays_fits_or_is_the_last_two(sizes: dict[int, int], budget: int) -> None:
    left = steps_to_keep(sizes, budget)
    assert set(left) <= set(sizes)
    assert left == sorted(left)
    assert left[-LAST_KEPT:] == sorted(sizes)[-LAST_KEPT:]
    assert len(left) <= LAST_KEPT or sum(sizes[step] for step in left) <= budget
    if sum(sizes.values()) <= budget:
        assert left == sorted(sizes)
