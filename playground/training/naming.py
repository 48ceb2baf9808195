"""How well images are called by their names, by words alone: zero-shot, arXiv:2103.00020, section 3.1."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from playground.data import Dataset
from playground.data.captions.prompts import filled
from playground.insight.text.modality_gap import Accuracies, accuracies, class_embeddings, zero_shot
from playground.insight.text.zero_shot import Scheme, schemes_of
from playground.records import FloatArray, Probe

Texts = Callable[[Sequence[str]], FloatArray]  # -> z [n, d]


def zero_shot_figures(dataset: Dataset, data_name: str, image: FloatArray, z_of: Texts) -> dict[str, float]:
    """Accuracies on all test images, `image` [n, d], by each thing that they can be sorted by: "zero_shot_colour".

    By an ensemble of prompts; and where combinations were held out of training, of these alone.
    """
    test, none = dataset.test, np.zeros((0, 0, 0, 3), np.uint8)
    known = Probe(none, test.labels, dataset.class_names, none, dict(test.factors))
    held_out = test.factors.get("held_out", np.zeros(len(test))) > 0
    found: dict[str, float] = {}
    for scheme in schemes_of(known, data_name):
        if scheme.labels is not None:
            of_scheme = _accuracies(scheme, image, z_of, held_out)
            name = f"zero_shot_{scheme.name.replace(' ', '_')}"
            figures = {name: of_scheme.all, f"{name}_held_out": of_scheme.held_out}
            found |= {key: figure for key, figure in figures.items() if figure is not None}
    return found


def _accuracies(scheme: Scheme, image: FloatArray, z_of: Texts, held_out: NDArray[np.bool_]) -> Accuracies:
    assert scheme.labels is not None
    prompts = [filled(template, name) for name in scheme.class_names for template in scheme.templates]
    z = z_of(prompts).reshape(len(scheme.class_names), len(scheme.templates), -1)
    predicted, _ = zero_shot(image, class_embeddings(z))
    return accuracies(predicted, scheme.labels, held_out)
