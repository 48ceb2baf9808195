"""Settings shared by the methods that compare a positive with negatives in a softmax."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from playground.config.methods.method import MethodConfig
from playground.config.settings import setting

LEARNED_RANGE = (0.01, 1.0)  # CLIP, arXiv:2103.00020, section 2.5, and its code: the logit scale stays in [0, ln 100]


def temperature_setting(default: float, source: str) -> Any:
    """Declares the setting `temperature`; each method passes its own default and its source."""
    return setting(
        default,
        title="Temperature",
        help="How sharply similarities are weighed: low looks at the hardest negatives only, high treats all alike.",
        source=source,
        logarithmic=True,
        ge=0.001,
        le=10.0,
    )


def learn_temperature_setting(default: bool) -> Any:
    """Declares the setting `learn_temperature`: on for CLIP, off for the other methods."""
    return setting(
        default,
        title="Learn the temperature",
        help="Lets training move the temperature from where it starts, between 0.01 and 1.",
        source="CLIP, arXiv:2103.00020, section 2.5",
        advanced=True,
    )


# Measured on CIFAR-10, SimCLR and MoCo, small encoder, 60 s on two cores; BYOL learns less with it than with AdamW.
MUON: Mapping[str, object] = {
    "optimizer.name": "muon",
    "optimizer.learning_rate": 0.006,
    "optimizer.weight_decay": 0.03,
}


class TemperatureConfig(MethodConfig):
    """Settings of a method whose temperature is fixed or learned."""

    temperature: float  # each method has its own default
    learn_temperature: bool = learn_temperature_setting(False)

    def at(self, temperature: float | None) -> Self:
        if temperature is None:
            return self
        return self.model_copy(update={"temperature": temperature, "learn_temperature": False})

    def misfit(self, batch_size: int) -> str | None:
        low, high = LEARNED_RANGE
        if self.learn_temperature and not low <= self.temperature <= high:
            return (
                f"method.temperature: {self.temperature:g} was given; allowed with method.learn_temperature=true "
                f"is a number from {low:g} to {high:g}"
            )
        return None

    @property
    def weighing_temperature(self) -> float:
        return self.temperature


class SoftmaxConfig(TemperatureConfig):
    """Settings of the temperature and of the weights of negatives."""

    negatives: Literal["plain", "debiased", "hard", "decoupled"] = setting(
        "plain",
        title="Negatives",
        help="How the negatives count: all alike, corrected for those of the same class, the near ones more, or "
        "without the positive beside them.",
        source="debiased arXiv:2007.00224, hard arXiv:2010.04592, decoupled arXiv:2110.06848",
        labels={
            "plain": "plain",
            "debiased": "debiased (for the same class)",
            "hard": "hard (near ones count more)",
            "decoupled": "decoupled (without positive)",
        },
    )
    tau_plus: float = setting(
        0.1,
        title="Negatives: same class",
        help="The share of negatives that are expected to be of the anchor's own class: 1 / number of classes.",
        source="debiased, arXiv:2007.00224, CIFAR-10 (0.1)",
        when=("negatives", "debiased", "hard"),
        ge=0.0,
        le=0.9,
    )
    beta: float = setting(
        1.0,
        title="Negatives: hardness",
        help="How much more near negatives count than far ones: 0 is debiased, more looks at the nearest only.",
        source="hard, arXiv:2010.04592, authors' code for CIFAR-10 (1.0)",
        when=("negatives", "hard"),
        ge=0.0,
        le=10.0,
    )
