"""Archive: zips as people make them are read, zips that attack are refused with the reason."""

import io
import stat
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.data import DataError
from playground.data.images import zip_archive
from playground.data.images.decoding import UnreadableImageError
from playground.data.images.zip_archive import Member, open_archive, zip_member_name
from tests.data.pictures import MakeZip, image_bytes

PNG = image_bytes()


def _write(path: Path, members: list[tuple[zipfile.ZipInfo, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for info, content in members:
            file.writestr(info, content)
    return path


def _read_all(path: Path) -> list[bytes]:
    with open_archive(path) as opened:
        return [opened.read(member) for member in opened.images]


def test_images_are_found_and_read(make_zip: MakeZip) -> None:
    path = make_zip(
        {"a/1.png": PNG, "a/notes.txt": b"hello", "a/2.JPG": PNG, "__MACOSX/a/._1.png": b"x", "a/.3.png": PNG}
    )
    with open_archive(path) as opened:
        assert [member.filename for member in opened.images] == ["a/1.png", "a/2.JPG"]
        assert opened.read(opened.images[0]) == PNG
        pixels = Member(opened, opened.images[0]).pixels(32)
        np.testing.assert_array_equal(pixels[0, 0], (200, 30, 30))


def test_a_zip_in_a_zip_is_not_looked_into(make_zip: MakeZip) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as file:
        file.writestr("inner.png", PNG)
    assert len(_read_all(make_zip({"a.png": PNG, "more.zip": inner.getvalue()}))) == 1


def test_backslashes_are_folders(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.zip", [(zipfile.ZipInfo("cats\\1.png"), PNG)])
    with open_archive(path) as opened:
        assert [zip_member_name(member) for member in opened.images] == ["cats/1.png"]


@pytest.mark.parametrize(
    "name",
    [
        "../a.png",
        "a/../../b.png",
        "/etc/a.png",
        "..\\a.png",
        "C:\\a.png",
        "c:a.png",
        "\\a.png",
        "a.png\0.txt",
        "../notes.txt",
    ],
)
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    info = zipfile.ZipInfo("x" * len(name))
    path = _write(tmp_path / "a.zip", [(info, PNG)])
    path.write_bytes(path.read_bytes().replace(b"x" * len(name), name.encode()))
    with pytest.raises(DataError, match=r"^data\.path: 'a\.zip' holds .*, a name that leads out of the zip\.$"):
        _read_all(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.zip"]


def test_links_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("a.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(DataError, match=r"holds 'a\.png', a link; only files are read"):
        _read_all(_write(tmp_path / "a.zip", [(link, b"/etc/passwd")]))


def test_passwords_are_refused(make_zip: MakeZip) -> None:
    path = make_zip({"a.png": PNG})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1  # the flag in the table of contents
    path.write_bytes(content)
    with pytest.raises(DataError, match="is protected by a password"):
        _read_all(path)


def test_unusual_packing_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("a.png")
    info.compress_type = zipfile.ZIP_BZIP2
    with pytest.raises(DataError, match="is packed in an unusual way"):
        _read_all(_write(tmp_path / "a.zip", [(info, PNG)]))


def test_too_many_files(make_zip: MakeZip) -> None:
    path = make_zip({f"{number}.txt": b"" for number in range(zip_archive.MAX_ENTRIES + 1)})
    with pytest.raises(DataError, match=r"holds 20,001 files, at most 20,000 are allowed"):
        _read_all(path)


def test_a_table_of_contents_that_would_fill_the_memory(make_zip: MakeZip, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_zip({f"{'long' * 50}{number}.png": b"" for number in range(500)})
    monkeypatch.setattr(zip_archive, "MAX_DIRECTORY_BYTES", 100_000)
    with pytest.raises(DataError, match="table of contents that is too large"):
        _read_all(path)


def test_a_bomb(make_zip: MakeZip) -> None:
    path = make_zip({"a.png": bytes(10_000_000)})
    with pytest.raises(DataError, match=r"unpacks 'a\.png' to more than 100 times its size"):
        _read_all(path)


def test_a_bomb_that_lies_about_its_size(make_zip: MakeZip) -> None:
    """The sizes in the directory say 10 bytes; what comes out is cut there or found to be damaged."""
    path = make_zip({"a.png": bytes(10_000_000)})
    content = path.read_bytes().replace(struct.pack("<L", 10_000_000), struct.pack("<L", 10))
    path.write_bytes(content)
    with pytest.raises(UnreadableImageError, match="is damaged inside the zip"):
        _read_all(path)


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [
        ("MAX_IMAGE_BYTES", r"unpacks '1\.png' to more than the 0 MB"),
        ("MAX_BYTES", "unpacks to more than the 1e-06 GB"),
    ],
)
def test_sizes_are_limited(make_zip: MakeZip, monkeypatch: pytest.MonkeyPatch, limit: str, sentence: str) -> None:
    path = make_zip({f"{number}.png": np.random.default_rng(number).bytes(600) for number in (1, 2)})
    monkeypatch.setattr(zip_archive, limit, 500 if limit == "MAX_IMAGE_BYTES" else 1000)
    with pytest.raises(DataError, match=sentence):
        _read_all(path)


def test_a_whole_zip_that_unpacks_to_too_much(make_zip: MakeZip) -> None:
    path = make_zip({f"{number}.png": bytes(100_000) for number in range(3)})
    with open_archive(path) as opened:
        opened.size = 1500
        for member in opened.images:
            member.compress_size = 10_000  # as it may claim: so each is within the limit
        opened.read(opened.images[0])
        with pytest.raises(DataError, match=r"^data\.path: 'pictures\.zip' unpacks to more than 100 times its size"):
            opened.read(opened.images[1])


def test_files_that_overlap_are_refused(make_zip: MakeZip) -> None:
    path = make_zip({"a.png": np.random.default_rng(0).bytes(3000), "b.png": PNG})
    content = path.read_bytes()
    size = content[content.index(b"PK\1\2") + 20 :][:4]
    path.write_bytes(content.replace(size, struct.pack("<L", struct.unpack("<L", size)[0] + 2000)))
    with pytest.raises(DataError, match="holds files that overlap; pack it again"):
        _read_all(path)


def test_a_name_of_sixty_thousand_letters_makes_no_long_sentence(make_zip: MakeZip) -> None:
    with pytest.raises(DataError) as caught:
        _read_all(make_zip({f"../{'a' * 60_000}.png": PNG}))
    assert len(str(caught.value)) < 400


def test_the_sum_is_of_what_is_really_read(make_zip: MakeZip, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_zip({f"{number}.png": np.random.default_rng(number).bytes(600) for number in (1, 2)})
    with open_archive(path) as opened:  # the claimed sizes were fine
        monkeypatch.setattr(zip_archive, "MAX_BYTES", 1000)
        opened.read(opened.images[0])
        with pytest.raises(DataError, match="unpacks to more than"):
            opened.read(opened.images[1])


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.99])
def test_a_zip_that_is_cut_off(make_zip: MakeZip, share: float) -> None:
    path = make_zip({f"{number}.png": PNG for number in range(20)})
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(DataError, match=r"^data\.path: 'pictures\.zip' is not a zip, or is cut off\.$"):
        _read_all(path)


def test_a_damaged_member_is_an_unreadable_image(make_zip: MakeZip) -> None:
    path = make_zip({"a.png": PNG, "b.png": PNG})
    content = bytearray(path.read_bytes())
    content[45] ^= 0xFF
    path.write_bytes(content)
    with open_archive(path) as opened:
        with pytest.raises(UnreadableImageError, match="is damaged inside the zip"):
            opened.read(opened.images[0])
        assert opened.read(opened.images[1]) == PNG


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_broken_zip_is_read_or_refused_and_nothing_else(make_zip: MakeZip, data: st.DataObject) -> None:
    path = make_zip({"a/1.png": PNG, "b/2.png": PNG})
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))])
    try:
        _read_all(path)
    except (DataError, UnreadableImageError):
        return
