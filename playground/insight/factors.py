"""What can be read from embeddings: each known factor of the images, by a linear probe. Numpy; sklearn when called."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.insight.collapse import Array

Kind = Literal["category", "circular", "number"]
Columns = NDArray[np.float64]

# What the factors of known data are; of others see `kind_of`. A circular factor is in turns: 0 and 1 are the same.
KINDS: dict[str, Kind] = {
    "shape": "category",
    "texture": "category",
    "hue": "circular",
    "background_hue": "circular",
    "background_brightness": "number",
    "x": "number",
    "y": "number",
    "size": "number",
    "rotation": "number",
}
# Factors that are shown as one, by the mean of their scores; every other factor is a group of its own.
GROUPS: dict[str, tuple[str, ...]] = {"position": ("x", "y"), "background": ("background_hue", "background_brightness")}

MOST_CATEGORIES = 20  # more distinct whole numbers than this are a number, not names
FEWEST_IMAGES = 8
SPLIT_SEED = 0
PENALTIES = np.logspace(-2, 5, 8)  # from hardly any to so much that only the mean is left


def group_scores(embeddings: Array, factors: Mapping[str, Array]) -> dict[str, float]:
    """`factor_scores` with the factors of a group (position, background) taken together: the mean of their scores."""
    groups: dict[str, list[float]] = {}
    for name, score in factor_scores(embeddings, factors).items():
        group = next((group for group, members in GROUPS.items() if name in members), name)
        groups.setdefault(group, []).append(score)
    return {group: float(np.mean(scores)) for group, scores in groups.items()}


def factor_scores(embeddings: Array, factors: Mapping[str, Array]) -> dict[str, float]:
    """How well a linear probe tells each factor: 0 is no better than the best constant answer, 1 is without error.

    `embeddings` [n, d], `factors` name -> [n]. A ridge regression learns from one half of the images, drawn by a fixed
    seed, and is tried on the other; features are standardised, and the penalty of each column is chosen within the
    first half (leave-one-out). The score is the share of the error of the best constant answer that the probe saves:

    - numbers: R^2;
    - circular: R^2 of cosine and sine taken together;
    - categories: regression to one column a category, the highest wins (sklearn's RidgeClassifier);
      (accuracy - share of the most frequent category) / (1 - that share).

    What is below 0 is given as 0. A factor that does not vary is left out, and all are where there are fewer than 8
    images; NaN where the embeddings are no finite numbers.
    """
    train, test = _halves(len(embeddings))
    factors = {name: values for name, values in factors.items() if len(test) and np.ptp(values[test]) > 0}
    if len(embeddings) < FEWEST_IMAGES or not factors:
        return {}
    if not np.isfinite(embeddings).all():
        return dict.fromkeys(factors, float("nan"))
    targets = {name: _columns(kind_of(name, values), values) for name, values in factors.items()}
    predicted = _predicted(embeddings, targets, train, test)
    return {
        name: _saved(kind_of(name, values), targets[name][test], predicted[name]) for name, values in factors.items()
    }


def kind_of(name: str, values: Array) -> Kind:
    """As declared in `KINDS`; of other data, up to 20 distinct whole numbers are categories, all else is a number."""
    if name in KINDS:
        return KINDS[name]
    distinct = np.unique(values)
    return "category" if len(distinct) <= MOST_CATEGORIES and (distinct == np.round(distinct)).all() else "number"


def _halves(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows to learn from and rows to be tried on."""
    order = np.random.default_rng(SPLIT_SEED).permutation(count)
    return order[: count // 2], order[count // 2 :]


def _columns(kind: Kind, values: Array) -> Columns:
    """What the probe is to predict: [n, c]."""
    if kind == "category":
        return np.asarray(values[:, None] == np.unique(values), dtype=np.float64)
    if kind == "circular":
        angle = 2 * np.pi * values.astype(np.float64)
        return np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return values[:, None].astype(np.float64)


def _predicted(
    embeddings: Array, targets: Mapping[str, Columns], train: NDArray[np.int64], test: NDArray[np.int64]
) -> dict[str, Columns]:
    """The columns of all factors for the images of `test`, from one decomposition of the features."""
    from sklearn.linear_model import RidgeCV
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(embeddings[train].astype(np.float64))
    features = scaler.transform(embeddings.astype(np.float64))
    probe = RidgeCV(alphas=PENALTIES, alpha_per_target=True)
    probe.fit(features[train], np.hstack([columns[train] for columns in targets.values()]))
    ends = np.cumsum([columns.shape[1] for columns in targets.values()])[:-1]
    parts = np.split(probe.predict(features[test]).reshape(len(test), -1), ends, axis=1)
    return dict(zip(targets, parts, strict=True))


def _saved(kind: Kind, actual: Columns, predicted: Columns) -> float:
    """Share of the error of the best constant answer that `predicted` [n, c] saves, 0 where it saves none."""
    if kind == "category":
        error = float((actual.argmax(axis=1) != predicted.argmax(axis=1)).mean())
        constant = 1 - float(actual.mean(axis=0).max())
    else:
        error = float(((actual - predicted) ** 2).sum())
        constant = float(((actual - actual.mean(axis=0)) ** 2).sum())
    return max(0.0, 1 - error / constant)
