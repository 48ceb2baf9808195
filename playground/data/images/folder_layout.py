"""Finds splits and classes of a folder of images by the names of its files.

Works on names alone, so that folders and zips are treated alike: `train/<class>/..` with `test/<class>/..`,
`<class>/..`, or just images. Used by `folder`.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from playground.data.errors import DataError
from playground.data.images.decoding import SUFFIXES
from playground.records import Labels
from playground.wording.escape import printable

TEST_FOLDERS = ("test", "val", "validation")  # the first one found is taken
TEST_IMAGE_EVERY = 10  # without a test folder, every tenth image is kept for testing

_NUMBER = re.compile(r"([0-9]+)")
_MOST_NAMED_CLASSES = 5  # as many classes are named in a note


@dataclass(frozen=True)
class Layout:
    """The splits and classes of a list of names."""

    train: tuple[int, ...]  # indices into the list of names, in natural order
    test: tuple[int, ...]
    train_labels: Labels | None  # class ids, or None where there are no classes
    test_labels: Labels | None
    class_names: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Image:
    place: int  # index into the list of names
    parts: tuple[str, ...]  # folders, then the file

    @property
    def folder(self) -> str:
        return self.parts[0] if len(self.parts) > 1 else ""

    def inside(self) -> "_Image":
        return _Image(self.place, self.parts[1:])


def parse_layout(names: Sequence[str], what: str, *, in_order: bool = True) -> Layout:
    """The splits and classes of images called `names`, relative and with forward slashes, with notes on them.

    `what` names their folder in errors. `in_order=False` leaves out the sorting where only numbers matter: it takes a
    second for 60,000 names. Captions find the rows of the cache by this order, so a change of it needs another
    `cache.VERSION`. Raises DataError where there are fewer than two images.
    """
    if not names:
        raise DataError(f"data.path: {what} holds no JPEG, PNG or WebP images.")
    if len(names) == 1:
        raise DataError(f"data.path: {what} holds one image only: at least two are needed.")
    order = sorted(range(len(names)), key=lambda place: natural_key(names[place])) if in_order else range(len(names))
    images = _strip_shared_folders([_Image(place, tuple(names[place].split("/"))) for place in order])
    notes: list[str] = []
    train, test = _split_by_folder(images, notes)
    train, test, classed = _select_classed(train, test, notes)
    if not test:
        train, test = _hold_out(train, classed)
        notes.append(f"There is no test folder: every {TEST_IMAGE_EVERY}th image is kept for testing.")
    return _make_layout(train, test, classed, notes)


def is_image(name: str) -> bool:
    """Whether a relative name has the ending of an image and is in no hidden folder."""
    *folders, file = name.split("/")
    return os.path.splitext(file)[1].lower() in SUFFIXES and not any(map(is_hidden, (*folders, file)))


def is_hidden(part: str) -> bool:
    """Whether a file or folder is hidden, or left in a zip by macOS."""
    return part.startswith(".") or part == "__MACOSX"


def natural_key(name: str) -> tuple[object, ...]:
    """Sort key for natural order: 2.jpg before 10.jpg, capitals beside small letters."""
    parts = _NUMBER.split(name.casefold().replace("/", "\0"))
    # Numbers are compared by length, then digit by digit: a name may hold more digits than int() accepts.
    numbers = (digits.lstrip("0") for digits in parts[1::2])
    pairs = zip(numbers, parts[2::2], strict=True)
    return parts[0], tuple((len(digits), digits, text) for digits, text in pairs), name


def folders_around(folders: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The longest common prefix of `folders`, those of each image (at least one image), from the outside in.

    Zips and downloads often have one or two folders around all images.
    """
    given = list(folders)
    first, last = min(given), max(given)  # the common prefix of these two is that of all
    shared = 0
    while shared < min(len(first), len(last)) and first[shared] == last[shared]:
        shared += 1
    return first[:shared]


def _strip_shared_folders(images: list[_Image]) -> list[_Image]:
    depth = len(folders_around(image.parts[:-1] for image in images))
    return [_Image(image.place, image.parts[depth:]) for image in images] if depth else images


