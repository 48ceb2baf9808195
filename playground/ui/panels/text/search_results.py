"""What a run's sentences are tried on, and how a search by words does on it: made once for all sessions."""

import hashlib
import json
from contextlib import suppress
from typing import NamedTuple

import streamlit as st

from playground.data.sentences.benchmark_file import Benchmarks
from playground.data.sentences.dataset import GradedPairs, Search
from playground.insight.retrieval import Ranks, ranks
from playground.insight.text.search_lesson import (
    Agreement,
    frequent_words,
    keyword_agreement,
    keyword_similarities,
    limit_search,
)
from playground.records import FloatArray
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.ui.panels.text.sentence_reader import SentenceReading

COUNTING = "Counting words …"


class Tried(NamedTuple):
    """One way to search."""

    similarities: FloatArray  # [queries, documents]
    found: Ranks  # [queries], where the answers come


class Trial(NamedTuple):
    """What a run is tried on, as far as a page tries it out."""

    search: Search | None
    pairs: GradedPairs | None
    digest: str  # of the whole search: runs with equal ones can be compared; "" where there is none
    asked_in_all: int  # queries, also those that are not tried out here


NONE = Trial(None, None, "", 0)


def trial_of(run: RunFolder) -> Trial:
    """Of a run that has kept none, `NONE`. Raises UnreadableRun."""
    try:
        changed = run.benchmarks_file.stat().st_mtime_ns
    except OSError:
        return NONE
    return _trial(str(run.path), changed, run)


def digest_of(run: RunFolder) -> str:
    """The same without a sentence about a run that cannot be read."""
    with suppress(UnreadableRun, OSError):
        return _digest(str(run.path), run.benchmarks_file.stat().st_mtime_ns, run)
    return ""


@st.cache_resource(show_spinner=False, max_entries=1000)
def _digest(path: str, changed: int, _run: RunFolder) -> str:
    """Kept far longer than the texts themselves: it is asked of all runs."""
    return trial_of(_run).digest


@st.cache_resource(show_spinner=False, max_entries=32)
def _trial(path: str, changed: int, _run: RunFolder) -> Trial:
    found: Benchmarks = _run.benchmarks() or Benchmarks(None, None)
    if found.search is None:
        return Trial(None, found.pairs, "", 0)
    search = found.search
    whole = json.dumps([search.queries, search.documents, search.relevant.tolist(), search.query_kinds])
    digest = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()
    return Trial(limit_search(search), found.pairs, digest, len(search.queries))


def tried(reading: SentenceReading, trial: Trial) -> Tried:
    """By the cosines of a run's h."""
    search = trial.search
    assert search is not None
    documents = reading.h_of_all("documents", search.documents)
    cosines = reading.memoise("cosines", lambda: reading.h_of(search.queries) @ documents.T)
    return Tried(cosines, ranks(cosines, search.relevant))


def tried_by_words(trial: Trial) -> Tried:
    """By TF-IDF."""
    return _by_words(trial.digest, trial)


def frequent_in(trial: Trial) -> frozenset[str]:
    """Words that most documents have."""
    return _frequent(trial.digest, trial)


def words_agree(run: RunFolder, pairs: GradedPairs) -> Agreement:
    """Of TF-IDF with the grades."""
    return _words_agree(str(run.path), pairs)


@st.cache_resource(show_spinner=COUNTING, max_entries=8)
def _by_words(digest: str, _trial: Trial) -> Tried:
    search = _trial.search
    assert search is not None
    found = keyword_similarities(search.queries, search.documents)
    return Tried(found, ranks(found, search.relevant))


@st.cache_resource(show_spinner=False, max_entries=8)
def _frequent(digest: str, _trial: Trial) -> frozenset[str]:
    return frozenset() if _trial.search is None else frequent_words(_trial.search.documents)


@st.cache_resource(show_spinner=COUNTING, max_entries=8)
def _words_agree(path: str, _pairs: GradedPairs) -> Agreement:
    return keyword_agreement(_pairs)
