"""Linear probes of the known factors of images: how well each can be predicted from embeddings. Imports sklearn when
used."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.insight.arrays import AnyFloatArray

FactorKind = Literal["category", "circular", "number"]
Columns = NDArray[np.float64]

# Kinds of the factors of shapes; of others see `factor_kind`. A circular factor is in turns: 0 and 1 are equal.
FACTOR_KINDS: dict[str, FactorKind] = {
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
# Factors that are shown together, by the mean of their scores; every other factor is a group of its own.
FACTOR_GROUPS: dict[str, tuple[str, ...]] = {
    "position": ("x", "y"),
    "background": ("background_hue", "background_brightness"),
}

MOST_CATEGORIES = 20  # with more distinct whole numbers, a factor counts as a number
FEWEST_IMAGES = 8
SPLIT_SEED = 0
PENALTIES = np.logspace(-2, 5, 8)  # from negligible to so large that only the mean is left


def group_scores(embeddings: AnyFloatArray, factors: Mapping[str, AnyFloatArray]) -> dict[str, float]:
    """`factor_scores`, averaged over the factors of a group (position, background): group -> score.

    `embeddings` [n, d], `factors` name -> [n].
    """
    groups: dict[str, list[float]] = {}
    for name, score in factor_scores(embeddings, factors).items():
        group = next((group for group, members in FACTOR_GROUPS.items() if name in members), name)
        groups.setdefault(group, []).append(score)
    return {group: float(np.mean(scores)) for group, scores in groups.items()}


def factor_scores(embeddings: AnyFloatArray, factors: Mapping[str, AnyFloatArray]) -> dict[str, float]:
    """Score of a linear probe for each factor: 0 is no better than the best constant prediction, 1 is without error.

    `embeddings` [n, d], `factors` name -> [n]. A ridge regression is fitted on one half of the images, drawn by a fixed
    seed, and tested on the other; features are standardised, and the penalty of each column is chosen within the first
    half (leave-one-out). The score is the share of the error of the best constant prediction that the probe avoids:

    - numbers: R^2;
    - circular: R^2 of cosine and sine taken together;
    - categories: regression to one column for each category, the highest wins (sklearn's RidgeClassifier);
      (accuracy - share of the most frequent category) / (1 - that share).

    Negative scores become 0. A factor that does not vary is left out, and all are below 8 images; NaN where the
    embeddings are not finite.
    """
    train, test = _split_halves(len(embeddings))
    factors = {name: values for name, values in factors.items() if len(test) and np.ptp(values[test]) > 0}
    if len(embeddings) < FEWEST_IMAGES or not factors:
        return {}
    if not np.isfinite(embeddings).all():
        return dict.fromkeys(factors, float("nan"))
    targets = {name: _target_columns(factor_kind(name, values), values) for name, values in factors.items()}
    predicted = _predict_columns(embeddings, targets, train, test)
    return {
        name: _error_saved(factor_kind(name, values), targets[name][test], predicted[name])
        for name, values in factors.items()
    }


def factor_kind(name: str, values: AnyFloatArray) -> FactorKind:
    """The kind of a factor with `values` [n]: as in `FACTOR_KINDS`; otherwise a category for up to 20 whole numbers."""
    if name in FACTOR_KINDS:
        return FACTOR_KINDS[name]
    distinct = np.unique(values)
    return "category" if len(distinct) <= MOST_CATEGORIES and (distinct == np.round(distinct)).all() else "number"


def _split_halves(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(train, test): the rows of both halves."""
    order = np.random.default_rng(SPLIT_SEED).permutation(count)
    return order[: count // 2], order[count // 2 :]


def _target_columns(kind: FactorKind, values: AnyFloatArray) -> Columns:
    """The regression targets [n, c] of a factor with `values` [n]."""
    if kind == "category":
        return np.asarray(values[:, None] == np.unique(values), dtype=np.float64)
    if kind == "circular":
        angle = 2 * np.pi * values.astype(np.float64)
        return np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return values[:, None].astype(np.float64)


def _predict_columns(
    embeddings: AnyFloatArray, targets: Mapping[str, Columns], train: NDArray[np.int64], test: NDArray[np.int64]
) -> dict[str, Columns]:
    """Predicted columns of all factors for the rows `test`, from one decomposition of the features."""
    from sklearn.linear_model import RidgeCV
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(embeddings[train].astype(np.float64))
    features = scaler.transform(embeddings.astype(np.float64))
    probe = RidgeCV(alphas=PENALTIES, alpha_per_target=True)
    probe.fit(features[train], np.hstack([columns[train] for columns in targets.values()]))
    ends = np.cumsum([columns.shape[1] for columns in targets.values()])[:-1]
    parts = np.split(probe.predict(features[test]).reshape(len(test), -1), ends, axis=1)
    return dict(zip(targets, parts, strict=True))


def _error_saved(kind: FactorKind, actual: Columns, predicted: Columns) -> float:
    """Share of the error of the best constant prediction that `predicted` [n, c] avoids, at least 0."""
    if kind == "category":
        error = float((actual.argmax(axis=1) != predicted.argmax(axis=1)).mean())
        constant = 1 - float(actual.mean(axis=0).max())
    else:
        error = float(((actual - predicted) ** 2).sum())
        constant = float(((actual - actual.mean(axis=0)) ** 2).sum())
    return max(0.0, 1 - error / constant)
