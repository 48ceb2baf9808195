"""Sentences: what a person types and what is nearest to it, and how well meanings are told apart."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st

from playground.config.encoder import TransformerConfig
from playground.data.sentences.dataset import GradedPairs
from playground.figures.alignment import alignment_figure
from playground.figures.grades import Graded, grades_figure, spearman_in_words
from playground.insight.text.caption_search import cosines_with
from playground.insight.text.search_lesson import Agreement, grade_agreement
from playground.records import FloatArray, Probe
from playground.runs.folder.newest_weights import WeightsVersion
from playground.ui.components.plot import plot
from playground.ui.components.widget_state import set_widget_value, widget_key
from playground.ui.panels.frame import HIGH, LOW, soon
from playground.ui.panels.panel import Panel, runs_on
from playground.ui.panels.text.search_results import Trial, trial_of, words_agree
from playground.ui.panels.text.sentence_reader import SentenceReading, looked_with
from playground.ui.panels.text.text_reader import all_unknown, remark
from playground.ui.run.run_view import RunView
from playground.ui.words.errors import complain
from playground.wording.escape import escape_markdown_line, printable

FOUND, EXAMPLES = 10, 4  # sentences that are found, and that are offered
MOST_LETTERS = 1000
HOW = "Type a sentence: the encoder has never seen it, and finds those that it takes for nearly the same, by h."
EMPTY = "Type a sentence, or choose an example."
NOTHING_KNOWN = "None of these words occurred in training, so there is nothing to look for: choose an example."
AMONG = {"probe": "sentences followed", "documents": "documents of the search"}
ALIGNMENT = (
    "Alignment: how far a sentence is from its positive. Uniformity: how evenly sentences lie on the sphere. Both are "
    "better the lower; learning goes to the left and stays low. By z, which the loss compares."
)
GRADED_PAIRS = (
    "Pairs of sentences with a grade of how much they have in common, 0 to 1. Spearman's rank correlation says how "
    "well cosines of h follow the grades: 1 is the same order, 0 is chance. TF-IDF, which counts words, is a baseline."
)
NO_PAIRS = "These sentences come without graded pairs."
MOST_PAIRS = 2000
REFERENCE = "chance, all directions at random: 2 and about -4; all in one point: 0 and 0"


class Among(NamedTuple):
    """Where it is looked."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]  # one a text, or none
    h: FloatArray


def sentences_tab(view: RunView) -> None:
    """What is typed on the left, figures on the right."""
    probe, trial = view.probe, trial_of(view.folder)
    if probe is None or not probe.texts:
        soon()
        return
    text, place = _asked(view, probe, trial)
    looked = looked_with(view, asked=bool(text) and len(text) <= MOST_LETTERS)
    answer, figures = st.columns([3, 2])
    with answer:
        _answer(view, probe, trial, text, place, looked)
    with figures:
        _alignment(view)
        _graded_pairs(view, looked, trial.pairs)


def _asked(view: RunView, probe: Probe, trial: Trial) -> tuple[str, str]:
    """The sentence, and where it is to be looked for."""
    key = widget_key(f"{view.name}sentence", view.folder.id)
    text = " ".join((st.text_input("Your sentence", key=key, persist_state="session") or "").split())
    with st.container(horizontal=True, gap="small"):
        for number, sentence in enumerate(view.memo.get("examples", None, lambda: _examples(probe.texts))):
            shown = escape_markdown_line(sentence, 60)
            st.button(shown, key=widget_key(key, number), on_click=set_widget_value, args=(key, sentence))
    options = [name for name in AMONG if name == "probe" or trial.search is not None]
    chosen = "probe"
    if len(options) > 1:
        chosen = st.segmented_control(
            "Look among", options, format_func=AMONG.__getitem__, default="probe", required=True,
            key=widget_key(key, "among"), persist_state="session",
        ) or "probe"  # fmt: skip
    return text, chosen


def _examples(texts: Sequence[str]) -> list[str]:
    """The shortest of each part of them: buttons have little room."""
    parts = (texts[start::EXAMPLES] for start in range(EXAMPLES))
    return list(dict.fromkeys(min(part, key=len) for part in parts if part))


