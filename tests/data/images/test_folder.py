"""Folder: a person's own images, as files and in a zip, and every sentence they get where that does not work."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.config.data import FolderConfig
from playground.data import DataError, Dataset, check_data, load, run_to_end
from playground.data.images import folder
from playground.data.images.folder import scan_folder
from playground.records import Progress
from tests.data.pictures import MakeFolder, MakeZip, colour_of, image_bytes

LAYOUTS = {
    "split": [f"{split}/{name}/{n}.png" for split in ("train", "test") for name in ("cat", "dog") for n in range(5)],
    "classes": [f"{name}/{n}.png" for name in ("cat", "dog") for n in range(12)],
    "nested": [f"{name}/year {n % 2}/{n}.png" for name in ("cat", "dog") for n in range(12)],
    "flat": [f"{n}.png" for n in range(12)],
    "one folder": [f"all/{n}.png" for n in range(12)],
}


def _load(path: Path | str, home: Path, **settings: int) -> Dataset:
    return run_to_end(load(FolderConfig(path=str(path), **settings), home=home))


def _expected_class(names: list[str], colour: tuple[int, ...]) -> str:
    colours: list[tuple[int, ...]] = [colour_of(n) for n in range(len(names))]
    parts = names[colours.index(colour)].split("/")
    return parts[1] if parts[0] in ("train", "test") else parts[0]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("zipped", [False, True])
def test_layouts(layout: str, zipped: bool, make_folder: MakeFolder, make_zip: MakeZip, home: Path) -> None:
    """Every image arrives once, in its split and under its class: it is known by its colour."""
    names = LAYOUTS[layout]
    path = make_folder(names)
    if zipped:
        path = make_zip({f"top/{name}": (path / name).read_bytes() for name in names})
    dataset = _load(path, home)
    colours = []
    for split in (dataset.train, dataset.test):
        for number, image in enumerate(split.images):
            colours.append(tuple(int(v) for v in image[16, 16]))
            if split.labels is not None:
                assert dataset.class_names[split.labels[number]] == _expected_class(names, colours[-1])
    assert sorted(colours) == sorted(colour_of(n) for n in range(len(names)))
    assert (dataset.train.labels is None) == (layout in ("flat", "one folder"))
    assert len(dataset.train) == check_data(FolderConfig(path=str(path)), home=home, batch_size=2)
    assert dataset.name == "pictures"


@pytest.mark.parametrize("side", [32, 64, 96])
def test_sides(make_folder: MakeFolder, home: Path, side: int) -> None:
    assert _load(make_folder(LAYOUTS["flat"]), home, side=side).train.images.shape == (11, side, side, 3)


def test_what_is_no_image_is_ignored(make_folder: MakeFolder, home: Path) -> None:
    path = make_folder([*LAYOUTS["flat"], ".hidden.png", ".thumbnails/1.png", "__MACOSX/2.png"])
    (path / "notes.txt").write_text("hello")
    (path / "empty folder.png").mkdir()
    (path / "gone.png").symlink_to(path / "nowhere")
    os.mkfifo(path / "pipe.png")
    dataset = _load(path, home)
    assert len(dataset.train) + len(dataset.test) == 12


def test_links_to_files_are_followed_and_links_to_folders_are_not(
    make_folder: MakeFolder, home: Path, tmp_path: Path
) -> None:
    path = make_folder(LAYOUTS["flat"])
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "1.png").write_bytes(image_bytes())
    (path / "linked.png").symlink_to(tmp_path / "elsewhere" / "1.png")
    (path / "linked").symlink_to(tmp_path / "elsewhere")
    (path / "circle").symlink_to(path)
    dataset = _load(path, home)
    assert len(dataset.train) + len(dataset.test) == 13


def test_the_second_load_reads_no_image(make_folder: MakeFolder, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_folder(LAYOUTS["classes"])
    first = _load(path, home)
    monkeypatch.setattr(folder, "decode_image", None)
    second = _load(path, home)
    np.testing.assert_array_equal(first.train.images, second.train.images)
    np.testing.assert_array_equal(first.train.labels, second.train.labels)
    assert first.notes == second.notes


def test_a_changed_file_is_noticed(make_folder: MakeFolder, home: Path) -> None:
    path = make_folder(LAYOUTS["flat"])
    _load(path, home)
    before = (path / "0.png").stat()
    (path / "0.png").write_bytes(image_bytes((255, 255, 255)))
    os.utime(path / "0.png", ns=(before.st_atime_ns, before.st_mtime_ns + 1000))
    assert (_load(path, home).train.images[0] == 255).all()


def test_an_added_and_a_removed_file_are_noticed(make_folder: MakeFolder, home: Path) -> None:
    path = make_folder(LAYOUTS["flat"])
    assert len(_load(path, home).train) == 11
    (path / "more.png").write_bytes(image_bytes())
    assert len(_load(path, home).train) == 12
    (path / "0.png").unlink()
    assert len(_load(path, home).train) == 11


def test_a_changed_zip_is_noticed(make_zip: MakeZip, home: Path) -> None:
    path = make_zip({name: image_bytes() for name in LAYOUTS["flat"]})
    assert len(_load(path, home).train) == 11
    make_zip({name: image_bytes() for name in [*LAYOUTS["flat"], "more.png"]})
    assert len(_load(path, home).train) == 12


def test_a_zip_under_another_name(make_zip: MakeZip, home: Path) -> None:
    path = make_zip({name: image_bytes() for name in LAYOUTS["flat"]})
    assert len(_load(path.rename(path.with_suffix(".cbz")), home).train) == 11


@pytest.mark.parametrize("path", ["", "   "])
def test_no_path(path: str, home: Path) -> None:
    with pytest.raises(DataError, match=r"^data\.path: no folder was given; give a folder of images"):
        check_data(FolderConfig(path=path), home=home, batch_size=2)


@pytest.mark.parametrize("path", ["/nowhere/at/all", "bad\0name", "~nobody-of-this-name/a", "x" * 5000])
def test_a_path_that_does_not_exist(path: str, home: Path) -> None:
    with pytest.raises(DataError, match="does not exist; give a folder of images, or a zip of one"):
        check_data(FolderConfig(path=path), home=home, batch_size=2)


def test_a_circle_of_links(tmp_path: Path, home: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(DataError, match="does not exist"):
        check_data(FolderConfig(path=str(tmp_path / "a")), home=home, batch_size=2)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a.png", "is one image; give the folder that your images are in, or a zip"),
        ("a.txt", "is a file; give the folder that your images are in, or a zip"),
        ("a.zip", "'a.zip' is not a zip, or is cut off"),
    ],
)
def test_a_file(tmp_path: Path, home: Path, name: str, sentence: str) -> None:
    (tmp_path / name).write_bytes(image_bytes())
    with pytest.raises(DataError, match=sentence):
        check_data(FolderConfig(path=str(tmp_path / name)), home=home, batch_size=2)


def test_something_that_is_neither_folder_nor_file(tmp_path: Path, home: Path) -> None:
    os.mkfifo(tmp_path / "pipe.zip")
    with pytest.raises(DataError, match="is a file"):
        check_data(FolderConfig(path=str(tmp_path / "pipe.zip")), home=home, batch_size=2)


def test_a_folder_without_images(tmp_path: Path, home: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    for look in (
        lambda: check_data(FolderConfig(path=str(tmp_path)), home=home, batch_size=2),
        lambda: _load(tmp_path, home),
    ):
        with pytest.raises(DataError, match="holds no JPEG, PNG or WebP images"):
            look()


def test_one_image_is_too_few(make_folder: MakeFolder, home: Path) -> None:
    with pytest.raises(DataError, match="holds one image only: at least two are needed"):
        _load(make_folder(["a.png"]), home)


def test_a_folder_that_is_far_too_large(make_folder: MakeFolder, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MAX_FILES", 10)
    with pytest.raises(DataError, match="holds more than 10 files; give a folder nearer to the images"):
        check_data(FolderConfig(path=str(make_folder(LAYOUTS["flat"]))), home=home, batch_size=2)


def test_a_folder_that_may_not_be_opened(make_folder: MakeFolder, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_folder(LAYOUTS["classes"])
    look = os.scandir

    def refuse(folder: Path) -> object:
        if folder.name == "cat":
            raise PermissionError(13, "Permission denied")
        return look(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(DataError, match=r"the folder '.*/cat' cannot be opened \(Permission denied\)"):
        check_data(FolderConfig(path=str(path)), home=home, batch_size=2)


def test_unreadable_files_are_counted_and_the_first_is_named(make_folder: MakeFolder, home: Path) -> None:
    path = make_folder(LAYOUTS["classes"])
    (path / "cat" / "10.png").write_bytes(b"")
    (path / "cat" / "2.png").write_bytes(image_bytes()[:50])
    with pytest.raises(DataError) as caught:
        _load(path, home)
    assert str(caught.value) == (
        "data.path: 2 of 24 images cannot be read; the first is 'cat/2.png', which is damaged or cut off: "
        "repair or remove what cannot be read, then try again."
    )


def test_unreadable_members_are_counted(make_zip: MakeZip, home: Path) -> None:
    path = make_zip({"1.png": image_bytes(), "2.png": b"no image", "3.png": image_bytes()})
    with pytest.raises(DataError, match=r"1 of 3 images .* '2\.png', which is not a JPEG, PNG or WebP image inside"):
        _load(path, home)


def test_a_bomb_ends_reading_with_its_own_sentence(make_zip: MakeZip, home: Path) -> None:
    path = make_zip({"1.png": image_bytes(), "2.png": bytes(10**7), "3.png": image_bytes()})
    with pytest.raises(DataError, match="more than 100 times its size"):
        _load(path, home)
    assert list((home / "cache").iterdir()) == []


def test_names_that_are_no_unicode(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "pictures"
    for name in (b"caf\xe9", b"th\xe9"):
        os.makedirs(os.fsencode(path) + b"/" + name)
        for number in range(4):
            Path(os.fsdecode(os.fsencode(path) + b"/" + name + b"/%d.png" % number)).write_bytes(image_bytes())
    dataset = _load(path, home)
    assert dataset.class_names == ("caf?", "th?")
    assert len(dataset.train) == 6


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=30).filter(lambda text: not text.strip().startswith(("/", ".", "~"))))
def test_any_text_as_a_path_gets_a_sentence(
    text: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"(?s)^data\.path: .*\.$"):
        check_data(FolderConfig(path=text), home=home, batch_size=2)


def test_scanning_says_how_far_it_is(make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "_ENTRIES_PER_REPORT", 5)
    seen: list[Progress] = []
    found = run_to_end(scan_folder(make_folder(LAYOUTS["classes"])), seen.append)
    assert len(found) == 24
    assert [progress.done for progress in seen] == [5, 10, 15, 20, 25]


def test_checking_imports_neither_torch_nor_pillow_plugins_that_decode(make_folder: MakeFolder, home: Path) -> None:
    path = make_folder(LAYOUTS["classes"])
    code = (
        "import sys; from pathlib import Path; from playground.data import check_data\n"
        "from playground.config.data import FolderConfig\n"
        f"print(check_data(FolderConfig(path={str(path)!r}), home=Path({str(home)!r}), batch_size=2))\n"
        "assert not {'torch', 'torchvision', 'sklearn', 'streamlit'} & set(sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "22\n"


def test_a_zip_as_programs_make_it_with_folder_entries(tmp_path: Path, make_folder: MakeFolder, home: Path) -> None:
    path = make_folder(LAYOUTS["split"])
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as file:
        for entry in sorted(path.rglob("*")):
            file.write(entry, f"./data/{entry.relative_to(path)}")
    dataset = _load(packed, home)
    assert dataset.class_names == ("cat", "dog")
    assert (len(dataset.train), len(dataset.test)) == (10, 10)
