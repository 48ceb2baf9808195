"""Which machine it is: without that, figures of two days or two people cannot be compared. And how much memory this
process takes."""

import os
import platform
import resource
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

PACKAGES = ("torch", "torchvision", "streamlit", "numba", "numpy", "umap-learn", "scikit-learn", "lightly", "kornia")
MB = 1e6
TOLD = ("avx2", "fma", "avx512", "bf16", "amx")  # instruction sets whose names hold one of these


def facts() -> dict[str, str]:
    """What matters to speed, in words. Imports torch."""
    import torch

    from playground.inference.device import cpu_flags

    sets = sorted(flag for flag in cpu_flags() if any(part in flag for part in TOLD))
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    return {
        "processor": processor(),
        "cores": f"{cores()} usable of {os.cpu_count()}, {torch.get_num_threads()} threads",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "sets": ", ".join(sets) or "not told by the system",
        "gpu": gpu,
        "system": platform.platform(),
        "busy": f"load {os.getloadavg()[0]:.1f} before the first measurement",
    }


def versions() -> dict[str, str]:
    """Python's and those of the packages that are measured."""
    return {"python": platform.python_version(), **{name: version_of(name) for name in PACKAGES}}


def version_of(name: str) -> str:
    """Of an installed package."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "is missing"


def cores() -> int:
    """How many this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def processor() -> str:
    """The name that its maker gave it, as far as the system tells."""
    if sys.platform == "darwin":
        asked = subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True)
        return asked.stdout.strip() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return named or platform.processor() or platform.machine()


def memory_now() -> float:
    """Resident memory of this process in MB; where the system does not tell, the most so far."""
    return _status_field("VmRSS") or memory_peak()


def memory_peak() -> float:
    """The most memory that was resident since this process began, in MB."""
    # Linux hands ru_maxrss on from the process that started this one: there the kernel's own mark is read.
    return _status_field("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT / MB


_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss: bytes on macOS, else KiB


def _status_field(name: str) -> float:
    """A line of /proc/self/status in MB; 0 where there is none."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0.0
    found = next((line for line in lines if line.startswith(f"{name}:")), "")
    return int(found.split()[1]) * 1024 / MB if found else 0.0
