"""What a person types, as a run's newest weights read it: one reader for all sessions and panels that show the run.

Weights are written while the run goes on, see `playground.runs.folder.newest_weights`. Images are compared with texts
of the same step only, so a reading holds both.
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

PAUSE = 3.0  # seconds for which weights are used at least while newer ones come: each reader costs the training time
MOST_RUNS = 32  # of which it is known which weights are used
MOST_TEXTS = 4096  # of one reading whose z is kept: 2 MB at 128 dimensions
MOST_NAMED = 5  # unknown words in a sentence
LOADING = "Loading the text encoder: the first time takes some seconds …"
UNKNOWN = "it is read as an unknown word", "they are read as one and the same unknown word"


class Reading:
    """A run's encoders after `step` steps: the probe's `images` [n, d_z], and any text, in one space."""

    def __init__(self, run: RunFolder) -> None:
        """Raises UnreadableRun where there is nothing to read with, TrainingError where the weights do not fit."""
        self.step, weights = read_newest_weights(run)
        vocabulary, probe = run.vocabulary(), run.probe()
        if vocabulary is None or probe is None:
            raise UnreadableRun(f"Run {run.id} has kept no words: it has not learned from texts.")
        from playground.inference.embed_texts import TextReader  # seconds: only for who asks for it
        from playground.inference.restore import embed_pictures

        self.vocabulary: Vocabulary = vocabulary
        self.reader = TextReader(run.config, weights, vocabulary)
        self.images: FloatArray
        if self.step in run.snapshot_steps():
            self.images = run.snapshot(self.step).z
        else:  # who stops a run gets no look at its end
            self.images = embed_pictures(run.config, weights, probe.images)
        self._known: dict[str, NDArray[np.float32]] = {}
        self._lock = Lock()

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """z [n, d_z] of `texts`, n >= 1. Each is read once, whoever asks."""
        with self._lock:
            new = [text for text in dict.fromkeys(texts) if text not in self._known]
            if len(self._known) + len(new) > MOST_TEXTS:
                self._known, new = {}, list(dict.fromkeys(texts))
            if new:
                self._known.update(zip(new, self.reader.embed(new)[1], strict=True))
            return np.stack([self._known[text] for text in texts])


@dataclass(slots=True)
class _Used:
    """Which weights of a run are used, and since when."""

    mark: WeightsVersion | None = None
    since: float = 0.0
    was_read: bool = False


def newest_reading(run: RunFolder) -> Reading | None:
    """Of the newest weights, while training of ones that are `PAUSE` old or younger; None before there are any.

    A look at names where nothing is new. Raises UnreadableRun and TrainingError as `Reading`.
    """
    newest = newest_weights_version(run)
    if newest is None:
        return None
    used = _used(str(run.path))
    is_due = used.mark is None or newest.written != used.mark.written or time.monotonic() - used.since >= PAUSE
    if used.mark is None or (used.mark != newest and is_due):
        used.mark, used.since = newest, time.monotonic()
    with st.spinner(LOADING) if not used.was_read else nullcontext():
        found = _reading(str(run.path), used.mark, run)
    used.was_read = True
    return found


@st.cache_resource(show_spinner=False, max_entries=MOST_RUNS)
def _used(path: str) -> _Used:
    return _Used()


@st.cache_resource(show_spinner=False, max_entries=4)
def _reading(path: str, mark: WeightsVersion, _run: RunFolder) -> Reading:
    return Reading(_run)


def unknown_words(vocabulary: Vocabulary, texts: Sequence[str], most_words: int) -> str:
    """One sentence on the words of `texts` that are not known, "" where all are. `most_words` could be known."""
    words = list(dict.fromkeys(word for text in texts for word in vocabulary.unknown(text)))
    if not words:
        return ""
    often = " often enough" if len(vocabulary) >= most_words else ""  # only the most frequent words are kept
    named = [f"'{printable(word, 40)}'" for word in words[:MOST_NAMED]]
    if more := len(words) - len(named):
        named.append(f"{more:,} more word{'s' if more > 1 else ''}")
    return f"{listed(named)} did not occur{often} in training: {UNKNOWN[len(words) > 1]}."


def remark(vocabulary: Vocabulary, text: str, most_words: int, length: int) -> None:
    """Say which words of a typed `text` are not known, and where it is cut off: `length` words are read."""
    if unknown := unknown_words(vocabulary, [text], most_words):
        st.info(escape_markdown_links(unknown))
    if (words := len(words_of(text))) > length:
        st.caption(f"Of {words:,} words the first {length} are read.")


def all_unknown(vocabulary: Vocabulary, text: str) -> bool:
    """Whether not one word of `text` is known; a text without words is read as one unknown word."""
    return not any(word in vocabulary.ids for word in words_of(text))


def listed(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
