"""Texts that a person types, as a run's text encoder sees them."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from numpy.typing import NDArray
from torch import nn

from playground.config import RunConfig
from playground.inference.build import build
from playground.inference.device import Device
from playground.inference.errors import TrainingError
from playground.inference.restore import load_part
from playground.methods.clip import CLIP
from playground.models.transformer import Transformer
from playground.records import FloatArray
from playground.vocabulary import Vocabulary, trimmed

Weights = Mapping[str, NDArray[Any]]  # "<part>.<key>", as `Weights` of the records has them


class TextReader:
    """The text encoder of a run with its projection, on the CPU and in full precision, whatever made it."""

    def __init__(self, config: RunConfig, weights: Weights, vocabulary: Vocabulary) -> None:
        """Raises TrainingError where the weights are not those of such an encoder."""
        method = build(config, Device(torch.device("cpu"), bf16=False))
        if isinstance(method, CLIP):
            self.encoder: Transformer = method.text_encoder
            self.projector: nn.Module = method.text_projector
            parts: dict[str, nn.Module] = {"text_encoder": self.encoder, "text_projector": self.projector}
        elif isinstance(method.encoder, Transformer):
            self.encoder, self.projector = method.encoder, method.projector
            parts = {"encoder": self.encoder, "projector": self.projector}
        else:
            raise TrainingError(f"method.name: {config.method.name} reads no texts.", reason="bad_data")
        for part, network in parts.items():
            load_part(network, part, weights)
            network.eval()
        self.vocabulary = vocabulary

    @torch.inference_mode()
    def embed(self, texts: Sequence[str]) -> tuple[FloatArray, FloatArray]:
        """h [n, d_h] and z [n, d_z] of `texts`, n >= 1."""
        tokens = torch.from_numpy(trimmed(self.vocabulary.encode(texts, self.encoder.positions.num_embeddings)))
        h = torch.cat([self.encoder(part) for part in torch.split(tokens, 500)])
        return h.numpy(), self.projector(h).numpy()
