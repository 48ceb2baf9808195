"""By what the points of a map can be coloured. To add a colouring, add an entry to COLOURINGS."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from playground.data.images.shape_renderer import SHAPES, TEXTURES
from playground.figures.map import Colouring, Groups, Scale
from playground.insight.collapse import Layer, unit_rows
from playground.insight.factors import kind_of
from playground.insight.negatives import view_losses
from playground.records import Probe
from playground.runs.folder.snapshot import StoredSnapshot
from playground.ui.run.run_view import RunView
from playground.ui.words.sample_noun import SampleNoun

MakeColouring = Callable[[RunView, Layer, int | None], Colouring]  # the last is the clicked image
UNLABELLED_CLUSTERS = 10
SIMILARITY = "similarity to the clicked {one}"  # a template, see `SampleNoun.fill`
FACTOR_NAMES: Mapping[str, tuple[str, ...]] = {"shape": tuple(SHAPES), "texture": tuple(TEXTURES)}


def by_class(view: RunView, layer: Layer, focus: int | None) -> Colouring:
    """The classes, where there are any."""
    probe = view.probe
    return None if probe is None or probe.labels is None else Groups(probe.labels, probe.class_names)


def by_cluster(view: RunView, layer: Layer, focus: int | None) -> Colouring:
    """What k-means finds, as many clusters as there are classes."""
    from playground.insight.clusters import k_means

    snapshot, probe = _looked_at(view), view.probe
    count = len(probe.class_names) if probe and probe.labels is not None else UNLABELLED_CLUSTERS
    previous = view.memo.last(f"clusters {layer}")
    clusters = view.memo.get(
        f"clusters {layer}",
        snapshot.step,
        lambda: k_means(getattr(snapshot, layer), count, previous=previous),
    )
    return Groups(clusters, tuple(f"cluster {number + 1}" for number in range(count)), _agreement(clusters, probe))


def _agreement(clusters: NDArray[np.int64], probe: Probe | None) -> str:
    """With the classes, where there are any: clusters were found without them."""
    from playground.insight.clusters import purity

    if probe is None or probe.labels is None:
        return ""
    return f"{purity(clusters, probe.labels):.0%} are of their cluster's most frequent class"


def by_similarity(view: RunView, layer: Layer, focus: int | None) -> Colouring:
    """Cosine with the clicked image."""
    if focus is None:
        return None
    unit = unit_rows(getattr(_looked_at(view), layer))
    return Scale(unit @ unit[focus], f"similarity to {view.noun.one} {focus}", (-1.0, 1.0))


def by_loss(view: RunView, layer: Layer, focus: int | None) -> Colouring:
    """How hard each image is to find again from its view; of z, whatever the map shows."""
    snapshot = _looked_at(view)
    temperature = view.temperature(snapshot.step)
    values = view.memo.get(
        "losses", (snapshot.step, temperature), lambda: view_losses(snapshot.z, snapshot.z_view, temperature)
    )
    return Scale(values, f"loss of the {view.noun.one}'s {view.noun.view}")


def by_factor(name: str) -> MakeColouring:
    """One of the factors that the images were drawn from."""

    def colouring(view: RunView, layer: Layer, focus: int | None) -> Colouring:
        assert view.probe is not None
        values = view.probe.factors[name]
        kind = kind_of(name, values)
        if kind == "category":
            names = FACTOR_NAMES.get(name) or tuple(str(number) for number in range(int(values.max()) + 1))
            return Groups(values.astype(np.int64), names)
        if kind == "circular":  # in turns: both ends are the same only where the whole circle is the range
            return Scale(values, words(name), (0.0, 1.0), circular=True)
        return Scale(values, words(name))

    return colouring


COLOURINGS: Mapping[str, MakeColouring] = {
    "class": by_class,
    "k-means cluster": by_cluster,
    SIMILARITY: by_similarity,
    "loss": by_loss,
}


def colourings(view: RunView) -> dict[str, MakeColouring]:
    """Those that the images of `view` have, the usual one first."""
    probe = view.probe
    if probe is None:
        return {}
    factors = {f"factor: {words(name)}": by_factor(name) for name in probe.factors if name != "shape"}
    known = {name: make for name, make in COLOURINGS.items() if name != "class" or probe.labels is not None}
    return {**known, **factors}


def colouring_title(name: str, noun: SampleNoun) -> str:
    """What a colouring is called where the points are what `noun` names."""
    return noun.fill(name) if name in COLOURINGS else name


def words(factor: str) -> str:
    """ "background hue"."""
    return factor.replace("_", " ")


def _looked_at(view: RunView) -> StoredSnapshot:
    snapshot = view.snapshot()
    assert snapshot is not None  # a map is drawn of a snapshot
    return snapshot
