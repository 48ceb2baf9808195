"""The small transformer: against attention as a loop, padding that never matters, and dropout that is drawn anew."""

import math
from contextlib import nullcontext

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from playground.config.encoder import TransformerConfig
from playground.models import encoder as encoder_module
from playground.models.transformer import Transformer, _AttentionBlock
from playground.vocabulary import PADDING_ID, UNKNOWN_ID, Vocabulary, trimmed

CONFIG = TransformerConfig(width=64, layers=2, heads=4, dropout=0.0, words=40, length=12)
DROPPING = CONFIG.model_copy(update={"dropout": 0.3})


def encoder(config: TransformerConfig = CONFIG, seed: int = 0) -> Transformer:
    """With embeddings as large as what is made of them, so that every part of it can be seen in h."""
    torch.manual_seed(seed)
    network = Transformer(config, side=0)
    with torch.no_grad():
        for embedding in (network.words, network.positions):
            embedding.weight.normal_()
        for bias in (parameter for name, parameter in network.named_parameters() if name.endswith("bias")):
            bias.normal_(std=0.5)
    return network


def blocks(network: Transformer) -> list[_AttentionBlock]:
    return [block for block in network.blocks if isinstance(block, _AttentionBlock)]


def texts(n: int = 7, longest: int = 9, seed: int = 0, columns: int = 12) -> Tensor:
    """Ids [n, columns] of texts of 1 to `longest` words."""
    g = torch.Generator().manual_seed(seed)
    ids = torch.randint(UNKNOWN_ID, CONFIG.words, (n, columns), generator=g)
    lengths = torch.randint(1, longest + 1, (n, 1), generator=g)
    return ids.masked_fill(torch.arange(columns) >= lengths, PADDING_ID)


# Against loops


def normed(layer: nn.LayerNorm, row: Tensor) -> Tensor:
    centred = row - row.mean()
    scaled = centred / torch.sqrt(centred.square().mean() + layer.eps)
    return scaled * layer.weight + layer.bias


def attended(rows: list[Tensor], heads: int) -> list[Tensor]:
    """softmax(q k / sqrt(d)) v, head by head and word by word, of rows that hold q, k and v of all heads."""
    width = len(rows[0]) // 3
    d, found = width // heads, []
    for row in rows:
        parts = []
        for head in range(heads):
            at = [slice(part * width + head * d, part * width + (head + 1) * d) for part in range(3)]
            weights = [math.exp(row[at[0]] @ other[at[1]] / math.sqrt(d)) for other in rows]
            looked = [weight * other[at[2]] for weight, other in zip(weights, rows, strict=True)]
            parts.append(sum(looked, torch.zeros(d)) / sum(weights))
        found.append(torch.cat(parts))
    return found


def by_hand(network: Transformer, ids: list[int]) -> Tensor:
    """h of one text, which knows nothing of padding."""
    x = [network.words.weight[number] + network.positions.weight[place] for place, number in enumerate(ids)]
    for block in blocks(network):
        rows = [block.query_key_value(normed(block.attention_norm, row)) for row in x]
        x = [row + block.output(new) for row, new in zip(x, attended(rows, block.heads), strict=True)]
        for place, row in enumerate(x):
            inner = block.mlp[0](normed(block.mlp_norm, row))
            x[place] = row + block.mlp[2](inner * (1 + torch.erf(inner / math.sqrt(2))) / 2)  # GELU, arXiv:1606.08415
    return sum((normed(network.norm, row) for row in x), torch.zeros(network.feature_dim)) / len(x)


@torch.no_grad()
@pytest.mark.parametrize("heads", [2, 4, 8])
@pytest.mark.parametrize("layers", [1, 3])
def test_each_text_is_what_loops_make_of_its_words_alone(layers: int, heads: int) -> None:
    network = encoder(CONFIG.model_copy(update={"layers": layers, "heads": heads})).double()
    tokens = texts()
    for row, h in zip(tokens.tolist(), network(tokens), strict=True):
        expected = by_hand(network, [number for number in row if number != PADDING_ID])
        torch.testing.assert_close(h, expected, rtol=1e-9, atol=1e-9)


