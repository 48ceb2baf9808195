"""What everybody trains on: the same images, views and settings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from playground import data
from playground.bench import Given
from playground.config import RunConfig, parse
from playground.config.augmentations import ViewsConfig
from playground.data import Dataset
from playground.records import FloatArray
from playground.storage.home import home_folder
from playground.training.batches import batches

Precision = Literal["fp32", "bf16"]
ENDLESS = 10_000_000  # steps: no run of a bench comes to the end of its budget


def configured(given: Given, count: int = 8192, /, **changes: object) -> RunConfig:
    """A run that goes on for as long as it is asked for steps: SimCLR with all that is suggested for photographs.

    `changes` are settings with dots written as double underscores. Views are the same for drawn images, and it looks at
    few images, when it begins.
    """
    images = {"data.name": "folder", "data.path": given.folder} if given.folder else {"data.count": count}
    chosen = {key.replace("__", "."): value for key, value in changes.items()}
    config = parse({**images, "budget.steps": ENDLESS, "watch.snapshots": 2, "watch.probe_size": 64, **chosen})
    return config.model_copy(update={"views": ViewsConfig()})


def loaded(config: RunConfig) -> Dataset:
    """The images of `config`."""
    return data.run_to_end(data.load(config.data, home=home_folder()))


@dataclass(frozen=True, slots=True)
class Colours:
    """Mean and standard deviation of red, green and blue [3], by which views are normalised."""

    mean: FloatArray
    std: FloatArray

    @classmethod
    def of(cls, dataset: Dataset) -> "Colours":
        return cls(*dataset.channel_statistics)


class Order:
    """The batches of a run without end, as lists of rows: what a DataLoader takes as its batch_sampler."""

    def __init__(self, config: RunConfig, count: int) -> None:
        self.config, self.count = config, count

    def __iter__(self) -> Iterator[list[int]]:
        for batch in batches(self.config, self.count):
            rows: list[int] = batch.indices.tolist()
            yield rows
