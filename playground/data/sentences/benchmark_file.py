"""What sentences are tried on, as a run keeps it: queries with their documents, and graded pairs, in JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np

from playground.data.sentences.dataset import GradedPairs, Search, SentenceDataset


class Trials(NamedTuple):
    """Each None where the data have none."""

    search: Search | None
    pairs: GradedPairs | None


def as_json(dataset: SentenceDataset) -> str:
    """The trials of `dataset`."""
    known = {"search": dataset.search, "pairs": dataset.pairs}
    return json.dumps({name: None if part is None else _plain(asdict(part)) for name, part in known.items()})


def from_json(text: str) -> Trials:
    """The way back. Raises ValueError, KeyError or TypeError for what is none."""
    known = json.loads(text)
    return Trials(_search(known["search"]), _pairs(known["pairs"]))


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in fields.items()}


def _search(known: Mapping[str, Any] | None) -> Search | None:
    if known is None:
        return None
    texts = (tuple(known["queries"]), tuple(known["documents"]), np.array(known["relevant"], np.int64))
    return Search(*texts, tuple(known["kinds"]), tuple(known["query_kinds"]))


def _pairs(known: Mapping[str, Any] | None) -> GradedPairs | None:
    if known is None:
        return None
    return GradedPairs(tuple(known["a"]), tuple(known["b"]), np.array(known["grades"], np.float32))
