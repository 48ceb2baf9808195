"""Settings of data sets of sentences: the synthetic corpus, or a person's own lines, pairs and triples."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from playground.config.dataset import DataConfig
from playground.config.settings import setting


class SentencesConfig(DataConfig):
    """Settings that all sets of sentences share."""

    side: ClassVar[int] = 0  # there are no images


class CorpusConfig(SentencesConfig):
    """Synthetic sentences from a seed, with known topics and known answers to each query."""

    labels: ClassVar[Mapping[str, str]] = {"corpus": "Made-up sentences (made here)"}

    name: Literal["corpus"] = "corpus"
    count: int = setting(
        8000,
        title="How many sentences",
        help="How many sentences to make up for training, each with a positive and a hard negative.",
        ge=64,
        le=50_000,
    )
    seed: int = setting(
        0, title="Writing seed", help="Another number makes up other sentences.", advanced=True, ge=0, le=2**31 - 1
    )


class LinesConfig(SentencesConfig):
    """A person's own sentences: a text file of lines, or a table of pairs or triples."""

    labels: ClassVar[Mapping[str, str]] = {"sentences": "My own sentences"}

    name: Literal["sentences"] = "sentences"
    path: str = setting(
        "",
        title="Text or table",
        help="A .txt with a sentence a line, or a .csv with the columns sentence; sentence, positive; or query, "
        "positive, negative.",
    )
