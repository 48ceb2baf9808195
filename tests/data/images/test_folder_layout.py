"""Layout: what is understood from names alone."""

import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.data import DataError
from playground.data.images.folder_layout import Layout, is_image, natural_key, parse_layout
from playground.wording.escape import printable


def _names(folder: str, count: int) -> list[str]:
    return [f"{folder}{number}.jpg" for number in range(count)]


def _shown(names: list[str]) -> tuple[list[tuple[str, str]], list[tuple[str, str]], Layout]:
    """Both splits as (name, class) in order."""
    layout = parse_layout(names, "the folder")

    def split(places: tuple[int, ...], labels: np.ndarray | None) -> list[tuple[str, str]]:
        classes = [""] * len(places) if labels is None else [layout.class_names[label] for label in labels]
        return [(names[place], name) for place, name in zip(places, classes, strict=True)]

    return split(layout.train, layout.train_labels), split(layout.test, layout.test_labels), layout


@pytest.mark.parametrize("test", ["test", "val", "validation", "Test", "VAL"])
def test_train_and_test_folders(test: str) -> None:
    names = [f"{split}/{name}/{n}.jpg" for split in ("train", test) for name in ("dog", "cat") for n in (10, 9)]
    train, held_out, layout = _shown(names)
    assert train == [(f"train/{name}/{n}.jpg", name) for name in ("cat", "dog") for n in (9, 10)]
    assert held_out == [(f"{test}/{name}/{n}.jpg", name) for name in ("cat", "dog") for n in (9, 10)]
    assert layout.class_names == ("cat", "dog")
    assert layout.notes == ()


def test_class_folders_keep_every_tenth_for_testing() -> None:
    train, test, layout = _shown(_names("cat/", 25) + _names("dog/deeper/", 12))
    assert test == [("cat/9.jpg", "cat"), ("cat/19.jpg", "cat"), ("dog/deeper/9.jpg", "dog")]
    assert len(train) == 34
    assert layout.notes == ("There is no test folder: every 10th image is kept for testing.",)


def test_small_classes_keep_one_for_testing() -> None:
    train, test, _ = _shown(_names("a/", 1) + _names("b/", 2) + _names("c/", 9))
    assert [name for _, name in test] == ["b", "c"]
    assert [name for _, name in train].count("a") == 1


def test_images_without_classes() -> None:
    train, test, layout = _shown(_names("", 20))
    assert [name for name, _ in test] == ["9.jpg", "19.jpg"]
    assert len(train) == 18
    assert layout.train_labels is None
    assert layout.class_names == ()


def test_one_folder_is_no_class() -> None:
    _, _, layout = _shown(_names("holiday/", 20))
    assert layout.class_names == ()


def test_a_folder_for_each_image_is_no_class() -> None:
    _, test, layout = _shown([f"{n}/image.jpg" for n in range(20)])
    assert layout.class_names == ()
    assert len(test) == 2


def test_folders_around_everything_are_peeled_off() -> None:
    inner = [f"{split}/{name}/{n}.jpg" for split in ("train", "test") for name in "ab" for n in range(3)]
    plain, wrapped = parse_layout(inner, ""), parse_layout([f"download/pets/{name}" for name in inner], "")
    assert wrapped.class_names == plain.class_names == ("a", "b")
    assert wrapped.train == plain.train


def test_train_alone_around_everything() -> None:
    _, test, layout = _shown(_names("train/a/", 10) + _names("train/b/", 10))
    assert layout.class_names == ("a", "b")
    assert len(test) == 2


def test_a_class_may_be_called_train() -> None:
    _, _, layout = _shown(_names("train/", 5) + _names("car/", 5))
    assert layout.class_names == ("car", "train")


def test_train_and_test_without_classes() -> None:
    train, test, layout = _shown(_names("train/", 5) + _names("test/", 3))
    assert (len(train), len(test)) == (5, 3)
    assert layout.test_labels is None
    assert layout.notes == ()


def test_classes_that_are_in_one_split_only() -> None:
    names = _names("train/a/", 3) + _names("train/b/", 3) + _names("test/b/", 3) + _names("test/c/", 3)
    _, test, layout = _shown(names)
    assert layout.class_names == ("a", "b", "c")
    assert {name for _, name in test} == {"b", "c"}
    assert layout.notes == (
        "These classes have no test images: a.",
        "These classes are in the test folder only: c.",
    )


