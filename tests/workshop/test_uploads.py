"""Which files a person has brought."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playground.workshop.uploads import Uploads


def test_what_was_added_is_known_and_nothing_else(tmp_path: Path) -> None:
    mine = Uploads(tmp_path / "people" / "a")
    assert "/etc/passwd" not in mine
    place = tmp_path / "uploads" / "1-photos.zip"
    for _ in range(2):
        mine.add(place)
    assert str(place) in mine and str(place) in Uploads(tmp_path / "people" / "a")
    for other in (f"{place}/..", str(place.parent), f"{tmp_path}/uploads/../uploads/1-photos.zip", "", "."):
        assert other not in mine
    assert str(place) not in Uploads(tmp_path / "people" / "b")


def test_a_damaged_list_is_an_empty_one(tmp_path: Path) -> None:
    mine = Uploads(tmp_path)
    for text in ("{", "{}", "1", '"/etc"'):
        mine.file.write_text(text)
        assert "/etc" not in mine


def test_eighty_at_once_are_eighty(tmp_path: Path) -> None:
    """Sixty of them were once lost."""
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda number: Uploads(tmp_path).add(Path(f"/uploads/{number}.zip")), range(80)))
    mine = Uploads(tmp_path)
    assert all(f"/uploads/{number}.zip" in mine for number in range(80))
