"""Two tensors as one: the same as concatenated, and the same memory where they lie one behind the other."""

import pytest
import torch
from torch import Tensor

from playground.models.concat_views import concat_views

ROWS = torch.arange(6 * 3 * 4 * 4, dtype=torch.float32).reshape(6, 3, 4, 4)
LAST = ROWS.to(memory_format=torch.channels_last)


def apart(rows: Tensor) -> tuple[Tensor, Tensor]:
    return rows[:3].clone(), rows[3:].clone()


@pytest.mark.parametrize("rows", [ROWS, LAST, ROWS.to(torch.bfloat16), ROWS[:, :, 0, 0]])
@pytest.mark.parametrize("first", [1, 3, 5])
def test_halves_of_one_tensor_are_that_tensor(rows: Tensor, first: int) -> None:
    rows = rows.contiguous() if rows.ndim == 2 else rows
    found = concat_views(rows[:first], rows[first:])
    assert torch.equal(found, rows)
    assert found.stride() == rows.stride()
    assert found.data_ptr() == rows.data_ptr()


def test_somewhere_within_a_tensor_too() -> None:
    found = concat_views(LAST[1:3], LAST[3:5])
    assert torch.equal(found, LAST[1:5])
    assert found.data_ptr() == LAST[1:].data_ptr()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        apart(ROWS),
        (ROWS[3:], ROWS[:3]),
        (ROWS[:3], ROWS[2:]),
        (ROWS[:2], ROWS[3:]),
        (ROWS[::2], ROWS[1::2]),
        (ROWS[:3], LAST[3:]),
        (ROWS[:3], ROWS[:3]),
    ],
    ids=["apart", "turned round", "overlapping", "with a gap", "interleaved", "other layouts", "the same"],
)
def test_all_others_are_copied(first: Tensor, second: Tensor) -> None:
    found = concat_views(first, second)
    assert torch.equal(found, torch.cat([first, second]))
    assert found.untyped_storage().data_ptr() not in {
        first.untyped_storage().data_ptr(),
        second.untyped_storage().data_ptr(),
    }


def test_another_type_is_made_the_same_as_by_concatenation() -> None:
    first, second = ROWS[:3], ROWS[3:].double()
    assert torch.equal(concat_views(first, second), torch.cat([first, second]))


def test_the_gradient_reaches_both() -> None:
    rows = ROWS.clone().requires_grad_()
    concat_views(rows[:3], rows[3:]).square().sum().backward()  # type: ignore[no-untyped-call]
    assert rows.grad is not None
    assert torch.equal(rows.grad, 2 * ROWS)
