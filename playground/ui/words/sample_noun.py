"""Words for what a run learns from: images, images with captions, or sentences.

Sentences of a page that are the same for all of them are templates: `HOW = "A point is {a}."`, shown as
`view.noun.fill(HOW)`. Their fields are those of `SampleNoun`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from playground.config import RunConfig


@dataclass(frozen=True, slots=True)
class SampleNoun:
    """What one sample is called, several of them, and its positive."""

    one: str
    many: str
    a: str  # one, with its article
    picture: str  # what a gallery shows of one
    view: str  # the positive that stands beside one, in short
    full_view: str  # the same, within a sentence: "its augmented view"
    pair: str  # both together
    positive: str  # what the positive of an anchor is

    @property
    def title(self) -> str:
        """At the beginning of a sentence."""
        return self.one.capitalize()

    def counted(self, count: int) -> str:
        """ "1 image", "1,000 images"."""
        return f"{count:,} {self.one if count == 1 else self.many}"

    def fill(self, template: str) -> str:
        """`template` with these words for its fields, `{One}` and `{Many}` among them. Raises KeyError on others."""
        return template.format_map({**asdict(self), "One": self.title, "Many": self.many.capitalize()})


IMAGES: Final = SampleNoun(
    one="image",
    many="images",
    a="an image",
    picture="picture",
    view="view",
    full_view="augmented view",
    pair="two views of one image",
    positive="an augmented view of itself",
)
CAPTIONED: Final = SampleNoun(
    one="image",
    many="images",
    a="an image",
    picture="picture",
    view="caption",
    full_view="caption",
    pair="an image and its caption",
    positive="its caption",
)
SENTENCES: Final = SampleNoun(
    one="sentence",
    many="sentences",
    a="a sentence",
    picture="sentence",
    view="positive",
    full_view="positive",
    pair="a sentence and its positive",
    positive="its paraphrase or answer, or itself under other dropout",
)
SAMPLES: Final = SampleNoun(  # of runs that learn from different kinds
    one="sample",
    many="samples",
    a="a sample",
    picture="sample",
    view="positive",
    full_view="positive",
    pair="a sample and its positive",
    positive="its positive",
)
NOUNS: Final[Mapping[str, SampleNoun]] = {"images": IMAGES, "captions": CAPTIONED, "sentences": SENTENCES}


def noun_of(configs: Iterable[RunConfig]) -> SampleNoun:
    """The noun of one run, or the one that fits all of several; of none, images."""
    nouns = {NOUNS[config.method.learns_from] for config in configs}
    if len(nouns) == 1:
        return nouns.pop()
    return SAMPLES if SENTENCES in nouns else IMAGES
