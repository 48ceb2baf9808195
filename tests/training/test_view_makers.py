"""Where views are made, and that they are the same ones everywhere."""

from pathlib import Path

import numpy as np
import pytest
import torch

from playground.data import Split
from playground.inference.device import Device
from playground.training import batches, view_makers
from playground.training.batches import Batch, view_pair
from playground.training.view_makers import FusedViews, ResidentViews, ViewMaker, choose_view_maker
from playground.views import make_two_views
from tests.training.queued import CPU, QUEUED
from tests.training.tiny import tiny
from tests.views.test_fused import pictures

MEAN, STD = np.array([0.49, 0.48, 0.45], np.float32), np.array([0.2, 0.25, 0.3], np.float32)
BATCH = Batch(3, np.array([4, 39, 0, 4, 17]))
CONFIG = tiny(seed=7)


def chosen(split: Split, device: Device = QUEUED) -> ViewMaker:
    return choose_view_maker(split, CONFIG, MEAN, STD, device)


def test_on_the_processor_views_are_those_of_the_fused_executor_to_the_bit() -> None:
    split = Split(pictures(40, 32), None)
    views = chosen(split, CPU)
    assert isinstance(views, FusedViews)
    assert views.notes == ()
    for found, expected in zip(views(BATCH), view_pair(split, BATCH, CONFIG, MEAN, STD), strict=True):
        assert torch.equal(found, expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("at_a_time", [1, 2, 5, 512])
def test_views_are_the_same_however_many_are_made_at_a_time(
    at_a_time: int, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "IMAGES_AT_A_TIME", at_a_time)
    images = pictures(40, 32)
    kept = {"seed": CONFIG.seed, "epoch": BATCH.epoch, "mean": MEAN.tolist(), "std": STD.tolist()}
    at_once = np.concatenate(make_two_views(images, BATCH.indices, CONFIG.views, **kept))
    found = batches.both_views(Split(images, None), BATCH, CONFIG, MEAN, STD, dtype)
    assert found.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(found, torch.from_numpy(at_once).permute(0, 3, 1, 2).to(dtype))


@pytest.mark.parametrize("queued", [True, False])
def test_where_networks_run_in_bf16_views_are_rounded(queued: bool) -> None:
    split = Split(pictures(40, 32), None)
    rounded = chosen(split, Device(torch.device("cpu"), bf16=True, queued=queued))(BATCH)
    for found, plain in zip(rounded, chosen(split, QUEUED if queued else CPU)(BATCH), strict=True):
        assert torch.equal(found, plain.bfloat16())


@pytest.mark.parametrize("chunk", [7, 4096])
@pytest.mark.parametrize("mapped", [False, True])
def test_views_of_resident_images_are_the_same(
    mapped: bool, chunk: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(view_makers, "SENT_IMAGES", chunk)
    images = pictures(40, 32)
    np.save(tmp_path / "images.npy", images)
    split = Split(np.load(tmp_path / "images.npy", mmap_mode="r") if mapped else images, None)
    views = chosen(split)
    assert isinstance(views, ResidentViews)
    assert views.images.dtype == torch.uint8
    np.testing.assert_array_equal(views.images.numpy(), split.images)
    for found, expected in zip(views(BATCH), view_pair(split, BATCH, CONFIG, MEAN, STD), strict=True):
        assert found.stride() == expected.stride()
        torch.testing.assert_close(found, expected, rtol=0, atol=5e-5)


@pytest.mark.parametrize(("times", "resident"), [(4.0, True), (3.9, False)])
def test_images_are_resident_where_they_take_a_quarter_of_what_is_free_at_most(
    times: float, resident: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = Split(pictures(40, 32), None)
    monkeypatch.setattr(Device, "free_memory", lambda _: int(times * split.images.nbytes))
    views = chosen(split)
    assert isinstance(views, ResidentViews) == resident
    assert views.notes == (
        () if resident else ("The images take more than 25% of the GPU's free memory, so the CPU makes their views.",)
    )
    assert views(BATCH)[0].shape == (5, 3, 32, 32)
