"""Sentences as a run's newest weights read them: once for all sessions, and while it trains only on request.

To read some thousand texts takes a second or two, which the training goes without.
"""

from collections.abc import Callable, Sequence

import streamlit as st

from playground.insight.distances import finite_unit_rows
from playground.records import ENDED, FloatArray
from playground.runs.folder.newest_weights import WeightsVersion, newest_weights_version, read_newest_weights
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.ui.components.widget_state import widget_key
from playground.ui.panels.frame import soon
from playground.ui.run.memo import Memo
from playground.ui.run.run_view import RunView
from playground.ui.session.state import session
from playground.ui.words.errors import complain
from playground.vocabulary import Vocabulary

LOADING = "Loading the encoder: the first time takes some seconds …"
READING = "Reading the sentences …"
NO_WEIGHTS = "This run has ended and kept no weights, so that nothing can be read with them."
LOOK_NOW = "Read all sentences with the newest weights: a second or two that the training goes without."


class SentenceReading:
    """A run's encoder of sentences after `step` steps."""

    def __init__(self, run: RunFolder) -> None:
        """Raises UnreadableRun where there is nothing to read with, TrainingError where the weights do not fit."""
        self.step, weights = read_newest_weights(run)
        vocabulary = run.vocabulary()
        if vocabulary is None:
            raise UnreadableRun(f"Run {run.id} has kept no words: it has not learned from texts.")
        from playground.inference.embed_texts import TextReader  # seconds: only for who asks for it

        self.vocabulary: Vocabulary = vocabulary
        self.reader = TextReader(run.config, weights, vocabulary)
        self._memo = Memo()

    def h_of(self, texts: Sequence[str]) -> FloatArray:
        """Rows of length one, [n, d_h], n >= 1."""
        return finite_unit_rows(self.reader.embed(texts)[0])

    def memoise(self, name: str, make: Callable[[], FloatArray]) -> FloatArray:
        """`make()`, called once for all sessions; a spinner turns meanwhile."""

        def read() -> FloatArray:
            with st.spinner(READING):
                return make()

        return self._memo.get(name, None, read)

    def h_of_all(self, name: str, texts: Sequence[str]) -> FloatArray:
        """`h_of` texts that are always the same under `name`, memoised."""
        return self.memoise(name, lambda: self.h_of(texts))


def looked_with(view: RunView, *, asked: bool = False) -> tuple[WeightsVersion, SentenceReading] | None:
    """The weights of the end; while the run goes on those that were the newest when a person last pressed "Look now".

    `asked`: a person has asked for an answer, which is worth a first look. None, and a sentence, without weights.
    """
    newest, ended = newest_weights_version(view.folder), view.status.state in ENDED
    if newest is None:
        if ended:
            st.info(NO_WEIGHTS)
        else:
            soon()
        return None
    looked_at, panel = session().panels.weights, (view.name, view.folder.id)
    held = newest if ended else looked_at.get(panel)
    if not ended and (_pressed(view, held, newest) or (asked and held is None)):
        held = newest
    looked_at[panel] = held
    if held is None:
        return None
    found = reading_of(view.folder, held)
    return None if found is None else (held, found)


def reading_of(run: RunFolder, mark: WeightsVersion) -> SentenceReading | None:
    """One reader for all; where the weights cannot be used, None and a sentence."""
    found = _reading(str(run.path), mark, run)
    if isinstance(found, str):
        complain(found)
        return None
    return found


def _pressed(view: RunView, held: WeightsVersion | None, newest: WeightsVersion) -> bool:
    with st.container(horizontal=True, vertical_alignment="center"):
        is_new = held is None or held != newest
        pressed = st.button(
            "Look now", key=widget_key(f"{view.name}look now", view.folder.id), help=LOOK_NOW, disabled=not is_new
        )
        if held is None:
            st.caption("The run goes on: nothing has been read yet.")
        elif is_new:
            st.caption("The run goes on: there are newer weights than those that are shown.")
        else:
            st.caption("The run goes on: these are its newest weights on disk.")
    return pressed


@st.cache_resource(show_spinner=LOADING, max_entries=8)
def _reading(path: str, mark: WeightsVersion, _run: RunFolder) -> SentenceReading | str:
    """Of weights that do not fit a sentence, so that they are not read again each second."""
    try:
        return SentenceReading(_run)
    except (UnreadableRun, RuntimeError) as error:
        return str(error)
