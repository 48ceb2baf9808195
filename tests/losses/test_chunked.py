"""Part after part, a loss and its gradients are what they are at once, in a fraction of the memory."""

import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from playground.losses import MINERS, chunked, info_nce, info_nce_in_batch, nt_xent, pairwise_margin, sup_con, triplet
from tests.losses.choices import CHOICES, MORE
from tests.losses.embeddings import D, Loss, with_gradients

MOST = chunked.MOST_ENTRIES
SIZES = (2, 3, 7, 10)
FEW_ENTRIES = 22  # two rows or more of five images, and a rest
K = 11
# How many entries of a matrix of similarities fit: a row at a time; some rows, with a rest or without; all but one.
PARTS: dict[str, Callable[[int, int], int]] = {
    "single rows": lambda rows, columns: 1,
    "two rows": lambda rows, columns: 2 * columns,
    "three rows": lambda rows, columns: 4 * columns - 1,
    "all but one": lambda rows, columns: (rows - 1) * columns,
}


SOFTMAX: dict[str, Callable[..., Tensor]] = {
    "nt_xent": lambda negatives, a, b, queue, t: nt_xent(a, b, t, negatives),
    "info_nce": lambda negatives, a, b, queue, t: info_nce(a, b, queue, t, negatives),
    "info_nce_in_batch": lambda negatives, a, b, queue, t: info_nce_in_batch(a, b, t, negatives),
}
LOSSES: dict[str, Loss] = {
    **{f"{loss} {name}": partial(f, c.ours) for loss, f in SOFTMAX.items() for name, c in (CHOICES | MORE).items()},
    "sup_con": lambda a, b, queue, t: sup_con(a, b, torch.arange(len(a)) % 3, t),
    "triplet": lambda a, b, queue, t: triplet(a, b, torch.arange(len(a)), MINERS["batch_hard"], 0.2),
    "triplet semi-hard": lambda a, b, queue, t: triplet(a, b, torch.arange(len(a)), MINERS["semi_hard"], None),
    "pairwise_margin": lambda a, b, queue, t: pairwise_margin(a, b, 1.2),
}
SHARPNESS = {f"{loss} {name}": c.sharpness for loss in SOFTMAX for name, c in (CHOICES | MORE).items()}
every_loss = pytest.mark.parametrize("loss", LOSSES)
# One of each kind, where it does not matter how negatives count.
CHUNKED = ("nt_xent debiased", "info_nce hard", "info_nce_in_batch debiased", "sup_con", "pairwise_margin")
ONE_PASS = ("nt_xent plain", "info_nce_in_batch plain")  # make their gradient by themselves, also of a small matrix
few_losses = pytest.mark.parametrize("loss", [*CHUNKED, *ONE_PASS, "triplet"])


def _inputs(n: int, dtype: torch.dtype = torch.float64) -> list[Tensor]:
    g = torch.Generator().manual_seed(n)
    a, b, queue = (torch.randn(rows, D, generator=g, dtype=dtype) for rows in (n, n, K))
    return [a, b, queue, torch.tensor(0.3, dtype=dtype)]


def _matrix(loss: str, n: int) -> tuple[int, int]:
    if loss.startswith("info_nce"):
        return n, n if "in_batch" in loss else K
    return 2 * n, 2 * n


def _limit(monkeypatch: pytest.MonkeyPatch, entries: int) -> None:
    monkeypatch.setattr(chunked, "MOST_ENTRIES", entries)


