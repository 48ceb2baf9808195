"""What is known of a data set before an image is opened, and what a method that learns from classes asks of it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.config.data import DigitsConfig, FolderConfig, ShapesConfig
from playground.data import DataError, check, load, run_to_end
from playground.data.dataset import Contents, count_contents
from playground.data.images.digits import inspect_digits
from playground.data.images.folder import inspect_folder
from playground.data.images.public import PUBLIC_SETS
from playground.data.images.shapes import inspect_shapes
from tests.data.pictures import MakeFolder, MakeZip, image_bytes

REMEDY = "or choose a method without labels (for triplet: method.positives=views)."
LONELY = [f"class{number}/{side}.png" for number in range(20) for side in "ab"]  # one of each is kept for testing
ONE_CLASS = [*(f"train/cat/{n}.png" for n in range(30)), "test/cat/1.png", *(f"test/dog/{n}.png" for n in range(3))]


def refused(names: list[str], make_folder: MakeFolder, batch_size: int = 8) -> str:
    """The one sentence; the same folder is good enough without classes."""
    config = FolderConfig(path=str(make_folder(names)))
    assert check(config, home=Path(), batch_size=batch_size) >= batch_size
    with pytest.raises(DataError) as caught:
        check(config, home=Path(), batch_size=batch_size, needs_classes=True)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.startswith(f"data.path: {config.path!r} has ")
    return sentence.removeprefix(f"data.path: {config.path!r} has ")


@pytest.mark.parametrize("names", [[f"{n}.png" for n in range(20)], [f"all/{n}.png" for n in range(20)]])
def test_a_folder_without_classes(names: list[str], make_folder: MakeFolder) -> None:
    assert refused(names, make_folder) == (
        "no classes, but the method learns from them: put the images of each class into a folder of their own, "
        + REMEDY
    )


def test_training_images_of_one_class(make_folder: MakeFolder) -> None:
    assert refused(ONE_CLASS, make_folder) == (
        "training images of one class only, but the method learns to tell classes apart: give at least two classes, "
        + REMEDY
    )


def test_one_training_image_of_each_class(make_folder: MakeFolder) -> None:
    assert refused(LONELY, make_folder) == (
        "one training image of each class only, but the method learns what the images of a class have in common: "
        "give more images of each class, " + REMEDY
    )


def test_one_class_with_two_images_is_enough(make_folder: MakeFolder) -> None:
    path = make_folder([*LONELY, "class0/c.png"])
    assert check(FolderConfig(path=str(path)), home=Path(), batch_size=8, needs_classes=True) == 21


def test_a_zip_is_looked_at_in_the_same_way(make_zip: MakeZip) -> None:
    config = FolderConfig(path=str(make_zip({f"{n}.png": image_bytes() for n in range(20)})))
    with pytest.raises(DataError, match="has no classes, but the method learns from them"):
        check(config, home=Path(), batch_size=8, needs_classes=True)


def test_too_large_a_batch_is_said_before_missing_classes(make_folder: MakeFolder) -> None:
    config = FolderConfig(path=str(make_folder(f"{n}.png" for n in range(20))))
    with pytest.raises(DataError, match=r"^batch_size: 64 was given, but the data set has 18 training images"):
        check(config, home=Path(), batch_size=64, needs_classes=True)


def test_one_training_image_is_too_few_for_any_batch(make_folder: MakeFolder) -> None:
    config = FolderConfig(path=str(make_folder(["a.png", "b.png"])))
    with pytest.raises(DataError) as caught:
        check(config, home=Path(), batch_size=2)
    assert (
        str(caught.value) == f"data.path: {config.path!r} has fewer than two training images: at least two are needed."
    )


@pytest.mark.parametrize("config", [ShapesConfig(count=64), DigitsConfig()])
def test_sets_of_ours_have_classes(config: ShapesConfig | DigitsConfig) -> None:
    assert check(config, home=Path(), batch_size=16, needs_classes=True) >= 64


def test_public_sets_have_classes(home: Path) -> None:
    from tests.data.images.test_public import CONFIGS

    assert set(CONFIGS) == set(PUBLIC_SETS)
    for config in CONFIGS.values():
        assert check(config, home=home, batch_size=256, needs_classes=True) >= 5000
    assert not home.exists()  # and nothing was downloaded for it


@pytest.mark.parametrize("config", [ShapesConfig(count=300), DigitsConfig()])
def test_what_is_seen_beforehand_is_there(config: ShapesConfig | DigitsConfig) -> None:
    seen = inspect_digits(config, Path()) if isinstance(config, DigitsConfig) else inspect_shapes(config, Path())
    train = run_to_end(load(config, home=Path())).train
    assert train.labels is not None
    sizes = np.bincount(train.labels)
    assert (seen.images, seen.classes) == (len(train), len(sizes))
    assert 2 <= seen.largest_class <= sizes.max()


files = st.lists(
    st.tuples(st.sampled_from(["", "train/", "test/"]), st.sampled_from(["", "a/", "b/", "c/"]), st.integers(0, 9)),
    min_size=2,
    max_size=30,
    unique=True,
)


@given(files)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_seen_of_a_folder_is_what_is_loaded(
    tmp_path_factory: pytest.TempPathFactory, found: list[tuple[str, str, int]]
) -> None:
    folder, home = tmp_path_factory.mktemp("images"), tmp_path_factory.mktemp("home")
    for split, kind, number in found:
        path = folder / split / kind / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(image_bytes((number, 0, 0), (2, 2)))
    config = FolderConfig(path=str(folder))
    try:
        seen = inspect_folder(config, home)
    except DataError:
        with pytest.raises(DataError):
            run_to_end(load(config, home=home))
        return
    if seen.images:
        train = run_to_end(load(config, home=home)).train
        assert seen == count_contents(len(train), train.labels)


def test_contents_of_labels_with_gaps() -> None:
    """Class 1 has test images only, class 3 has none at all."""
    assert count_contents(4, np.array([0, 2, 2, 2])) == Contents(4, 2, 3)
    assert count_contents(0, np.array([], np.int64)) == Contents(0, 0, 0)
    assert count_contents(7, None) == Contents(7, 0, 0)
