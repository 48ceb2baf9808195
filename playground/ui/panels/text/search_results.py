"""Search benchmarks of a run, and their results by an encoder and by TF-IDF, cached for all sessions."""

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

COUNTING_WORDS = "Counting words …"


class SearchResult(NamedTuple):
    """Similarities of a search, and the ranks of its answers."""

    similarities: FloatArray  # [queries, documents]
    found: Ranks  # [queries], ranks of the answers


class ShownBenchmarks(NamedTuple):
    """The benchmarks of a run; of a large search, the part that pages use."""

    search: Search | None
    pairs: GradedPairs | None
    digest: str  # of the whole search: runs with equal ones can be compared; "" without a search
    query_count: int  # queries of the whole search


NO_BENCHMARKS = ShownBenchmarks(None, None, "", 0)


def shown_benchmarks(run: RunFolder) -> ShownBenchmarks:
    """The benchmarks of `run`, NO_BENCHMARKS if it has none. Raises UnreadableRun."""
    try:
        changed = run.benchmarks_file.stat().st_mtime_ns
    except OSError:
        return NO_BENCHMARKS
    return _cached_benchmarks(str(run.path), changed, run)


def search_digest(run: RunFolder) -> str:
    """Digest of the search of `run`; "" if it has none or cannot be read."""
    with suppress(UnreadableRun, OSError):
        return _cached_search_digest(str(run.path), run.benchmarks_file.stat().st_mtime_ns, run)
    return ""


@st.cache_resource(show_spinner=False, max_entries=1000)
def _cached_search_digest(path: str, changed: int, _run: RunFolder) -> str:
    """The digest, cached for more runs than their texts, as it is compared for all runs."""
    return shown_benchmarks(_run).digest


@st.cache_resource(show_spinner=False, max_entries=32)
def _cached_benchmarks(path: str, changed: int, _run: RunFolder) -> ShownBenchmarks:
    found: Benchmarks = _run.benchmarks() or Benchmarks(None, None)
    if found.search is None:
        return ShownBenchmarks(None, found.pairs, "", 0)
    search = found.search
    whole = json.dumps([search.queries, search.documents, search.relevant.tolist(), search.query_kinds])
    digest = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()
    return ShownBenchmarks(limit_search(search), found.pairs, digest, len(search.queries))


def search_by_encoder(reading: SentenceReading, benchmarks: ShownBenchmarks) -> SearchResult:
    """Result of the search by cosines of h; `benchmarks` must have a search."""
    search = benchmarks.search
    assert search is not None
    documents = reading.embed_memoised("documents", search.documents)
    cosines = reading.memoise("cosines", lambda: reading.embed(search.queries) @ documents.T)
    return SearchResult(cosines, ranks(cosines, search.relevant))


def search_by_keywords(benchmarks: ShownBenchmarks) -> SearchResult:
    """Result of the search by TF-IDF; `benchmarks` must have a search."""
    return _cached_keyword_search(benchmarks.digest, benchmarks)


def frequent_document_words(benchmarks: ShownBenchmarks) -> frozenset[str]:
    """Words that are too frequent in the documents to mark them."""
    return _cached_frequent_words(benchmarks.digest, benchmarks)


def keyword_grade_agreement(run: RunFolder, pairs: GradedPairs) -> Agreement:
    """Agreement of TF-IDF similarities with the grades of `pairs`."""
    return _cached_keyword_agreement(str(run.path), pairs)


@st.cache_resource(show_spinner=COUNTING_WORDS, max_entries=8)
def _cached_keyword_search(digest: str, _benchmarks: ShownBenchmarks) -> SearchResult:
    search = _benchmarks.search
    assert search is not None
    found = keyword_similarities(search.queries, search.documents)
    return SearchResult(found, ranks(found, search.relevant))


@st.cache_resource(show_spinner=False, max_entries=8)
def _cached_frequent_words(digest: str, _benchmarks: ShownBenchmarks) -> frozenset[str]:
    return frozenset() if _benchmarks.search is None else frequent_words(_benchmarks.search.documents)


@st.cache_resource(show_spinner=COUNTING_WORDS, max_entries=8)
def _cached_keyword_agreement(path: str, _pairs: GradedPairs) -> Agreement:
    return keyword_agreement(_pairs)
