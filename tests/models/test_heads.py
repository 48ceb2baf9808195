"""Projection and prediction heads: layers, norms, biases."""

from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from playground.models import mlp_head


def _rows(n: int = 8, d: int = 7) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("final_norm", [True, False])
@pytest.mark.parametrize("hidden", [(), (5,), (5, 6)])
def test_a_head_is_a_layer_between_every_two_widths(
    hidden: tuple[int, ...], final_norm: bool, batch_norm: bool
) -> None:
    head = mlp_head(7, *hidden, 3, batch_norm=batch_norm, final_norm=final_norm)
    between = [nn.Linear, *([nn.BatchNorm1d] if batch_norm else []), nn.ReLU]
    expected = [*between * len(hidden), nn.Linear, *([nn.BatchNorm1d] if final_norm else [])]
    assert [type(layer) for layer in head] == expected
    sizes = [(layer.in_features, layer.out_features) for layer in head if isinstance(layer, nn.Linear)]
    widths = (7, *hidden, 3)
    assert sizes == list(pairwise(widths))
    assert head(_rows()).shape == (8, 3)


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("final_norm", [True, False])
def test_a_layer_has_a_bias_unless_a_norm_follows(final_norm: bool, batch_norm: bool) -> None:
    head = list(mlp_head(7, 5, 6, 3, batch_norm=batch_norm, final_norm=final_norm))
    for layer, after in zip(head, [*head[1:], None], strict=True):
        if isinstance(layer, nn.Linear):
            assert (layer.bias is None) == isinstance(after, nn.BatchNorm1d)


def test_hidden_norms_have_weights_and_the_final_one_has_none() -> None:
    head = mlp_head(7, 5, 3, batch_norm=True, final_norm=True)
    first, last = (layer for layer in head if isinstance(layer, nn.BatchNorm1d))
    assert first.weight is not None
    assert last.weight is None
    z = head(_rows(64))
    torch.testing.assert_close(z.mean(dim=0), torch.zeros(3), atol=1e-6, rtol=0)
    torch.testing.assert_close(z.std(dim=0, correction=0), torch.ones(3), atol=1e-3, rtol=0)


def test_what_goes_in_is_left_as_it_is() -> None:
    """ReLU works in place: never on the encoder's own output."""
    rows = _rows()
    before = rows.clone()
    mlp_head(7, 5, 3, batch_norm=False)(rows)
    assert torch.equal(rows, before)
