"""Images in: everything that can be trained on, as uint8 arrays. `load` reads what a config asks for."""

from playground.data.dataset import ChannelStatistics, Dataset, Split
from playground.data.errors import DataError, DiskFullError
from playground.data.finishing import finish
from playground.data.loading import LOADERS, Loader, check, check_run, load
from playground.data.places import home
from playground.data.uploads import keep_zip

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
    "home",
    "keep_zip",
    "load",
]
