"""The scale of a loss: its position between floor and chance. Plain arithmetic, no torch."""

from dataclasses import dataclass
from math import isfinite

from playground.config import RunConfig

AT_CHANCE = 0.95  # from this height on, the encoder cannot tell samples apart
NEAR_FLOOR = 0.15  # as NT-Xent's 4.5 at temperature 0.5 and batch 256, which looks high but is nearly optimal


@dataclass(frozen=True, slots=True)
class LossScale:
    """Chance and floor of the loss of a run, as known from its settings."""

    chance: float | None  # the loss of an encoder that cannot tell samples apart
    floor: float | None  # the lowest loss of any embedding
    collapse_is_lowest: bool = False  # whether equal embeddings reach the floor as well

    def height(self, loss: float) -> float | None:
        """`loss` from 0 (floor) to 1 (chance), comparable between settings. None where floor or chance is unknown."""
        if self.chance is None or self.floor is None or self.chance <= self.floor:
            return None
        return (loss - self.floor) / (self.chance - self.floor)

    def words(self, loss: float, samples: str = "images") -> str:
        """A sentence on `loss` relative to floor and chance; `samples` is the noun for the data."""
        height = self.height(loss)
        if not isfinite(loss):
            return "The loss is no number: a lower learning rate may help."
        if height is None:
            return _without_floor(loss, self.chance)
        return f"{_describe_height(loss, height, samples)}{self._reservation(height)}"

    def _reservation(self, height: float) -> str:
        if self.collapse_is_lowest and height < 0.5:
            return " A collapse would be as low: only the collapse detector tells the two apart."
        return ""


def make_loss_scale(config: RunConfig, temperature: float | None = None) -> LossScale:
    """The scale of a run of `config`; `temperature` is the present one where it is learned."""
    method = config.method.at(temperature)
    n = config.batch_size
    return LossScale(method.chance_loss(n), method.floor_loss(n), method.collapse_is_lowest)


def _describe_height(loss: float, height: float, samples: str) -> str:
    if height > 1.05:
        return f"{loss:.2f} is above chance: usual in the first steps, else the learning rate may be too high."
    if height > AT_CHANCE:
        return f"{loss:.2f} is at chance: the encoder tells no two {samples} apart yet."
    share = f"{height:.0%} of the way from the floor up to chance"
    if height < NEAR_FLOOR:
        return f"{loss:.2f} is nearly as low as it can be here: {share}."
    return f"{loss:.2f} is {share}."


def _without_floor(loss: float, chance: float | None) -> str:
    if chance is None:
        return f"{loss:.2f}: for these settings neither chance nor floor is known."
    side = "below" if loss < chance else "above"
    return f"{loss:.2f} is {abs(loss - chance):.2f} {side} chance; for these settings no floor is known."
