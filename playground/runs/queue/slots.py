"""How many runs go on at a time: one on each GPU, and on the processor as many as it has cores for."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playground.config import RunConfig

Kind = Literal["cpu", "gpu"]
CORES_EACH = 4  # below that a run's views, steps and looks get in each other's way; with fewer cores one run has all
NVIDIA = Path("/proc/driver/nvidia/gpus")  # a folder for each GPU, where the driver is loaded (Linux)
SLOT_FILE = "slot"  # in the run's folder, while it trains: a server that is started anew finds taken what is taken


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A place for one run."""

    kind: Kind
    number: int

    @property
    def words(self) -> str:
        """As it stands in the run's folder: "gpu 1"."""
        return f"{self.kind} {self.number}"


@dataclass(frozen=True, slots=True)
class Slots:
    """What this machine offers."""

    cpu: int = 1
    gpu: int = 0

    def kind(self, config: RunConfig) -> Kind:
        """Where a run of `config` goes."""
        return "gpu" if self.gpu and config.device in ("auto", "cuda") else "cpu"

    def free(self, kind: Kind, taken: Iterable[Slot]) -> Slot | None:
        """The first one that nobody has."""
        used = set(taken)
        slots = (Slot(kind, number) for number in range(getattr(self, kind)))
        return next((slot for slot in slots if slot not in used), None)

    def share(self, cores: int) -> dict[str, str]:
        """What every process may take of the processor; nothing is said where one run at a time has it."""
        return {"OMP_NUM_THREADS": str(max(1, cores // self.cpu))} if self.cpu > 1 else {}

    def only(self, slot: Slot) -> dict[str, str]:
        """Which GPU a process in `slot` may see; nothing is said where there is at most one."""
        return {"CUDA_VISIBLE_DEVICES": _visible()[slot.number]} if slot.kind == "gpu" and self.gpu > 1 else {}


def slots_here(*, many: bool = False, environment: Mapping[str, str] = os.environ) -> Slots:
    """Every GPU, and on the processor PLAYGROUND_SLOTS runs; else one, or for `many` people as it has cores for.

    One person is served best by a run at a time that has all cores. Raises ValueError where PLAYGROUND_SLOTS is no
    number from 1 to 64.
    """
    given = environment.get("PLAYGROUND_SLOTS", "")
    if given and not (given.isdecimal() and 1 <= int(given) <= 64):
        raise ValueError(f"PLAYGROUND_SLOTS: {given} was given, allowed is a whole number from 1 to 64.")
    by_cores = max(1, cores_here() // CORES_EACH) if many else 1
    return Slots(cpu=int(given) if given else by_cores, gpu=len(_visible()))


def cores_here() -> int:
    """That this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def write_slot(folder: Path, slot: Slot) -> None:
    """That the run in `folder` has it. Raises OSError."""
    (folder / SLOT_FILE).write_text(slot.words)


def slot_of(folder: Path) -> Slot:
    """Which one a run that goes on has; the processor's first where it was started by hand."""
    try:
        kind, number = (folder / SLOT_FILE).read_text().split()
        return Slot("gpu" if kind == "gpu" else "cpu", int(number))
    except (OSError, ValueError):
        return Slot("cpu", 0)


def _visible() -> list[str]:
    """The GPUs that a process started from here may see, as CUDA_VISIBLE_DEVICES names them."""
    if not NVIDIA.is_dir():
        return []
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is None:
        return [str(number) for number in range(len(list(NVIDIA.iterdir())))]
    return [part for part in named.split(",") if part and part != "-1"]
