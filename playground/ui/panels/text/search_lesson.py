"""The search lesson: an encoder that knows what is meant, beside a search that counts words.

What each way to search puts first for one query, side by side.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

import streamlit as st

from playground.data.sentences.dataset import Search
from playground.figures.retrieval import METRICS, Way, figure_height, retrieval_figure, score_in_words
from playground.insight.arrays import RowIndices
from playground.insight.text.search_lesson import (
    KEYWORD_HEAVY,
    Role,
    chance_score,
    document_role,
    order_by_hardness,
    query_groups,
    rank_documents,
    score_ranks,
    shared_parts,
)
from playground.records import FloatArray
from playground.runs.folder.newest_weights import WeightsVersion, newest_weights_version
from playground.ui.components.plot import plot
from playground.ui.components.widget_state import widget_key
from playground.ui.panels.panel import Panel, runs_on
from playground.ui.panels.text.other_run import chosen_other
from playground.ui.panels.text.search_results import Trial, Tried, frequent_in, trial_of, tried, tried_by_words
from playground.ui.panels.text.sentence_reader import looked_with, reading_of
from playground.ui.run.run_view import RunView
from playground.wording.escape import escape_markdown_line, escape_markdown_links, escape_markdown_parts, printable

SHOWN = 6  # documents of each list
BADGES: Final[Mapping[Role, str]] = {
    "answer": "✔ answer", "keyword-heavy": "✖ keyword-heavy, wrong", "other": "○ other, wrong",
}  # fmt: skip


class Column(NamedTuple):
    """One way to search."""

    title: str  # Markdown
    tried: Tried


class Asked(NamedTuple):
    """One query, and what its documents are called by."""

    query: str
    answer: int  # its place
    documents: Sequence[str]
    by_words: FloatArray  # [documents], keyword similarities
    frequent: frozenset[str]


def list_words(column: Column, asked: Asked, place: int) -> str:
    """A title and a numbered list, in Markdown. An answer that is further down stands below it with its number."""
    found = rank_documents(column.tried.similarities[place], asked.answer, SHOWN)
    head = f"**{column.title}**: the answer comes at place **{found.rank:,}** of {len(asked.documents):,}"
    lines = [
        _line(number, int(document), float(value), asked)
        for number, (document, value) in enumerate(zip(found.places, found.values, strict=True), 1)
    ]
    if found.rank > len(lines):
        lines += ["\n…\n", _line(found.rank, asked.answer, found.answer, asked)]
    return "\n".join([head, "", *lines])


def query_words(asked: Asked) -> str:
    """The query and its answer, in Markdown."""
    return (
        f"**Query**: {escape_markdown_line(asked.query)}  \n**Answer**: {_marked(asked.documents[asked.answer], asked)}"
    )


def _line(number: int, document: int, value: float, asked: Asked) -> str:
    badge = BADGES[document_role(document, asked.answer, asked.by_words)]
    return f"{number}. {value:z.2f} · {badge}  \n   {_marked(asked.documents[document], asked)}"


def _marked(text: str, asked: Asked) -> str:
    """In bold what it shares with the query."""
    return escape_markdown_parts(shared_parts(" ".join(text.split()), asked.query, asked.frequent))


HOW = (
    "Each query has one document that answers it. Keyword-heavy documents repeat the query's words and do not answer "
    "it: whoever counts words (TF-IDF) puts them first, an encoder that has learned what is meant does not."
)
MORE = (
    "Recall@k: the share of queries whose answer is among the first k documents. MRR: the mean of 1 / its place. "
    "Chance is any order. Documents are compared by the cosine of h."
)
MARKS = (
    f"In bold: words of the query, without those in more than a fifth of the documents. Keyword-heavy, wrong: one "
    f"that does not answer, with a TF-IDF similarity of at least {KEYWORD_HEAVY:g} and no less than the answer's."
)
ORDER = "First those that this run gets wrong, then those that TF-IDF gets wrong and this run right."
NO_SEARCH = "These sentences come without queries and answers: the lesson needs pairs or triples, or the made-up ones."
KINDS = {"all": "All queries", "keyword-heavy": "Keyword-heavy queries", "ordinary": "Ordinary queries"}
KIND_WORDS = {"keyword-heavy": "wrong documents repeat its words", "ordinary": "the answer repeats its words"}


class Ways(NamedTuple):
    """All that is compared."""

    this: Tried
    words: Tried
    other: Tried | None
    title: str  # of this run
    other_title: str  # a person's own text; "" without another run
    mark: tuple[WeightsVersion, WeightsVersion | None, str]  # what it was made of


def search_lesson_tab(view: RunView) -> None:
    """Bars of all queries, and below them one query in detail."""
    trial = trial_of(view.folder)
    if trial.search is None and newest_weights_version(view.folder) is not None:
        st.info(NO_SEARCH)
        return
    looked = looked_with(view)
    if looked is None or trial.search is None:
        return
    mark, reading = looked
    this, words = tried(reading, trial), tried_by_words(trial)
    other, other_mark, name = _other(view, trial)
    ways = Ways(this, words, other, f"This run, after {reading.step:,} steps", name, (mark, other_mark, name))
    _bars(view, trial, trial.search, ways)
    _one_query(view, trial, trial.search, ways)


def _other(view: RunView, trial: Trial) -> tuple[Tried | None, WeightsVersion | None, str]:
    """What another run makes of it, with its marks and its name; nothing where it cannot be read."""
    chosen = chosen_other(view, trial.digest)
    mark = None if chosen is None else newest_weights_version(chosen.run)
    if chosen is None or mark is None:
        return None, None, ""
    reading = reading_of(chosen.run, mark)
    if reading is None:
        return None, None, ""
    told = "" if f"steps {reading.step}" in chosen.name else f", after {reading.step:,} steps"
    return tried(reading, trial), mark, f"{chosen.name}{told}"


def _bars(view: RunView, trial: Trial, search: Search, ways: Ways) -> None:
    groups = query_groups(search)
    for box, (group, rows) in zip(st.columns(len(groups)), groups.items(), strict=True):
        with box:
            told = f" · {KIND_WORDS[group]}" if group in KIND_WORDS else ""
            st.markdown(f"**{KINDS[group]}** ({len(rows):,}){told}")
            make = partial(_ways, ways, rows, len(search.documents))
            compared = view.memo.get(f"scores {group}", ways.mark, make)
            figure = view.figure(f"search {group}", ways.mark, None, partial(retrieval_figure, compared))
            alt = f"{KINDS[group]}: {_told(compared)}"
            plot(figure, key=f"{view.name}search {group}", height=figure_height(compared), alt=alt)
    st.markdown(_sentence(search, ways))
    if len(search.queries) < trial.asked_in_all:
        st.caption(
            f"Tried out here: {len(search.queries):,} of {trial.asked_in_all:,} queries, evenly taken, among "
            f"{len(search.documents):,} documents; so are the figures of the run's end."
        )


def _ways(ways: Ways, rows: RowIndices, documents: int) -> list[Way]:
    found = [Way("this", "this run", score_ranks(ways.this.found[rows]))]
    if ways.other is not None:
        found.append(Way("other", "the run beside it", score_ranks(ways.other.found[rows])))
    return [
        *found,
        Way("words", "TF-IDF", score_ranks(ways.words.found[rows])),
        Way("chance", "chance", chance_score(documents)),
    ]


def _told(ways: Sequence[Way]) -> str:
    """Every number in words."""
    parts = []
    for way in ways:
        numbers = (f"{name} {value}" for name, value in zip(METRICS, score_in_words(way.score), strict=True))
        parts.append(f"{way.name} {', '.join(numbers)}")
    return "; ".join(parts) + "."


def _sentence(search: Search, ways: Ways) -> str:
    """What to see, in the run's own numbers."""
    fooled = int((ways.words.found > 1).sum())
    right = int(((ways.words.found > 1) & (ways.this.found == 1)).sum())
    both = f"of these this run puts **{right:,}** first" if fooled else "this run has nothing to do better"
    return (
        f"TF-IDF puts a wrong document first for **{fooled:,}** of {len(search.queries):,} queries; {both}. Of the "
        f"others it loses **{int(((ways.words.found == 1) & (ways.this.found > 1)).sum()):,}**."
    )