def _answer(
    view: RunView,
    probe: Probe,
    trial: Trial,
    text: str,
    place: str,
    looked: tuple[WeightsVersion, SentenceReading] | None,
) -> None:
    """The nearest, or one sentence on why there are none."""
    if not text:
        st.info(EMPTY)
    elif len(text) > MOST_LETTERS:
        complain(f"The sentence has {len(text):,} letters: at most {MOST_LETTERS:,} are allowed.")
    elif looked is None:
        return  # it was said why
    elif all_unknown(looked[1].vocabulary, text):
        complain(NOTHING_KNOWN)
    else:
        _remarks(view, looked[1], text)
        made = view.memo.get(
            "nearest", (looked[0], text, place), lambda: _nearest(view, probe, trial, text, place, looked)
        )
        st.markdown(made)


def _remarks(view: RunView, reading: SentenceReading, text: str) -> None:
    encoder = view.folder.config.encoder
    assert isinstance(encoder, TransformerConfig)
    remark(reading.vocabulary, text, encoder.words, encoder.length)


def _nearest(
    view: RunView, probe: Probe, trial: Trial, text: str, place: str, looked: tuple[WeightsVersion, SentenceReading]
) -> str:
    """A numbered list, in Markdown."""
    reading = looked[1]
    among = _among(view, probe, trial, place, reading)
    cosines = cosines_with(among.h, reading.h_of([text])[0])
    rows = np.argsort(-cosines, kind="stable")[:FOUND]
    head = (
        f"The {len(rows)} nearest of {len(cosines):,} {AMONG[place]} after step {reading.step:,}, with their cosines; "
        f"by chance one would be as near as the median of all, {float(np.median(cosines)):z.2f}."
    )
    lines = [
        f"1. {cosines[row]:z.2f} · {escape_markdown_line(among.texts[row])}{_topic(among, int(row))}" for row in rows
    ]
    return "\n".join([head, "", *lines])


def _among(view: RunView, probe: Probe, trial: Trial, place: str, reading: SentenceReading) -> Among:
    if place == "documents" and trial.search is not None:
        texts = trial.search.documents
        return Among(texts, (), reading.h_of_all("documents", texts))
    names = () if probe.labels is None else tuple(probe.class_names[label] for label in probe.labels)
    return Among(probe.texts, names, reading.memoise("probe", lambda: _probe_h(view, probe, reading)))


def _probe_h(view: RunView, probe: Probe, reading: SentenceReading) -> FloatArray:
    """As it was looked at, where there was a look with just these weights."""
    if reading.step in view.folder.snapshot_steps():
        return view.folder.snapshot(reading.step).h
    return reading.h_of(probe.texts)


def _topic(among: Among, row: int) -> str:
    return f" :small[({escape_markdown_line(printable(among.labels[row], 40))})]" if among.labels else ""


def _alignment(view: RunView) -> None:
    """The path of the looks."""
    st.markdown("**Alignment and uniformity**", help=ALIGNMENT)
    shown = view.insight
    if shown is None:
        soon()
        return
    told = f"After {shown.step:,} steps: alignment {shown.alignment:.2f}, uniformity {shown.z.uniformity:.2f}"
    figure = view.figure(
        "alignment", view.at, (len(view.insights), shown.step), lambda: alignment_figure(view.insights, shown)
    )
    plot(figure, key=f"{view.name}alignment", height=LOW, alt=f"{told}; {len(view.insights)} looks.")
    st.caption(f"{told} ({REFERENCE}).")


def _graded_pairs(
    view: RunView, looked: tuple[WeightsVersion, SentenceReading] | None, pairs: GradedPairs | None
) -> None:
    """The figure, once there are weights to read with."""
    st.markdown("**Graded pairs**", help=GRADED_PAIRS)
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
        f"{len(pairs.a):,} pairs after {reading.step:,} steps: Spearman {spearman_in_words(found.spearman)}, by TF-IDF "
        f"{spearman_in_words(words.spearman)}, by chance 0."
    )
    plot(figure, key=f"{view.name}graded pairs", height=HIGH - 50, alt=f"Similarity by grade. {told}")
    st.caption(told)


def _agreement(reading: SentenceReading, pairs: GradedPairs) -> Agreement:
    return grade_agreement(pairs, reading.h_of_all("pairs a", pairs.a), reading.h_of_all("pairs b", pairs.b))


def _first(pairs: GradedPairs) -> GradedPairs:
    """Evenly taken, where there are very many."""
    every = -(-len(pairs.a) // MOST_PAIRS)
    return pairs if every <= 1 else GradedPairs(pairs.a[::every], pairs.b[::every], pairs.grades[::every])


PANEL = Panel("Sentences", "Sentences", HOW, sentences_tab, applies_to=runs_on("sentences"))
