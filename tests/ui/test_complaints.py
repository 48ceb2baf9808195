"""What a person gave is shown, and never obeyed."""

import pytest
from streamlit.testing.v1 import AppTest

from playground.ui.complaints import JOINER, harmless


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("data.side: 3 was given.", "data.side: 3 was given."),
        (
            "'![x](http://example.org/a.png).zip' is no zip.",
            f"'!\\[x](http:{JOINER}//example.org/a.png).zip' is no zip.",
        ),
        ("<http://example.org>", f"\\<http:{JOINER}//example.org>"),
        ("WWW.example.org", f"WWW{JOINER}.example.org"),
        ("me@example.org", f"me@{JOINER}example.org"),
        (":material/home: and :100:", f":{JOINER}material/home: and :{JOINER}100:"),
        (r"\[x](y)", r"\\\[x](y)"),
        (":red[x] costs $1$", f":{JOINER}red\\[x] costs \\$1\\$"),
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
