"""A new map of 2,000 points: refreshed from the one before, beside made anew. Imports umap and sklearn when used.

The points are the embeddings of a real run at its last looks, so that they have moved as far as embeddings do.
Everybody has one core, as the mapper has it.
"""

import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from playground.bench import Given
from playground.bench.interleaved_rounds import Contestant, Ready, compete, plainly, seconds_of, tell
from playground.bench.subprocess_call import in_child
from playground.bench.table import Table
from playground.insight.maps import MAP_MAKERS, Map, align_map, scale_to_unit_radius

MOVED = "moved, of the radius"  # the column
# What `launch_mapper` gives to the mapper. It counts before a process imports anything.
ONE_CORE = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
Embeddings = NDArray[np.float32]
MakeMap = Callable[[Embeddings, Map | None], Map]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done."""

    steps: int  # of training before the last looks
    rounds: int
    points: int = 2000
    apart: int = 10  # steps between two looks: about a second of training


FULL, QUICK = Size(300, 5), Size(60, 2)


def measure(given: Given) -> list[Table]:
    """Seconds for a map of the next look, and how far its points are from where they were."""
    size = QUICK if given.quick else FULL
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "looks.npy")
        tell(f"training for {size.steps:,} steps")
        in_child("playground.bench.map", "keep_looks", asdict(given), asdict(size), file)
        return [Table.restored(in_child("playground.bench.map", "contest", file, environment=ONE_CORE))]


def keep_looks(given: dict[str, bool | str | None], size: dict[str, int], file: str) -> None:
    """In a worker's environment: train, and put the last looks into `file`."""
    np.save(file, looks(Given(**given), Size(**size)))  # type: ignore[arg-type]


def looks(given: Given, size: Size, **changes: object) -> Embeddings:
    """z of the probe images at the last looks of a short run: [rounds + 1, points, d]."""
    from playground.bench.images import configured, loaded
    from playground.inference.build import build
    from playground.inference.device import choose_device
    from playground.training.batches import batches, view_pair
    from playground.training.probe import Watcher
    from playground.training.sources import Images
    from playground.training.step import Stepper

    config = configured(given, **{"watch__probe_size": size.points, **changes})
    dataset, device = loaded(config), choose_device(config)
    method = build(config, device, dataset.train.images)
    watcher, stepper = Watcher(config, Images(config, dataset), method, device), Stepper(config, method, device)
    total, found = size.steps + size.apart * size.rounds, []
    for number, batch in enumerate(batches(config, len(dataset.train))):
        if number >= size.steps and (number - size.steps) % size.apart == 0:
            found.append(watcher.snapshot(number, 0.0).z)
        if number == total:
            return np.stack(found)
        views = view_pair(dataset.train, batch, config, *dataset.channel_statistics)
        stepper.step(*views, number / total)
    raise AssertionError("batches end")


def contest(file: str) -> Table:
    """The looks in `file` [rounds + 1, n, d], each but the first mapped by everybody."""
    seen: Embeddings = np.load(file)
    against = {"x umap-learn": "umap-learn, anew"}
    kinds: dict[str, MakeMap] = {
        "UMAP, refreshed": MAP_MAKERS["umap"],
        "umap-learn, anew": _umap_learn,
        "PCA": MAP_MAKERS["pca"],
        "t-SNE, refreshed": MAP_MAKERS["tsne"],
    }
    contestants = [Contestant(name, partial(_ready, make, seen), against) for name, make in kinds.items()]
    rows, failed = compete(contestants, len(seen) - 1, plainly)
    words = (
        f"a map of {seen.shape[1]:,} embeddings, d={seen.shape[2]}, of a run's next look, on one core. {MOVED}: the "
        "median distance of a point from where it was, the radius being that of nine points in ten; all maps turned to "
        "lie as the one before did"
    )
    return Table("Maps", words, "s", rows, failed)


def _ready(make: MakeMap, seen: Embeddings) -> Ready:
    """Each turn maps the next look, from the map of the one before."""
    maps, moved = [make(seen[0], None)], list[float]()
    make(seen[0], maps[0])  # what is compiled for a refresh only

    def turn() -> float:
        previous = maps[-1]
        seconds = seconds_of(lambda: maps.append(make(seen[len(maps)], previous)))
        moved.append(displacement(maps[-1], previous))
        return seconds

    return Ready(turn, extra=lambda: {MOVED: median(moved)})


def displacement(after: Map, before: Map) -> float:
    """The median distance of points [n, 2] from where they were."""
    return float(np.median(np.linalg.norm(after - before, axis=1)))


def _umap_learn(z: Embeddings, previous: Map | None) -> Map:
    """As its users call it, on unit rows; then scaled and turned as ours are."""
    from umap import UMAP

    unit = z / np.linalg.norm(z, axis=1, keepdims=True)
    return align_map(scale_to_unit_radius(UMAP().fit_transform(unit)), previous)
