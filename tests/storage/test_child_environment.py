"""Processes that are started get no access codes, and a folder of their own for compiled code."""

from pathlib import Path

import pytest

from playground.data.uploads import sandbox_process
from playground.runs.queue import launcher
from playground.storage.child_environment import COMPILED, child_environment
from playground.storage.home import create_private_home
from playground.workshop.settings import Workshop


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_no_code_reaches_a_child(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in Workshop("maple-otter-482", "river-ocean-1").environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(COMPILED, raising=False)  # torch sets it where it has compiled before
    made = child_environment(OMP_NUM_THREADS="1")
    assert "otter" not in str(made) and "ocean" not in str(made)
    assert made["OMP_NUM_THREADS"] == "1" and made["PATH"]
    assert made[COMPILED] == str(home / "compiled")
    monkeypatch.setenv(COMPILED, "/elsewhere")
    assert child_environment()[COMPILED] == "/elsewhere"


def test_whoever_starts_a_process_uses_it() -> None:
    for module in (launcher, sandbox_process):
        source = Path(str(module.__file__)).read_text()
        assert "child_environment(" in source and "**os.environ" not in source


def test_a_new_home_is_closed_to_others_and_an_old_one_is_closed_for_a_workshop(home: Path) -> None:
    create_private_home()
    assert home.stat().st_mode & 0o777 == 0o700
    home.chmod(0o755)
    create_private_home()
    assert home.stat().st_mode & 0o777 == 0o755  # a person's own choice
    create_private_home(tighten=True)
    assert home.stat().st_mode & 0o777 == 0o700
