"""What this machine can carry: descriptors, memory, disk and training slots, against what a workshop asks for."""

import resource
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from playground.storage.disk_space import free_bytes

DESCRIPTORS_EACH = 13  # of a browser while it loads a page; 5 once it only watches
DESCRIPTORS_OWN = 200  # of the server itself: logs, run folders, sandboxes, the sockets of workers
MOST_DESCRIPTORS = 65_536  # more than 1,000 people need, and few enough for programs that walk through all of them
# Measured on 2026-12-01 (Streamlit 1.67, Linux): 190 MB before anybody has come and 215 MB with one who looks at a run;
# forty who look at one run take 330 MB more; a run of 60 seconds with the suggested settings takes 39 MB of disk.
MEMORY_SERVER = 400_000_000  # bytes, also for what pages import later
MEMORY_EACH = 8_000_000  # bytes of a person's session while a run is watched
MEMORY_RUN = 1_200_000_000  # bytes of a process that trains, or waits warm
MEMORY_BESIDE = 3_700_000_000  # bytes of a mapper, and of two processes that look into uploads
DISK_RUN = 40_000_000  # bytes of a run
DISK_SPARE = 2_000_000_000  # bytes that stay free


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is, in bytes and in numbers."""

    descriptors: int
    memory: int  # that is available now
    disk: int  # that is free where the runs are kept
    slots: int  # runs that train at the same time

    def people(self) -> int:
        """How many may look at pages at the same time, by descriptors and memory."""
        left = self.memory - MEMORY_SERVER - MEMORY_BESIDE - (self.slots + 1) * MEMORY_RUN
        by_memory = max(0, left) // MEMORY_EACH
        return int(min(by_memory, max(0, self.descriptors - DESCRIPTORS_OWN) // DESCRIPTORS_EACH))

    def runs(self) -> int:
        """How many runs there is room for on the disk."""
        return max(0, self.disk - DISK_SPARE) // DISK_RUN


def measure_machine(home: Path, slots: int) -> Machine:
    """The machine as it is now; `home` need not exist."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Machine(descriptors, psutil.virtual_memory().available, free_bytes(home), slots)


def raise_descriptor_limit(people: int) -> int:
    """Raise this process's soft limit of open files to what `people` need, as far as the hard limit allows.

    Returns the soft limit that there is then. Processes that are started afterwards inherit it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(MOST_DESCRIPTORS, DESCRIPTORS_OWN + 2 * DESCRIPTORS_EACH * people)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if wanted > soft:
        with suppress(ValueError, OSError):  # macOS refuses more than it calls OPEN_MAX
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def describe_capacity(machine: Machine, people: int, runs_each: int, run_seconds: float) -> list[str]:
    """What the machine carries, in sentences; each that begins with "Too" names what is short, and what would do."""
    hourly = int(machine.slots * 3600 / run_seconds)
    at_once = "one run trains at a time" if machine.slots == 1 else f"{machine.slots} runs train at a time"
    said = [
        f"This machine: {machine.memory / 1e9:.1f} GB of memory and {machine.disk / 1e9:.1f} GB of disk are free; "
        f"{at_once}, about {hourly:,} an hour where each takes its whole time.",
        f"It carries {machine.people():,} people who look at pages at the same time, and {machine.runs():,} more runs "
        "on its disk.",
    ]
    if machine.people() < people:
        said.append(_name_shortage(machine, people))
    if machine.runs() < people * runs_each:
        said.append(
            f"Too little disk: {people * runs_each:,} runs may be asked for, which take about "
            f"{people * runs_each * DISK_RUN / 1e9:.0f} GB. Free some, or allow fewer with --runs-each."
        )
    return said


def _name_shortage(machine: Machine, people: int) -> str:
    needed = DESCRIPTORS_OWN + DESCRIPTORS_EACH * people
    if machine.descriptors < needed:
        return (
            f"Too few open files are allowed: {machine.descriptors:,}, and {people} people need {needed:,}. Raise the "
            f"limit with `ulimit -Hn {needed}`, or invite fewer."
        )
    return f"Too little memory for {people} people: end other programs, or set PLAYGROUND_SLOTS lower."
