"""Captioned data: every image gets its own words, from files, zips, classes or factors, also out of the cache."""

import csv
import io
import os
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.config.data import DigitsConfig, FolderConfig, ShapesConfig
from playground.data import DataError, Dataset, load, run_to_end
from playground.data.caption_sequences import ClassCaptions
from playground.data.captions import load as load_module
from playground.data.captions import text_files
from playground.data.captions.load import check_captions, load_captioned
from playground.data.captions.prompts import prompts_for
from playground.data.images import folder
from playground.records import Progress
from tests.data.forged import Entry, build
from tests.data.pictures import MakeFolder, MakeZip, colour_of, image_bytes

FLAT = [f"{n}.png" for n in range(24)]
CLASSES = [f"{kind}/{n}.png" for kind in ("cat", "guide_dog") for n in range(12)]
SPLIT = [f"{split}/{kind}/{n}.png" for split in ("train", "test") for kind in ("cat", "dog") for n in range(6)]
NESTED = [f"download/pets/{name}" for name in CLASSES]
LAYOUTS = {"flat": FLAT, "classes": CLASSES, "split": SPLIT, "nested": NESTED}


def _config(path: Path) -> FolderConfig:
    return FolderConfig(path=str(path))


def _load(path: Path, home: Path) -> Dataset:
    check_captions(_config(path), home=home)
    dataset = run_to_end(load_captioned(_config(path), home=home))
    for split in (dataset.train, dataset.test):
        assert len(split.captions) == len(split)
        assert all(wordings and all(wordings) for wordings in split.captions)
    return dataset


def _refused(path: Path, home: Path) -> str:
    """The sentence, which check and load agree on; other methods do not hear of it."""
    with pytest.raises(DataError) as seen:
        check_captions(_config(path), home=home)
    with pytest.raises(DataError) as caught:
        run_to_end(load_captioned(_config(path), home=home))
    assert str(caught.value) == str(seen.value)
    assert str(seen.value).endswith(".") and "\n" not in str(seen.value)
    assert not run_to_end(load(_config(path), home=home)).train.captions
    return str(seen.value)


def _table(names: list[str], word: str = "picture", delimiter: str = ",") -> str:
    """Two wordings for every image, the number of its colour in both."""
    first = [f"{name}{delimiter}{word} {number}" for number, name in enumerate(names)]
    second = [f"{name}{delimiter}again {word} {number}" for number, name in reversed([*enumerate(names)])]
    return "\n".join([f"file{delimiter}caption", *first, *second])


def _numbered(dataset: Dataset, count: int) -> dict[int, tuple[str, ...]]:
    """Number of an image, known by its colour -> its captions."""
    numbers: dict[tuple[int, ...], int] = {colour_of(number): number for number in range(count)}
    return {
        numbers[tuple(int(v) for v in image[16, 16])]: wordings
        for split in (dataset.train, dataset.test)
        for image, wordings in zip(split.images, split.captions, strict=True)
    }


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("form", ["table", "lines"])
@pytest.mark.parametrize("zipped", [False, True])
def test_every_image_gets_its_own(
    layout: str, form: str, zipped: bool, make_folder: MakeFolder, make_zip: MakeZip, home: Path
) -> None:
    names = LAYOUTS[layout]
    path = make_folder(names)
    if form == "table":
        (path / "captions.csv").write_text(_table(names), "utf-8-sig")
    else:
        for number, name in enumerate(names):
            (path / name).with_suffix(".txt").write_text(f"picture {number}\n\nagain picture {number}\n", "utf-8-sig")
    if zipped:
        files = (file for file in path.rglob("*") if file.is_file())
        path = make_zip({f"top/{file.relative_to(path).as_posix()}": file.read_bytes() for file in files})
    for _ in range(2):  # decoded, then from the cache
        dataset = _load(path, home)
        expected = {number: (f"picture {number}", f"again picture {number}") for number in range(len(names))}
        assert _numbered(dataset, len(names)) == expected
        where = "top/captions.csv" if zipped else "captions.csv"
        where = where if form == "table" else "text files beside them"
        assert dataset.notes[-1] == f"Captions: 24 images from {where}."


