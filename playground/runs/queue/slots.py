"""Slots for runs on this machine: one for each GPU, and for the CPU as many as it has cores for."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playground.config import RunConfig

SlotKind = Literal["cpu", "gpu"]
CORES_PER_RUN = 4  # a run uses that many at once, for views, steps and snapshots
NVIDIA_FOLDER = Path("/proc/driver/nvidia/gpus")  # has a folder for each GPU while the driver is loaded (Linux)
SLOT_FILE = "slot"  # in the run's folder, so that a restarted server knows the slots of running runs


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A place for one run."""

    kind: SlotKind
    number: int

    @property
    def text(self) -> str:
        """Text for the slot file: "gpu 1"."""
        return f"{self.kind} {self.number}"


@dataclass(frozen=True, slots=True)
class Slots:
    """Number of slots of each kind."""

    cpu: int = 1
    gpu: int = 0

    def kind_of(self, config: RunConfig) -> SlotKind:
        """Kind of the slot that a run of `config` needs."""
        return "gpu" if self.gpu and config.device in ("auto", "cuda") else "cpu"

    def first_free(self, kind: SlotKind, taken: Iterable[Slot]) -> Slot | None:
        """The first slot of a kind that is not in `taken`, or None."""
        used = set(taken)
        slots = (Slot(kind, number) for number in range(getattr(self, kind)))
        return next((slot for slot in slots if slot not in used), None)

    def thread_variables(self, cores: int) -> dict[str, str]:
        """Environment that limits the threads of a process to its share of `cores`; empty with a single CPU slot."""
        return {"OMP_NUM_THREADS": str(max(1, cores // self.cpu))} if self.cpu > 1 else {}

    def gpu_variables(self, slot: Slot) -> dict[str, str]:
        """Environment that limits a process to the GPU of its slot; empty with less than two GPUs."""
        return {"CUDA_VISIBLE_DEVICES": _visible_gpus()[slot.number]} if slot.kind == "gpu" and self.gpu > 1 else {}


def detect_slots(*, many: bool = False, environment: Mapping[str, str] = os.environ) -> Slots:
    """Slots of this machine: all GPUs, and PLAYGROUND_SLOTS for the CPU, by default one, or by its cores for `many`.

    For one person it is best to give all cores to one run at a time. Raises ValueError unless PLAYGROUND_SLOTS is a
    number from 1 to 64.
    """
    given = environment.get("PLAYGROUND_SLOTS", "")
    if given and not (given.isdecimal() and 1 <= int(given) <= 64):
        raise ValueError(f"PLAYGROUND_SLOTS: {given} was given, allowed is a whole number from 1 to 64.")
    by_cores = max(1, count_cores() // CORES_PER_RUN) if many else 1
    return Slots(cpu=int(given) if given else by_cores, gpu=len(_visible_gpus()))


def count_cores() -> int:
    """Number of cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def write_slot(folder: Path, slot: Slot) -> None:
    """Writes the slot of the run in `folder`. Raises OSError."""
    (folder / SLOT_FILE).write_text(slot.text)


def read_slot(folder: Path) -> Slot:
    """The slot of the running run in `folder`; the first CPU slot where it was started by hand."""
    try:
        kind, number = (folder / SLOT_FILE).read_text().split()
        return Slot("gpu" if kind == "gpu" else "cpu", int(number))
    except (OSError, ValueError):
        return Slot("cpu", 0)


def _visible_gpus() -> list[str]:
    """Names of the GPUs that child processes may use, as in CUDA_VISIBLE_DEVICES."""
    if not NVIDIA_FOLDER.is_dir():
        return []
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is None:
        return [str(number) for number in range(len(list(NVIDIA_FOLDER.iterdir())))]
    return [part for part in named.split(",") if part and part != "-1"]
