"""How well sentences are found by what they mean, as figures of a run's summary."""

from collections.abc import Callable, Sequence

from playground.data.sentences.dataset import GradedPairs, Search
from playground.insight.distances import finite_unit_rows
from playground.insight.retrieval import ranks
from playground.insight.text.search_lesson import agreement, groups_of, part_of, score
from playground.records import FloatArray

Texts = Callable[[Sequence[str]], FloatArray]  # -> h [n, d]


def search_figures(search: Search, h_of: Texts) -> dict[str, float]:
    """recall@1, recall@5 and MRR of all queries, and of each kind where they are told apart."""
    search = part_of(search)
    similarities = finite_unit_rows(h_of(search.queries)) @ finite_unit_rows(h_of(search.documents)).T
    found = ranks(similarities, search.relevant)
    figures: dict[str, float] = score(found)._asdict()
    for kind, places in groups_of(search).items():
        if kind != "all":
            of_kind = score(found[places])._asdict()
            figures |= {f"{name}_{kind.replace('-', '_')}": figure for name, figure in of_kind.items()}
    return figures


def rank_correlation(pairs: GradedPairs, h_of: Texts) -> float:
    """Of the cosines of pairs with their grades."""
    return agreement(pairs, h_of(pairs.a), h_of(pairs.b)).spearman
