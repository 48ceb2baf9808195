"""Embeddings of typed texts by the newest weights of a run: one reader for all sessions and panels.

Weights are written during training, see `playground.runs.folder.newest_weights`. A reading has texts and images of the
same step, as only these are comparable.
"""

import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from threading import Lock

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.records import FloatArray
from playground.runs.folder.newest_weights import WeightsVersion, newest_weights_version, read_newest_weights
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.vocabulary import Vocabulary, words_of
from playground.wording.escape import escape_markdown_links, printable
from playground.wording.lists import list_in_words

SECONDS_BETWEEN_READERS = (
    3.0  # minimum age of weights before newer ones replace them: each reader slows down the training
)
WEIGHTS_KEPT = 32  # runs whose weights in use are known
TEXTS_KEPT = 4096  # of one reading whose z is cached: 2 MB at 128 dimensions
MOST_UNKNOWN_NAMED = 5  # unknown words named in a remark
MOST_TYPED_LETTERS = 1000  # of a text that a person types
ALL_WORDS_UNKNOWN = "None of these words occurred in training, so there is nothing to look for: choose an example."
LOADING_TEXT_ENCODER = "Loading the text encoder: the first time takes some seconds …"
READ_AS_UNKNOWN = "it is read as an unknown word", "they are read as one and the same unknown word"


class TextReading:
    """Encoders of a run after `step` steps: z of the probe `images` [n, d_z], and of any texts."""

    def __init__(self, run: RunFolder) -> None:
        """Reads the newest weights. Raises UnreadableRun without readable ones, TrainingError if they do not fit."""
        self.step, weights = read_newest_weights(run)
        vocabulary, probe = run.vocabulary(), run.probe()
        if vocabulary is None or probe is None:
            raise UnreadableRun(f"Run {run.id} has kept no words: it has not learned from texts.")
        from playground.inference.embed_texts import TextReader  # takes seconds: only when texts are read
        from playground.inference.restore import embed_pictures

        self.vocabulary: Vocabulary = vocabulary
        self.reader = TextReader(run.config, weights, vocabulary)
        self.images: FloatArray
        if self.step in run.snapshot_steps():
            self.images = run.snapshot(self.step).z
        else:  # a stopped run has no snapshot of its last step
            self.images = embed_pictures(run.config, weights, probe.images)
        self._known: dict[str, NDArray[np.float32]] = {}
        self._lock = Lock()

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """z [n, d_z] of `texts` [n], n >= 1. Each text is embedded once for all sessions."""
        with self._lock:
            new = [text for text in dict.fromkeys(texts) if text not in self._known]
            if len(self._known) + len(new) > TEXTS_KEPT:
                self._known, new = {}, list(dict.fromkeys(texts))
            if new:
                self._known.update(zip(new, self.reader.embed(new)[1], strict=True))
            return np.stack([self._known[text] for text in texts])


@dataclass(slots=True)
class _WeightsInUse:
    """Version of the weights in use, and the time since when."""

    mark: WeightsVersion | None = None
    since: float = 0.0
    was_read: bool = False


def newest_reading(run: RunFolder) -> TextReading | None:
    """The reading of the newest weights, cached for all sessions; None before there are any.

    While newer weights keep coming, it is replaced only every SECONDS_BETWEEN_READERS. Without newer ones, only file
    names are read. Raises UnreadableRun and TrainingError as `TextReading`.
    """
    newest = newest_weights_version(run)
    if newest is None:
        return None
    used = _weights_in_use(str(run.path))
    is_due = (
        used.mark is None
        or newest.written != used.mark.written
        or time.monotonic() - used.since >= SECONDS_BETWEEN_READERS
    )
    if used.mark is None or (used.mark != newest and is_due):
        used.mark, used.since = newest, time.monotonic()
    with st.spinner(LOADING_TEXT_ENCODER) if not used.was_read else nullcontext():
        found = _cached_text_reading(str(run.path), used.mark, run)
    used.was_read = True
    return found


@st.cache_resource(show_spinner=False, max_entries=WEIGHTS_KEPT)
def _weights_in_use(path: str) -> _WeightsInUse:
    return _WeightsInUse()


@st.cache_resource(show_spinner=False, max_entries=4)
def _cached_text_reading(path: str, mark: WeightsVersion, _run: RunFolder) -> TextReading:
    return TextReading(_run)


def unknown_words(vocabulary: Vocabulary, texts: Sequence[str], most_words: int) -> str:
    """One sentence on the unknown words of `texts`, "" if all are known. The vocabulary has at most `most_words`."""
    words = list(dict.fromkeys(word for text in texts for word in vocabulary.unknown(text)))
    if not words:
        return ""
    often = " often enough" if len(vocabulary) >= most_words else ""  # it is full
    named = [f"'{printable(word, 40)}'" for word in words[:MOST_UNKNOWN_NAMED]]
    if more := len(words) - len(named):
        named.append(f"{more:,} more word{'s' if more > 1 else ''}")
    return f"{list_in_words(named)} did not occur{often} in training: {READ_AS_UNKNOWN[len(words) > 1]}."


def show_text_remarks(vocabulary: Vocabulary, text: str, most_words: int, length: int) -> None:
    """Shows which words of a typed `text` are unknown, and whether it is cut off after `length` words."""
    if unknown := unknown_words(vocabulary, [text], most_words):
        st.info(escape_markdown_links(unknown))
    if (words := len(words_of(text))) > length:
        st.caption(f"Of {words:,} words the first {length} are read.")


def all_unknown(vocabulary: Vocabulary, text: str) -> bool:
    """Whether no word of `text` is known; True for a text without words, which is read as an unknown word."""
    return not any(word in vocabulary.ids for word in words_of(text))
