"""The documents of the project, and what is in them: fenced blocks, links, images, headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|!?\[[^\]]*\]\([^)]*\))*)\]\(([^()\s]+)\)")
_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Link:
    """A link or an image as it stands in a document."""

    document: Path
    text: str
    target: str

    @property
    def is_relative(self) -> bool:
        return "://" not in self.target

    @property
    def path(self) -> Path:
        """The file it leads to; the document itself for a bare anchor."""
        name = self.target.partition("#")[0]
        return (self.document.parent / name).resolve() if name else self.document

    @property
    def anchor(self) -> str:
        return self.target.partition("#")[2]


def name_of(document: Path) -> str:
    return str(document.relative_to(ROOT))


def fences(document: Path) -> Iterator[tuple[str, str]]:
    """Language and text of every fenced block."""
    yield from _FENCE.findall(document.read_text(encoding="utf-8"))


def commands(document: Path) -> Iterator[str]:
    """Every command in blocks of the language sh: without its comment, its continuation lines joined."""
    for language, text in fences(document):
        if language == "sh":
            for line in text.replace("\\\n", " ").splitlines():
                command = " ".join(re.sub(r"(^|\s)#.*", "", line).split())
                if command:
                    yield command


def links(document: Path) -> Iterator[Link]:
    """Every link, the images within links and tables included."""
    prose = _FENCE.sub("", document.read_text(encoding="utf-8"))
    yield from (Link(document, text, target) for _, text, target in _LINK.findall(prose))


def images(document: Path) -> Iterator[Link]:
    """Every image, with its alt text."""
    prose = _FENCE.sub("", document.read_text(encoding="utf-8"))
    yield from (Link(document, text, target) for text, target in _IMAGE.findall(prose))


def anchors(document: Path) -> set[str]:
    """What can stand behind # in a link to `document`: its headings as GitHub writes them."""
    prose = _FENCE.sub("", document.read_text(encoding="utf-8"))
    return {slug(heading) for heading in _HEADING.findall(prose)}


def slug(heading: str) -> str:
    """Small letters, blanks as hyphens, no punctuation."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
