"""SimCSE: dropout as the augmentation, hard negatives where there are some, and what is missing without dropout."""

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from playground.config.encoder import TransformerConfig
from playground.config.methods.simcse import SimCSEConfig
from playground.losses import normalize, simcse_loss
from playground.losses.logsumexp import sum_of_logsumexp
from playground.methods.simcse import SimCSE
from playground.models.transformer import Transformer
from playground.vocabulary import PADDING_ID

ENCODER = TransformerConfig(width=64, layers=1, heads=2, words=60, length=6)
CONFIG = SimCSEConfig(hidden_dim=16, projection_dim=8, temperature=0.2)
N = 7


def simcse(dropout: float = 0.1, seed: int = 0, **changes: object) -> SimCSE:
    torch.manual_seed(seed)
    encoder = Transformer(ENCODER.model_copy(update={"dropout": dropout}), side=0)
    return SimCSE(CONFIG.model_copy(update=changes), encoder)


def sentences(n: int = N, seed: int = 0) -> Tensor:
    """Ids [n, 6] of sentences of two to six words."""
    g = torch.Generator().manual_seed(seed)
    ids, lengths = torch.randint(2, 60, (n, 6), generator=g), torch.randint(2, 7, (n, 1), generator=g)
    return ids.masked_fill(torch.arange(6) >= lengths, PADDING_ID)


SECOND = {
    "again": sentences(),
    "positives": sentences(seed=1),
    "hard": torch.stack([sentences(seed=1), sentences(seed=2)], dim=1),
}
every_second = pytest.mark.parametrize("second", SECOND)


def by_hand(z: Tensor, candidates: int, temperature: float) -> Tensor:
    """Of rows that are all anchors, then all positives, then all hard negatives: the paper's section 4, as loops."""
    rows = [row / row.norm() for row in z]
    n, total = len(z) // (1 + candidates), torch.tensor(0.0)
    for i in range(n):
        logits = torch.stack([rows[i] @ other / temperature for other in rows[n:]])
        total = total - torch.log(logits[i].exp() / logits.exp().sum()) / n
    return total


# The loss


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@every_second
def test_loss_and_gradients_are_those_of_loops_over_one_batch(second: str, dropout: float) -> None:
    method = simcse(dropout).double()
    reference, view_1, view_2 = copy.deepcopy(method), sentences(), SECOND[second]
    torch.manual_seed(3)
    loss = method.training_step(view_1, view_2).loss
    others = [view_2] if view_2.ndim == 2 else [view_2[:, 0], view_2[:, 1]]
    torch.manual_seed(3)
    z = reference.projector(reference.encoder(torch.cat([view_1, *others])))
    expected = by_hand(z, len(others), 0.2)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-10)
    loss.backward()  # type: ignore[no-untyped-call]
    expected.backward()  # type: ignore[no-untyped-call]
    for (name, one), other in zip(method.named_parameters(), reference.parameters(), strict=True):
        assert one.grad is not None and other.grad is not None, name
        assert (one.grad - other.grad).abs().max() <= 1e-9 * (1 + other.grad.abs().max()), name
        assert one.grad.abs().max() > 0, name


@pytest.mark.parametrize(("second", "rows"), [("again", 2), ("positives", 2), ("hard", 3)])
def test_all_pass_in_one_batch(second: str, rows: int) -> None:
    method, seen = simcse(), list[int]()
    method.encoder.register_forward_hook(lambda _module, inputs, _output: seen.append(len(inputs[0])))
    method.training_step(sentences(), SECOND[second])
    assert seen == [rows * N]


def test_hard_negatives_can_be_left_out() -> None:
    losses = {}
    for wanted in (True, False):
        for second in ("positives", "hard"):
            method = simcse(dropout=0.0, hard_negatives=wanted)
            losses[wanted, second] = method.training_step(sentences(), SECOND[second]).loss.item()
    assert losses[False, "hard"] == pytest.approx(losses[False, "positives"], rel=1e-5)
    assert losses[True, "positives"] == pytest.approx(losses[False, "positives"], rel=1e-5)
    assert losses[True, "hard"] > losses[True, "positives"] + 0.1


