"""Benchmark of maps of 2,000 points: updated from the previous map, beside umap-learn. Imports umap and sklearn late.

The points are embeddings of a real run at its last snapshots, so that they have moved as far as embeddings do. Each
contestant has one core, as the mapper has.
"""

import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from playground.bench import BenchOptions
from playground.bench.interleaved_rounds import Contestant, Ready, print_progress, run_rounds, time_call, to_seconds
from playground.bench.subprocess_call import call_in_subprocess
from playground.bench.table import BenchTable
from playground.insight.maps import MAP_MAKERS, Map, align_map, scale_to_unit_radius
from playground.records import FloatArray

MOVED_COLUMN = "moved, of the radius"  # the column
# As `launch_mapper` sets it for the mapper; read when a process imports these libraries.
ONE_CORE = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
MapMaker = Callable[[FloatArray, Map | None], Map]


@dataclass(frozen=True, slots=True)
class Size:
    """Amount of work."""

    steps: int  # of training before the last snapshots
    rounds: int
    points: int = 2000
    interval: int = 10  # steps between two snapshots: about a second of training


FULL, QUICK = Size(300, 5), Size(60, 2)


def measure(options: BenchOptions) -> list[BenchTable]:
    """Seconds for a map of the next snapshot, and how far its points moved."""
    size = QUICK if options.quick else FULL
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "embeddings.npy")
        print_progress(f"training for {size.steps:,} steps")
        call_in_subprocess("playground.bench.map", "save_embeddings", asdict(options), asdict(size), file)
        return [
            BenchTable.from_dict(call_in_subprocess("playground.bench.map", "compare_maps", file, environment=ONE_CORE))
        ]


def save_embeddings(options: dict[str, bool | str | None], size: dict[str, int], file: str) -> None:
    """Train, and write the last snapshots to `file`; runs in a process with a worker's environment."""
    np.save(file, record_embeddings(BenchOptions(**options), Size(**size)))  # type: ignore[arg-type]


def record_embeddings(options: BenchOptions, size: Size, **changes: object) -> FloatArray:
    """z of the probe images at the last snapshots of a short run: float32 [rounds + 1, points, d]."""
    from playground.bench.images import load_images, make_bench_config
    from playground.inference.build import build_method
    from playground.inference.device import choose_device
    from playground.training.batches import make_batches, view_pair
    from playground.training.probe import Watcher
    from playground.training.sources import TwoViewImages
    from playground.training.step import Stepper

    config = make_bench_config(options, **{"watch__probe_size": size.points, **changes})
    dataset, device = load_images(config), choose_device(config)
    method = build_method(config, device, dataset.train.images)
    watcher, stepper = Watcher(config, TwoViewImages(config, dataset), method, device), Stepper(config, method, device)
    total, found = size.steps + size.interval * size.rounds, []
    for number, batch in enumerate(make_batches(config, len(dataset.train))):
        if number >= size.steps and (number - size.steps) % size.interval == 0:
            found.append(watcher.snapshot(number, 0.0).z)
        if number == total:
            return np.stack(found)
        views = view_pair(dataset.train, batch, config, *dataset.channel_statistics)
        stepper.step(*views, number / total)
    raise AssertionError("batches end")


def compare_maps(file: str) -> BenchTable:
    """The table of all map makers, which each map the snapshots [rounds + 1, n, d] in `file` but the first."""
    embeddings: FloatArray = np.load(file)
    against = {"x umap-learn": "umap-learn, anew"}
    kinds: dict[str, MapMaker] = {
        "UMAP, refreshed": MAP_MAKERS["umap"],
        "umap-learn, anew": _make_umap_learn_map,
        "PCA": MAP_MAKERS["pca"],
        "t-SNE, refreshed": MAP_MAKERS["tsne"],
    }
    contestants = [Contestant(name, partial(_prepare_map, make, embeddings), against) for name, make in kinds.items()]
    rows, failed = run_rounds(contestants, len(embeddings) - 1, to_seconds)
    words = (
        f"a map of {embeddings.shape[1]:,} embeddings, d={embeddings.shape[2]}, of a run's next look, on one core. "
        f"{MOVED_COLUMN}: the median distance of a point from where it was, the radius being that of nine points in "
        "ten; all maps turned to lie as the one before did"
    )
    return BenchTable("Maps", words, "s", rows, failed)


def _prepare_map(make: MapMaker, embeddings: FloatArray) -> Ready:
    """Each turn maps the next of `embeddings` [rounds + 1, n, d], from the map of the previous one."""
    maps, moved = [make(embeddings[0], None)], list[float]()
    make(embeddings[0], maps[0])  # compiles what only updates need

    def turn() -> float:
        previous = maps[-1]
        seconds = time_call(lambda: maps.append(make(embeddings[len(maps)], previous)))
        moved.append(median_displacement(maps[-1], previous))
        return seconds

    return Ready(turn, extra=lambda: {MOVED_COLUMN: median(moved)})


def median_displacement(after: Map, before: Map) -> float:
    """Median distance between the points [n, 2] of two maps."""
    return float(np.median(np.linalg.norm(after - before, axis=1)))


def _make_umap_learn_map(z: FloatArray, previous: Map | None) -> Map:
    """umap-learn as its users call it, on unit rows [n, d]; then scaled and aligned as our maps are."""
    from umap import UMAP

    unit = z / np.linalg.norm(z, axis=1, keepdims=True)
    return align_map(scale_to_unit_radius(UMAP().fit_transform(unit)), previous)
