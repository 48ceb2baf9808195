"""Those who train: they run, on the same images, and come to the same losses where they do the same."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from playground.bench import BenchOptions
from playground.bench.images import ColourStatistics, EndlessBatches, load_images, make_bench_config
from playground.bench.loss import dense_nt_xent
from playground.bench.other_libraries import TorchvisionViews, kornia_views, lightly_loss, lightly_views
from playground.bench.training import (
    AppTrainer,
    BatchwiseTrainer,
    DataLoaderTrainer,
    LimitTrainer,
    PlainStep,
    unit_images,
)
from playground.config import RunConfig
from playground.config.augmentations import BlurConfig, ViewsConfig
from playground.data import Dataset
from playground.training.batches import make_batches, view_pair

BATCH = 16


@pytest.fixture(scope="module")
def config() -> RunConfig:
    tiny = {"encoder__width": 8, "batch_size": BATCH, "precision": "fp32", "device": "cpu"}
    return make_bench_config(BenchOptions(), 96, **tiny)


@pytest.fixture(scope="module")
def dataset(config: RunConfig) -> Dataset:
    return load_images(config)


def dense(z_1: Tensor, z_2: Tensor) -> Tensor:
    return dense_nt_xent(z_1, z_2, 0.1)


def floats(losses: list[Any]) -> list[float]:
    return [float(loss) for loss in losses]


def test_views_are_those_of_photographs_whatever_the_images(config: RunConfig) -> None:
    """Drawn shapes suggest no colour jitter, and augmentation would look cheaper than it is."""
    assert config.views == ViewsConfig() and config.views.jitter.probability > 0


def test_nobody_comes_to_the_end_of_a_run(config: RunConfig, dataset: Dataset) -> None:
    full = AppTrainer(config, dataset, steps=len(dataset.train) // BATCH + 3)
    full.turn()
    assert len(full.losses) == 2 + full.steps


def test_the_limit_and_the_full_step_train_on_as_many_images(config: RunConfig, dataset: Dataset) -> None:
    limit, full = LimitTrainer(config, dataset, 3), AppTrainer(config, dataset, 3)
    for trainer in (limit, full):
        before = len(trainer.losses)
        assert np.isfinite(trainer.turn())
        assert len(trainer.losses) == before + 3
        assert np.isfinite(floats(trainer.losses)).all()
    shapes = {tuple(next(limit.ready).shape) for _ in range(5)}
    assert shapes == {(2 * BATCH, 3, 32, 32)}


def test_the_limits_images_are_those_of_the_run_and_lie_with_channels_last(config: RunConfig, dataset: Dataset) -> None:
    limit = LimitTrainer(config, dataset, 1)
    seen = [next(limit.ready) for _ in range(4)]
    assert all(images.is_contiguous(memory_format=torch.channels_last) for images in seen)
    batch = next(make_batches(config, len(dataset.train), 2))
    expected = torch.cat(view_pair(dataset.train, batch, config, *dataset.channel_statistics))
    assert any(torch.equal(images, expected) for images in seen)


def test_at_the_first_step_everybody_has_the_same_loss(config: RunConfig, dataset: Dataset) -> None:
    """Same weights, same batch, same views: layout and the way the loss is written change nothing but rounding."""
    full, limit = AppTrainer(config, dataset, 1), LimitTrainer(config, dataset, 1)
    views = view_pair(
        dataset.train, next(make_batches(config, len(dataset.train))), config, *dataset.channel_statistics
    )
    plain = [PlainStep(config, dataset, dense), PlainStep(config, dataset, lightly_loss(0.1))]
    for one in plain:
        one.step(*views)
        assert next(one.network.parameters()).is_contiguous()
    expected = full.losses[0]
    assert floats([limit.losses[0], *(one.losses[0] for one in plain)]) == pytest.approx([expected] * 3, rel=1e-4)


def test_a_plain_step_learns(config: RunConfig, dataset: Dataset) -> None:
    plain = PlainStep(config, dataset, dense)
    views = view_pair(
        dataset.train, next(make_batches(config, len(dataset.train))), config, *dataset.channel_statistics
    )
    for _ in range(10):
        plain.step(*views)
    assert plain.losses[-1] < plain.losses[0]


MAKERS: dict[str, Callable[..., Any]] = {"lightly": lightly_views, "torchvision": TorchvisionViews}


@pytest.mark.parametrize("name", MAKERS)
def test_image_by_image(name: str, config: RunConfig, dataset: Dataset) -> None:
    views = MAKERS[name](config.views, 32, ColourStatistics.of(dataset))
    trainer = DataLoaderTrainer(config, dataset, views, PlainStep(config, dataset, dense), steps=2)
    note = trainer.choose([0, 1])
    assert trainer.workers in (0, 1) and note.startswith(f"{trainer.workers} workers (tried 0: ")
    before = len(trainer.plain.losses)
    assert np.isfinite(trainer.turn())
    assert len(trainer.plain.losses) == before + 2 + 2  # those to warm up are not counted
    assert np.isfinite(floats(trainer.plain.losses)).all()


def test_the_number_of_workers_that_serves_best_is_kept(config: RunConfig, dataset: Dataset) -> None:
    trainer = DataLoaderTrainer(config, dataset, lambda image: image, PlainStep(config, dataset, dense), steps=2)
    seconds = {0: [4.0, 4.0], 1: [9.0, 1.0], 2: [2.0, 2.0]}  # once the machine was busy while one worker was tried
    trainer.turn = lambda: seconds[trainer.workers].pop(0)  # type: ignore[method-assign]
    assert trainer.choose([0, 1, 2]) == "1 workers (tried 0: 8, 1: 32, 2: 16 img/s)"
    assert trainer.workers == 1


def test_batch_by_batch(config: RunConfig, dataset: Dataset) -> None:
    views = kornia_views(config.views, 32, ColourStatistics.of(dataset))
    trainer = BatchwiseTrainer(config, dataset, views, PlainStep(config, dataset, dense), steps=2)
    assert np.isfinite(trainer.turn())
    assert len(trainer.plain.losses) == 4 and np.isfinite(floats(trainer.plain.losses)).all()


def test_others_take_the_same_images_in_the_same_order(config: RunConfig, dataset: Dataset) -> None:
    order, ours = iter(EndlessBatches(config, len(dataset.train))), make_batches(config, len(dataset.train))
    for _ in range(9):  # beyond an epoch
        assert next(order) == next(ours).indices.tolist()


def no_change(**changes: Any) -> ViewsConfig:
    """Views that leave the image as it is."""
    config = ViewsConfig()
    never = {
        name: getattr(config, name).model_copy(update={"probability": 0.0}) for name in ("flip", "jitter", "grayscale")
    }
    crop = config.crop.model_copy(update={"scale_min": 1.0, "scale_max": 1.0, "ratio_max": 1.0})
    return config.model_copy(update={**never, "crop": crop, **changes})


def test_with_nothing_switched_on_all_views_are_the_image_normalised(dataset: Dataset) -> None:
    """The arguments that are handed on mean what they mean with us."""
    from PIL import Image

    colours, views = ColourStatistics.of(dataset), no_change()
    images = dataset.train.images[:4].copy()
    expected = (unit_images(images) - torch.tensor(colours.mean)[:, None, None]) / torch.tensor(colours.std)[
        :, None, None
    ]
    for make in MAKERS.values():
        transform = make(views, 32, colours)
        pairs = [transform(Image.fromarray(image)) for image in images]
        for number in (0, 1):
            assert torch.allclose(torch.stack([pair[number] for pair in pairs]), expected, atol=0.02)
    assert torch.allclose(kornia_views(views, 32, colours)(unit_images(images)), expected, atol=0.02)


def test_switched_on_every_view_is_another(dataset: Dataset) -> None:
    """Drawn for each image, not for the batch."""
    from PIL import Image

    views = replace_blur(ViewsConfig(), 1.0)
    colours, image = ColourStatistics.of(dataset), dataset.train.images[0]
    for make in MAKERS.values():
        transform = make(views, 32, colours)
        seen = [view for _ in range(4) for view in transform(Image.fromarray(image))]
        assert len({view.numpy().tobytes() for view in seen}) == 8
    together = kornia_views(views, 32, colours)(unit_images(np.stack([image] * 8)))
    assert len({view.numpy().tobytes() for view in together}) == 8


def replace_blur(views: ViewsConfig, probability: float) -> ViewsConfig:
    return views.model_copy(update={"blur": BlurConfig(probability=probability)})