def _split_by_folder(images: list[_Image], notes: list[str]) -> tuple[list[_Image], list[_Image]]:
    """Training and test images, without their train and test folders; all for training where these are missing.

    A folder called train without one called test is a class: there are pictures of trains.
    """
    groups: dict[str, list[_Image]] = defaultdict(list)
    for image in images:
        groups[image.folder.casefold()].append(image)
    test_folder = next((name for name in TEST_FOLDERS if name in groups), None)
    if "train" not in groups or test_folder is None:
        return images, []
    train = [image.inside() for image in groups["train"]]
    test = [image.inside() for image in groups[test_folder]]
    _note_left_out(len(images) - len(train) - len(test), f"outside of train and {test_folder}", notes)
    return train, test


def _select_classed(
    train: list[_Image], test: list[_Image], notes: list[str]
) -> tuple[list[_Image], list[_Image], bool]:
    """The training and test images that are used, and whether they have classes."""
    if not _has_classes(train + test) or not any(image.folder for image in train):
        return train, test, False
    kept_train, kept_test = ([image for image in images if image.folder] for images in (train, test))
    if test and 2 * len(kept_test) < len(test):
        notes.append("The test folder has no class folders and is left out.")
        test = kept_test = []
    left_out = len(train) + len(test) - len(kept_train) - len(kept_test)
    _note_left_out(left_out, "beside the class folders", notes)
    return kept_train, kept_test, True


def _has_classes(images: list[_Image]) -> bool:
    """Whether folders are classes: at least two, with two images each on average, and most images in some folder."""
    inside = [image.folder for image in images if image.folder]
    classes = len(set(inside))
    return classes >= 2 and len(inside) >= 2 * classes and 2 * len(inside) > len(images)


def _hold_out(images: list[_Image], classed: bool) -> tuple[list[_Image], list[_Image]]:
    """(train, test): every tenth image of each class is for testing, and at least one of each class with two."""
    classes: dict[str, list[_Image]] = defaultdict(list)
    for image in images:
        classes[image.folder if classed else ""].append(image)
    kept: set[int] = set()
    for members in classes.values():
        tenth = (
            members[TEST_IMAGE_EVERY - 1 :: TEST_IMAGE_EVERY] if len(members) >= TEST_IMAGE_EVERY else members[1:][-1:]
        )
        kept.update(image.place for image in tenth)
    return [i for i in images if i.place not in kept], [i for i in images if i.place in kept]


def _make_layout(train: list[_Image], test: list[_Image], classed: bool, notes: list[str]) -> Layout:
    places = tuple(i.place for i in train), tuple(i.place for i in test)
    if not classed:
        return Layout(*places, None, None, (), tuple(notes))
    train_classes, test_classes = {i.folder for i in train}, {i.folder for i in test}
    names = sorted(train_classes | test_classes, key=natural_key)
    _note_classes(train_classes - test_classes, "have no test images", notes)
    _note_classes(test_classes - train_classes, "are in the test folder only", notes)
    ids = {name: number for number, name in enumerate(names)}
    train_labels = np.array([ids[i.folder] for i in train], np.int64)
    test_labels = np.array([ids[i.folder] for i in test], np.int64)
    return Layout(*places, train_labels, test_labels, tuple(map(printable, names)), tuple(notes))


def _note_left_out(count: int, where: str, notes: list[str]) -> None:
    if count:
        notes.append(f"{count:,} image{'s' if count > 1 else ''} {where} {'are' if count > 1 else 'is'} left out.")


def _note_classes(classes: set[str], what: str, notes: list[str]) -> None:
    if classes:
        named = [printable(name) for name in sorted(classes, key=natural_key)]
        more = f" and {len(named) - _MOST_NAMED_CLASSES} more" if len(named) > _MOST_NAMED_CLASSES else ""
        notes.append(f"These classes {what}: {', '.join(named[:_MOST_NAMED_CLASSES])}{more}.")
