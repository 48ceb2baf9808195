"""What a person gave is shown, and never obeyed."""

from streamlit.testing.v1 import AppTest


def test_it_is_an_error_on_the_page() -> None:
    def page() -> None:
        from playground.ui.words.errors import complain

        complain(ValueError("[x](y) was given."))

    (error,) = AppTest.from_function(page).run().error
    assert error.value == r"\[x](y) was given."
