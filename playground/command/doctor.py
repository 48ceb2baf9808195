"""`python -m playground doctor`: prints devices, versions and folders of this machine."""

import os
import platform
from pathlib import Path

import psutil

from playground.bench.machine import package_version, usable_cores
from playground.storage.disk_space import free_bytes
from playground.storage.home import home_folder, torchvision_folder

VERSIONS = ("torch", "torchvision", "streamlit", "plotly", "umap-learn", "numba", "scikit-learn", "numpy", "pillow")


def doctor_command() -> int:
    """Print one line for each fact. Returns the exit status 0."""
    for name, value in environment_facts().items():
        print(f"{name:<12} {value}")
    return 0


def environment_facts() -> dict[str, str]:
    """Name -> value of the facts that matter to training, in words."""
    from playground.config import RunConfig
    from playground.inference.device import choose_device, devices  # imports torch

    home, memory = home_folder(), psutil.virtual_memory()
    return {
        "device": choose_device(RunConfig()).words,
        "devices": ", ".join(devices()),
        "cores": f"{usable_cores()} usable of {os.cpu_count()}",
        "memory": f"{memory.total / 2**30:.0f} GiB, {memory.available / 2**30:.0f} free",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "versions": ", ".join(f"{name} {package_version(name)}" for name in VERSIONS),
        "home": f"{home}{'' if home.exists() else ' (made by the first run)'}",
        "data": ", ".join(_local_data_sets(home)),
        "disk": f"{free_bytes(home) / 2**30:.0f} GiB free",
    }


def _local_data_sets(home: Path) -> list[str]:
    """Names of the data sets that need no download."""
    public = torchvision_folder(home)
    entries = public.iterdir() if public.is_dir() else ()
    return ["shapes", "digits", *sorted(e.name for e in entries if e.is_dir() and not e.name.startswith("."))]
