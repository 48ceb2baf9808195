"""`python -m playground doctor`: what this machine offers."""

import os
import platform
import shutil
from pathlib import Path

import psutil

from playground.bench.machine import cores, version_of
from playground.storage.home import home_folder, torchvision_folder

VERSIONS = ("torch", "torchvision", "streamlit", "plotly", "umap-learn", "numba", "scikit-learn", "numpy", "pillow")


def doctor() -> int:
    """Print one line a fact; exit status 0."""
    for name, value in facts().items():
        print(f"{name:<12} {value}")
    return 0


def facts() -> dict[str, str]:
    """What matters to training, in words."""
    from playground.config import RunConfig
    from playground.inference.device import choose_device, devices  # imports torch

    home, memory = home_folder(), psutil.virtual_memory()
    return {
        "device": choose_device(RunConfig()).words,
        "devices": ", ".join(devices()),
        "cores": f"{cores()} usable of {os.cpu_count()}",
        "memory": f"{memory.total / 2**30:.0f} GiB, {memory.available / 2**30:.0f} free",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "versions": ", ".join(f"{name} {version_of(name)}" for name in VERSIONS),
        "home": f"{home}{'' if home.exists() else ' (made by the first run)'}",
        "data": ", ".join(_found(home)),
        "disk": f"{shutil.disk_usage(_existing(home)).free / 2**30:.0f} GiB free",
    }


def _found(home: Path) -> list[str]:
    """Data that needs no network: what the app brings, and what was downloaded before."""
    public = torchvision_folder(home)
    entries = public.iterdir() if public.is_dir() else ()
    return ["shapes", "digits", *sorted(e.name for e in entries if e.is_dir() and not e.name.startswith("."))]


def _existing(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.exists())
