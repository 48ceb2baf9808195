"""Ranked lists of documents for one query of the search lesson, in Markdown, with the role of each document."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from playground.insight.text.search_lesson import Role, document_role, rank_documents, shared_parts
from playground.records import FloatArray
from playground.ui.panels.text.search_results import SearchResult
from playground.wording.escape import escape_markdown_line, escape_markdown_parts

RANKED_DOCUMENTS = 6  # documents in each list
ROLE_BADGES: Final[Mapping[Role, str]] = {
    "answer": "✔ answer", "keyword-heavy": "✖ keyword-heavy, wrong", "other": "○ other, wrong",
}  # fmt: skip


class RankedColumn(NamedTuple):
    """A column with the ranked list of one search."""

    title: str  # Markdown
    result: SearchResult


class LessonQuery(NamedTuple):
    """One query, its documents, and what marks their roles."""

    text: str
    answer: int  # index of its document
    documents: Sequence[str]
    by_words: FloatArray  # keyword similarities [documents]
    frequent: frozenset[str]


def ranked_list(column: RankedColumn, query: LessonQuery, place: int) -> str:
    """A title and the ranked list of query `place` in Markdown. An answer below the list is appended with its rank."""
    found = rank_documents(column.result.similarities[place], query.answer, RANKED_DOCUMENTS)
    head = f"**{column.title}**: the answer comes at place **{found.rank:,}** of {len(query.documents):,}"
    lines = [
        _document_line(number, int(document), float(value), query)
        for number, (document, value) in enumerate(zip(found.places, found.values, strict=True), 1)
    ]
    if found.rank > len(lines):
        lines += ["\n…\n", _document_line(found.rank, query.answer, found.answer, query)]
    return "\n".join([head, "", *lines])


def query_and_answer(query: LessonQuery) -> str:
    """The query and its answer, in Markdown."""
    answer = _mark_shared_words(query.documents[query.answer], query)
    return f"**Query**: {escape_markdown_line(query.text)}  \n**Answer**: {answer}"


def _document_line(number: int, document: int, value: float, query: LessonQuery) -> str:
    badge = ROLE_BADGES[document_role(document, query.answer, query.by_words)]
    return f"{number}. {value:z.2f} · {badge}  \n   {_mark_shared_words(query.documents[document], query)}"


def _mark_shared_words(text: str, query: LessonQuery) -> str:
    """`text` in Markdown, with the words that it shares with the query in bold."""
    return escape_markdown_parts(shared_parts(" ".join(text.split()), query.text, query.frequent))
