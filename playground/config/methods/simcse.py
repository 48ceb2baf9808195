"""Settings of SimCSE."""

import math
from collections.abc import Mapping
from typing import ClassVar, Literal

from playground.config.methods.method import MethodConfig
from playground.config.methods.softmax import temperature_setting
from playground.config.settings import setting


class SimCSEConfig(MethodConfig):
    """SimCSE, arXiv:2104.08821: a sentence must be recognised through its dropout noise, or by its paraphrase."""

    labels: ClassVar[Mapping[str, str]] = {"simcse": "SimCSE (sentences)"}
    learns_from: ClassVar[Literal["images", "captions", "sentences"]] = "sentences"
    # Of the made-up sentences 160 such steps find about four fifths of the keyword-heavy answers.
    suggested: ClassVar[Mapping[str, object]] = {
        "batch_size": 128,
        "optimizer.learning_rate": 0.001,
        "budget.seconds": 120.0,
    }

    name: Literal["simcse"] = "simcse"
    hidden_dim: int = setting(
        128,
        title="Head: hidden units",
        help="Width of the hidden layer of the projection head, which is used while training only.",
        source="as wide as the encoder: SimCSE, arXiv:2104.08821, authors' code",
        advanced=True,
        ge=8,
        le=8192,
    )
    projection_dim: int = setting(
        128,
        title="Head: output size",
        help="Number of dimensions of z, in which sentences are compared while training.",
        source="as wide as the encoder: SimCSE, arXiv:2104.08821, authors' code",
        advanced=True,
        ge=2,
        le=8192,
    )
    positives: Literal["dropout", "paraphrases"] = setting(
        "paraphrases",
        title="Positives",
        help="What a sentence is to be near: itself under other dropout, or its paraphrase where the data have one.",
        source="SimCSE, arXiv:2104.08821: unsupervised section 3, supervised section 4",
        labels={"dropout": "itself (dropout is the augmentation)", "paraphrases": "its paraphrase or answer"},
    )
    temperature: float = temperature_setting(0.05, "SimCSE, arXiv:2104.08821 (0.05)")
    hard_negatives: bool = setting(
        True,
        title="Hard negatives",
        help="Takes sentences that contradict the anchor as further negatives, where the data have them.",
        source="SimCSE, arXiv:2104.08821, section 4",
        when=("positives", "paraphrases"),
    )

    @property
    def has_hard_negatives(self) -> bool:
        """Whether hard negatives are used where the data have them."""
        return self.hard_negatives and self.positives == "paraphrases"

    def chance_loss(self, batch_size: int) -> float:
        """All candidates equally likely: ln(N), or ln(2N) with hard negatives, of data that have them."""
        return math.log((2 if self.has_hard_negatives else 1) * batch_size)

    def floor_loss(self, batch_size: int) -> float | None:
        """Positives equal, sentences at the corners of a simplex: ln(1 + (N-1) exp((-1/(N-1) - 1)/tau)).

        None with hard negatives, which may lie opposite to all.
        """
        if self.has_hard_negatives:
            return None
        return math.log1p((batch_size - 1) * math.exp((-1 / (batch_size - 1) - 1) / self.temperature))

    @property
    def weighing_temperature(self) -> float:
        return self.temperature
