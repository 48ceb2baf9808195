"""Links, anchors and pictures of the documents, and the size of the first one."""

from pathlib import Path

import pytest

from tests.docs.documents import DOCUMENTS, ROOT, anchors, fences, images, links, name_of, slug

MOST_WORDS = 900  # of README: a few screens
LANGUAGES = {"sh", "python", "text", "json"}  # a shell command in a block without a language would escape its test


def of_each_document() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)


@of_each_document()
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    assert [link.target for link in links(document) if link.is_relative and not link.path.exists()] == []


@of_each_document()
def test_every_anchor_is_a_heading(document: Path) -> None:
    to_documents = [link for link in links(document) if link.is_relative and link.anchor and link.path.suffix == ".md"]
    assert [link.target for link in to_documents if link.anchor not in anchors(link.path)] == []


@of_each_document()
def test_every_image_exists_and_says_what_it_shows(document: Path) -> None:
    shown = list(images(document))
    assert [image.target for image in shown if not image.path.is_file()] == []
    assert [image.target for image in shown if len(image.text.split()) < 3] == []


@of_each_document()
def test_every_fenced_block_has_a_language(document: Path) -> None:
    found = {language for language, _ in fences(document)}
    assert found <= LANGUAGES
    assert document.read_text(encoding="utf-8").count("```") == 2 * len(list(fences(document)))


def test_every_picture_is_shown_by_a_document() -> None:
    shown = {image.path for document in DOCUMENTS for image in images(document)}
    assert {path.name for path in (ROOT / "assets" / "gallery").iterdir() if path not in shown} == set()


def test_every_document_is_linked_from_readme() -> None:
    readme, *others = DOCUMENTS
    assert {name_of(document) for document in others} - {
        name_of(link.path) for link in links(readme) if link.is_relative
    } == set()


def test_readme_fits_a_few_screens() -> None:
    assert len(DOCUMENTS[0].read_text(encoding="utf-8").split()) <= MOST_WORDS


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("How fast it is", "how-fast-it-is"),
        ("SimCSE: sentences", "simcse-sentences"),
        ("To add ..", "to-add-"),
        ("Images & text", "images--text"),
    ],
)
def test_an_anchor_is_written_as_github_writes_it(heading: str, expected: str) -> None:
    assert slug(heading) == expected


def test_a_link_around_an_image_and_one_in_a_table_are_found(tmp_path: Path) -> None:
    document = tmp_path / "a.md"
    document.write_text(
        "| [![alt text here](a.png)](b.md#c) |\n|---|\n| [x](../y.py) |\n\n```sh\n[no](link)\n```\n\n![two\nlines](d.png)\n"
    )
    assert {link.target for link in links(document)} >= {"b.md#c", "../y.py"}
    assert [image.target for image in images(document)] == ["a.png", "d.png"]
