"""Encoders (image -> h) and heads (h -> z, z -> p)."""

from collections.abc import Callable
from typing import Any

from playground.models.encoder import Encoder
from playground.models.heads import mlp_head
from playground.models.resnet import ResNet18Encoder
from playground.models.small import SmallEncoder
from playground.models.transformer import Transformer

# The one place to add an encoder: the name of its settings -> its class, called with (settings, side).
ENCODERS: dict[str, Callable[[Any, int], Encoder]] = {
    "small": SmallEncoder,
    "resnet18": ResNet18Encoder,
    "transformer": Transformer,
}

__all__ = ["ENCODERS", "Encoder", "mlp_head"]
