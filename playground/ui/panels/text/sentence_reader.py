"""Embeddings of sentences by the newest weights of a run: cached for all sessions, and on request while it trains.

Embedding some thousand texts takes a second or two of the cores that the training uses.
"""

from collections.abc import Callable, Sequence

import streamlit as st

from playground.insight.distances import finite_unit_rows
from playground.records import ENDED, FloatArray
from playground.runs.folder.newest_weights import WeightsVersion, newest_weights_version, read_newest_weights
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.ui.components.widget_state import widget_key
from playground.ui.panels.frame import show_nothing_yet
from playground.ui.run.memo import Memo
from playground.ui.run.run_view import RunView
from playground.ui.session.state import session
from playground.ui.words.errors import complain
from playground.vocabulary import Vocabulary

LOADING_SENTENCE_ENCODER = "Loading the encoder: the first time takes some seconds …"
READING_SENTENCES = "Reading the sentences …"
NO_WEIGHTS = "This run has ended and kept no weights, so that nothing can be read with them."
LOOK_NOW_HELP = "Read all sentences with the newest weights: a second or two that the training goes without."


class SentenceReading:
    """The sentence encoder of a run after `step` steps."""

    def __init__(self, run: RunFolder) -> None:
        """Reads the newest weights. Raises UnreadableRun without readable ones, TrainingError if they do not fit."""
        self.step, weights = read_newest_weights(run)
        vocabulary = run.vocabulary()
        if vocabulary is None:
            raise UnreadableRun(f"Run {run.id} has kept no words: it has not learned from texts.")
        from playground.inference.embed_texts import TextReader  # takes seconds: only when texts are read

        self.vocabulary: Vocabulary = vocabulary
        self.reader = TextReader(run.config, weights, vocabulary)
        self._memo = Memo()

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Unit rows of h [n, d_h] of `texts` [n], n >= 1."""
        return finite_unit_rows(self.reader.embed(texts)[0])

    def memoise(self, name: str, make: Callable[[], FloatArray]) -> FloatArray:
        """`make()`, called once for all sessions, with a spinner. Raises what it raises."""

        def read() -> FloatArray:
            with st.spinner(READING_SENTENCES):
                return make()

        return self._memo.get(name, None, read)

    def embed_memoised(self, name: str, texts: Sequence[str]) -> FloatArray:
        """Unit rows of h [n, d_h] of `texts` [n], memoised by `name`, which must always have the same texts."""
        return self.memoise(name, lambda: self.embed(texts))


def choose_reading(view: RunView, *, asked: bool = False) -> tuple[WeightsVersion, SentenceReading] | None:
    """The version and reading of the final weights; of a live run, of the newest when "Look now" was last pressed.

    `asked`: a person has typed a text, for which the weights are read a first time. Without weights, or with ones that
    cannot be read, it shows a note and returns None.
    """
    newest, ended = newest_weights_version(view.folder), view.status.state in ENDED
    if newest is None:
        if ended:
            st.info(NO_WEIGHTS)
        else:
            show_nothing_yet()
        return None
    chosen_weights, panel = session().panels.weights, (view.name, view.folder.id)
    held = newest if ended else chosen_weights.get(panel)
    if not ended and (_look_now_pressed(view, held, newest) or (asked and held is None)):
        held = newest
    chosen_weights[panel] = held
    if held is None:
        return None
    found = find_reading(view.folder, held)
    return None if found is None else (held, found)


def find_reading(run: RunFolder, mark: WeightsVersion) -> SentenceReading | None:
    """The reading of the weights `mark`, cached for all sessions. Shows an error and returns None if it fails."""
    found = _cached_sentence_reading(str(run.path), mark, run)
    if isinstance(found, str):
        complain(found)
        return None
    return found


def _look_now_pressed(view: RunView, held: WeightsVersion | None, newest: WeightsVersion) -> bool:
    with st.container(horizontal=True, vertical_alignment="center"):
        is_new = held is None or held != newest
        pressed = st.button(
            "Look now", key=widget_key(f"{view.name}look now", view.folder.id), help=LOOK_NOW_HELP, disabled=not is_new
        )
        if held is None:
            st.caption("The run goes on: nothing has been read yet.")
        elif is_new:
            st.caption("The run goes on: there are newer weights than those that are shown.")
        else:
            st.caption("The run goes on: these are its newest weights on disk.")
    return pressed


@st.cache_resource(show_spinner=LOADING_SENTENCE_ENCODER, max_entries=8)
def _cached_sentence_reading(path: str, mark: WeightsVersion, _run: RunFolder) -> SentenceReading | str:
    """The reading, or an error message, which is cached as well so that the weights are not read every second."""
    try:
        return SentenceReading(_run)
    except (UnreadableRun, RuntimeError) as error:
        return str(error)
