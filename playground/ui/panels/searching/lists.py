"""What each way to search puts first for one query, side by side."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import streamlit as st

from playground.insight.text.search_lesson import Role, listed, role, shared_parts
from playground.records import FloatArray
from playground.ui.panels.searching.trying import Tried
from playground.wording.escape import escape_markdown_line, escape_markdown_parts

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


def lists(words: Sequence[str]) -> None:
    """Side by side; on a phone below each other."""
    for box, column in zip(st.columns(len(words)), words, strict=True):
        box.markdown(column)


def list_words(column: Column, asked: Asked, place: int) -> str:
    """A title and a numbered list, in Markdown. An answer that is further down stands below it with its number."""
    found = listed(column.tried.similarities[place], asked.answer, SHOWN)
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
    badge = BADGES[role(document, asked.answer, asked.by_words)]
    return f"{number}. {value:z.2f} · {badge}  \n   {_marked(asked.documents[document], asked)}"


def _marked(text: str, asked: Asked) -> str:
    """In bold what it shares with the query."""
    return escape_markdown_parts(shared_parts(" ".join(text.split()), asked.query, asked.frequent))
