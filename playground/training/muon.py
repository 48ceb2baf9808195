"""Muon: an optimizer that moves a matrix equally in all of its directions.

K. Jordan and others 2024, https://kellerjordan.github.io/posts/muon. torch.optim.Muon takes matrices only; this one
treats convolutions as matrices with one row for each filter, and moves vectors as Adam does.
"""

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)  # the authors' polynomial; five rounds bring singular values near 1
ROUNDS = 5
AS_ADAM = 0.2  # root mean square of a step of AdamW: Moonlight, arXiv:2502.16982, section 2.2
BETAS, EPSILON = (0.9, 0.999), 1e-8  # of Adam, arXiv:1412.6980


class Muon(torch.optim.Optimizer):
    """Orthogonalised momentum, scaled for the learning rates and weight decays of AdamW: arXiv:2502.16982.

    `found_inf`, where it is set, is a scalar tensor; with 1 the step changes nothing, as in PyTorch's fused optimizers.
    """

    found_inf: Tensor | None = None

    def __init__(self, groups: Iterable[dict[str, Any]], lr: float, momentum: float = 0.9) -> None:
        super().__init__(groups, {"lr": lr, "weight_decay": 0.0, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Update every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, group)

    def _move(self, parameter: Tensor, group: dict[str, Any]) -> None:
        state = self._remembered(parameter)
        touched = [parameter, *state.values()]
        before = [] if self.found_inf is None else [tensor.clone() for tensor in touched]
        change = (
            _orthogonal_step(parameter, state, group["momentum"])
            if parameter.ndim > 1
            else _adam_step(parameter, state)
        )
        parameter.mul_(1 - group["lr"] * group["weight_decay"]).add_(change, alpha=-group["lr"])
        for tensor, old in zip(touched, before, strict=False):
            assert self.found_inf is not None
            tensor.copy_(torch.where(self.found_inf > 0, old, tensor))

    def _remembered(self, parameter: Tensor) -> dict[str, Tensor]:
        state: dict[str, Tensor] = self.state[parameter]
        if not state and parameter.ndim > 1:
            state["momentum_buffer"] = torch.zeros_like(parameter)
        elif not state:
            state.update(exp_avg=torch.zeros_like(parameter), exp_avg_sq=torch.zeros_like(parameter))
            state["step"] = torch.zeros((), device=parameter.device)
        return state


def _orthogonal_step(parameter: Tensor, state: dict[str, Tensor], momentum: float) -> Tensor:
    """The step of a matrix: the gradient with Nesterov momentum, orthogonalised."""
    gradient, kept = parameter.grad, state["momentum_buffer"]
    assert gradient is not None
    kept.mul_(momentum).add_(gradient)
    matrix = (gradient + momentum * kept).flatten(1)
    change = orthogonalise(matrix).to(parameter.dtype).view_as(parameter)
    turned: Tensor = AS_ADAM * math.sqrt(max(matrix.shape)) * change
    return turned


def _adam_step(parameter: Tensor, state: dict[str, Tensor]) -> Tensor:
    """The step of a vector: Adam, arXiv:1412.6980, algorithm 1."""
    gradient, mean, square, step = parameter.grad, state["exp_avg"], state["exp_avg_sq"], state["step"]
    assert gradient is not None
    step += 1
    mean.lerp_(gradient, 1 - BETAS[0])
    square.lerp_(gradient.square(), 1 - BETAS[1])
    root = (square / (1 - BETAS[1] ** step)).sqrt()
    scaled: Tensor = mean / (1 - BETAS[0] ** step) / (root + EPSILON)
    return scaled


def orthogonalise(matrix: Tensor) -> Tensor:
    """Approximately the orthogonal matrix [r, c] nearest to `matrix` [r, c], with singular values of about 0.7 to 1.2.

    By Newton-Schulz iteration in bfloat16, as by the authors.
    """
    a, b, c = NEWTON_SCHULZ
    wide = matrix if len(matrix) <= matrix.shape[1] else matrix.T
    x = (wide / wide.norm().clamp(min=1e-7)).bfloat16()
    for _ in range(ROUNDS):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    found: Tensor = (x if wide is matrix else x.T).to(matrix.dtype)
    return found
