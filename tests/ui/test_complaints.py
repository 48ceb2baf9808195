"""What a person gave is shown, and never obeyed."""

import pytest
from streamlit.testing.v1 import AppTest

from playground.ui.complaints import harmless


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("data.side: 3 was given.", "data.side: 3 was given."),
        ("'![x](http://example.org/a.png).zip' is no zip.", r"'!\[x](http://example.org/a.png).zip' is no zip."),
        ("<http://example.org>", r"\<http://example.org>"),
        (r"\[x](y)", r"\\\[x](y)"),
        (":red[x] costs $1$", r":red\[x] costs \$1\$"),
    ],
)
def test_no_sentence_holds_a_link_an_image_or_a_formula(given: str, shown: str) -> None:
    assert harmless(given) == shown


def test_it_is_an_error_on_the_page() -> None:
    def page() -> None:
        from playground.ui.complaints import complain

        complain(ValueError("[x](y) was given."))

    (error,) = AppTest.from_function(page).run().error
    assert error.value == r"\[x](y) was given."
