"""What is said of the machine and of memory."""

import mmap
import os

import pytest

from playground.bench import machine


def test_the_machine_is_told_in_words() -> None:
    found = machine.facts()
    assert list(found) == ["processor", "cores", "memory", "sets", "gpu", "system", "busy"]
    assert all(found.values())


def test_instruction_sets_that_matter_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from playground.inference import device

    flags = {"avx", "avx2", "avx512f", "avx512_bf16", "amx_tile", "sse2", "fma", "vme"}
    monkeypatch.setattr(device, "cpu_flags", lambda: flags)
    assert machine.facts()["sets"] == "amx_tile, avx2, avx512_bf16, avx512f, fma"
    monkeypatch.setattr(device, "cpu_flags", set)
    assert machine.facts()["sets"] == "not told by the system"


def test_versions_are_those_installed() -> None:
    found = machine.versions()
    assert {"python", "torch", "torchvision", "streamlit", "numba", "umap-learn", "lightly", "kornia"} <= set(found)
    assert found["torch"].startswith("2.")
    assert machine.version_of("no-such-package") == "is missing"


def test_cores_are_those_that_may_be_used() -> None:
    assert 1 <= machine.cores() <= (os.cpu_count() or 1)


def test_memory_that_is_taken_is_seen() -> None:
    before, most = machine.memory_now(), machine.memory_peak()
    assert 0 < before <= most
    with mmap.mmap(-1, 80_000_000) as taken:  # not from the heap, where as much may lie free and be resident already
        taken.write(b"1" * len(taken))
        assert machine.memory_now() > before + 60
    assert machine.memory_peak() >= before + 60
