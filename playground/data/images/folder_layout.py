"""How a folder of images is laid out: which images are for training, which for testing, and of what class.

Works on names alone, so that folders and zips are understood in the same way: `train/<class>/..` with
`test/<class>/..`, `<class>/..`, or just images. Used by `folder`.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from playground.data.dataset import Labels
from playground.data.errors import DataError
from playground.data.images.decoding import SUFFIXES
from playground.wording.escape import printable

TEST_FOLDERS = ("test", "val", "validation")  # the first one found is taken
EVERY = 10  # without a test folder, every tenth image is kept for testing


_NUMBER = re.compile(r"([0-9]+)")
_NAMED = 5  # as many classes are named in a note


@dataclass(frozen=True)
class Layout:
    """Which of the names given belong where."""

    train: tuple[int, ...]  # places in the list of names, in natural order
    test: tuple[int, ...]
    train_labels: Labels | None  # class ids, or None where there are no classes
    test_labels: Labels | None
    class_names: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Image:
    place: int  # in the list of names given
    parts: tuple[str, ...]  # folders, then the file

    @property
    def folder(self) -> str:
        return self.parts[0] if len(self.parts) > 1 else ""

    def inside(self) -> "_Image":
        return _Image(self.place, self.parts[1:])


def arrange(names: Sequence[str], what: str, *, in_order: bool = True) -> Layout:
    """Understand the names of images, relative and with forward slashes; `what` they are of, for the error.

    Raises DataError where there are fewer than two images. Notes tell what a person could not expect. `in_order`
    can be left out where only numbers matter: sorting 60,000 names takes a second. Captions find the images of the
    cache by this order: whoever changes it, changes `cache.VERSION`.
    """
    if not names:
        raise DataError(f"data.path: {what} holds no JPEG, PNG or WebP images.")
    if len(names) == 1:
        raise DataError(f"data.path: {what} holds one image only: at least two are needed.")
    order = sorted(range(len(names)), key=lambda place: natural(names[place])) if in_order else range(len(names))
    images = _peeled([_Image(place, tuple(names[place].split("/"))) for place in order])
    notes: list[str] = []
    train, test = _by_split(images, notes)
    train, test, classed = _classed(train, test, notes)
    if not test:
        train, test = _hold_out(train, classed)
        notes.append(f"There is no test folder: every {EVERY}th image is kept for testing.")
    return _layout(train, test, classed, notes)


def is_image(name: str) -> bool:
    """Whether a relative name is that of an image: by its ending, in no hidden folder."""
    *folders, file = name.split("/")
    return os.path.splitext(file)[1].lower() in SUFFIXES and not any(map(is_hidden, (*folders, file)))


def is_hidden(part: str) -> bool:
    """Whether a file or folder is hidden, or left in a zip by macOS."""
    return part.startswith(".") or part == "__MACOSX"


def natural(name: str) -> tuple[object, ...]:
    """A key that sorts names as people do: 2.jpg before 10.jpg, capitals beside small letters."""
    parts = _NUMBER.split(name.casefold().replace("/", "\0"))
    # Numbers are compared by length, then digit by digit: a name may hold more digits than int() takes.
    numbers = (digits.lstrip("0") for digits in parts[1::2])
    pairs = zip(numbers, parts[2::2], strict=True)
    return parts[0], tuple((len(digits), digits, text) for digits, text in pairs), name


def folders_around(folders: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The folders, from the outside in, that all images are in: zips and downloads often have one or two of them.

    `folders` are those of each image, at least one.
    """
    given = list(folders)
    first, last = min(given), max(given)  # what these two begin with, all others between them begin with
    shared = 0
    while shared < min(len(first), len(last)) and first[shared] == last[shared]:
        shared += 1
    return first[:shared]


def _peeled(images: list[_Image]) -> list[_Image]:
    depth = len(folders_around(image.parts[:-1] for image in images))
    return [_Image(image.place, image.parts[depth:]) for image in images] if depth else images


def _by_split(images: list[_Image], notes: list[str]) -> tuple[list[_Image], list[_Image]]:
    """Training and test images, without their train and test folders; no test images where there are no such folders.

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


def _classed(train: list[_Image], test: list[_Image], notes: list[str]) -> tuple[list[_Image], list[_Image], bool]:
    """The images that count, and whether they have classes."""
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
    """Whether folders are classes: at least two, with two images each on average, and most images in one."""
    inside = [image.folder for image in images if image.folder]
    classes = len(set(inside))
    return classes >= 2 and len(inside) >= 2 * classes and 2 * len(inside) > len(images)


def _hold_out(images: list[_Image], classed: bool) -> tuple[list[_Image], list[_Image]]:
    """Every tenth image of each class, and one of each class that has at least two."""
    classes: dict[str, list[_Image]] = defaultdict(list)
    for image in images:
        classes[image.folder if classed else ""].append(image)
    kept: set[int] = set()
    for members in classes.values():
        tenth = members[EVERY - 1 :: EVERY] if len(members) >= EVERY else members[1:][-1:]
        kept.update(image.place for image in tenth)
    return [i for i in images if i.place not in kept], [i for i in images if i.place in kept]


def _layout(train: list[_Image], test: list[_Image], classed: bool, notes: list[str]) -> Layout:
    places = tuple(i.place for i in train), tuple(i.place for i in test)
    if not classed:
        return Layout(*places, None, None, (), tuple(notes))
    train_classes, test_classes = {i.folder for i in train}, {i.folder for i in test}
    names = sorted(train_classes | test_classes, key=natural)
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
        named = [printable(name) for name in sorted(classes, key=natural)]
        more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
        notes.append(f"These classes {what}: {', '.join(named[:_NAMED])}{more}.")
