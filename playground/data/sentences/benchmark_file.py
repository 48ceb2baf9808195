"""Benchmarks of sentences as JSON, stored with a run: queries with their documents, and graded pairs."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np

from playground.data.sentences.dataset import GradedPairs, Search, SentenceDataset


class Benchmarks(NamedTuple):
    """The search and the graded pairs of a data set, each None where it has none."""

    search: Search | None
    pairs: GradedPairs | None


def benchmarks_to_json(dataset: SentenceDataset) -> str:
    """The benchmarks of `dataset` as JSON, for `benchmarks_from_json`."""
    known = {"search": dataset.search, "pairs": dataset.pairs}
    return json.dumps({name: None if part is None else _json_values(asdict(part)) for name, part in known.items()})


def benchmarks_from_json(text: str) -> Benchmarks:
    """The benchmarks that `benchmarks_to_json` wrote. Raises ValueError, KeyError or TypeError for invalid text."""
    known = json.loads(text)
    return Benchmarks(_search_from_json(known["search"]), _pairs_from_json(known["pairs"]))


def _json_values(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in fields.items()}


def _search_from_json(known: Mapping[str, Any] | None) -> Search | None:
    if known is None:
        return None
    texts = (tuple(known["queries"]), tuple(known["documents"]), np.array(known["relevant"], np.int64))
    return Search(*texts, tuple(known["kinds"]), tuple(known["query_kinds"]))


def _pairs_from_json(known: Mapping[str, Any] | None) -> GradedPairs | None:
    if known is None:
        return None
    return GradedPairs(tuple(known["a"]), tuple(known["b"]), np.array(known["grades"], np.float32))
