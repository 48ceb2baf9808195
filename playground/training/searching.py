"""How well sentences are found by what they mean: search among documents, and agreement with graded pairs."""

from collections.abc import Callable, Sequence

import numpy as np

from playground.data.sentences.dataset import GradedPairs, QueryKind, Search
from playground.insight.distances import finite_unit_rows
from playground.insight.retrieval import mean_reciprocal_rank, ranks, recall_at, spearman
from playground.records import FloatArray

Texts = Callable[[Sequence[str]], FloatArray]  # -> h [n, d]
KINDS: dict[str, QueryKind] = {"keyword_heavy": "keyword-heavy", "ordinary": "ordinary"}


def search_figures(search: Search, h_of: Texts) -> dict[str, float]:
    """recall@1, recall@5 and MRR of all queries, and of each kind where they are told apart."""
    similarities = finite_unit_rows(h_of(search.queries)) @ finite_unit_rows(h_of(search.documents)).T
    found = ranks(similarities, search.relevant)
    groups = {"": np.arange(len(found))}
    if search.query_kinds:
        groups |= {f"_{name}": search.places_of(kind) for name, kind in KINDS.items()}
    return {
        name + group: figure
        for group, rows in groups.items()
        if len(rows)
        for name, figure in (
            ("recall_at_1", recall_at(found[rows], 1)),
            ("recall_at_5", recall_at(found[rows], 5)),
            ("mrr", mean_reciprocal_rank(found[rows])),
        )
    }


def agreement(pairs: GradedPairs, h_of: Texts) -> float:
    """Spearman's rank correlation of cosines with grades: STS, as SimCSE is judged, arXiv:2104.08821, section 5."""
    a, b = (finite_unit_rows(h_of(texts)) for texts in (pairs.a, pairs.b))
    return spearman((a * b).sum(axis=1), pairs.grades)
