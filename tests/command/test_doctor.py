"""`python -m playground doctor`."""

from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from playground.__main__ import main
from playground.bench import machine as module


def facts(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """What is printed, line by line."""
    assert main(["doctor"]) == 0
    return dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())


def test_it_prints_its_facts(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    found = facts(capsys)
    assert list(found) == ["device", "devices", "cores", "memory", "system", "versions", "home", "data", "disk"]
    assert "cpu" in found["devices"]
    assert "torch 2." in found["versions"]
    assert found["home"] == f"{home} (made by the first run)"
    assert found["data"] == "shapes, digits"


def test_it_finds_what_was_downloaded(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    (home / "torchvision" / "FashionMNIST").mkdir(parents=True)
    (home / "torchvision" / ".downloading-abc").mkdir()
    (home / "torchvision" / "archive.tar.gz").touch()
    assert facts(capsys)["data"] == "shapes, digits, FashionMNIST"
    assert facts(capsys)["home"] == str(home)


def test_it_tells_what_is_missing(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "umap-learn":
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(module, "version", version)
    assert "umap-learn is missing" in facts(capsys)["versions"]
