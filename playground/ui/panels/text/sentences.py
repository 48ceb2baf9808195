"""Sentences: nearest neighbours of a typed sentence, alignment and uniformity, and agreement with graded pairs."""

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
from playground.ui.panels.frame import HIGH, LOW, show_nothing_yet
from playground.ui.panels.panel import Panel, runs_on
from playground.ui.panels.text.search_results import ShownBenchmarks, keyword_grade_agreement, shown_benchmarks
from playground.ui.panels.text.sentence_reader import SentenceReading, choose_reading
from playground.ui.panels.text.text_reader import ALL_WORDS_UNKNOWN, MOST_TYPED_LETTERS, all_unknown, show_text_remarks
from playground.ui.run.run_view import RunView
from playground.ui.words.errors import complain
from playground.wording.escape import escape_markdown_line, printable

FOUND_SENTENCES, EXAMPLE_SENTENCES = 10, 4  # nearest sentences, and examples on buttons
SENTENCES_HELP = (
    "Type a sentence: the encoder has never seen it, and finds those that it takes for nearly the same, by h."
)
NO_SENTENCE = "Type a sentence, or choose an example."
SEARCHED_TITLES = {"probe": "sentences followed", "documents": "documents of the search"}
ALIGNMENT_HELP = (
    "Alignment: how far a sentence is from its positive. Uniformity: how evenly sentences lie on the sphere. Both are "
    "better the lower; learning goes to the left and stays low. By z, which the loss compares."
)
GRADED_PAIRS_HELP = (
    "Pairs of sentences with a grade of how much they have in common, 0 to 1. Spearman's rank correlation says how "
    "well cosines of h follow the grades: 1 is the same order, 0 is chance. TF-IDF, which counts words, is a baseline."
)
NO_PAIRS = "These sentences come without graded pairs."
MOST_GRADED_PAIRS = 2000
ALIGNMENT_REFERENCE = "chance, all directions at random: 2 and about -4; all in one point: 0 and 0"


