"""MoCo v2 (He et al. 2020, arXiv:1911.05722; Chen et al. 2020, arXiv:2003.04297).

The idea: compare with many images at a small batch, by keeping the keys of past batches in a queue; a slowly moving
copy of the encoder makes the keys, so that old and new ones stay comparable.
What prevents collapse: the negatives in the queue. If all embeddings were equal, the loss would stay at ln(K+1).
"""

import copy

import torch
from torch import Tensor

from playground.config.methods import MoCoConfig
from playground.losses import info_nce, mean_cosine, normalize, paired_cosine
from playground.methods.method import SelfSupervised, StepOutput, follow, without_gradient
from playground.methods.softmax import Temperature, choice_of_negatives
from playground.models import Encoder, mlp_head
from playground.models.split_batch_norm import split_batch_norm


class MoCo(SelfSupervised):
    """A query encoder, its slow copy the key encoder, and a queue of keys."""

    queue: Tensor  # [K, d] normalised keys, a ring
    pointer: Tensor  # where the next key goes

    def __init__(self, config: MoCoConfig, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        split_batch_norm(self.encoder, config.batch_norm_groups)
        self.projector = mlp_head(encoder.feature_dim, config.hidden_dim, config.projection_dim, batch_norm=False)
        self.key_encoder = without_gradient(copy.deepcopy(self.encoder))
        self.key_projector = without_gradient(copy.deepcopy(self.projector))
        self.momentum, self.symmetric = config.momentum, config.symmetric
        self.temperature = Temperature(config)
        self.negatives = choice_of_negatives(config)
        self.register_buffer("queue", normalize(torch.randn(config.queue_size, config.projection_dim)))
        self.register_buffer("pointer", torch.zeros((), dtype=torch.long))
        self._keys = torch.empty(0, config.projection_dim)

    def training_step(self, view_1: Tensor, view_2: Tensor) -> StepOutput:
        """Algorithm 1 of the paper: queries from view 1, keys from view 2, and perhaps the other way round."""
        self._follow()
        output, keys = self._one_way(view_1, view_2)
        if self.symmetric:
            back, more_keys = self._one_way(view_2, view_1)
            output = StepOutput((output.loss + back.loss) / 2, output.positive, output.negative)
            keys = torch.cat([keys, more_keys])
        self._keys = keys
        return output

    def after_step(self, progress: float) -> None:
        """Only now do the keys enter the queue: no image meets its own key as a negative."""
        k, n = len(self.queue), len(self._keys)
        places = (self.pointer + torch.arange(n, device=self.queue.device)) % k
        self.queue[places[-k:]] = self._keys[-k:]  # of a batch larger than the queue, the newest
        self.pointer.copy_((self.pointer + n) % k)
        self.temperature.limit()

    def learned_temperature(self) -> Tensor | None:
        return self.temperature.now()

    def _follow(self) -> None:
        """Before the keys are made, as in the authors' code."""
        follow(self.key_encoder, self.encoder, self.momentum)
        follow(self.key_projector, self.projector, self.momentum)

    def _one_way(self, query_view: Tensor, key_view: Tensor) -> tuple[StepOutput, Tensor]:
        query = self.project(query_view)  # [n, d]
        key = self._encode_keys(key_view)  # [n, d], no gradient
        loss = info_nce(query, key, self.queue, self.temperature(), self.negatives)
        q = query.detach()
        return StepOutput(loss, paired_cosine(q, key).mean(), mean_cosine(q, self.queue)), key

    @torch.no_grad()
    def _encode_keys(self, view: Tensor) -> Tensor:
        """In shuffled order, so that a key's batch-norm group is not its query's (section 3.3)."""
        order = torch.randperm(len(view), device=view.device)
        shuffled = normalize(self.key_projector(self.key_encoder(view[order])))
        return torch.empty_like(shuffled).index_copy_(0, order, shuffled)
