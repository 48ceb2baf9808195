"""Embeds texts with the text encoder of a run."""

from collections.abc import Sequence

import torch
from torch import nn

from playground.config import RunConfig
from playground.inference.build import build_method
from playground.inference.device import Device
from playground.inference.errors import TrainingError
from playground.inference.restore import StoredWeights, load_part
from playground.methods.clip import CLIP
from playground.models.transformer import Transformer
from playground.records import FloatArray
from playground.vocabulary import Vocabulary, trimmed


class TextReader:
    """The text encoder of a run with its projection, on the CPU and in float32, wherever it was trained."""

    def __init__(self, config: RunConfig, weights: StoredWeights, vocabulary: Vocabulary) -> None:
        """Raises TrainingError where the weights are not those of such an encoder."""
        method = build_method(config, Device(torch.device("cpu"), bf16=False))
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
