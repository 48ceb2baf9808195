"""Images in: everything that can be trained on, as uint8 arrays. `load` reads what a config asks for.

What is offered here is imported when it is first asked for: the process that looks into a stranger's file, see
`inspector`, needs little of it and has to start at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playground.data.dataset import ChannelStatistics, Dataset, Split
    from playground.data.errors import DataError, DiskFullError
    from playground.data.finishing import finish
    from playground.data.loading import LOADERS, Loader, check, load
    from playground.data.of_run import check_run, load_run
    from playground.data.uploads import keep_sentences, keep_zip
else:
    _HOMES = {
        "dataset": ("ChannelStatistics", "Dataset", "Split"),
        "errors": ("DataError", "DiskFullError"),
        "finishing": ("finish",),
        "loading": ("LOADERS", "Loader", "check", "load"),
        "of_run": ("check_run", "load_run"),
        "uploads": ("keep_sentences", "keep_zip"),
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
