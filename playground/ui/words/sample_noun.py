"""What a run learns from, in words: panels are written of images, and `said` puts what a run has in their place."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from playground.config import RunConfig

_BOTH_VIEWS = re.compile(r"two views of (?:one|the same) image")
_ITS_VIEW = re.compile(r"\b(its|the image's) (?:augmented )?view\b")
_IMAGE = re.compile(r"\b(an )?(?:image|picture)(s?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Noun:
    """One of the things that a run learns from, and several."""

    one: str
    many: str
    view: str  # what stands beside it: an augmented view, or what takes the place of one
    positive: str  # what the positive of an anchor is

    @property
    def title(self) -> str:
        """At the beginning of a sentence."""
        return self.one.capitalize()

    def counted(self, count: int) -> str:
        """ "1 image", "1,000 images"."""
        return f"{count:,} {self.one if count == 1 else self.many}"

    def said(self, words: str) -> str:
        """`words` about images, said of these. Not for words of a person: those stay as they are."""
        if self == IMAGES:
            return words
        words = _BOTH_VIEWS.sub(f"an image and its {self.view}", words)
        words = _ITS_VIEW.sub(rf"\1 {self.view}", words)
        return words if self.one == "image" else _IMAGE.sub(self._put, words)

    def _put(self, found: re.Match[str]) -> str:
        article, plural = found.groups()
        words = f"{'a ' if article else ''}{self.many if plural else self.one}"
        return words.capitalize() if found[0][0].isupper() else words


IMAGES: Final = Noun("image", "images", "view", "an augmented view of itself")
SENTENCES: Final = Noun("sentence", "sentences", "positive", "its paraphrase or answer, or itself under other dropout")
SAMPLES: Final = Noun("sample", "samples", "positive", "its positive")  # of several kinds
NOUNS: Final[Mapping[str, Noun]] = {
    "images": IMAGES,
    "captions": Noun("image", "images", "caption", "its caption"),
    "sentences": SENTENCES,
}


def noun_of(configs: Iterable[RunConfig]) -> Noun:
    """Of one run, or of several together; images where there is none."""
    nouns = {NOUNS[config.method.learns_from] for config in configs}
    if len(nouns) == 1:
        return nouns.pop()
    return SAMPLES if SENTENCES in nouns else IMAGES
