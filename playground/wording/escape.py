"""Escapes untrusted text, such as names of people, files and zips, for Markdown, HTML, Plotly or a line of text.

Everything that comes from outside passes one of these functions before it is shown, whoever shows it.
"""

import html
import re
from collections.abc import Iterable

WORD_JOINER = "\u2060"  # invisible and no space: it parts what Markdown would make a link or a picture after escaping

_MOST_LETTERS = 200  # of a name
# Line breaks and other control characters, and those that change the direction of writing.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")  # all of ASCII's: Markdown gives none a meaning that has a \ before it
# Addresses, e-mail, emoji shortcodes, icons (":material/home:", from another host) and arrows are found by Streamlit
# in the text that is left after Markdown's escapes are taken out, so that no \ stops them.
_FOUND_AFTER_ESCAPES = re.compile(r"(?<=[:@])|(?<=www)|(?<=[<>~-])(?=[=>-])", re.IGNORECASE)
_LINKS_AFTER_ESCAPES = re.compile(r"(?<=[:@])(?=[\w/+-])|(?<=www)(?=\.)", re.IGNORECASE)


def printable(text: str, most: int = _MOST_LETTERS) -> str:
    """`text` for a line of plain text: control characters and bytes that are no UTF-8 become question marks.

    Of more than `most` letters the middle is left out: the name of a file in a zip may have 65,535.
    """
    shown = _CONTROL.sub("?", text.encode("utf-8", "replace").decode("utf-8"))
    half = most // 2
    return shown if len(shown) <= most else f"{shown[:half]} … {shown[-half:]}"


def escape_markdown(text: str) -> str:
    """`text` for Markdown, shown letter by letter as it is: no emphasis, link, icon, formula or HTML."""
    return _PUNCTUATION.sub(r"\\\1", _FOUND_AFTER_ESCAPES.sub(WORD_JOINER, text))


def escape_markdown_line(text: str, most: int = 1000) -> str:
    """`escape_markdown` of `text` on one line; of more than `most` letters the middle is left out."""
    return escape_markdown(printable(" ".join(text.split()), most))


def escape_markdown_parts(parts: Iterable[tuple[str, bool]]) -> str:
    """`escape_markdown` of a text in parts, each with whether it is bold: a bold one begins and ends with a letter."""
    return "".join(f"**{escape_markdown(part)}**" if bold else escape_markdown(part) for part, bold in parts)


def escape_markdown_links(sentence: str) -> str:
    """`sentence` of ours that quotes a person: emphasis stays, links, images, icons, HTML and formulas do not.

    An image from another host would be asked for by every browser that shows the sentence.
    """
    return re.sub(r"([\\\[<$])", r"\\\1", _LINKS_AFTER_ESCAPES.sub(WORD_JOINER, sentence))


def escape_plotly(text: str) -> str:
    """`text` for Plotly, which reads a few HTML tags everywhere and templates (`%{...}`) in hover texts."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("%{", "&#37;{")


def escape_spreadsheet(text: str) -> str:
    """`text` for a table that may be downloaded as CSV: spreadsheets take no formula from it.

    Of the signs that begin one see https://owasp.org/www-community/attacks/CSV_Injection.
    """
    return WORD_JOINER + text if text.lstrip()[:1] in tuple("=+-@|%\t\r") and text.strip() else text


def escape_html(text: str) -> str:
    """`text` for HTML, within an element or a quoted attribute."""
    return html.escape(text)
