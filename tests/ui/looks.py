"""What a run leaves on disk for the page, without a training. Imported as `tests.ui.looks`."""

import numpy as np
from numpy.typing import NDArray

from playground.runs.folder.run_folder import RunFolder
from playground.storage.atomic_files import write_arrays

N = 40  # images
NAMES = ("cat", "dog", "frog")
Arrays = dict[str, NDArray[np.float32]]


def look(step: int) -> Arrays:
    """The embeddings and PCA maps of a look, at random."""
    rng = np.random.default_rng(step)
    sizes = {"h": 6, "z": 4, "z_view": 4, "pca": 2, "pca_h": 2}
    return {name: rng.standard_normal((N, size)).astype(np.float32) for name, size in sizes.items()}


def put_look(run: RunFolder, step: int) -> Arrays:
    """The file of a look."""
    arrays = look(step)
    write_arrays(run.snapshot_file(step), **arrays)
    return arrays


def put_map(run: RunFolder, step: int, kind: str, layer: str, trust: float = 0.9) -> NDArray[np.float32]:
    """The file of a map: where its points are."""
    run.ask_for_map(kind, layer)
    xy = np.random.default_rng(step + 1).standard_normal((N, 2)).astype(np.float32)
    write_arrays(run.map_file(step, kind, layer), xy=xy, trustworthiness=np.array(trust))
    return xy


def put_probe(
    run: RunFolder, *, seed: int = 0, labels: bool = True, factors: dict[str, NDArray[np.float32]] | None = None
) -> None:
    """The file of the images that are followed."""
    images, views = np.random.default_rng(seed).integers(0, 256, (2, N, 8, 8, 3), np.uint8)
    classes = {"labels": np.arange(N) % len(NAMES)} if labels else {}
    known = {f"factor_{name}": values for name, values in (factors or {}).items()}
    names = np.array(NAMES if labels else (), dtype=np.str_)
    write_arrays(run.probe_file, images=images, views=views, class_names=names, **classes, **known)