@pytest.mark.parametrize("layout", ["flat", "classes"])
def test_edited_captions_are_read_and_no_image_is_decoded_again(
    layout: str, make_folder: MakeFolder, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = LAYOUTS[layout]
    path = make_folder(names)
    table = path / "captions.csv"
    table.write_text(_table(names))
    before = _load(path, home)
    stamp = table.stat()
    monkeypatch.setattr(folder, "decode_image", None)
    table.write_text(_table(names, "shown"))
    os.utime(table, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    after = _load(path, home)
    np.testing.assert_array_equal(before.train.images, after.train.images)
    assert _numbered(after, 24)[5] == ("shown 5", "again shown 5")
    table.unlink()
    for number, name in enumerate(names):
        (path / name).with_suffix(".txt").write_text(f"beside {number}")
    assert _numbered(_load(path, home), 24)[5] == ("beside 5",)
    assert len([*(home / "cache").iterdir()]) == 1


def test_a_data_set_that_was_cached_without_captions_gets_some(make_folder: MakeFolder, home: Path) -> None:
    path = make_folder(FLAT)
    (path / "captions.csv").write_text(_table(FLAT))
    assert run_to_end(load(_config(path), home=home)).train.captions == ()
    assert _numbered(_load(path, home), 24)[23] == ("picture 23", "again picture 23")


def test_an_image_that_came_since_moves_no_caption(make_folder: MakeFolder, home: Path) -> None:
    path = make_folder(FLAT[1:])
    (path / "captions.csv").write_text(_table(FLAT[1:]))
    _load(path, home)
    make_folder(FLAT)
    (path / "captions.csv").write_text(_table(FLAT))
    assert _numbered(_load(path, home), 24) == {n: (f"picture {n}", f"again picture {n}") for n in range(24)}


def test_class_names_where_nothing_is_written(make_folder: MakeFolder, home: Path) -> None:
    dataset = _load(make_folder(CLASSES), home)
    prompts = prompts_for(("cat", "guide_dog"), "folder")
    assert prompts[1][0] == "a photo of a guide dog"
    for number, wordings in _numbered(dataset, 24).items():
        assert wordings == prompts[number >= 12]
    assert dataset.notes[-1] == (
        "Captions: 24 images from the names of their classes, so all of a class are described alike."
    )


@pytest.mark.parametrize("form", ["table", "lines"])
def test_an_image_without_a_caption_gets_its_class(form: str, make_folder: MakeFolder, home: Path) -> None:
    path = make_folder(CLASSES)
    if form == "table":
        (path / "captions.csv").write_text("file;caption\ncat/3.png;my cat\n")
    else:
        (path / "cat" / "3.TXT").write_text("my cat")
        (path / "cat" / "4.txt").write_text("\n")
        (path / "cat" / "notes.txt").write_text("of no image")
    found = _numbered(_load(path, home), 24)
    assert found.pop(3) == ("my cat",)
    prompts = prompts_for(("cat", "guide_dog"), "folder")
    assert all(wordings == prompts[number >= 12] for number, wordings in found.items())
    where = "captions.csv" if form == "table" else "text files beside them"
    note = f"Captions: 1 image from {where}, 23 images from the names of classes."
    assert run_to_end(load_captioned(_config(path), home=home)).notes[-1] == note


def test_the_table_goes_before_lines_and_a_row_may_name_an_image_that_is_left_out(
    make_folder: MakeFolder, home: Path
) -> None:
    path = make_folder([*CLASSES, "cover.png"])
    (path / "Captions.CSV").write_text("file,caption\ncat/0.png,from the table\ncover.png,left out\n")
    (path / "cat" / "0.txt").write_text("from lines")
    found = run_to_end(load_captioned(_config(path), home=home))
    assert ("from the table",) in [*found.train.captions]
    assert found.notes[-1] == "Captions: 1 image from Captions.CSV, 23 images from the names of classes."


REMEDY = "write captions into captions.csv (columns file and caption) or into a .txt beside each image"


def test_neither_captions_nor_classes(make_folder: MakeFolder, home: Path) -> None:
    path = make_folder(FLAT)
    assert _refused(path, home) == (
        f"data.path: {str(path)!r} has neither captions nor classes; {REMEDY}, or put the images of each class into a "
        "folder of their own."
    )


def test_captions_for_some_images_and_no_classes(make_folder: MakeFolder, home: Path) -> None:
    path = make_folder(FLAT)
    (path / "captions.csv").write_text(_table([name for name in FLAT if name not in ("9.png", "10.png")]))
    assert _refused(path, home) == (
        f"data.path: 2 of 24 images in {str(path)!r} have no caption, the first is '9.png'; write what is missing, or "
        "remove those images."
    )


def test_one_class_alone_says_nothing(make_folder: MakeFolder, home: Path) -> None:
    path = make_folder([*(f"train/cat/{n}.png" for n in range(8)), *(f"test/dog/{n}.png" for n in range(8))])
    assert "training images of one class only, which would all be described alike" in _refused(path, home)
    (path / "captions.csv").write_text("file,caption\ntrain/cat/0.png,my cat\n")
    _load(path, home)


BROKEN = {
    "columns": (b"name,text\n", "captions.csv, line 1: the columns file and caption are needed"),
    "missing": (b"file,caption\nx.png,a\n", "captions.csv, line 2: 'x.png' is not among the images."),
    "latin": ("file,caption\n1.png,caf\xe9\n".encode("latin-1"), "captions.csv, line 2: byte 23 of the file is not UTF-8"),
    "wide": ("file,caption\n1.png,a\n".encode("utf-16"), "captions.csv, line 1: byte 1 of the file is not UTF-8"),
    "nul": (b"file,caption\n1.png,a\n2.png,b\0\n", "captions.csv, line 3: there is a NUL character"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("zipped", [False, True])
def test_a_broken_table(kind: str, zipped: bool, make_folder: MakeFolder, make_zip: MakeZip, home: Path) -> None:
    content, sentence = BROKEN[kind]
    path = make_folder(CLASSES)
    (path / "captions.csv").write_bytes(content)
    if zipped:
        path = make_zip({file.relative_to(path).as_posix(): file.read_bytes() for file in path.rglob("*.*")})
    assert _refused(path, home).startswith(sentence)


@pytest.mark.parametrize("zipped", [False, True])
def test_a_table_that_is_too_long(
    zipped: bool, make_folder: MakeFolder, make_zip: MakeZip, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_module, "MAX_TABLE_BYTES", 2_000_000)
    path = make_folder(FLAT)
    content = "file,caption\n" + "".join(f"{n % 24}.png,{n * n * 7919 % 10**9:09}\n" for n in range(150_000))
    (path / "captions.csv").write_text(content)
    if zipped:
        path = make_zip({file.name: file.read_bytes() for file in path.iterdir()})
    assert _refused(path, home) == "captions.csv is longer than the 2 MB that are allowed."


def test_lines_that_are_too_long_or_no_text(make_folder: MakeFolder, home: Path) -> None:
    path = make_folder(CLASSES)
    for content, sentence in [
        (b"x\n" * 32_001, r"^cat/1\.txt is longer than the 64 kB that are allowed\.$"),
        (b"a\n\xff", r"^cat/1\.txt, line 2: byte 3 of the file is not UTF-8; save it as UTF-8\.$"),
        (b"x" * 1001, r"^cat/1\.txt, line 1: the caption has 1,001 characters"),
    ]:
        (path / "cat" / "1.txt").write_bytes(content)
        check_captions(_config(path), home=home)  # looks at names: thousands of files are not for a click
        with pytest.raises(DataError, match=sentence):
            run_to_end(load_captioned(_config(path), home=home))
    (path / "cat" / "1.txt").unlink()
    os.mkfifo(path / "cat" / "1.txt")
    _load(path, home)


def test_a_file_that_may_not_be_opened(make_folder: MakeFolder, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_folder(FLAT)
    (path / "captions.csv").write_text(_table(FLAT))
    usual = Path.open

    def refuse(self: Path, *args: Any, **more: Any) -> object:
        if self.name == "captions.csv":
            raise PermissionError(13, "Permission denied")
        return usual(self, *args, **more)

    monkeypatch.setattr(Path, "open", refuse)
    assert _refused(path, home) == "captions.csv cannot be opened (Permission denied)."


IMAGE_ENTRIES = [Entry(name.encode(), image_bytes(colour_of(number))) for number, name in enumerate(FLAT)]


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (Entry(b"captions.csv", b"x" * 10**7), "unpacks 'captions.csv' to more than 100 times its size"),
        (
            Entry(b"captions.csv", b"x" * 10**7, central={"unpacked": 60_000_000}),
            "captions.csv is longer than the 50 MB",
        ),
        (Entry(b"captions.csv", b"x,y", central={"crc": 1}), "captions.csv is damaged inside the zip."),
        (Entry(b"captions.csv", b"x,y", method=14), "is packed in an unusual way"),
    ],
)
def test_zips_that_attack(entry: Entry, sentence: str, tmp_path: Path, home: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(build([*IMAGE_ENTRIES, entry]))
    assert sentence in _refused(path, home)
    assert [file.name for file in tmp_path.iterdir() if file != home] == ["a.zip"]


def test_a_zip_with_too_much_text(
    make_folder: MakeFolder, make_zip: MakeZip, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_files, "MAX_ZIP_TEXT_BYTES", 1_000_000)
    noise = np.random.default_rng(0).integers(33, 120, (24, 60, 999), dtype=np.uint8)
    members = {name: image_bytes(colour_of(number)) for number, name in enumerate(FLAT)}
    members |= {f"{number}.txt": b"\n".join(line.tobytes() for line in lines) for number, lines in enumerate(noise)}
    path = make_zip(members)
    with pytest.raises(DataError, match="holds more than 1 MB of text beside its images"):
        run_to_end(load_captioned(_config(path), home=home))


def test_nothing_is_looked_into_for_a_check(
    make_folder: MakeFolder, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_folder(FLAT)
    (path / "captions.csv").write_text(_table(FLAT))
    monkeypatch.setattr(folder, "decode_image", None)
    check_captions(_config(path), home=home)
    assert not home.exists()


def test_reading_says_what_it_does(make_folder: MakeFolder, home: Path) -> None:
    path = make_folder(FLAT)
    for name in FLAT:
        (path / name).with_suffix(".txt").write_text("x")
    seen: list[Progress] = []
    run_to_end(load_captioned(_config(path), home=home), seen.append)
    assert [(progress.phase, progress.total) for progress in seen][-1] == ("reading captions", 24)


def test_shapes_are_described_by_their_factors() -> None:
    dataset = run_to_end(load_captioned(ShapesConfig(count=64), home=Path()))
    plain = run_to_end(load(ShapesConfig(count=64), home=Path()))
    assert dataset.train.captions[:] == plain.train.captions[:]
    assert dataset.notes == ("Captions: 80 images from their factors.",)


def test_digits_are_described_by_their_classes() -> None:
    check_captions(DigitsConfig(), home=Path())
    dataset = run_to_end(load_captioned(DigitsConfig(), home=Path()))
    assert dataset.train.labels is not None
    assert dataset.train.captions[7][0] == f"a photo of the digit {dataset.train.labels[7]}"
    assert len(dataset.test.captions) == len(dataset.test)
    assert run_to_end(load(DigitsConfig(), home=Path())).train.captions == ()


def test_captions_by_class() -> None:
    captions = ClassCaptions(np.array([1, 0, 1]), (("a", "b"), ("c",)))
    assert [*captions] == [("c",), ("a", "b"), ("c",)]
    assert captions[1:] == (("a", "b"), ("c",))
    assert captions[-1] == ("c",)


def test_no_caption_is_read_for_other_methods(
    make_folder: MakeFolder, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_folder(FLAT)
    (path / "captions.csv").write_bytes(b"\xff\0broken")
    monkeypatch.setattr(text_files, "FolderTexts", None)
    dataset = run_to_end(load(_config(path), home=home))
    assert dataset.train.captions == ()
    assert not re.search("caption", " ".join(dataset.notes), re.IGNORECASE)


_row = st.tuples(st.integers(0, 11), st.text(st.sampled_from('ab,;" \n'), min_size=1, max_size=8))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(_row, max_size=15),
    zipped=st.booleans(),
    folders=st.lists(st.sampled_from("abc"), min_size=12, max_size=12),
)
def test_any_table_describes_the_images_it_names_or_is_refused(
    rows: list[tuple[int, str]], zipped: bool, folders: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    names = [f"{kind}/{number}.png" for number, kind in enumerate(folders)]
    file = io.StringIO()
    csv.writer(file).writerows([("file", "caption"), *((names[number], caption) for number, caption in rows)])
    folder, home = tmp_path_factory.mktemp("images"), tmp_path_factory.mktemp("home")
    path = folder / "packed.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for number, name in enumerate(names):
            packed.writestr(name, image_bytes(colour_of(number)))
        packed.writestr("captions.csv", file.getvalue())
    if not zipped:
        with zipfile.ZipFile(path) as packed:
            packed.extractall(folder / "plain")
        path = folder / "plain"
    expected: dict[int, tuple[str, ...]] = {}
    for number, caption in rows:
        expected[number] = (*expected.get(number, ()), " ".join(caption.split()))
    try:
        found = _numbered(_load(path, home), 12)
    except DataError:
        _refused(path, home)
        assert not rows or any(not caption.split() for _, caption in rows) or len(expected) < 12
        return
    assert all(found[number] == wordings for number, wordings in expected.items() if number in found)
