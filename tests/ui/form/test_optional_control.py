"""A number that may be left empty, in the form of the Train page."""

from pathlib import Path

import pytest

from tests.ui.page import address, choose, control, labels, only_run, opened, press, value

pytestmark = pytest.mark.usefixtures("home")
TITLE = "Solarise: how often, second view"


def test_it_starts_empty_and_says_what_that_means() -> None:
    app = opened()
    assert value(app, TITLE) is None
    assert control(app, TITLE).placeholder == "as in the first view"
    assert address(app) == {}


def test_it_is_chosen_and_left_empty_again(home: Path) -> None:
    app = choose(opened(), TITLE, 0.2)
    assert address(app) == {"views.solarize.second_probability": "0.2"}
    assert "Solarise: from" in labels(app)  # it is applied now, if to second views only
    choose(app, TITLE, None)
    assert address(app) == {}
    assert "Solarise: from" not in labels(app)
    press(app, "Train")
    assert only_run(home).config.views.solarize.second_probability is None


def test_the_address_takes_it(home: Path) -> None:
    app = opened(views__solarize__second_probability="0.2")
    assert value(app, TITLE) == 0.2
    press(app, "Train")
    assert only_run(home).config.views.solarize.second_probability == 0.2
