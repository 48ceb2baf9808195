"""Loading: every data set keeps the same promises, and a run that could not begin is refused before it does."""

from collections.abc import Generator
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from pydantic import TypeAdapter

from playground.config.data import AnyData, DigitsConfig, FolderConfig, ShapesConfig
from playground.config.dataset import DataConfig
from playground.data import LOADERS, DataError, Dataset, Split, check_data, load, run_to_end
from playground.data.registry import SENTENCE_LOADERS
from playground.records import Progress
from playground.storage.home import home_folder
from tests.data.pictures import MakeFolder

OFFLINE = ("shapes", "digits", "folder")
Offline = ShapesConfig | DigitsConfig | FolderConfig


@pytest.fixture
def config(request: pytest.FixtureRequest, make_folder: MakeFolder) -> Offline:
    """One of OFFLINE at one side, small."""
    name, side = request.param
    if name == "shapes":
        return ShapesConfig(count=200, side=side)
    if name == "digits":
        return DigitsConfig(side=side)
    return FolderConfig(path=str(make_folder(f"{c}/{n}.png" for c in ("cat", "dog") for n in range(15))), side=side)


def _assert_split(split: Split, side: int, classes: int) -> None:
    assert split.images.dtype == np.uint8
    assert split.images.shape == (len(split), side, side, 3)
    assert not split.images.flags.writeable
    assert split.labels is not None
    assert split.labels.dtype == np.int64
    assert split.labels.shape == (len(split),)
    assert set(split.labels) == set(range(classes))
    for values in split.factors.values():
        assert values.dtype == np.float32
        assert values.shape == (len(split),)
        assert np.isfinite(values).all()
    assert len(split.captions) in (0, len(split))
    assert all(wordings and all(wordings) for wordings in split.captions)


@pytest.mark.parametrize("config", [(name, side) for name in OFFLINE for side in (32, 96)], indirect=True)
def test_every_data_set_keeps_the_promises(config: Offline, tmp_path: Path) -> None:
    dataset = run_to_end(load(config, home=tmp_path))
    for split in (dataset.train, dataset.test):
        _assert_split(split, config.side, len(dataset.class_names))
    assert not {image.tobytes() for image in dataset.train.images} & {image.tobytes() for image in dataset.test.images}
    mean, std = dataset.channel_statistics
    assert mean.shape == std.shape == (3,)
    assert ((mean >= 0) & (mean <= 1) & (std > 0) & (std < 1)).all()
    assert dataset.name
    assert all(note.endswith(".") for note in dataset.notes)
    assert check_data(config, home=tmp_path, batch_size=2) == len(dataset.train)
    again = run_to_end(load(config, home=tmp_path))
    np.testing.assert_array_equal(again.train.images, dataset.train.images)
    np.testing.assert_array_equal(again.train.labels, dataset.train.labels)


def test_every_name_in_the_config_has_a_loader() -> None:
    union = get_args(get_args(AnyData)[0])
    names = [name for kind in union for name in get_args(kind.model_fields["name"].annotation)]
    assert sorted(names) == sorted([*LOADERS, *SENTENCE_LOADERS])
    for name in names:
        assert isinstance(TypeAdapter(AnyData).validate_python({"name": name}), DataConfig)


def test_a_batch_larger_than_the_data() -> None:
    with pytest.raises(DataError) as caught:
        check_data(ShapesConfig(count=300), home=Path(), batch_size=512)
    assert str(caught.value) == (
        "batch_size: 512 was given, but the data set has 300 training images: choose at most 300."
    )
    assert check_data(ShapesConfig(count=300), home=Path(), batch_size=300) == 300


def test_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    assert home_folder() == tmp_path
    monkeypatch.setenv("PLAYGROUND_HOME", "~/play")
    assert home_folder() == Path.home() / "play"
    for nothing in ("", " "):
        monkeypatch.setenv("PLAYGROUND_HOME", nothing)
        assert home_folder() == Path.home() / ".contrastive-playground"


def test_finish_gives_the_value_and_passes_progress_on() -> None:
    def work() -> Generator[Progress, None, str]:
        yield Progress("working", 0, 2)
        yield Progress("working", 1, 2)
        return "done"

    seen: list[Progress] = []
    assert run_to_end(work(), seen.append) == "done"
    assert [progress.done for progress in seen] == [0, 1]


def test_finish_closes_what_it_does_not_finish() -> None:
    closed: list[bool] = []

    def work() -> Generator[Progress, None, Dataset]:
        try:
            while True:
                yield Progress("working", 0, 0)
        finally:
            closed.append(True)

    def stop(progress: Progress) -> None:
        raise StopIteration

    with pytest.raises(StopIteration):
        run_to_end(work(), stop)
    assert closed == [True]
