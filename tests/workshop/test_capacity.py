"""What a machine carries, and what is said where that is too little."""

import subprocess
import sys
from pathlib import Path

import pytest

from playground.workshop.capacity import (
    DESCRIPTORS_EACH,
    DESCRIPTORS_OWN,
    Machine,
    describe_capacity,
    measure_machine,
)

GB = 10**9
ROOMY = Machine(descriptors=65_536, memory=64 * GB, disk=500 * GB, slots=2)


def test_people_are_bounded_by_what_is_scarcest() -> None:
    assert ROOMY.people() > 1000
    few = Machine(descriptors=1024, memory=64 * GB, disk=500 * GB, slots=2)
    assert few.people() == (1024 - DESCRIPTORS_OWN) // DESCRIPTORS_EACH
    assert Machine(65_536, 2 * GB, 500 * GB, 1).people() == 0
    assert Machine(65_536, 64 * GB, 1 * GB, 1).runs() == 0


@pytest.mark.parametrize(
    ("machine", "short"),
    [
        (ROOMY, []),
        (Machine(1024, 64 * GB, 500 * GB, 2), ["Too few open files"]),
        (Machine(65_536, 8 * GB, 500 * GB, 2), ["Too little memory"]),
        (Machine(65_536, 64 * GB, 3 * GB, 2), ["Too little disk"]),
        (Machine(1024, 64 * GB, 3 * GB, 2), ["Too few open files", "Too little disk"]),
    ],
)
def test_what_is_short_is_named(machine: Machine, short: list[str]) -> None:
    said = describe_capacity(machine, people=300, runs_each=5, run_seconds=120)
    assert [sentence.partition(":")[0].partition(" for ")[0].partition(" are ")[0] for sentence in said[2:]] == short
    assert "about 60 an hour" in said[0]


def test_this_machine_is_measured(tmp_path: Path) -> None:
    machine = measure_machine(tmp_path / "not" / "there", slots=1)
    assert min(machine.descriptors, machine.memory, machine.disk) > 0


def test_the_soft_limit_is_raised_as_far_as_the_hard_one_allows() -> None:
    script = """
import resource
from playground.workshop.capacity import raise_descriptor_limit
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 2000))
print(raise_descriptor_limit(10), raise_descriptor_limit(300), raise_descriptor_limit(1))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["460", "2000", "2000"]