def test_many_such_classes_are_not_all_named() -> None:
    names = [name for n in range(9) for name in _names(f"train/{n}/", 2)] + _names("test/0/", 2)
    assert "These classes have no test images: 1, 2, 3, 4, 5 and 3 more." in parse_layout(names, "").notes


def test_a_test_folder_without_class_folders_is_left_out() -> None:
    train, test, layout = _shown(_names("train/a/", 10) + _names("train/b/", 10) + _names("test/", 7))
    assert (len(train), len(test)) == (18, 2)
    assert all(name.startswith("train/") for name, _ in test)
    assert "The test folder has no class folders and is left out." in layout.notes


def test_loose_images_beside_class_folders_are_left_out() -> None:
    _, _, layout = _shown(_names("a/", 10) + _names("b/", 10) + ["cover.jpg"])
    assert len(layout.train) + len(layout.test) == 20
    assert "1 image beside the class folders is left out." in layout.notes


def test_a_few_images_in_folders_do_not_make_classes_of_the_others() -> None:
    _, _, layout = _shown(_names("", 30) + _names("a/", 2) + _names("b/", 2))
    assert layout.class_names == ()
    assert len(layout.train) + len(layout.test) == 34


def test_images_outside_of_train_and_test_are_left_out() -> None:
    names = _names("train/", 3) + _names("test/", 3) + _names("val/", 2) + _names("unlabelled/", 2)
    assert parse_layout(names, "").notes == ("4 images outside of train and test are left out.",)


@pytest.mark.parametrize(("names", "sentence"), [([], "holds no JPEG"), (["a.jpg"], "holds one image only")])
def test_too_few_images(names: list[str], sentence: str) -> None:
    with pytest.raises(DataError, match=f"^data.path: the folder {sentence}"):
        parse_layout(names, "the folder")


def test_natural_order() -> None:
    names = ["b", "img10", "img2", "A", "img02", "a/10", "a/9", "img" + "1" * 5000]
    assert sorted(names, key=natural_key) == ["A", "a/9", "a/10", "b", "img02", "img2", "img10", names[-1]]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.jpg", True),
        ("a/b.JPEG", True),
        ("a.b.Png", True),
        ("a.webp", True),
        ("a.gif", False),
        ("jpg", False),
        (".jpg", False),
        (".hidden.jpg", False),
        (".git/a.jpg", False),
        ("__MACOSX/a/._b.jpg", False),
        ("a.zip", False),
    ],
)
def test_what_is_an_image(name: str, expected: bool) -> None:
    assert is_image(name) is expected


def test_names_that_are_no_unicode_can_be_shown() -> None:
    assert printable("caf\udce9.jpg") == "caf?.jpg"


def test_names_that_would_break_a_sentence_can_be_shown() -> None:
    assert printable("a\nb\x1b[31m\u202egnp.\x00") == "a?b?[31m?gnp.?"
    assert printable("猫👩‍🎓é") == "猫👩‍🎓é"
    assert printable("a" * 100 + "b" * 60_000 + "c" * 100) == "a" * 100 + " … " + "c" * 100
    assert parse_layout([f"{'a' * 60_000}/1.png", "a/2.png", f"{'a' * 60_000}/3.png", "a/4.png"], "x").class_names[
        1:
    ] == ("a" * 100 + " … " + "a" * 100,)


_part = st.text(string.ascii_letters + string.digits, min_size=1, max_size=3) | st.sampled_from(
    ["train", "test", "val"]
)
_name = st.lists(_part, min_size=1, max_size=4).map(lambda parts: "/".join(parts) + "/image.png")


@given(st.lists(_name, min_size=2, max_size=60, unique=True))
def test_any_names_are_arranged(names: list[str]) -> None:
    layout = parse_layout(names, "")
    assert layout.train
    assert layout.test
    assert not set(layout.train) & set(layout.test)
    assert set(layout.train) | set(layout.test) <= set(range(len(names)))
    assert (layout.train_labels is None) == (layout.test_labels is None) == (not layout.class_names)
    if layout.train_labels is not None and layout.test_labels is not None:
        assert len(layout.train_labels) == len(layout.train)
        assert len(layout.test_labels) == len(layout.test)
        assert set(layout.train_labels) | set(layout.test_labels) == set(range(len(layout.class_names)))
    unordered = parse_layout(names, "", in_order=False)
    assert (len(unordered.train), len(unordered.test)) == (len(layout.train), len(layout.test))
