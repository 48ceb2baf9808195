"""The sentences a person can learn from: a corpus that is made up here, or their own lines, pairs and triples."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from playground.config.dataset import DataConfig
from playground.config.settings import setting


class SentencesConfig(DataConfig):
    """What all kinds of sentences share."""

    side: ClassVar[int] = 0  # of images, which there are none of


class CorpusConfig(SentencesConfig):
    """Sentences made up from a seed: what each of them means, and which of them answer which, is known."""

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