# Padding, order, other texts


@torch.no_grad()
@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 39), min_size=1, max_size=8), st.integers(0, 9), st.integers(0, 4))
def test_padding_never_matters(ids: list[int], others: int, behind: int) -> None:
    network = encoder().eval()
    alone = network(torch.tensor([ids]))
    batch = texts(others + 1, longest=12, seed=others)
    batch[0] = torch.tensor([*ids, *[PADDING_ID] * (12 - len(ids))])
    torch.testing.assert_close(network(batch)[:1], alone, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(network(torch.tensor([[*ids, *[PADDING_ID] * behind]])), alone, rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_columns_that_all_have_empty_change_nothing() -> None:
    network, tokens = encoder(), texts(longest=5)
    cut = torch.from_numpy(trimmed(tokens.numpy()))
    assert cut.shape[1] <= 5 < tokens.shape[1]
    torch.testing.assert_close(network(tokens), network(cut), rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_the_order_of_words_matters() -> None:
    there, back, swapped = encoder()(torch.tensor([[2, 3, 4, 5], [5, 4, 3, 2], [3, 2, 4, 5]]))
    for one, other in ((there, back), (there, swapped)):
        assert (one - other).abs().max() > 0.05


@torch.no_grad()
def test_without_positions_it_would_not() -> None:
    network = encoder()
    network.positions.weight.zero_()
    there, back = network(torch.tensor([[2, 3, 4, 5], [5, 4, 3, 2]]))
    torch.testing.assert_close(there, back, rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_a_text_of_padding_alone_is_a_number_all_the_same() -> None:
    h = encoder()(torch.tensor([[PADDING_ID] * 4, [2, 3, PADDING_ID, PADDING_ID]]))
    assert torch.isfinite(h).all()


@torch.no_grad()
def test_it_takes_what_a_vocabulary_gives() -> None:
    vocabulary = Vocabulary.of(["a red star", "a blue ring"], CONFIG.words)
    h = encoder()(
        torch.from_numpy(vocabulary.encode(["A red star!", "a green star", "a blue star", ""], CONFIG.length))
    )
    assert h.shape == (4, 64)
    cosines = nn.functional.cosine_similarity(h[:, None], h[None], dim=-1)
    assert cosines[~torch.eye(4, dtype=torch.bool)].max() < 0.999


# Shapes, gradients, precision


def test_shapes_follow_from_the_settings_alone() -> None:
    for width in (64, 96, 256):
        config = CONFIG.model_copy(update={"width": width, "heads": 8, "length": 4})
        network = Transformer(config, side=32)
        shapes = {name: tuple(parameter.shape) for name, parameter in network.named_parameters()}
        assert shapes["words.weight"] == (40, width)
        assert shapes["positions.weight"] == (4, width)
        assert network.feature_dim == width
        assert network(torch.tensor([[2], [3]])).shape == (2, width)


def test_gradient_reaches_all_that_is_used_and_nothing_else() -> None:
    network, tokens = encoder(), texts(longest=5)
    (network(tokens) * torch.linspace(-1, 1, 64)).sum().backward()
    used = sorted(set(tokens.flatten().tolist()) - {PADDING_ID})
    for embedding, rows in ((network.words, used), (network.positions, list(range(5)))):
        gradient = embedding.weight.grad
        assert gradient is not None
        assert torch.nonzero(gradient.abs().amax(dim=1)).flatten().tolist() == rows
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().max() > 0, name


@pytest.mark.parametrize("config", [CONFIG, DROPPING], ids=["without dropout", "with dropout"])
def test_bf16(config: TransformerConfig) -> None:
    network, tokens = encoder(config), texts()
    torch.manual_seed(1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = network(tokens)
    rounded.float().square().mean().backward()
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in network.parameters())
    if not config.dropout:
        assert nn.functional.cosine_similarity(rounded.float(), network(tokens)).min() > 0.999


# Dropout


def test_dropout_is_drawn_anew_while_training_and_not_at_all_afterwards() -> None:
    network, tokens = encoder(DROPPING), texts()
    both = network(torch.cat([tokens, tokens])).chunk(2)
    assert (both[0] - both[1]).abs().amax(dim=1).min() > 0.01  # of every text
    assert not torch.allclose(network(tokens), network(tokens))
    network.eval()
    first, second = network(torch.cat([tokens, tokens])).chunk(2)
    torch.testing.assert_close(first, second, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(first, encoder(CONFIG)(tokens), rtol=1e-5, atol=1e-5)


def test_without_dropout_training_is_no_different() -> None:
    network, tokens = encoder(), texts()
    assert torch.equal(network(tokens), network.eval()(tokens))


def test_the_same_seed_draws_the_same() -> None:
    found = []
    for _ in range(2):
        network = encoder(DROPPING, seed=3)
        torch.manual_seed(5)
        found.append(network(texts()))
    assert torch.equal(*found)


@pytest.mark.parametrize("part", ["embedding", "attention", "output", "mlp"])
def test_each_place_has_its_dropout(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With that of one place alone, h is another each time."""
    network, tokens = encoder(), texts()
    first = blocks(network)[0]
    for block in blocks(network):
        block.dropout.p = 0.0
    if part == "embedding":
        network.dropout.p = 0.5
    else:
        first.dropout.p = 0.5
    with torch.no_grad():
        for layer, muted in ((first.output, part == "mlp"), (first.mlp[2], part in ("output", "attention"))):
            for parameter in layer.parameters() if muted else ():
                parameter.zero_()  # nothing is left to be dropped there
    if part == "attention":
        monkeypatch.setattr(first.dropout, "forward", lambda x: x)  # that of attention is drawn elsewhere
    assert not torch.allclose(network(tokens), network(tokens), atol=1e-4)


# In parts


@pytest.fixture(params=[True, False], ids=["all kept", "one kept"])
def some_or_all_kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.param:
        monkeypatch.setattr(encoder_module, "MOST_KEPT_BYTES", 0)


@pytest.mark.usefixtures("some_or_all_kept")
@pytest.mark.parametrize("bf16", [False, True])
def test_a_part_that_is_made_once_more_drops_the_same(bf16: bool) -> None:
    """Gradient caching, against the parts one after another with all of it kept."""
    network, reference, tokens = encoder(DROPPING), encoder(DROPPING), texts(17)
    network.microbatch = 5
    upstream = torch.randn(17, 64, generator=torch.Generator().manual_seed(0))
    found = []
    for each, embed in (
        (network, network.forward),
        (reference, lambda x: torch.cat([reference.features(part) for part in torch.tensor_split(x, 4)])),
    ):
        torch.manual_seed(6)
        with torch.autocast("cpu", dtype=torch.bfloat16) if bf16 else nullcontext():
            h = embed(tokens)
        found.append(h)
        (h.float() * upstream).sum().backward()  # type: ignore[no-untyped-call]
        assert all(parameter.grad is not None for parameter in each.parameters())
    assert torch.equal(*found)
    for one, other in zip(network.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-4, atol=1e-5)


def test_without_dropout_parts_have_the_gradient_of_the_whole() -> None:
    gradients = []
    for most in (None, 3):
        network = encoder().double()
        network.microbatch = most
        network(texts()).square().sum().backward()
        gradients.append([parameter.grad for parameter in network.parameters()])
    for whole, parts in zip(*gradients, strict=True):
        torch.testing.assert_close(whole, parts, rtol=1e-9, atol=1e-9)
