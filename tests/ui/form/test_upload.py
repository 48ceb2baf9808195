"""Uploads on the Train page, without a browser: what is kept is trained on, what is refused says why until it is gone."""

import io
import logging
import zipfile
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from playground import data
from tests.data.pictures import image_bytes
from tests.ui.page import control, form_choices, opened, value, whole

pytestmark = pytest.mark.usefixtures("home")


def zipped(count: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for number in range(count):
            file.writestr(f"{number}.png", image_bytes((number, 0, 0)))
    return out.getvalue()


def given(app: AppTest, name: str, content: bytes) -> AppTest:
    app.file_uploader[0].set_value((name, content, "application/zip"))
    return whole(app.run())


def refusals(app: AppTest) -> list[str]:
    return [error.value for error in app.error if "holiday.zip" in error.value]


def test_what_was_uploaded_is_in_the_field(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = opened(data__name="folder")
    with caplog.at_level(logging.WARNING):
        given(app, "cats.zip", zipped(40))
    (kept,) = (home / "uploads").iterdir()
    assert value(app, "Folder or zip") == str(kept)
    assert form_choices(app).given["data.path"] == str(kept)
    assert "created with a default value" not in caplog.text
    given(app, "dogs.zip", zipped(30))
    assert value(app, "Folder or zip").endswith("-dogs.zip")
    whole(app.run())
    assert value(app, "Folder or zip").endswith("-dogs.zip")
    control(app, "Folder or zip").set_value("/elsewhere")
    whole(app.run())
    assert value(app, "Folder or zip") == "/elsewhere"
    assert form_choices(app).given["data.path"] == "/elsewhere"


def test_why_one_is_refused_is_told_until_it_is_gone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = given(opened(data__name="folder"), "holiday.zip", zipped(1))
    said = ["data.path: 'holiday.zip' holds one image only: at least two are needed."]
    assert refusals(app) == said
    monkeypatch.setattr(data, "keep_zip", lambda *_: pytest.fail("it is looked into once"))
    assert refusals(whole(app.run())) == said
    app.file_uploader[0].set_value(None)
    assert refusals(whole(app.run())) == []
    assert list((home / "uploads").iterdir()) == []
