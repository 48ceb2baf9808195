"""Words for what a run learns from: images, images with captions, or sentences.

Texts of a page that are the same for all of them are templates such as `"A point is {a}."`, shown by
`view.noun.fill(template)`. Their fields are those of `SampleNoun`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from playground.config import RunConfig


@dataclass(frozen=True, slots=True)
class SampleNoun:
    """Nouns for a sample, several samples, and its positive."""

    one: str
    many: str
    a: str  # one, with its article
    picture: str  # its representation in a gallery
    view: str  # its positive, in short
    full_view: str  # its positive within a sentence: "its augmented view"
    pair: str  # a sample with its positive
    positive: str  # explains what the positive is

    @property
    def title(self) -> str:
        """`one` at the beginning of a sentence."""
        return self.one.capitalize()

    def counted(self, count: int) -> str:
        """The number with its noun: "1 image", "1,000 images"."""
        return f"{count:,} {self.one if count == 1 else self.many}"

    def fill(self, template: str) -> str:
        """`template` with its fields replaced, also `{One}` and `{Many}`. Raises KeyError for unknown fields."""
        return template.format_map({**asdict(self), "One": self.title, "Many": self.many.capitalize()})


IMAGE_NOUN: Final = SampleNoun(
    one="image",
    many="images",
    a="an image",
    picture="picture",
    view="view",
    full_view="augmented view",
    pair="two views of one image",
    positive="an augmented view of itself",
)
CAPTIONED_NOUN: Final = SampleNoun(
    one="image",
    many="images",
    a="an image",
    picture="picture",
    view="caption",
    full_view="caption",
    pair="an image and its caption",
    positive="its caption",
)
SENTENCE_NOUN: Final = SampleNoun(
    one="sentence",
    many="sentences",
    a="a sentence",
    picture="sentence",
    view="positive",
    full_view="positive",
    pair="a sentence and its positive",
    positive="its paraphrase or answer, or itself under other dropout",
)
SAMPLE_NOUN: Final = SampleNoun(  # for runs that learn from different kinds
    one="sample",
    many="samples",
    a="a sample",
    picture="sample",
    view="positive",
    full_view="positive",
    pair="a sample and its positive",
    positive="its positive",
)
NOUN_BY_KIND: Final[Mapping[str, SampleNoun]] = {
    "images": IMAGE_NOUN,
    "captions": CAPTIONED_NOUN,
    "sentences": SENTENCE_NOUN,
}


def noun_of(configs: Iterable[RunConfig]) -> SampleNoun:
    """The noun that fits all of `configs`; images if there are none."""
    nouns = {NOUN_BY_KIND[config.method.learns_from] for config in configs}
    if len(nouns) == 1:
        return nouns.pop()
    return SAMPLE_NOUN if SENTENCE_NOUN in nouns else IMAGE_NOUN
