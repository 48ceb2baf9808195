"""Description of the machine and its packages, which figures are compared by, and the memory of this process."""

import os
import platform
import resource
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

REPORTED_PACKAGES = (
    "torch",
    "torchvision",
    "streamlit",
    "numba",
    "numpy",
    "umap-learn",
    "scikit-learn",
    "lightly",
    "kornia",
)
MB = 1e6
REPORTED_INSTRUCTIONS = ("avx2", "fma", "avx512", "bf16", "amx")  # parts of names of instruction sets


def describe_machine() -> dict[str, str]:
    """What affects speed, name -> words. Imports torch."""
    import torch

    from playground.inference.device import cpu_flags

    sets = sorted(flag for flag in cpu_flags() if any(part in flag for part in REPORTED_INSTRUCTIONS))
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    return {
        "processor": processor_name(),
        "cores": f"{usable_cores()} usable of {os.cpu_count()}, {torch.get_num_threads()} threads",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "sets": ", ".join(sets) or "not told by the system",
        "gpu": gpu,
        "system": platform.platform(),
        "busy": f"load {os.getloadavg()[0]:.1f} before the first measurement",
    }


def package_versions() -> dict[str, str]:
    """Versions of Python and of the packages that are measured, name -> version."""
    return {"python": platform.python_version(), **{name: package_version(name) for name in REPORTED_PACKAGES}}


def package_version(name: str) -> str:
    """Version of a package, "is missing" where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "is missing"


def usable_cores() -> int:
    """Number of CPU cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def processor_name() -> str:
    """Name of the CPU model, else of its architecture."""
    if sys.platform == "darwin":
        asked = subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True)
        return asked.stdout.strip() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return named or platform.processor() or platform.machine()


def resident_memory() -> float:
    """Resident memory of this process in MB; its peak where the system does not tell."""
    return _status_field("VmRSS") or peak_memory()


def peak_memory() -> float:
    """Peak of the resident memory of this process in MB."""
    # On Linux ru_maxrss is inherited from the parent process, so VmHWM is read instead.
    return _status_field("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_BYTES / MB


_MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss: bytes on macOS, else KiB


def _status_field(name: str) -> float:
    """A field of /proc/self/status in MB; 0 where there is none."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0.0
    found = next((line for line in lines if line.startswith(f"{name}:")), "")
    return int(found.split()[1]) * 1024 / MB if found else 0.0
