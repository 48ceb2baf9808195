"""Colourings of the points of a map. To add one, add an entry to COLOURINGS."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from playground.data.images.shape_renderer import SHAPES, TEXTURES
from playground.figures.map import ColourGroups, Colouring, ColourScale
from playground.insight.collapse import Layer, unit_rows
from playground.insight.factors import factor_kind
from playground.insight.negatives import view_losses
from playground.records import Probe
from playground.runs.folder.snapshot import StoredSnapshot
from playground.ui.run.run_view import RunView
from playground.ui.words.sample_noun import SampleNoun

MakeColouring = Callable[[RunView, Layer, int | None], Colouring]  # the last argument is the clicked image
UNLABELLED_CLUSTERS = 10
SIMILARITY = "similarity to the clicked {one}"  # a template, see `SampleNoun.fill`
FACTOR_NAMES: Mapping[str, tuple[str, ...]] = {"shape": tuple(SHAPES), "texture": tuple(TEXTURES)}


def by_class(view: RunView, layer: Layer, focus: int | None) -> Colouring:
    """Colours by class; None without classes."""
    probe = view.probe
    return None if probe is None or probe.labels is None else ColourGroups(probe.labels, probe.class_names)


def by_cluster(view: RunView, layer: Layer, focus: int | None) -> Colouring:
    """Colours by k-means cluster, with as many clusters as classes."""
    from playground.insight.clusters import k_means

    snapshot, probe = _shown_snapshot(view), view.probe
    count = len(probe.class_names) if probe and probe.labels is not None else UNLABELLED_CLUSTERS
    previous = view.memo.last(f"clusters {layer}")
    clusters = view.memo.get(
        f"clusters {layer}",
        snapshot.step,
        lambda: k_means(getattr(snapshot, layer), count, previous=previous),
    )
    return ColourGroups(
        clusters, tuple(f"cluster {number + 1}" for number in range(count)), _purity_words(clusters, probe)
    )


def _purity_words(clusters: NDArray[np.int64], probe: Probe | None) -> str:
    """Purity of the clusters in words; "" without classes."""
    from playground.insight.clusters import purity

    if probe is None or probe.labels is None:
        return ""
    return f"{purity(clusters, probe.labels):.0%} are of their cluster's most frequent class"


def by_similarity(view: RunView, layer: Layer, focus: int | None) -> Colouring:
    """Colours by cosine similarity with the clicked image; None before a click."""
    if focus is None:
        return None
    unit = unit_rows(getattr(_shown_snapshot(view), layer))
    return ColourScale(unit @ unit[focus], f"similarity to {view.noun.one} {focus}", (-1.0, 1.0))


def by_loss(view: RunView, layer: Layer, focus: int | None) -> Colouring:
    """Colours by the loss of each image, computed from z for maps of both layers."""
    snapshot = _shown_snapshot(view)
    temperature = view.temperature(snapshot.step)
    values = view.memo.get(
        "losses", (snapshot.step, temperature), lambda: view_losses(snapshot.z, snapshot.z_view, temperature)
    )
    return ColourScale(values, f"loss of the {view.noun.one}'s {view.noun.view}")


def by_factor(name: str) -> MakeColouring:
    """The function that colours by the factor `name` of the drawn images."""

    def colouring(view: RunView, layer: Layer, focus: int | None) -> Colouring:
        assert view.probe is not None
        values = view.probe.factors[name]
        kind = factor_kind(name, values)
        if kind == "category":
            names = FACTOR_NAMES.get(name) or tuple(str(number) for number in range(int(values.max()) + 1))
            return ColourGroups(values.astype(np.int64), names)
        if kind == "circular":  # in turns: a full range joins both ends
            return ColourScale(values, factor_words(name), (0.0, 1.0), circular=True)
        return ColourScale(values, factor_words(name))

    return colouring


COLOURINGS: Mapping[str, MakeColouring] = {
    "class": by_class,
    "k-means cluster": by_cluster,
    SIMILARITY: by_similarity,
    "loss": by_loss,
}


def available_colourings(view: RunView) -> dict[str, MakeColouring]:
    """The colourings that the probe samples of `view` allow, the default one first."""
    probe = view.probe
    if probe is None:
        return {}
    factors = {f"factor: {factor_words(name)}": by_factor(name) for name in probe.factors if name != "shape"}
    known = {name: make for name, make in COLOURINGS.items() if name != "class" or probe.labels is not None}
    return {**known, **factors}


def colouring_title(name: str, noun: SampleNoun) -> str:
    """Title of the colouring `name`, where `noun` names the points."""
    return noun.fill(name) if name in COLOURINGS else name


def factor_words(factor: str) -> str:
    """A factor's name in words: "background hue"."""
    return factor.replace("_", " ")


def _shown_snapshot(view: RunView) -> StoredSnapshot:
    snapshot = view.snapshot()
    assert snapshot is not None  # a map is drawn of a snapshot
    return snapshot
