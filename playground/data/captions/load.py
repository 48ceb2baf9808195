"""Loads data for methods that learn from images and text: as `registry.load`, with captions for every image.

Captions of a person's own images come from the first of these:

1. `captions.csv` (columns `file` and `caption`; several rows for a file are several wordings) at the top of the folder
   or zip, or in a folder that holds all images;
2. text files with the name of the image: `dog.txt` for `dog.jpg`, each line a wording;
3. for images without a caption, the prompts of their class. Without classes the data is refused: one made-up caption
   would describe images alike that have nothing in common.

Captions are read anew each time and are not cached: an edited caption does not decode the images again.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from playground.config.data import FolderConfig
from playground.config.dataset import DataConfig
from playground.data.caption_sequences import Captions, ClassCaptions, Wordings
from playground.data.captions.caption_tables import captions_in_lines, captions_in_table
from playground.data.captions.prompts import prompts_for
from playground.data.captions.text_files import TextFiles, open_text_files
from playground.data.dataset import Dataset, Split
from playground.data.errors import DataError
from playground.data.images.folder import image_names, load_named, quote_path, resolve_image_path
from playground.data.images.folder_layout import Layout, folders_around, natural_key, parse_layout
from playground.data.registry import load
from playground.data.run_generator import run_to_end
from playground.records import Labels, Progress
from playground.wording.escape import printable

TABLE = "captions.csv"
MAX_TABLE_BYTES = 50_000_000
MAX_LINES_BYTES = 64_000  # of one text file beside an image

_FILES_PER_REPORT = 1000
_REMEDY = f"write captions into {TABLE} (columns file and caption) or into a .txt beside each image"


class WrittenCaptions(NamedTuple):
    """Captions that a person wrote, and where."""

    by_name: Mapping[str, Wordings]  # name of the image -> its wordings, at least one
    where: str  # in words: "text files beside them"


def load_captioned(config: DataConfig, *, home: Path) -> Generator[Progress, None, Dataset]:
    """Load the images of `config` with captions for every image of both splits; a note names their source.

    Raises DataError as `load` and `check_captions` do.
    """
    if isinstance(config, FolderConfig):
        return (yield from _load_folder(config, home))
    return _with_known_captions((yield from load(config, home=home)), config.name)


def check_captions(config: DataConfig, *, home: Path) -> None:
    """Raises DataError where the captions of `config` cannot be used for a run.

    Fast enough for a click: reads names and captions.csv, but no image and no other text file.
    """
    if not isinstance(config, FolderConfig):
        return
    path = resolve_image_path(config.path)
    names = image_names(path)
    layout = parse_layout(names, quote_path(path), in_order=False)
    with open_text_files(path) as texts:
        found = run_to_end(_find_captions(texts, names, lambda file: (file,)))
    _refuse_undescribed(layout, names, found, quote_path(path))


def _with_known_captions(dataset: Dataset, data_name: str) -> Dataset:
    """`dataset` with captions from its factors where it has any, else from its classes."""
    if dataset.train.captions:
        return _with_note(dataset, f"{_count_images(len(dataset.train) + len(dataset.test))} from their factors")
    wordings = prompts_for(dataset.class_names, data_name)
    train, test = (_with_class_captions(split, wordings) for split in (dataset.train, dataset.test))
    return _with_note(replace(dataset, train=train, test=test), _classes_note(len(train) + len(test)))


def _load_folder(config: FolderConfig, home: Path) -> Generator[Progress, None, Dataset]:
    path = resolve_image_path(config.path)
    dataset, names = yield from load_named(config, home)
    yield Progress("reading captions", 0, 0)
    layout = parse_layout(names, quote_path(path))
    with open_text_files(path) as texts:
        found = yield from _find_captions(
            texts, names, lambda file: captions_in_lines(texts.read(file, MAX_LINES_BYTES), file)
        )
    _refuse_undescribed(layout, names, found, quote_path(path))
    wordings = prompts_for(dataset.class_names, config.name)
    train = _with_captions(dataset.train, layout.train, names, found, wordings)
    test = _with_captions(dataset.test, layout.test, names, found, wordings)
    return _with_note(replace(dataset, train=train, test=test), _captions_note(layout, names, found))


def _find_captions(
    texts: TextFiles, names: Sequence[str], lines: Callable[[str], Wordings]
) -> Generator[Progress, None, WrittenCaptions]:
    """The written captions of the images called `names`; `lines` reads one text file."""
    table = _find_table(texts, names)
    if table is not None:
        return WrittenCaptions(captions_in_table(texts.read(table, MAX_TABLE_BYTES), table, names), printable(table))
    by_name: dict[str, Wordings] = {}
    beside = _find_text_files(texts, names)
    for done, (name, file) in enumerate(beside.items()):
        if done % _FILES_PER_REPORT == 0:
            yield Progress("reading captions", done, len(beside))
        wordings = lines(file)
        if wordings:
            by_name[name] = wordings
    return WrittenCaptions(by_name, "text files beside them")


def _find_table(texts: TextFiles, names: Sequence[str]) -> str | None:
    """The relative name of captions.csv in the outermost folder that has one, or None."""
    around = folders_around(tuple(name.split("/")[:-1]) for name in names)
    for depth in range(len(around) + 1):
        folder = "".join(f"{part}/" for part in around[:depth])
        for name in texts.names_in(folder):
            if name.lower() == TABLE:
                return folder + name
    return None


def _find_text_files(texts: TextFiles, names: Sequence[str]) -> dict[str, str]:
    """Name of an image -> name of the text file with its stem, where there is one."""
    files: dict[str, dict[str, str]] = {}
    beside: dict[str, str] = {}
    for name in names:
        parent, slash, file = name.rpartition("/")
        folder = parent + slash
        if folder not in files:
            found = texts.names_in(folder)
            files[folder] = {text[:-4]: folder + text for text in found if text.lower().endswith(".txt")}
        stem = file.rpartition(".")[0]
        if stem in files[folder]:
            beside[name] = files[folder][stem]
    return beside


def _refuse_undescribed(layout: Layout, names: Sequence[str], found: WrittenCaptions, what: str) -> None:
    """Raises DataError where an image has neither caption nor class, or all would be described alike."""
    if layout.train_labels is not None:
        if not found.by_name and len(set(layout.train_labels.tolist())) < 2:
            raise DataError(
                f"data.path: {what} has no captions, and training images of one class only, which would all be "
                f"described alike; {_REMEDY}."
            )
        return
    used = [names[place] for place in (*layout.train, *layout.test)]
    without = [name for name in used if name not in found.by_name]
    if len(without) == len(used):
        raise DataError(
            f"data.path: {what} has neither captions nor classes; {_REMEDY}, or put the images of each class into a "
            "folder of their own."
        )
    if without:
        first = printable(min(without, key=natural_key))
        raise DataError(
            f"data.path: {len(without):,} of {len(used):,} images in {what} have no caption, the first is {first!r}; "
            "write what is missing, or remove those images."
        )


def _with_captions(
    split: Split, places: Sequence[int], names: Sequence[str], found: WrittenCaptions, by_class: tuple[Wordings, ...]
) -> Split:
    """`split` with captions; its row i is the image names[places[i]]."""
    if not found.by_name:
        return _with_class_captions(split, by_class)
    classes = split.labels.tolist() if split.labels is not None else [0] * len(places)
    captions = tuple(
        found.by_name.get(names[place]) or by_class[number] for place, number in zip(places, classes, strict=True)
    )
    return replace(split, captions=captions)


def _with_class_captions(split: Split, wordings: tuple[Wordings, ...]) -> Split:
    labels: Labels | None = split.labels
    captions: Captions | tuple[()] = () if labels is None else ClassCaptions(labels, wordings)
    return replace(split, captions=captions)


def _captions_note(layout: Layout, names: Sequence[str], found: WrittenCaptions) -> str:
    used = [names[place] for place in (*layout.train, *layout.test)]
    written = sum(name in found.by_name for name in used)
    if not written:
        return _classes_note(len(used))
    rest = len(used) - written
    return f"{_count_images(written)} from {found.where}" + (
        f", {_count_images(rest)} from the names of classes" if rest else ""
    )


def _classes_note(count: int) -> str:
    return f"{_count_images(count)} from the names of their classes, so all of a class are described alike"


def _count_images(count: int) -> str:
    return f"{count:,} image{'' if count == 1 else 's'}"


def _with_note(dataset: Dataset, sentence: str) -> Dataset:
    return replace(dataset, notes=(*dataset.notes, f"Captions: {sentence}."))