class SearchedTexts(NamedTuple):
    """Texts that are searched, with their embeddings."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]  # a class name for each text, or empty
    h: FloatArray  # unit rows [texts, d_h]


def sentences_tab(view: RunView) -> None:
    """Draws the typed sentence with its neighbours on the left, and the figures on the right."""
    probe, benchmarks = view.probe, shown_benchmarks(view.folder)
    if probe is None or not probe.texts:
        show_nothing_yet()
        return
    text, place = _ask_sentence(view, probe, benchmarks)
    looked = choose_reading(view, asked=bool(text) and len(text) <= MOST_TYPED_LETTERS)
    answer, figures = st.columns([3, 2])
    with answer:
        _draw_nearest_sentences(view, probe, benchmarks, text, place, looked)
    with figures:
        _draw_alignment(view)
        _draw_graded_pairs(view, looked, benchmarks.pairs)


def _ask_sentence(view: RunView, probe: Probe, benchmarks: ShownBenchmarks) -> tuple[str, str]:
    """Draws the field, examples and the choice of texts; returns the sentence and a key of SEARCHED_TITLES."""
    key = widget_key(f"{view.name}sentence", view.folder.id)
    text = " ".join((st.text_input("Your sentence", key=key, persist_state="session") or "").split())
    with st.container(horizontal=True, gap="small"):
        for number, sentence in enumerate(view.memo.get("examples", None, lambda: _example_sentences(probe.texts))):
            shown = escape_markdown_line(sentence, 60)
            st.button(shown, key=widget_key(key, number), on_click=set_widget_value, args=(key, sentence))
    options = [name for name in SEARCHED_TITLES if name == "probe" or benchmarks.search is not None]
    chosen = "probe"
    if len(options) > 1:
        chosen = st.segmented_control(
            "Look among", options, format_func=SEARCHED_TITLES.__getitem__, default="probe", required=True,
            key=widget_key(key, "among"), persist_state="session",
        ) or "probe"  # fmt: skip
    return text, chosen


def _example_sentences(texts: Sequence[str]) -> list[str]:
    """The shortest text of each of EXAMPLE_SENTENCES parts, as buttons have little room."""
    parts = (texts[start::EXAMPLE_SENTENCES] for start in range(EXAMPLE_SENTENCES))
    return list(dict.fromkeys(min(part, key=len) for part in parts if part))


def _draw_nearest_sentences(
    view: RunView,
    probe: Probe,
    benchmarks: ShownBenchmarks,
    text: str,
    place: str,
    looked: tuple[WeightsVersion, SentenceReading] | None,
) -> None:
    """Draws the nearest sentences, or a note on why there are none."""
    if not text:
        st.info(NO_SENTENCE)
    elif len(text) > MOST_TYPED_LETTERS:
        complain(f"The sentence has {len(text):,} letters: at most {MOST_TYPED_LETTERS:,} are allowed.")
    elif looked is None:
        return  # `choose_reading` has shown why
    elif all_unknown(looked[1].vocabulary, text):
        complain(ALL_WORDS_UNKNOWN)
    else:
        _show_sentence_remarks(view, looked[1], text)
        made = view.memo.get(
            "nearest", (looked[0], text, place), lambda: _nearest_list(view, probe, benchmarks, text, place, looked)
        )
        st.markdown(made)


def _show_sentence_remarks(view: RunView, reading: SentenceReading, text: str) -> None:
    encoder = view.folder.config.encoder
    assert isinstance(encoder, TransformerConfig)
    show_text_remarks(reading.vocabulary, text, encoder.words, encoder.length)


def _nearest_list(
    view: RunView,
    probe: Probe,
    benchmarks: ShownBenchmarks,
    text: str,
    place: str,
    looked: tuple[WeightsVersion, SentenceReading],
) -> str:
    """The nearest sentences as a numbered list in Markdown."""
    reading = looked[1]
    among = _searched_texts(view, probe, benchmarks, place, reading)
    cosines = cosines_with(among.h, reading.embed([text])[0])
    rows = np.argsort(-cosines, kind="stable")[:FOUND_SENTENCES]
    head = (
        f"The {len(rows)} nearest of {len(cosines):,} {SEARCHED_TITLES[place]} after step {reading.step:,}, with their "
        f"cosines; by chance one would be as near as the median of all, {float(np.median(cosines)):z.2f}."
    )
    lines = [
        f"1. {cosines[row]:z.2f} · {escape_markdown_line(among.texts[row])}{_class_note(among, int(row))}"
        for row in rows
    ]
    return "\n".join([head, "", *lines])


def _searched_texts(
    view: RunView, probe: Probe, benchmarks: ShownBenchmarks, place: str, reading: SentenceReading
) -> SearchedTexts:
    if place == "documents" and benchmarks.search is not None:
        texts = benchmarks.search.documents
        return SearchedTexts(texts, (), reading.embed_memoised("documents", texts))
    names = () if probe.labels is None else tuple(probe.class_names[label] for label in probe.labels)
    return SearchedTexts(probe.texts, names, reading.memoise("probe", lambda: _probe_h(view, probe, reading)))


def _probe_h(view: RunView, probe: Probe, reading: SentenceReading) -> FloatArray:
    """h [n, d_h] of the probe: of the snapshot of the same step, if there is one, else computed."""
    if reading.step in view.folder.snapshot_steps():
        return view.folder.snapshot(reading.step).h
    return reading.embed(probe.texts)


def _class_note(among: SearchedTexts, row: int) -> str:
    return f" :small[({escape_markdown_line(printable(among.labels[row], 40))})]" if among.labels else ""


def _draw_alignment(view: RunView) -> None:
    """Draws alignment over uniformity of all snapshots."""
    st.markdown("**Alignment and uniformity**", help=ALIGNMENT_HELP)
    shown = view.insight
    if shown is None:
        show_nothing_yet()
        return
    told = f"After {shown.step:,} steps: alignment {shown.alignment:.2f}, uniformity {shown.z.uniformity:.2f}"
    figure = view.figure(
        "alignment", view.at, (len(view.insights), shown.step), lambda: alignment_figure(view.insights, shown)
    )
    plot(figure, key=f"{view.name}alignment", height=LOW, alt=f"{told}; {len(view.insights)} looks.")
    st.caption(f"{told} ({ALIGNMENT_REFERENCE}).")


def _draw_graded_pairs(
    view: RunView, looked: tuple[WeightsVersion, SentenceReading] | None, pairs: GradedPairs | None
) -> None:
    """Draws similarity by grade, once there are weights."""
    st.markdown("**Graded pairs**", help=GRADED_PAIRS_HELP)
    if looked is None:
        st.caption("They appear with what the weights read.")
        return
    if pairs is None:
        st.caption(NO_PAIRS)
        return
    mark, reading = looked
    pairs = _limit_pairs(pairs)
    found: Agreement = view.memo.get("graded pairs", mark, lambda: _encoder_agreement(reading, pairs))
    words = keyword_grade_agreement(view.folder, pairs)
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


def _encoder_agreement(reading: SentenceReading, pairs: GradedPairs) -> Agreement:
    return grade_agreement(
        pairs, reading.embed_memoised("pairs a", pairs.a), reading.embed_memoised("pairs b", pairs.b)
    )


def _limit_pairs(pairs: GradedPairs) -> GradedPairs:
    """Evenly spaced ones of `pairs`, at most MOST_GRADED_PAIRS."""
    every = -(-len(pairs.a) // MOST_GRADED_PAIRS)
    return pairs if every <= 1 else GradedPairs(pairs.a[::every], pairs.b[::every], pairs.grades[::every])


PANEL = Panel("Sentences", "Sentences", SENTENCES_HELP, sentences_tab, applies_to=runs_on("sentences"))