def _gradients(loss: Loss, inputs: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """Of all inputs; of those that a loss does not look at, nothing."""
    leaves = [tensor.clone().requires_grad_() for tensor in inputs]
    value = loss(*leaves)
    found = torch.autograd.grad(value, leaves, allow_unused=True, materialize_grads=True)
    return value.detach(), list(found)


@pytest.mark.parametrize(("dtype", "off"), [(torch.float64, 1e-12), (torch.float32, 2e-6)])
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("part", PARTS)
@every_loss
def test_in_parts_a_loss_and_all_gradients_are_the_same(
    loss: str, part: str, n: int, dtype: torch.dtype, off: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs, off = _inputs(n, dtype), off * SHARPNESS.get(loss, 1)
    value, gradients = _gradients(LOSSES[loss], inputs)
    _limit(monkeypatch, PARTS[part](*_matrix(loss, n)))
    found, found_gradients = _gradients(LOSSES[loss], inputs)
    torch.testing.assert_close(found, value, rtol=off, atol=off)
    # Adding up in another order is one rounding or two of the largest number, which 1 / temperature is about.
    torch.testing.assert_close(found_gradients, gradients, rtol=off, atol=off / 0.3)
    assert found.dtype == dtype
    assert all(gradient.dtype == dtype for gradient in found_gradients)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("loss", CHUNKED)
def test_these_parts_are_as_many_as_they_say(loss: str, n: int, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing would be tried if all went the plain way."""
    parts: list[slice] = []
    one_chunk = chunked._add_chunk

    def watched(rows_loss: chunked.RowsLoss, part: slice, *rest: Any) -> Tensor:
        parts.append(part)
        return one_chunk(rows_loss, part, *rest)

    monkeypatch.setattr(chunked, "_add_chunk", watched)
    rows, columns = _matrix(loss, n)
    most = PARTS[part](rows, columns)
    _limit(monkeypatch, most)
    _gradients(LOSSES[loss], _inputs(n))
    size = max(1, most // columns)
    once = [slice(start, min(start + size, rows)) for start in range(0, rows, size)]
    assert parts == (once if len(once) > 1 else [])
    parts.clear()
    _limit(monkeypatch, rows * columns)
    _gradients(LOSSES[loss], _inputs(n))
    assert parts == []


@few_losses
def test_gradients_are_those_of_finite_differences(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _limit(monkeypatch, FEW_ENTRIES)
    leaves = [tensor.requires_grad_() for tensor in _inputs(5)]
    assert torch.autograd.gradcheck(LOSSES[loss], leaves)


@few_losses
def test_what_comes_from_above_scales_the_gradients(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A factor, a second term, a half by a learned temperature: as in symmetric losses and MoCo v3."""

    def used(a: Tensor, b: Tensor, queue: Tensor, t: Tensor) -> Tensor:
        return 3 * LOSSES[loss](a, b, queue, t) + t * LOSSES[loss](b, a, queue, t) + a.square().sum()

    value, gradients = with_gradients(lambda *given: used(*given) + given[2].sum(), _inputs(5))
    _limit(monkeypatch, FEW_ENTRIES)
    found, found_gradients = with_gradients(lambda *given: used(*given) + given[2].sum(), _inputs(5))
    torch.testing.assert_close(found, value, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(found_gradients, gradients, rtol=1e-12, atol=1e-11)


@few_losses
def test_backward_twice_adds_up(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _limit(monkeypatch, FEW_ENTRIES)
    inputs = _inputs(5)
    _, (expected, *_) = _gradients(LOSSES[loss], inputs)
    inputs[0].requires_grad_()
    value = LOSSES[loss](*inputs)
    value.backward(retain_graph=True)  # type: ignore[no-untyped-call]
    value.backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(inputs[0].grad, 2 * expected)


@few_losses
def test_only_what_needs_a_gradient_gets_one(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = _inputs(5)
    _, gradients = _gradients(LOSSES[loss], inputs)
    _limit(monkeypatch, FEW_ENTRIES)
    inputs[1].requires_grad_()
    LOSSES[loss](*inputs).backward()  # type: ignore[no-untyped-call]
    assert [tensor.grad is not None for tensor in inputs] == [False, True, False, False]
    torch.testing.assert_close(inputs[1].grad, gradients[1], rtol=1e-12, atol=1e-11)


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
@few_losses
def test_without_gradients_none_are_worked_out(
    loss: str, context: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of tensors that would have one elsewhere."""
    inputs = [tensor.requires_grad_() for tensor in _inputs(5)]
    expected = LOSSES[loss](*inputs).item()
    _limit(monkeypatch, FEW_ENTRIES)

    def none(*_: object) -> None:
        raise AssertionError("a gradient was worked out")

    monkeypatch.setattr(torch.autograd, "grad", none)
    with context():
        found = LOSSES[loss](*inputs)
    assert not found.requires_grad
    assert found.item() == pytest.approx(expected, rel=1e-12)
    assert LOSSES[loss](*[tensor.detach() for tensor in inputs]).item() == found.item()


@pytest.mark.parametrize("loss", CHUNKED + ONE_PASS)
def test_a_gradient_of_the_gradient_is_refused_not_wrong(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _limit(monkeypatch, FEW_ENTRIES)
    inputs = [tensor.requires_grad_() for tensor in _inputs(5)]
    with pytest.raises(RuntimeError, match="no second derivative"):
        torch.autograd.grad(LOSSES[loss](*inputs), inputs[:1], create_graph=True)


@pytest.mark.parametrize("entries", [MOST, FEW_ENTRIES])
@every_loss
def test_autocast_changes_neither_loss_nor_gradients(loss: str, entries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In bf16 cosines near 1 would be right to 0.004: collapse would be invisible, and low temperatures all noise."""
    _limit(monkeypatch, entries)
    inputs = _inputs(5, torch.float32)
    value, gradients = _gradients(LOSSES[loss], inputs)
    leaves = [tensor.requires_grad_() for tensor in inputs]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = LOSSES[loss](*leaves)
    assert torch.equal(found, value)
    found_gradients = torch.autograd.grad(found, leaves, allow_unused=True, materialize_grads=True)
    assert all(torch.equal(a, b) for a, b in zip(found_gradients, gradients, strict=True))


class _Memory(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts numbers in tensors: the most there were at a time, and in one of them."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.now = self.most = self.largest = 0
        self.alive: dict[int, int] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for tensor in made if isinstance(made, tuple | list) else (made,):
            if isinstance(tensor, Tensor):
                self._count(tensor.untyped_storage())
        return made

    def _count(self, storage: torch.UntypedStorage) -> None:
        key = storage._cdata
        if key in self.alive:
            return
        self.alive[key] = storage.nbytes() // 4
        self.now += self.alive[key]
        self.most, self.largest = max(self.most, self.now), max(self.largest, self.alive[key])
        weakref.finalize(storage, self._free, key)

    def _free(self, key: int) -> None:
        self.now -= self.alive.pop(key)


def _memory(loss: Loss, inputs: list[Tensor]) -> _Memory:
    leaves = [tensor.clone().requires_grad_() for tensor in inputs]
    memory = _Memory()
    with memory:
        loss(*leaves).backward()  # type: ignore[no-untyped-call]
    return memory


@few_losses
def test_memory_is_that_of_a_part(loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all tensors at a time and of the largest; the inputs and what is as large as they are is small here."""
    n, entries = 1024, 2**14
    g = torch.Generator().manual_seed(0)
    inputs = [*(torch.randn(rows, D, generator=g) for rows in (n, n, 4 * n)), torch.tensor(0.3)]
    rows, columns = (n, 4 * n) if loss == "info_nce hard" else (n, n) if "in_batch" in loss else (2 * n, 2 * n)
    _limit(monkeypatch, rows * columns)
    whole = _memory(LOSSES[loss], inputs)
    assert whole.largest == rows * columns  # so it is counted
    assert whole.most > rows * columns * (1 if loss in ONE_PASS else 2)
    _limit(monkeypatch, entries)
    parts = _memory(LOSSES[loss], inputs)
    assert parts.largest <= max(entries, 4 * n * D)
    assert parts.most <= whole.most / 8
    assert parts.now == 0
