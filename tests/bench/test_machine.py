"""What is said of the machine and of memory."""

import mmap
import os

import pytest

from playground.bench import machine


def test_the_machine_is_told_in_words() -> None:
    found = machine.describe_machine()
    assert list(found) == ["processor", "cores", "memory", "sets", "gpu", "system", "busy"]
    assert all(found.values())


def test_instruction_sets_that_matter_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from playground.inference import device

    flags = {"avx", "avx2", "avx512f", "avx512_bf16", "amx_tile", "sse2", "fma", "vme"}
    monkeypatch.setattr(device, "cpu_flags", lambda: flags)
    assert machine.describe_machine()["sets"] == "amx_tile, avx2, avx512_bf16, avx512f, fma"
    monkeypatch.setattr(device, "cpu_flags", set)
    assert machine.describe_machine()["sets"] == "not told by the system"


def test_versions_are_those_installed() -> None:
    found = machine.package_versions()
    assert {"python", "torch", "torchvision", "streamlit", "numba", "umap-learn", "lightly", "kornia"} <= set(found)
    assert found["torch"].startswith("2.")
    assert machine.package_version("no-such-package") == "is missing"


def test_cores_are_those_that_may_be_used() -> None:
    assert 1 <= machine.usable_cores() <= (os.cpu_count() or 1)


def test_memory_that_is_taken_is_seen() -> None:
    before, most = machine.resident_memory(), machine.peak_memory()
    assert 0 < before <= most
    with mmap.mmap(-1, 80_000_000) as taken:  # not from the heap, where as much may lie free and be resident already
        taken.write(b"1" * len(taken))
        assert machine.resident_memory() > before + 60
    assert machine.peak_memory() >= before + 60