def _one_query(view: RunView, trial: Trial, search: Search, ways: Ways) -> None:
    st.markdown("**One query, ranked**", help=MARKS)
    place = _chosen(view, search, ways)
    if place is None:
        return
    query, *columns = view.memo.get("ranked", (ways.mark, place), lambda: _ranked(trial, search, ways, place))
    st.markdown(query)
    for box, column in zip(st.columns(len(columns)), columns, strict=True):
        box.markdown(column)
    st.caption(escape_markdown_links(MARKS))


def _ranked(trial: Trial, search: Search, ways: Ways, place: int) -> list[str]:
    """The query, and the list of each way, in Markdown."""
    answer, by_words = int(search.relevant[place]), ways.words.similarities[place]
    asked = Asked(search.queries[place], answer, search.documents, by_words, frequent_in(trial))
    columns = [Column("TF-IDF", ways.words), Column(ways.title, ways.this)]
    if ways.other is not None:
        columns.append(Column(escape_markdown_line(ways.other_title), ways.other))
    return [query_words(asked), *(list_words(column, asked, place) for column in columns)]


def _chosen(view: RunView, search: Search, ways: Ways) -> int | None:
    """The hardest at first."""
    key = widget_key(f"{view.name}query", view.folder.id)
    order = view.memo.get(
        "hardest queries", ways.mark, lambda: order_by_hardness(ways.this.found, ways.words.found).tolist()
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kept = _kind(query_groups(search), widget_key(key, "kind"))
        chosen = st.selectbox(
            "Query, the hardest first", order if kept is None else [place for place in order if place in kept],
            format_func=lambda place: f"{_difficulty(ways, place)}: {printable(search.queries[place], 120)}",
            key=key, persist_state="session", help=ORDER,
        )  # fmt: skip
    return None if chosen is None else int(chosen)


def _kind(groups: Mapping[str, RowIndices], key: str) -> set[int] | None:
    """The queries of the kind that was chosen; None: all."""
    if len(groups) < 2:
        return None
    kind = st.segmented_control(
        "Queries", ["all", *groups], default="all", required=True, key=key, persist_state="session"
    )
    return set(groups[kind].tolist()) if kind in groups else None


def _difficulty(ways: Ways, place: int) -> str:
    here, words = int(ways.this.found[place]), int(ways.words.found[place])
    if here > 1:
        return f"place {here:,} here, {words:,} by TF-IDF"
    return f"right here, place {words:,} by TF-IDF" if words > 1 else "right by both"


PANEL = Panel("Search lesson", "Search lesson", HOW, search_lesson_tab, more=MORE, applies_to=runs_on("sentences"))
