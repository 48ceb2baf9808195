"""Graded pairs: does the encoder order them as their grades do?"""

import streamlit as st

from playground.data.sentences.dataset import GradedPairs
from playground.figures.grades import Graded, grades_figure, in_words
from playground.insight.text.search_lesson import Agreement, agreement
from playground.runs.folder.newest_weights import Mark
from playground.ui.components.plot import plot
from playground.ui.panels.frame import HIGH
from playground.ui.panels.text.search_results import words_agree
from playground.ui.panels.text.sentence_reader import SentenceReading
from playground.ui.run.run_view import RunView

HOW = (
    "Pairs of sentences with a grade of how much they have in common, 0 to 1. Spearman's rank correlation says how "
    "well cosines of h follow the grades: 1 is the same order, 0 is chance. TF-IDF, which counts words, is a baseline."
)
NO_PAIRS = "These sentences come without graded pairs."
MOST_PAIRS = 2000


def grades_panel(view: RunView, looked: tuple[Mark, SentenceReading] | None, pairs: GradedPairs | None) -> None:
    """The figure, once there are weights to read with."""
    st.markdown("**Graded pairs**", help=HOW)
    if looked is None:
        st.caption("They appear with what the weights read.")
        return
    if pairs is None:
        st.caption(NO_PAIRS)
        return
    mark, reading = looked
    pairs = _first(pairs)
    found: Agreement = view.memo.get("graded pairs", mark, lambda: _agreement(reading, pairs))
    words = words_agree(view.folder, pairs)
    shown = [
        Graded("this", "this run", found.values, found.spearman),
        Graded("words", "TF-IDF", words.values, words.spearman),
    ]
    figure = view.figure("graded pairs", mark, None, lambda: grades_figure(pairs.grades, shown))
    told = (
        f"{len(pairs.a):,} pairs after {reading.step:,} steps: Spearman {in_words(found.spearman)}, by TF-IDF "
        f"{in_words(words.spearman)}, by chance 0."
    )
    plot(figure, key=f"{view.name}graded pairs", height=HIGH - 50, alt=f"Similarity by grade. {told}")
    st.caption(told)


def _agreement(reading: SentenceReading, pairs: GradedPairs) -> Agreement:
    return agreement(pairs, reading.h_of_all("pairs a", pairs.a), reading.h_of_all("pairs b", pairs.b))


def _first(pairs: GradedPairs) -> GradedPairs:
    """Evenly taken, where there are very many."""
    every = -(-len(pairs.a) // MOST_PAIRS)
    return pairs if every <= 1 else GradedPairs(pairs.a[::every], pairs.b[::every], pairs.grades[::every])
