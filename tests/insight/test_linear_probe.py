"""The linear probe against scikit-learn's logistic regression."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from playground.insight.linear import Scaling, fit_linear, linear_protocol


def _data(n: int, d: int, classes: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    g = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % classes
    centres = torch.randn(classes, d, generator=g)
    features = 3 + (centres[labels] + 2 * torch.randn(n, d, generator=g)) * torch.logspace(-2, 2, d)
    return features, labels


@pytest.mark.parametrize(("n", "d", "classes"), [(400, 12, 2), (600, 20, 6), (12, 30, 3)])
def test_the_same_line_as_scikit_learns(n: int, d: int, classes: int) -> None:
    features, labels = _data(n, d, classes)
    x = Scaling.of(features)(features)
    probe = fit_linear(x, labels, classes)
    # Of two classes scikit-learn has one line, which is the difference of ours: the same penalty weighs twice as much.
    reference = LogisticRegression(C=2.0 if classes == 2 else 1.0, tol=1e-6, max_iter=5000).fit(
        x.numpy(), labels.numpy()
    )
    weight, bias = probe.weight.numpy().T, probe.bias.numpy()
    if classes == 2:
        weight, bias = weight[1:] - weight[:1], bias[1:] - bias[:1]
    else:
        bias = bias - bias.mean()
    np.testing.assert_allclose(weight, reference.coef_, atol=0.02)
    np.testing.assert_allclose(bias, reference.intercept_, atol=0.02)
    assert (probe.predict(x).numpy() == reference.predict(x.numpy())).mean() > 0.99


def test_a_class_that_has_no_label_is_never_predicted() -> None:
    features, labels = _data(60, 5, 3)
    assert set(fit_linear(Scaling.of(features)(features), labels, 8).predict(features).tolist()) <= {0, 1, 2}


def test_features_are_brought_to_one_scale_and_dead_ones_stay_harmless() -> None:
    features, labels = _data(200, 6, 3)
    features[:, 2] = 7.0
    x = Scaling.of(features)(features)
    torch.testing.assert_close(x.mean(dim=0), torch.zeros(6), atol=1e-4, rtol=0)
    torch.testing.assert_close(x.std(dim=0, correction=0), torch.tensor([1.0, 1, 0, 1, 1, 1]), atol=1e-3, rtol=0)
    assert torch.isfinite(fit_linear(x, labels, 3).weight).all()


def test_the_protocol_tells_labels_from_images() -> None:
    words = linear_protocol(labels=40, train=4000, test=1000)
    assert "40 labels of 4,000 train images, 1,000 test images" in words
    assert words.startswith("h frozen")