@every_second
def test_what_there_is_to_see_is_of_anchors_and_positives(second: str) -> None:
    method = simcse(dropout=0.0)
    output = method.training_step(sentences(), SECOND[second])
    positives = SECOND[second] if second != "hard" else SECOND[second][:, 0]
    z_1, z_2 = method.embed(sentences())[1], method.embed(positives)[1]
    cosines = F.cosine_similarity(z_1[:, None], z_2[None], dim=-1)
    torch.testing.assert_close(output.positive, cosines.diagonal().mean(), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(output.negative, cosines[~torch.eye(N, dtype=torch.bool)].mean(), rtol=1e-4, atol=1e-5)
    assert not output.positive.requires_grad


def test_bf16() -> None:
    method = simcse()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = method.training_step(sentences(), SECOND["hard"])
    output.loss.backward()  # type: ignore[no-untyped-call]
    assert output.loss.dtype == output.positive.dtype == torch.float32
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in method.parameters())


@torch.no_grad()
def test_h_is_what_the_encoder_says_without_the_head() -> None:
    method = simcse().eval()
    h, z = method.embed(sentences())
    assert (h.shape, z.shape) == ((N, 64), (N, 8))
    assert torch.equal(h, method.encoder(sentences()))
    assert torch.equal(method.embed(sentences())[1], z)  # nothing is dropped any more


# What dropout is for


def test_dropout_makes_two_views_of_one_sentence() -> None:
    output = simcse(dropout=0.1).training_step(sentences(), sentences())
    assert output.negative is not None
    assert output.negative + 0.05 < output.positive < 0.99


def test_without_dropout_the_two_passes_are_one() -> None:
    method = simcse(dropout=0.0)
    z_1, z_2 = method.project(torch.cat([sentences(), sentences()])).chunk(2)
    torch.testing.assert_close(z_1, z_2, rtol=1e-5, atol=1e-6)
    assert method.training_step(sentences(), sentences()).positive.item() == pytest.approx(1, abs=1e-6)


def test_without_dropout_nothing_is_learned_from_positives() -> None:
    """Table 3 of the paper: without dropout SimCSE falls far behind. A sentence is then as near to its positive as can
    be, whatever the weights: what is left of the gradient is that of spreading sentences apart. With dropout there is
    more to it, that of what a sentence stays under noise."""
    for dropout, same in ((0.0, True), (0.3, False)):
        method, given = simcse(dropout).double(), (sentences(), sentences())
        torch.manual_seed(4)
        whole = torch.autograd.grad(method.training_step(*given).loss, list(method.parameters()))
        torch.manual_seed(4)
        z_1, z_2 = normalize(method.project(torch.cat(given))).chunk(2)
        spreading = torch.autograd.grad(sum_of_logsumexp(z_1 / 0.2, z_2) / N, list(method.parameters()))
        alike = [(a - b).abs().max() <= 1e-9 * (1 + b.abs().max()) for a, b in zip(whole, spreading, strict=True)]
        assert all(alike) == same
        assert any(gradient.abs().max() > 1e-3 for gradient in spreading)


def test_without_dropout_positives_still_teach_where_they_are_other_sentences() -> None:
    output = simcse(dropout=0.0).training_step(sentences(), SECOND["positives"])
    assert output.positive < 0.99


def test_the_loss_sees_cosines_alone() -> None:
    method = simcse(dropout=0.0)
    loss = method.training_step(sentences(), SECOND["hard"]).loss.item()
    z = [method.embed(part)[1] for part in (sentences(), sentences(seed=1), sentences(seed=2))]
    long = [rows * torch.linspace(1, 9, N)[:, None] for rows in z]
    assert simcse_loss(long[0], long[1], 0.2, long[2]).item() == pytest.approx(loss, rel=1e-4)


# Learning


def paraphrased(seed: int, n: int = 64) -> tuple[Tensor, Tensor]:
    """Sentences of three words out of 25, and the same said with the other 25 words, in the same order."""
    ids = torch.randint(2, 27, (n, 3), generator=torch.Generator().manual_seed(seed))
    return F.pad(ids, (0, 3)), F.pad(ids + 25, (0, 3))


@torch.no_grad()
def found(method: SimCSE) -> float:
    """Of 64 new sentences, the share whose paraphrase is nearest by h."""
    method.eval()
    there, back = (normalize(method.embed(tokens)[0]) for tokens in paraphrased(999))
    method.train()
    return ((there @ back.T).argmax(dim=1) == torch.arange(64)).float().mean().item()


def test_sentences_find_their_paraphrases() -> None:
    method = simcse(temperature=0.05, hidden_dim=64, projection_dim=32)
    before = found(method)
    optimizer = torch.optim.AdamW(method.trained_parameters(), lr=0.003)
    for step in range(80):
        output = method.training_step(*paraphrased(step))
        optimizer.zero_grad()
        output.loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert before < 0.2
    assert found(method) > 0.8
