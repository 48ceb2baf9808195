"""What the settings of all augmentations share: how often, and how this is said in words."""

from typing import ClassVar, Self

from playground.config.settings import Settings
from playground.wording.percent import percent


class Augmentation(Settings):
    """One augmentation of `ViewsConfig`: its probability, drawn per sample, and its strengths."""

    word: ClassVar[str]  # what a policy calls it: "colour jitter"

    probability: float

    def probability_in(self, view: int) -> float:
        """How often it is applied in view 0, 1, ..."""
        return self.probability

    @property
    def is_used(self) -> bool:
        """Whether either view may have it."""
        return bool(self.probability_in(0) or self.probability_in(1))

    def off(self) -> Self:
        """As strong as it is, but never applied."""
        return self.model_copy(update={"probability": 0.0})

    def strength(self) -> str:
        """How strong it is, in words; "" where that is not worth a word."""
        return ""

    def words(self) -> str:
        """How often, and how strongly: "flip 50 %"; "" where no view has it."""
        if not self.is_used:
            return ""
        first, second = self.probability_in(0), self.probability_in(1)
        often = "always" if first == 1 else percent(first)
        if first != second:
            often = f"{percent(first)} of first and {percent(second)} of second views"
        return " ".join(filter(None, (self.word, often, self.strength())))


class UnevenAugmentation(Augmentation):
    """One that the second view may have more or less often than the first: BYOL, arXiv:2006.07733, appendix B."""

    second_probability: float | None  # None: as the first

    def probability_in(self, view: int) -> float:
        return self.second_probability if view == 1 and self.second_probability is not None else self.probability

    def off(self) -> Self:
        return self.model_copy(update={"probability": 0.0, "second_probability": None})
