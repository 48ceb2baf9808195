"""How much memory this process takes."""

import resource
import sys
from pathlib import Path

MB = 1e6


def now() -> float:
    """Resident, in MB; where the system does not tell, the most so far."""
    return _field("VmRSS") or peak()


def peak() -> float:
    """The most that was resident since this process began, in MB."""
    # Linux hands ru_maxrss on from the process that started this one: there the kernel's own mark is read.
    return _field("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT / MB


_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss: bytes on macOS, else KiB


def _field(name: str) -> float:
    """A line of /proc/self/status in MB; 0 where there is none."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0.0
    found = next((line for line in lines if line.startswith(f"{name}:")), "")
    return int(found.split()[1]) * 1024 / MB if found else 0.0
