"""What cannot be run is answered by exit code 2 and one line, and leaves nothing behind."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from playground.__main__ import main
from tests.command.conftest import Command
from tests.config.choices import EVERY_METHOD
from tests.data.pictures import colour_of, image_bytes
from tests.training.tiny import DIGITS, SHAPES, words

FOLDER = {key: value for key, value in SHAPES.items() if key != "data.count"} | {"data.name": "folder"}

Complain = Callable[..., str]


@pytest.fixture
def complaint(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Complain:
    """Run the command, which has to refuse, and give the one line that it says."""

    def refused(*arguments: object) -> str:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code  # type: ignore[assignment]
        said = capsys.readouterr()
        assert (code, said.out) == (2, ""), said
        assert said.err.endswith("\n")
        assert said.err.count("\n") == 1, said.err
        assert not (tmp_path / "mine").exists()
        assert not (tmp_path / "home" / "runs").exists()
        return said.err.strip()

    return refused


@pytest.fixture
def refused(complaint: Complain, tmp_path: Path) -> Complain:
    """The same for `train --set ...`."""
    return lambda *settings: complaint("train", "--set", *settings, "--runs", tmp_path / "mine")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (["colour=red"], ["colour", "is not a setting"]),
        (["method.temprature=0.1"], ["method.temprature", "did you mean method.temperature"]),
        (["method.temperature=20"], ["method.temperature: 20 was given", "0.001 to 10"]),
        (["batch_size=many"], ["batch_size: many was given", "whole number"]),
        (["batch_size=2\nbatch_size=3"], ["batch_size: 2 batch_size=3 was given"]),
        (["method.name=dino"], ["method.name: dino was given; allowed is one of " + ", ".join(EVERY_METHOD) + "."]),
        (["recipe=best"], ["recipe: best was given; allowed is one of small, published."]),
        (["recipe=published", "encoder.width=24"], ["encoder.width is not a setting: allowed here are encoder.name."]),
        (["method.queue_size=64"], ["method.queue_size is not a setting: allowed here are method.name"]),
        (["seed"], ["seed was given", "KEY=VALUE"]),
        (["=3"], ["=3 was given", "KEY=VALUE"]),
        (["budget.steps=-1"], ["budget.steps: -1 was given"]),
        (["optimizer.learning_rate=nan"], ["optimizer.learning_rate: nan was given"]),
        (["method=simclr"], ["method"]),
        (["batch_size.x=3"], ["batch_size"]),
    ],
)
def test_a_setting_that_is_none(settings: list[str], named: list[str], refused: Complain) -> None:
    line = refused(*settings)
    assert all(words in line for words in named), line


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (["batch_size=1"], "batch_size: 1 was given; allowed is a whole number from 2 to 8192."),
        (
            ["method.name=moco", "method.queue_size=31"],
            "method.queue_size: 31 was given; allowed with batch_size=32 is at least 32, so that the queue holds the "
            "keys of a step: choose a larger queue or a smaller batch.",
        ),
        (
            ["method.name=moco", "method.queue_size=63", "method.symmetric=true"],
            "method.queue_size: 63 was given; allowed with batch_size=32 is at least 64, so that the queue holds the "
            "keys of a step: choose a larger queue or a smaller batch.",
        ),
        (
            ["method.name=moco", "batch_size=15"],
            "batch_size: 15 was given; allowed with method.batch_norm_groups=8 is at least 16, two images a group.",
        ),
        (
            ["method.learn_temperature=true", "method.temperature=5"],
            "method.temperature: 5 was given; allowed with method.learn_temperature=true is a number from 0.01 to 1.",
        ),
    ],
)
def test_settings_that_do_not_fit_together(settings: list[str], line: str, refused: Complain) -> None:
    assert refused(*words(), *settings) == line


@pytest.mark.parametrize("method", [["method.name=supcon"], ["method.name=triplet", "method.positives=classes"]])
@pytest.mark.parametrize(
    ("names", "named"),
    [
        ([f"{n}.png" for n in range(40)], "has no classes, but the method learns from them"),
        ([f"class{n}/{side}.png" for n in range(40) for side in "ab"], "has one training image of each class only"),
        (
            [*(f"train/cat/{n}.png" for n in range(40)), "test/cat/0.png", "test/dog/0.png"],
            "has training images of one class only",
        ),
    ],
)
def test_a_method_that_learns_from_classes_that_are_not_there(
    method: list[str], names: list[str], named: str, refused: Complain, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(image_bytes(colour_of(number)))
    line = refused(*words(FOLDER, data__path=folder), *method)
    assert line.startswith(f"data.path: {str(folder)!r} {named}")
    assert "choose a method without labels" in line


def test_a_batch_larger_than_the_data(refused: Complain) -> None:
    line = refused(*words(batch_size=512))
    assert line == ("batch_size: 512 was given, but the data set has 256 training images: choose at most 256.")
    assert "choose at most 1,400" in refused(*words(DIGITS, batch_size=2048))


def test_a_folder_without_images(refused: Complain, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("mine")
    assert "no JPEG, PNG or WebP images" in refused(*words(FOLDER, data__path=tmp_path / "empty"))


def test_a_folder_that_is_not_there(refused: Complain, tmp_path: Path) -> None:
    assert "does not exist" in refused(*words(FOLDER, data__path=tmp_path / "nowhere"))
    assert "no folder was given" in refused(*words(FOLDER))


def test_a_file_that_is_no_image(refused: Complain, tmp_path: Path) -> None:
    (tmp_path / "mine-too").mkdir()
    for number in range(40):
        (tmp_path / "mine-too" / f"{number}.png").write_bytes(image_bytes(colour_of(number)))
    (tmp_path / "mine-too" / "7.png").write_bytes(b"no image")
    line = refused(*words(FOLDER, data__path=tmp_path / "mine-too"))
    assert "1 of 40 images cannot be read; the first is '7.png'" in line


@pytest.mark.parametrize("content", [b"no zip at all", b"PK\x03\x04 and then nothing"])
def test_a_zip_that_is_none(content: bytes, refused: Complain, tmp_path: Path) -> None:
    (tmp_path / "images.zip").write_bytes(content)
    assert "images.zip" in refused(*words(FOLDER, data__path=tmp_path / "images.zip"))


def test_a_zip_of_one_image(refused: Complain, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as file:
        file.writestr("a.png", image_bytes())
    assert "at least two" in refused(*words(FOLDER, data__path=tmp_path / "images.zip"))


def test_data_that_would_have_to_be_downloaded(refused: Complain, tmp_path: Path) -> None:
    line = refused(*words(FOLDER | {"data.name": "fashion_mnist"}))
    assert "Fashion-MNIST is not on this machine and could not be downloaded" in line
    assert [path.name for path in (tmp_path / "home" / "torchvision").iterdir()] == []


def test_a_device_that_is_not_there(refused: Complain) -> None:
    from playground.inference.device import devices

    if "cuda" in devices():
        pytest.skip("This machine has a GPU.")
    assert refused(*words(device="cuda")) == (
        "device: cuda was given, but this machine has none; allowed here is auto or cpu."
    )


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (None, "cannot be read"),
        ("{", "is no JSON"),
        ("[1, 2]", "holds no JSON object"),
        (b"\xff\xfe", "is no JSON"),
        ('{"batch_size": {"deep": 1}}', "batch_size"),
        ('{"seed": 1.5}', "seed: 1.5 was given"),
        ("{}\n{}", "is no JSON"),
    ],
)
def test_a_file_of_settings_that_is_none(
    content: str | bytes | None, named: str, complaint: Complain, tmp_path: Path
) -> None:
    file = tmp_path / "config.json"
    if content is not None:
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    assert named in complaint("train", "--config", file, "--runs", tmp_path / "mine")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["tain"], "tain"),
        ([], "command"),
        (["train", "--sets"], "--sets"),
        (["train", "--set"], "--set"),
        (["train", "--config"], "--config"),
        (["train", "seed=1"], "seed=1"),
        (["doctor", "--quick"], "--quick"),
    ],
)
def test_a_command_that_is_none(arguments: list[str], named: str, complaint: Complain) -> None:
    assert named in complaint(*arguments)


def test_a_place_where_no_run_can_be_kept(complaint: Complain, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    line = complaint("train", "--set", *words(), "--runs", tmp_path / "file" / "runs")
    assert line.startswith("--runs: no run can be kept in")
    assert "Not a directory" in line


def test_a_disk_without_room_for_a_run(complaint: Complain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=100_000))
    assert complaint("train", "--set", *words(), "--runs", tmp_path / "mine") == (
        f"--runs: no run can be kept in '{tmp_path / 'mine'}' (0.1 MB are free, and a run takes at least 0.5 MB)."
    )


def test_the_same_as_a_process(command: Command) -> None:
    """From the outside: no warning of a library joins the line."""
    queue = ["method.name=moco", "method.queue_size=100"]
    for arguments in (
        ["train", "--set", "sed=1"],
        ["train", "--set", *queue],
        ["train", "--set", "device=cuda"],
        ["tain"],
    ):
        process = command(*arguments)
        output, said = process.communicate()
        if process.returncode == 0:
            pytest.skip("This machine has a GPU.")
        assert (process.returncode, output, said.count("\n")) == (2, "", 1), said
