"""Images and settings that all contestants train on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from playground import data
from playground.bench import BenchOptions
from playground.config import RunConfig, parse
from playground.config.augmentations import ViewsConfig
from playground.data import Dataset
from playground.records import FloatArray
from playground.storage.home import home_folder
from playground.training.batches import make_batches

Precision = Literal["fp32", "bf16"]
ENDLESS_STEPS = 10_000_000  # a budget that no benchmark reaches


def make_bench_config(options: BenchOptions, count: int = 8192, /, **changes: object) -> RunConfig:
    """A config with an endless budget: SimCLR with the defaults for photographs, on a folder or `count` drawn images.

    `changes` are settings, with "__" for a dot. Drawn images get the augmentations of photographs too. Snapshots are
    small and few.
    """
    images = {"data.name": "folder", "data.path": options.folder} if options.folder else {"data.count": count}
    chosen = {key.replace("__", "."): value for key, value in changes.items()}
    config = parse({**images, "budget.steps": ENDLESS_STEPS, "watch.snapshots": 2, "watch.probe_size": 64, **chosen})
    return config.model_copy(update={"views": ViewsConfig()})


def load_images(config: RunConfig) -> Dataset:
    """The data set of `config`."""
    return data.run_to_end(data.load(config.data, home=home_folder()))


@dataclass(frozen=True, slots=True)
class ColourStatistics:
    """Mean and standard deviation of red, green and blue, float32 [3] each, by which views are normalised."""

    mean: FloatArray
    std: FloatArray

    @classmethod
    def of(cls, dataset: Dataset) -> "ColourStatistics":
        """Those of the training images."""
        return cls(*dataset.channel_statistics)


class EndlessBatches:
    """The batches of a run without end, as lists of rows: a `batch_sampler` of a DataLoader."""

    def __init__(self, config: RunConfig, count: int) -> None:
        self.config, self.count = config, count

    def __iter__(self) -> Iterator[list[int]]:
        for batch in make_batches(self.config, self.count):
            rows: list[int] = batch.indices.tolist()
            yield rows
