"""Colourings of a map: what each gives, of which layer, and which are offered for which images."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics.pairwise import cosine_similarity

from playground.config import parse
from playground.data.images.shape_renderer import SHAPES, TEXTURES
from playground.figures.map import ColourGroups, Colouring, ColourScale, map_figure
from playground.insight.collapse import LAYERS, Layer
from playground.insight.negatives import view_losses
from playground.runs.library.store import RunStore
from playground.ui.run.map_colourings import (
    COLOURINGS,
    SIMILARITY,
    UNLABELLED_CLUSTERS,
    available_colourings,
    colouring_title,
)
from playground.ui.run.run_view import RunView
from playground.ui.words.sample_noun import IMAGE_NOUN, SENTENCE_NOUN
from tests.ui.looks import NAMES, N, put_look, put_probe

FACTORS = {
    "shape": (np.arange(N) % len(SHAPES)).astype(np.float32),
    "texture": (np.arange(N) % len(TEXTURES)).astype(np.float32),
    "hue": np.linspace(0.2, 0.7, N).astype(np.float32),
    "background_hue": np.linspace(0, 0.9, N).astype(np.float32),
    "x": np.linspace(0.3, 0.6, N).astype(np.float32),
}


def view_with(
    tmp_path: Path, *, labels: bool = True, factors: dict[str, NDArray[np.float32]] | None = None, **settings: object
) -> RunView:
    run = RunStore(tmp_path).create(parse({key.replace("__", "."): value for key, value in settings.items()}))
    put_probe(run, labels=labels, factors=factors)
    for step in (0, 10):
        put_look(run, step)
    return RunView(run)


def coloured(view: RunView, name: str, layer: Layer = "z", focus: int | None = None) -> Colouring:
    return available_colourings(view)[name](view, layer, focus)


def test_what_is_offered_is_what_the_images_have(tmp_path: Path) -> None:
    assert list(available_colourings(view_with(tmp_path))) == list(COLOURINGS)
    assert next(iter(COLOURINGS)) == "class"
    unlabelled = view_with(tmp_path, labels=False)
    assert list(available_colourings(unlabelled)) == [name for name in COLOURINGS if name != "class"]
    drawn = view_with(tmp_path, factors=FACTORS)
    more = ["factor: texture", "factor: hue", "factor: background hue", "factor: x"]  # the shape is the class
    assert sorted(available_colourings(drawn)) == sorted([*COLOURINGS, *more])
    assert available_colourings(RunView(RunStore(tmp_path).create(parse({})))) == {}  # before training begins


def test_colourings_are_called_by_what_the_points_are() -> None:
    assert colouring_title(SIMILARITY, IMAGE_NOUN) == "similarity to the clicked image"
    assert colouring_title(SIMILARITY, SENTENCE_NOUN) == "similarity to the clicked sentence"
    assert colouring_title("factor: {of a stranger's}", IMAGE_NOUN) == "factor: {of a stranger's}"


@pytest.mark.parametrize("layer", LAYERS)
def test_every_colouring_can_be_drawn(tmp_path: Path, layer: Layer) -> None:
    view = view_with(tmp_path, factors=FACTORS)
    shown = view.map("pca", layer)
    assert shown is not None
    for name in available_colourings(view):
        for focus in (None, 0):
            figure = map_figure(shown.xy, coloured(view, name, layer, focus))
            assert sum(len(trace["x"]) for trace in figure["data"]) == N, name


def test_classes_are_those_of_the_images(tmp_path: Path) -> None:
    found = coloured(view_with(tmp_path), "class")
    assert isinstance(found, ColourGroups)
    assert (found.of.tolist(), found.names) == ([row % 3 for row in range(N)], NAMES)
    assert COLOURINGS["class"](view_with(tmp_path, labels=False), "z", None) is None


@pytest.mark.parametrize("layer", LAYERS)
def test_similarity_is_the_cosine_with_the_clicked_image(tmp_path: Path, layer: Layer) -> None:
    view = view_with(tmp_path)
    assert coloured(view, SIMILARITY, layer) is None
    for focus in (0, 7):  # also the first image
        found = coloured(view, SIMILARITY, layer, focus)
        snapshot = view.snapshot()
        assert isinstance(found, ColourScale) and snapshot is not None
        rows = getattr(snapshot, layer)
        np.testing.assert_allclose(found.values, cosine_similarity(rows, rows[focus : focus + 1])[:, 0], atol=1e-6)
        assert found.range == (-1, 1)
        assert str(focus) in found.title


def test_the_loss_is_that_of_z_at_the_runs_temperature_on_either_map(tmp_path: Path) -> None:
    view = view_with(tmp_path, method__temperature=0.3)
    snapshot = view.snapshot()
    assert snapshot is not None
    for layer in LAYERS:
        found = coloured(view, "loss", layer)
        assert isinstance(found, ColourScale)
        np.testing.assert_array_equal(found.values, view_losses(snapshot.z, snapshot.z_view, 0.3))
    view.at = 0
    earlier, first = coloured(view, "loss"), view.untrained()
    assert isinstance(earlier, ColourScale) and first is not None
    np.testing.assert_array_equal(earlier.values, view_losses(first.z, first.z_view, 0.3))


@pytest.mark.parametrize(("labels", "count"), [(True, 3), (False, UNLABELLED_CLUSTERS)])
def test_there_are_as_many_clusters_as_classes(tmp_path: Path, labels: bool, count: int) -> None:
    found = coloured(view_with(tmp_path, labels=labels), "k-means cluster")
    assert isinstance(found, ColourGroups)
    assert set(found.of.tolist()) == set(range(count))
    assert found.names == tuple(f"cluster {number}" for number in range(1, count + 1))


def test_clusters_are_of_the_layer_that_is_shown_and_keep_their_numbers(tmp_path: Path) -> None:
    view = view_with(tmp_path)
    first = {layer: coloured(view, "k-means cluster", layer) for layer in LAYERS}
    assert isinstance(first["h"], ColourGroups) and isinstance(first["z"], ColourGroups)
    assert first["h"].of.tolist() != first["z"].of.tolist()
    again = coloured(view, "k-means cluster", "h")
    assert isinstance(again, ColourGroups) and again.of is first["h"].of  # worked out once
    view.at = 0
    earlier = coloured(view, "k-means cluster", "h")
    assert isinstance(earlier, ColourGroups)
    shared = np.zeros((3, 3), int)
    np.add.at(shared, (earlier.of, first["h"].of), 1)
    swapped = shared[:, [1, 0, 2]]
    assert np.trace(shared) >= np.trace(swapped)  # no other naming shares more images


def test_factors_that_are_kinds_are_groups_with_their_names(tmp_path: Path) -> None:
    found = coloured(view_with(tmp_path, factors=FACTORS), "factor: texture")
    assert isinstance(found, ColourGroups)
    assert found.names == tuple(TEXTURES)
    assert found.of.tolist() == FACTORS["texture"].tolist()
    other = view_with(tmp_path, factors={"wheels": np.array([0, 2] * (N // 2), np.float32)})
    assert coloured(other, "factor: wheels") is not None
    wheels = coloured(other, "factor: wheels")
    assert isinstance(wheels, ColourGroups) and wheels.names == ("0", "1", "2")


@pytest.mark.parametrize(
    ("name", "title", "circular"), [("x", "x", False), ("hue", "hue", True), ("background_hue", "background hue", True)]
)
def test_factors_that_are_numbers_are_scales(tmp_path: Path, name: str, title: str, circular: bool) -> None:
    found = coloured(view_with(tmp_path, factors=FACTORS), f"factor: {title}")
    assert isinstance(found, ColourScale)
    np.testing.assert_array_equal(found.values, FACTORS[name])
    assert (found.title, found.circular) == (title, circular)
    # A circle is shown whole: if its colours began and ended with the values, the smallest and the largest were alike.
    assert found.range == ((0, 1) if circular else None)
