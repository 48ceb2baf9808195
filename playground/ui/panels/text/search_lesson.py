"""The search lesson: retrieval by the encoder beside TF-IDF keyword search, as scores and ranked lists of a query."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import streamlit as st

from playground.data.sentences.dataset import Search
from playground.figures.retrieval import METRICS, Way, figure_height, retrieval_figure, score_in_words
from playground.insight.arrays import RowIndices
from playground.insight.text.search_lesson import (
    KEYWORD_HEAVY,
    chance_score,
    order_by_hardness,
    query_groups,
    score_ranks,
)
from playground.runs.folder.newest_weights import WeightsVersion, newest_weights_version
from playground.ui.components.plot import plot
from playground.ui.components.widget_state import widget_key
from playground.ui.panels.panel import Panel, runs_on
from playground.ui.panels.text.other_run import choose_other_run
from playground.ui.panels.text.ranked_lists import LessonQuery, RankedColumn, query_and_answer, ranked_list
from playground.ui.panels.text.search_results import (
    SearchResult,
    ShownBenchmarks,
    frequent_document_words,
    search_by_encoder,
    search_by_keywords,
    shown_benchmarks,
)
from playground.ui.panels.text.sentence_reader import choose_reading, find_reading
from playground.ui.run.run_view import RunView
from playground.wording.escape import escape_markdown_line, escape_markdown_links, printable

LESSON_HELP = (
    "Each query has one document that answers it. Keyword-heavy documents repeat the query's words and do not answer "
    "it: whoever counts words (TF-IDF) puts them first, an encoder that has learned what is meant does not."
)
LESSON_MORE = (
    "Recall@k: the share of queries whose answer is among the first k documents. MRR: the mean of 1 / its place. "
    "Chance is any order. Documents are compared by the cosine of h."
)
MARKS_HELP = (
    f"In bold: words of the query, without those in more than a fifth of the documents. Keyword-heavy, wrong: one "
    f"that does not answer, with a TF-IDF similarity of at least {KEYWORD_HEAVY:g} and no less than the answer's."
)
QUERY_ORDER = "First those that this run gets wrong, then those that TF-IDF gets wrong and this run right."
NO_SEARCH = "These sentences come without queries and answers: the lesson needs pairs or triples, or the made-up ones."
QUERY_KIND_TITLES = {"all": "All queries", "keyword-heavy": "Keyword-heavy queries", "ordinary": "Ordinary queries"}
QUERY_KIND_NOTES = {"keyword-heavy": "wrong documents repeat its words", "ordinary": "the answer repeats its words"}


class ComparedSearches(NamedTuple):
    """The search results that are compared: of this run, of TF-IDF, and of another run."""

    this: SearchResult
    words: SearchResult
    other: SearchResult | None
    title: str  # of this run
    other_title: str  # untrusted text; "" without another run
    mark: tuple[WeightsVersion, WeightsVersion | None, str]  # of the weights and the other run


def search_lesson_tab(view: RunView) -> None:
    """Draws the scores of all queries as bars, and the ranked lists of one query."""
    benchmarks = shown_benchmarks(view.folder)
    if benchmarks.search is None and newest_weights_version(view.folder) is not None:
        st.info(NO_SEARCH)
        return
    looked = choose_reading(view)
    if looked is None or benchmarks.search is None:
        return
    mark, reading = looked
    this, words = search_by_encoder(reading, benchmarks), search_by_keywords(benchmarks)
    other, other_mark, name = _search_with_other_run(view, benchmarks)
    ways = ComparedSearches(
        this, words, other, f"This run, after {reading.step:,} steps", name, (mark, other_mark, name)
    )
    _draw_score_bars(view, benchmarks, benchmarks.search, ways)
    _draw_one_query(view, benchmarks, benchmarks.search, ways)


def _search_with_other_run(
    view: RunView, benchmarks: ShownBenchmarks
) -> tuple[SearchResult | None, WeightsVersion | None, str]:
    """Search result, weights version and name of the chosen other run; None, None and "" without a readable one."""
    chosen = choose_other_run(view, benchmarks.digest)
    mark = None if chosen is None else newest_weights_version(chosen.run)
    if chosen is None or mark is None:
        return None, None, ""
    reading = find_reading(chosen.run, mark)
    if reading is None:
        return None, None, ""
    told = "" if f"steps {reading.step}" in chosen.name else f", after {reading.step:,} steps"
    return search_by_encoder(reading, benchmarks), mark, f"{chosen.name}{told}"


def _draw_score_bars(view: RunView, benchmarks: ShownBenchmarks, search: Search, ways: ComparedSearches) -> None:
    groups = query_groups(search)
    for box, (group, rows) in zip(st.columns(len(groups)), groups.items(), strict=True):
        with box:
            told = f" · {QUERY_KIND_NOTES[group]}" if group in QUERY_KIND_NOTES else ""
            st.markdown(f"**{QUERY_KIND_TITLES[group]}** ({len(rows):,}){told}")
            make = partial(_score_searches, ways, rows, len(search.documents))
            compared = view.memo.get(f"scores {group}", ways.mark, make)
            figure = view.figure(f"search {group}", ways.mark, None, partial(retrieval_figure, compared))
            alt = f"{QUERY_KIND_TITLES[group]}: {_scores_in_words(compared)}"
            plot(figure, key=f"{view.name}search {group}", height=figure_height(compared), alt=alt)
    st.markdown(_finding_in_words(search, ways))
    if len(search.queries) < benchmarks.query_count:
        st.caption(
            f"Tried out here: {len(search.queries):,} of {benchmarks.query_count:,} queries, evenly taken, among "
            f"{len(search.documents):,} documents; so are the figures of the run's end."
        )


def _score_searches(ways: ComparedSearches, rows: RowIndices, documents: int) -> list[Way]:
    found = [Way("this", "this run", score_ranks(ways.this.found[rows]))]
    if ways.other is not None:
        found.append(Way("other", "the run beside it", score_ranks(ways.other.found[rows])))
    return [
        *found,
        Way("words", "TF-IDF", score_ranks(ways.words.found[rows])),
        Way("chance", "chance", chance_score(documents)),
    ]


def _scores_in_words(ways: Sequence[Way]) -> str:
    """All scores in words, as alternative text."""
    parts = []
    for way in ways:
        numbers = (f"{name} {value}" for name, value in zip(METRICS, score_in_words(way.score), strict=True))
        parts.append(f"{way.name} {', '.join(numbers)}")
    return "; ".join(parts) + "."


def _finding_in_words(search: Search, ways: ComparedSearches) -> str:
    """A sentence that compares the first documents of TF-IDF and of this run."""
    fooled = int((ways.words.found > 1).sum())
    right = int(((ways.words.found > 1) & (ways.this.found == 1)).sum())
    both = f"of these this run puts **{right:,}** first" if fooled else "this run has nothing to do better"
    return (
        f"TF-IDF puts a wrong document first for **{fooled:,}** of {len(search.queries):,} queries; {both}. Of the "
        f"others it loses **{int(((ways.words.found == 1) & (ways.this.found > 1)).sum()):,}**."
    )


def _draw_one_query(view: RunView, benchmarks: ShownBenchmarks, search: Search, ways: ComparedSearches) -> None:
    st.markdown("**One query, ranked**", help=MARKS_HELP)
    place = _choose_query(view, search, ways)
    if place is None:
        return
    query, *columns = view.memo.get(
        "ranked", (ways.mark, place), lambda: _ranked_lists(benchmarks, search, ways, place)
    )
    st.markdown(query)
    for box, column in zip(st.columns(len(columns)), columns, strict=True):
        box.markdown(column)
    st.caption(escape_markdown_links(MARKS_HELP))


def _ranked_lists(benchmarks: ShownBenchmarks, search: Search, ways: ComparedSearches, place: int) -> list[str]:
    """The query, and the ranked list of each search, in Markdown."""
    answer, by_words = int(search.relevant[place]), ways.words.similarities[place]
    query = LessonQuery(search.queries[place], answer, search.documents, by_words, frequent_document_words(benchmarks))
    columns = [RankedColumn("TF-IDF", ways.words), RankedColumn(ways.title, ways.this)]
    if ways.other is not None:
        columns.append(RankedColumn(escape_markdown_line(ways.other_title), ways.other))
    return [query_and_answer(query), *(ranked_list(column, query, place) for column in columns)]


def _choose_query(view: RunView, search: Search, ways: ComparedSearches) -> int | None:
    """Draws the choice of a query, hardest first; returns its index, None if there is none."""
    key = widget_key(f"{view.name}query", view.folder.id)
    order = view.memo.get(
        "hardest queries", ways.mark, lambda: order_by_hardness(ways.this.found, ways.words.found).tolist()
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kept = _choose_query_kind(query_groups(search), widget_key(key, "kind"))
        chosen = st.selectbox(
            "Query, the hardest first", order if kept is None else [place for place in order if place in kept],
            format_func=lambda place: f"{_difficulty_words(ways, place)}: {printable(search.queries[place], 120)}",
            key=key, persist_state="session", help=QUERY_ORDER,
        )  # fmt: skip
    return None if chosen is None else int(chosen)


def _choose_query_kind(groups: Mapping[str, RowIndices], key: str) -> set[int] | None:
    """Draws the choice of a kind of query; returns the indices of its queries, None for all."""
    if len(groups) < 2:
        return None
    kind = st.segmented_control(
        "Queries", ["all", *groups], default="all", required=True, key=key, persist_state="session"
    )
    return set(groups[kind].tolist()) if kind in groups else None


def _difficulty_words(ways: ComparedSearches, place: int) -> str:
    here, words = int(ways.this.found[place]), int(ways.words.found[place])
    if here > 1:
        return f"place {here:,} here, {words:,} by TF-IDF"
    return f"right here, place {words:,} by TF-IDF" if words > 1 else "right by both"


PANEL = Panel(
    "Search lesson", "Search lesson", LESSON_HELP, search_lesson_tab, more=LESSON_MORE, applies_to=runs_on("sentences")
)
