"""Data sets: `load` reads the images of a config as uint8 arrays, `load_run` the data of any run.

Names are imported when first used: the process that opens untrusted files (`uploads.sandbox_worker`) needs few of them
and has to start fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playground.data.dataset import ChannelStatistics, Dataset, Split
    from playground.data.errors import DataError, DiskFullError
    from playground.data.load_for_run import check_run, load_run
    from playground.data.registry import LOADERS, Loader, check, load
    from playground.data.run_generator import run_to_end
    from playground.data.uploads.keep import keep_sentences, keep_zip
else:
    _HOMES = {
        "dataset": ("ChannelStatistics", "Dataset", "Split"),
        "errors": ("DataError", "DiskFullError"),
        "run_generator": ("run_to_end",),
        "registry": ("LOADERS", "Loader", "check", "load"),
        "load_for_run": ("check_run", "load_run"),
        "uploads.keep": ("keep_sentences", "keep_zip"),
    }

    def __getattr__(name: str) -> object:
        for module, names in _HOMES.items():
            if name in names:
                found = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
                return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "LOADERS",
    "ChannelStatistics",
    "DataError",
    "Dataset",
    "DiskFullError",
    "Loader",
    "Split",
    "check",
    "check_run",
    "keep_sentences",
    "keep_zip",
    "load",
    "load_run",
    "run_to_end",
]
