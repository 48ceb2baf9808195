"""A small transformer encoder for texts: self-attention over words, and their mean as the embedding."""

import torch.nn.functional as F
from torch import Tensor, nn

from playground.config.encoder import TransformerConfig
from playground.models.encoder import Encoder
from playground.vocabulary import PADDING_ID

EMBEDDING_STD = 0.02  # standard deviation of the initial embeddings: BERT, arXiv:1810.04805, authors' code


class Transformer(Encoder):
    """Word ids [n, length] -> h [n, width]: arXiv:1706.03762, with layer norm before each part, as CLIP's text encoder.

    h is the mean over words, without padding: Sentence-BERT, arXiv:1908.10084, table 6. `side` is not used; all
    encoders have the same arguments.
    """

    def __init__(self, config: TransformerConfig, side: int) -> None:
        super().__init__()
        # One row for each allowed word, even where the texts have fewer, so that the shape follows from the settings.
        self.words = nn.Embedding(config.words, config.width)
        self.positions = nn.Embedding(config.length, config.width)
        for embedding in (self.words, self.positions):
            nn.init.normal_(embedding.weight, std=EMBEDDING_STD)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(_AttentionBlock(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        self.feature_dim = config.width

    def features(self, tokens: Tensor) -> Tensor:
        """Word ids [n, l], l at most `length`, -> h [n, width]."""
        words = _word_mask(tokens)  # [n, l]
        x = self.dropout(self.words(tokens) + self.positions.weight[: tokens.shape[1]])
        for block in self.blocks:
            x = block(x, words[:, None, None])
        h: Tensor = (self.norm(x) * words[:, :, None]).sum(dim=1) / words.sum(dim=1, keepdim=True)
        return h


class _AttentionBlock(nn.Module):
    """Self-attention and an MLP, each with a residual connection; dropout as in BERT."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.attention_norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value, self.output = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, allowed: Tensor) -> Tensor:
        """[n, l, width] -> the same shape. `allowed` [n, 1, 1, l]: mask of the words that are attended to."""
        x = x + self.dropout(self.output(self._attention(self.attention_norm(x), allowed)))
        added: Tensor = x + self.dropout(self.mlp(self.mlp_norm(x)))
        return added

    def _attention(self, x: Tensor, allowed: Tensor) -> Tensor:
        n, length, width = x.shape
        parts = self.query_key_value(x).view(n, length, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)  # [n, heads, l, width / heads] each
        dropped = self.dropout.p if self.training else 0.0
        looked = F.scaled_dot_product_attention(query, key, value, attn_mask=allowed, dropout_p=dropped)
        return looked.transpose(1, 2).reshape(n, length, width)


def _word_mask(tokens: Tensor) -> Tensor:
    """Mask [n, l] of the words among ids [n, l]. In a row of padding alone the first is one: a mean needs one."""
    words = tokens != PADDING_ID
    words[:, 0] |= ~words.any(dim=1)
    return words
