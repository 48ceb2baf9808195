"""Checkpoints as files that travel: what is packed is read again; what is forged is refused before a run sees it."""

import io
import json
import pickle
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save

from playground.config import ConfigError
from playground.inference.errors import TrainingError
from playground.records import Checkpoint
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library import checkpoint_archive
from playground.runs.library.checkpoint_archive import ArchiveHeader, InvalidArchive, pack_checkpoint, read_archive
from playground.runs.library.store import RunStore
from playground.training.checkpoint import check_compatible
from tests.runs.trained import trained
from tests.training.tiny import tiny

Arrays = dict[str, NDArray[np.generic]]
Metadata = dict[str, str]
CONFIG = tiny(
    data__count=100, budget__steps=3, watch__probe_size=16, method__name="moco", method__queue_size=64,
    optimizer__name="sgd",
)  # fmt: skip


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of three steps. Trained once for all tests."""
    return trained(RunStore(tmp_path_factory.mktemp("runs")).create(CONFIG))


@pytest.fixture(scope="module")
def parts(original: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> tuple[Metadata, Arrays]:
    """What its file consists of."""
    file = tmp_path_factory.mktemp("files") / "a.safetensors"
    file.write_bytes(pack_checkpoint(original))
    with safe_open(file, framework="numpy") as opened:
        return opened.metadata(), {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118


def put(folder: Path, content: bytes) -> Path:
    file = folder / "given.safetensors"
    file.write_bytes(content)
    return file


def test_what_is_packed_is_read_again(original: RunFolder, tmp_path: Path) -> None:
    told, checkpoint = read_archive(put(tmp_path, pack_checkpoint(original)))
    assert told == ArchiveHeader(original.config, original.id, 3)
    same = original.checkpoint(3)
    assert replace(checkpoint, arrays={}) == replace(same, arrays={})
    assert checkpoint.arrays.keys() == same.arrays.keys()
    for name, array in same.arrays.items():
        np.testing.assert_array_equal(checkpoint.arrays[name], array)
    check_compatible(told.config, checkpoint)


def test_the_newest_that_can_be_read_is_packed(store: RunStore, tmp_path: Path) -> None:
    run = trained(store.create(CONFIG))
    newest = run.checkpoint_file(3)
    newest.write_bytes(newest.read_bytes()[:-5])
    assert read_archive(put(tmp_path, pack_checkpoint(run)))[0].step == 2
    for step in run.checkpoint_steps():
        run.checkpoint_file(step).write_bytes(b"")
    with pytest.raises(UnreadableRun, match="has no checkpoint that can be read"):
        pack_checkpoint(run)


def header(said: dict[str, Any]) -> bytes:
    text = json.dumps(said).encode()
    return struct.pack("<Q", len(text)) + text


def torch_file() -> bytes:
    buffer = io.BytesIO()
    torch.save({"method.encoder": torch.zeros(3)}, buffer)
    return buffer.getvalue()


NO_FILES = {
    "nothing": b"",
    "text": b"weights",
    "a pickle": pickle.dumps({"method.encoder": [0.0]}),
    "torch's own format": torch_file(),
    "a header that is too long": struct.pack("<Q", 2**62) + b"{}",
    "a header that is no JSON": struct.pack("<Q", 4) + b"nope",
    "an array beyond the end": header({"method.a": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}),
    "arrays on top of each other": header(
        {name: {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]} for name in ("method.a", "method.b")}
    ) + bytes(4),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_FILES)
def test_what_is_no_such_file(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArchive, match="is no safetensors file, or is cut off"):
        read_archive(put(tmp_path, NO_FILES[name]))


@given(st.binary(max_size=400))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    with pytest.raises(InvalidArchive):
        read_archive(put(tmp_path_factory.mktemp("any"), content))


def test_no_file_that_is_cut_off_or_flipped_is_taken(original: RunFolder, tmp_path: Path) -> None:
    whole = pack_checkpoint(original)
    rng = np.random.default_rng(0)
    for place in rng.integers(0, len(whole), 60):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << int(rng.integers(8))
        for content in (whole[:place], bytes(flipped)):
            with suppress(InvalidArchive, ConfigError):
                told, checkpoint = read_archive(put(tmp_path, content))
                assert content == bytes(flipped)  # in what the sum does not depend on: the settings, the id
                assert checkpoint.step == told.step == 3


# A file that is whole, of which one thing is forged: what comes of it.


def other_settings(**changes: Any) -> Callable[[Metadata, Arrays], None]:
    def forge(metadata: Metadata, arrays: Arrays) -> None:
        settings = json.loads(metadata["settings"])
        for key, value in changes.items():
            group, _, name = key.partition("__")
            settings[group] = {**settings[group], name: value} if name else value
        metadata["settings"] = json.dumps(settings)

    return forge


def other_facts(**changes: Any) -> Callable[[Metadata, Arrays], None]:
    def forge(metadata: Metadata, arrays: Arrays) -> None:
        known = json.loads(metadata["checkpoint"])
        for key, value in changes.items():
            group, _, name = key.partition("__")
            known[group] = {**known[group], name: value} if name else value
        metadata["checkpoint"] = json.dumps(known)
        del metadata["crc32"]

    return forge


def unsummed(change: Callable[[Arrays], None]) -> Callable[[Metadata, Arrays], None]:
    """With arrays changed and no sum that would tell of it."""

    def forge(metadata: Metadata, arrays: Arrays) -> None:
        change(arrays)
        del metadata["crc32"]

    return forge


def other_arrays(change: Callable[[Arrays, str], None], part: str = "method.") -> Callable[[Metadata, Arrays], None]:
    def change_first(arrays: Arrays) -> None:
        change(arrays, next(name for name in sorted(arrays) if name.startswith(part) and arrays[name].ndim > 1))

    return unsummed(change_first)


def without(key: str) -> Callable[[Metadata, Arrays], None]:
    return lambda metadata, arrays: metadata.__delitem__(key)


def spoiled(arrays: Arrays, name: str) -> None:
    array = arrays[name].copy()
    array.flat[0] = np.nan
    arrays[name] = array


NO_RUN = "of no run's settings"
NO_STEP = "does not say at which step"
DAMAGED = "is damaged or cut off"
FORGED: dict[str, tuple[Callable[[Metadata, Arrays], None], str]] = {
    "no settings": (without("settings"), NO_RUN),
    "no checkpoint": (without("checkpoint"), NO_RUN),
    "settings that are no JSON": (lambda m, a: m.__setitem__("settings", "{"), DAMAGED),
    "settings in depth": (lambda m, a: m.__setitem__("settings", "[" * 100_000), DAMAGED),
    "settings that are a number": (lambda m, a: m.__setitem__("settings", "3"), DAMAGED),
    "settings that are a list": (lambda m, a: m.__setitem__("settings", "[1, 2]"), DAMAGED),
    "settings without end": (lambda m, a: m.__setitem__("settings", " " * 1_000_001), "says more of itself"),
    "another text": (lambda m, a: m.__setitem__("checkpoint", m["checkpoint"] + " "), DAMAGED),
    "step 0": (other_facts(step=0), NO_STEP),
    "step -1": (other_facts(step=-1), NO_STEP),
    "a step of 10 to the 12": (other_facts(step=10**12), NO_STEP),
    "a step in words": (other_facts(step="../3"), NO_STEP),
    "a step that is true": (other_facts(step=True), NO_STEP),
    "seconds that are none": (other_facts(seconds=float("nan")), NO_STEP),
    "seconds before time": (other_facts(seconds=-1.0), NO_STEP),
    "an epoch without end": (other_facts(epoch=float("inf")), NO_STEP),
    "facts that are a list": (other_facts(facts=[]), NO_STEP),
    "images in words": (other_facts(facts__train_images="many"), NO_STEP),
    "more than is known": (other_facts(arrays={}), DAMAGED),
    "an array of another part": (lambda m, a: a.__setitem__("system.path", np.zeros(3, np.uint8)), "that no run of"),
    "numbers of another kind": (other_arrays(lambda a, n: a.__setitem__(n, a[n].astype(np.float64))), r"\(F64\)"),
    "a NaN": (other_arrays(spoiled), "not finite"),
    "a NaN in the optimizer": (other_arrays(spoiled, "optimizer."), "not finite"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_what_is_forged(name: str, parts: tuple[Metadata, Arrays], tmp_path: Path) -> None:
    forge, reason = FORGED[name]
    metadata, arrays = dict(parts[0]), dict(parts[1])
    forge(metadata, arrays)
    with pytest.raises(InvalidArchive, match=reason):
        read_archive(put(tmp_path, save(arrays, metadata=metadata)))


def test_more_arrays_than_any_run_has(
    parts: tuple[Metadata, Arrays], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint_archive, "MOST_ARRAYS", 5)
    with pytest.raises(InvalidArchive, match=r"holds .* arrays; at most 5 are allowed"):
        read_archive(put(tmp_path, save(parts[1], metadata=parts[0])))


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"method__temprature": 1}, "method.temprature"), ({"batch_size": -5}, "batch_size"), ({"seed": "x"}, "seed")],
)
def test_settings_that_are_none(
    changes: dict[str, Any], named: str, parts: tuple[Metadata, Arrays], tmp_path: Path
) -> None:
    metadata = dict(parts[0])
    other_settings(**changes)(metadata, {})
    with pytest.raises(ConfigError, match=named):
        read_archive(put(tmp_path, save(parts[1], metadata=metadata)))


@pytest.mark.parametrize("run", ["../../etc", "20250101-000000000-moco-12ab/..", "", "x" * 5000, "<b>"])
def test_an_id_that_is_none_is_not_told(run: str, parts: tuple[Metadata, Arrays], tmp_path: Path) -> None:
    told, _ = read_archive(put(tmp_path, save(parts[1], metadata={**parts[0], "run": run})))
    assert told.run == ""


# Whole and well-formed, but not of a run with its settings.

MISFITS: dict[str, Callable[[Metadata, Arrays], None]] = {
    "another encoder": other_settings(encoder__width=16),
    "another method": other_settings(method={"name": "byol"}),
    "another queue": other_settings(method__queue_size=128),
    "a missing array": other_arrays(lambda arrays, name: arrays.__delitem__(name)),
    "one more array": other_arrays(lambda arrays, name: arrays.__setitem__("method.more", arrays[name])),
    "another shape": other_arrays(lambda arrays, name: arrays.__setitem__(name, arrays[name][:-1].copy())),
    "another kind": other_arrays(lambda arrays, name: arrays.__setitem__(name, arrays[name].astype(np.int32))),
    "another optimizer's memory": other_arrays(lambda a, n: a.__setitem__(n, a[n][:-1].copy()), "optimizer."),
    "a parameter that there is not": unsummed(lambda arrays: arrays.__setitem__("optimizer.x.momentum_buffer", np.zeros(3, np.float32))),
    "no random numbers": unsummed(lambda arrays: arrays.__delitem__("random.cpu")),
    "random numbers that are none": unsummed(lambda arrays: arrays.__setitem__("random.cpu", np.zeros(7, np.uint8))),
}  # fmt: skip


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit_its_settings(name: str, parts: tuple[Metadata, Arrays], tmp_path: Path) -> None:
    metadata, arrays = dict(parts[0]), dict(parts[1])
    MISFITS[name](metadata, arrays)
    told, checkpoint = read_archive(put(tmp_path, save(arrays, metadata=metadata)))
    with pytest.raises(TrainingError, match="does not fit the run's settings"):
        check_compatible(told.config, checkpoint)


def test_a_sound_one_fits(parts: tuple[Metadata, Arrays], tmp_path: Path) -> None:
    told, checkpoint = read_archive(put(tmp_path, save(parts[1], metadata=parts[0])))
    assert isinstance(checkpoint, Checkpoint)
    state = torch.get_rng_state()
    check_compatible(told.config, checkpoint)
    torch.set_rng_state(state)
