"""Untrusted text is shown, and never obeyed."""

import re

import pytest
from hypothesis import given as holds_for
from hypothesis import strategies as some

from playground.wording.escape import (
    WORD_JOINER,
    escape_html,
    escape_markdown,
    escape_markdown_line,
    escape_markdown_links,
    escape_markdown_parts,
    escape_plotly,
    escape_spreadsheet,
    printable,
)


def test_a_name_has_no_meaning_in_markdown() -> None:
    assert escape_markdown("a*b_[c](d)") == r"a\*b\_\[c\]\(d\)"
    assert escape_markdown("www.evil.example") == rf"www{WORD_JOINER}\.evil\.example"
    assert escape_markdown("me@evil.example").startswith(rf"me\@{WORD_JOINER}evil")
    assert escape_markdown(":red[x]").startswith(rf"\:{WORD_JOINER}red\[x")


def test_a_text_is_shown_on_one_line() -> None:
    assert escape_markdown_line("a*b*\n # c") == r"a\*b\* \# c"
    assert escape_markdown_line(":material/home:").startswith(rf"\:{WORD_JOINER}material")
    assert len(escape_markdown_line("a" * 50, 20)) < 30


def test_parts_of_a_text_are_bold() -> None:
    assert escape_markdown_parts([("the", False), (" ", False), ("cat", True), (".", False)]) == r"the **cat**\."


@holds_for(some.text())
def test_all_punctuation_is_escaped_and_nothing_is_lost(text: str) -> None:
    shown = escape_markdown(text)
    unescaped = re.sub(r"\\([!-/:-@\[-`{-~])", "", shown)
    assert not re.search(r"[!-/:-@\[-`{-~]", unescaped)
    assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", shown).replace(WORD_JOINER, "") == text.replace(WORD_JOINER, "")


@holds_for(some.text())
def test_a_printable_name_is_printable(text: str) -> None:
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", printable(text))
    assert len(printable(text, 20)) <= 23


def test_html_and_plotly_show_tags_as_text() -> None:
    assert escape_html("<b a='x'>&") == "&lt;b a=&#x27;x&#x27;&gt;&amp;"
    assert escape_plotly("<b> & %{x}") == "&lt;b> &amp; &#37;{x}"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("data.side: 3 was given.", "data.side: 3 was given."),
        (
            "'![x](http://example.org/a.png).zip' is no zip.",
            f"'!\\[x](http:{WORD_JOINER}//example.org/a.png).zip' is no zip.",
        ),
        ("<http://example.org>", f"\\<http:{WORD_JOINER}//example.org>"),
        ("WWW.example.org", f"WWW{WORD_JOINER}.example.org"),
        ("me@example.org", f"me@{WORD_JOINER}example.org"),
        (":material/home: and :100:", f":{WORD_JOINER}material/home: and :{WORD_JOINER}100:"),
        (r"\[x](y)", r"\\\[x](y)"),
        (":red[x] costs $1$", f":{WORD_JOINER}red\\[x] costs \\$1\\$"),
    ],
)
def test_no_sentence_holds_a_link_an_image_or_a_formula(given: str, shown: str) -> None:
    assert escape_markdown_links(given) == shown


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1+2", "@SUM(1)", " =1", "\t=1", "|x", "%x"])
def test_no_spreadsheet_takes_a_formula_from_a_name(text: str) -> None:
    escaped = escape_spreadsheet(text)
    assert escaped == WORD_JOINER + text
    assert not escaped.lstrip().startswith(("=", "+", "-", "@", "|", "%"))


@pytest.mark.parametrize("text", ["", " ", "Ana", "a=b", "1-2", "simclr-3bca"])
def test_other_names_stay_as_they_are_in_a_table(text: str) -> None:
    assert escape_spreadsheet(text) == text
