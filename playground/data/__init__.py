"""Images in: everything that can be trained on, as uint8 arrays. `load` reads what a config asks for.

What is offered here is imported when it is first asked for: the process that looks into a stranger's file, see
`uploads.sandbox_worker`, needs little of it and has to start at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playground.data.dataset import ChannelStatistics, Dataset, Split
    from playground.data.errors import DataError, DiskFullError
    from playground.data.load_for_run import check_run, load_run
    from playground.data.registry import LOADERS, Loader, check, load
    from playground.data.run_generator import finish
    from playground.data.uploads.keep import keep_sentences, keep_zip
else:
    _HOMES = {
        "dataset": ("ChannelStatistics", "Dataset", "Split"),
        "errors": ("DataError", "DiskFullError"),
        "run_generator": ("finish",),
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
    "finish",
    "keep_sentences",
    "keep_zip",
    "load",
    "load_run",
]
