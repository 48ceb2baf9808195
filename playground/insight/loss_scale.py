"""The loss compass: where a loss lies between chance and its floor. Plain arithmetic, no torch."""

from dataclasses import dataclass
from math import isfinite

from playground.config import RunConfig

AT_CHANCE = 0.95  # heights from here on tell nothing apart yet
NEAR_FLOOR = 0.15  # NT-Xent's 4.5 at temperature 0.5 and batch 256, which looks like a fault and is none


@dataclass(frozen=True, slots=True)
class Compass:
    """What is known of a run's loss beforehand: with this method, temperature, and batch or queue."""

    chance: float | None  # the loss of an encoder that tells nothing apart
    floor: float | None  # the lowest that any embedding can reach
    collapse_is_lowest: bool = False  # whether equal embeddings reach the floor as well

    def height(self, loss: float) -> float | None:
        """0 at the floor, 1 at chance: comparable between temperatures and batch sizes. None where one is not known."""
        if self.chance is None or self.floor is None or self.chance <= self.floor:
            return None
        return (loss - self.floor) / (self.chance - self.floor)

    def words(self, loss: float, samples: str = "images") -> str:
        """One sentence on `loss`, for a person who wonders whether it is broken. `samples`: what is told apart."""
        height = self.height(loss)
        if not isfinite(loss):
            return "The loss is no number: a lower learning rate may help."
        if height is None:
            return _without_floor(loss, self.chance)
        return f"{_place(loss, height, samples)}{self._reservation(height)}"

    def _reservation(self, height: float) -> str:
        if self.collapse_is_lowest and height < 0.5:
            return " A collapse would be as low: only the collapse detector tells the two apart."
        return ""


def compass(config: RunConfig, temperature: float | None = None) -> Compass:
    """Of the run of `config`; `temperature` is where it is now, where it is learned."""
    method = config.method.at(temperature)
    n = config.batch_size
    return Compass(method.chance_loss(n), method.floor_loss(n), method.collapse_is_lowest)


def _place(loss: float, height: float, samples: str) -> str:
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
