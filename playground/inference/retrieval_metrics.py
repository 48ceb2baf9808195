"""Zero-shot accuracy (arXiv:2103.00020, section 3.1) and retrieval metrics of sentences, as figures of a summary."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from playground.data import Dataset
from playground.data.captions.prompts import fill_template
from playground.data.sentences.dataset import GradedPairs, Search
from playground.insight.distances import finite_unit_rows
from playground.insight.retrieval import ranks
from playground.insight.text.modality_gap import Accuracies, accuracies, class_embeddings, classify_zero_shot
from playground.insight.text.search_lesson import grade_agreement, limit_search, query_groups, score_ranks
from playground.insight.text.zero_shot import Scheme, make_schemes
from playground.records import FloatArray, Probe

EmbedTexts = Callable[[Sequence[str]], FloatArray]  # n texts -> their embeddings [n, d]


def zero_shot_figures(dataset: Dataset, data_name: str, image: FloatArray, z_of: EmbedTexts) -> dict[str, float]:
    """Accuracies on all test images, `image` [n, d], by each thing that they can be sorted by: "zero_shot_colour".

    By an ensemble of prompts; and where combinations were held out of training, of these alone.
    """
    test, none = dataset.test, np.zeros((0, 0, 0, 3), np.uint8)
    known = Probe(none, test.labels, dataset.class_names, none, dict(test.factors))
    held_out = test.factors.get("held_out", np.zeros(len(test))) > 0
    found: dict[str, float] = {}
    for scheme in make_schemes(known, data_name):
        if scheme.labels is not None:
            of_scheme = _accuracies(scheme, image, z_of, held_out)
            name = f"zero_shot_{scheme.name.replace(' ', '_')}"
            figures = {name: of_scheme.all, f"{name}_held_out": of_scheme.held_out}
            found |= {key: figure for key, figure in figures.items() if figure is not None}
    return found


def _accuracies(scheme: Scheme, image: FloatArray, z_of: EmbedTexts, held_out: NDArray[np.bool_]) -> Accuracies:
    assert scheme.labels is not None
    prompts = [fill_template(template, name) for name in scheme.class_names for template in scheme.templates]
    z = z_of(prompts).reshape(len(scheme.class_names), len(scheme.templates), -1)
    predicted, _ = classify_zero_shot(image, class_embeddings(z))
    return accuracies(predicted, scheme.labels, held_out)


def search_figures(search: Search, h_of: EmbedTexts) -> dict[str, float]:
    """recall@1, recall@5 and MRR of all queries, and of each kind where they are told apart."""
    search = limit_search(search)
    similarities = finite_unit_rows(h_of(search.queries)) @ finite_unit_rows(h_of(search.documents)).T
    found = ranks(similarities, search.relevant)
    figures: dict[str, float] = score_ranks(found)._asdict()
    for kind, places in query_groups(search).items():
        if kind != "all":
            of_kind = score_ranks(found[places])._asdict()
            figures |= {f"{name}_{kind.replace('-', '_')}": figure for name, figure in of_kind.items()}
    return figures


def rank_correlation(pairs: GradedPairs, h_of: EmbedTexts) -> float:
    """Of the cosines of pairs with their grades."""
    return grade_agreement(pairs, h_of(pairs.a), h_of(pairs.b)).spearman
