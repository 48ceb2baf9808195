"""Every command in the documents is run here, or named as long and held against what it calls."""

import contextlib
import io
import json
import os
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from playground.__main__ import _parser, main
from playground.bench import BENCHES
from playground.command.train import read_config
from tests.docs.documents import DOCUMENTS, ROOT, commands, name_of

PLAYGROUND = ".venv/bin/python -m playground "
COMMANDS = {command: document for document in DOCUMENTS for command in commands(document)}

# Run as they stand, in an empty folder and an empty home of their own.
QUICK = (
    f"{PLAYGROUND}--help",
    f"{PLAYGROUND}doctor",
    f"{PLAYGROUND}experiment --list",
    f"{PLAYGROUND}train --set data.name=digits batch_size=64 budget.steps=20",
    f"{PLAYGROUND}train --config config.json --set seed=1 --runs my-runs",
    f"{PLAYGROUND}train --set data.name=folder data.path=photos budget.steps=0",
)

SERVES, INSTALLS, MINUTES = "serves until it is ended", "installs", "takes minutes"
SUITE = "runs tests, this one among them"
# Not run: why not. What they call is looked for, and so are their options and settings.
LONG: Mapping[str, str] = {
    "make run": SERVES,
    "make workshop": SERVES,
    "streamlit run app.py": SERVES,
    f"{PLAYGROUND}workshop --code maple-otter-482 --runs-each 5 --minutes 10 --people 40 --port 8501": SERVES,
    "pip install -r requirements.txt": INSTALLS,
    "make test": SUITE,
    "make test-fast": SUITE,
    "make test-oldest": SUITE,
    "make check": SUITE,
    "make javascript": SUITE,
    ".venv/bin/python -m pytest -m faults": SUITE,
    f"{PLAYGROUND}prepare": "compiles for half a minute",
    f"{PLAYGROUND}evaluate RUN": "trains several classifiers",
    f"{PLAYGROUND}train --set data.name=digits method.name=byol budget.seconds=30": MINUTES,
    f"{PLAYGROUND}train --set data.name=digits method.name=simclr budget.seconds=30": MINUTES,
    f"{PLAYGROUND}train --set data.name=digits budget.steps=0": "as one that is run, on other images",
    f"{PLAYGROUND}train --set data.name=folder data.path=cifar10 method.name=simclr budget.seconds=60": MINUTES,
    f"{PLAYGROUND}train --set data.name=folder data.path=cifar10 budget.seconds=60 encoder.width=32": MINUTES,
    f"{PLAYGROUND}train --set data.name=folder data.path=cifar10 budget.steps=900 method.negatives=decoupled": MINUTES,
    f"{PLAYGROUND}train --set method.name=clip budget.seconds=110": MINUTES,
    f"{PLAYGROUND}train --set method.name=simcse method.hard_negatives=false budget.steps=200 seed=1": MINUTES,
    f"{PLAYGROUND}experiment temperature": MINUTES,
    f"{PLAYGROUND}experiment temperature --seeds 3 --json temperature.json": MINUTES,
    f"{PLAYGROUND}experiment batch_size": MINUTES,
    f"{PLAYGROUND}experiment augmentation": MINUTES,
    f"{PLAYGROUND}experiment methods": MINUTES,
    f"{PLAYGROUND}experiment queue": MINUTES,
    f"{PLAYGROUND}experiment hard_negatives": MINUTES,
    f"{PLAYGROUND}bench --quick": MINUTES,
    f"{PLAYGROUND}bench --only step map loss batch insight --data cifar10 --json bench.json": MINUTES,
    f"{PLAYGROUND}bench --only start page": MINUTES,
    ".venv/bin/python -m tests.benchmarks.calibration --data cifar10": MINUTES,
    ".venv/bin/python -m tests.benchmarks.against_lightly --data cifar10 --epochs 1": MINUTES,
    ".venv/bin/python -m tests.benchmarks.claims --data cifar10 --epochs 1": MINUTES,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the quick commands are run: with a config.json and some photos, as the documents suppose."""
    made = tmp_path_factory.mktemp("commands")
    few = {"data": {"name": "shapes", "count": 256}, "batch_size": 32, "budget": {"steps": 2}}
    (made / "config.json").write_text(json.dumps(few))
    (made / "photos").mkdir()
    pixels = np.random.default_rng(0).integers(0, 255, (300, 32, 32, 3), dtype=np.uint8)
    for number, image in enumerate(pixels):
        Image.fromarray(image).save(made / "photos" / f"{number}.png")
    return made


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, *shlex.split(command)[1:]]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PLAYGROUND_HOME": str(folder / "home")}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)


def test_every_command_is_run_or_named_as_long() -> None:
    unknown = {command: name_of(document) for command, document in COMMANDS.items() if command not in {*QUICK, *LONG}}
    assert unknown == {}


def test_no_command_is_listed_that_no_document_has() -> None:
    assert {*QUICK, *LONG} - set(COMMANDS) == set()
    assert not set(QUICK) & set(LONG)


@pytest.mark.parametrize("command", QUICK)
def test_a_quick_command_does_as_the_documents_say(command: str, folder: Path) -> None:
    ended = run(command, folder)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout
    if " train " in command:
        summary = json.loads(ended.stdout.splitlines()[-1])
        assert (summary["state"], summary["reason"]) == ("finished", "completed")
    if "--runs my-runs" in command:
        (made,) = (folder / "my-runs").iterdir()
        assert json.loads((made / "config.json").read_text())["seed"] == 1


@pytest.mark.parametrize("command", LONG)
def test_what_a_long_command_calls_is_there(command: str) -> None:
    program, *arguments = shlex.split(command)
    if program == ".venv/bin/python":
        _, module, *arguments = arguments
        program = module if module in CALLED else module.rpartition(".")[0]
        CALLED[program]([module, *arguments] if program == BENCHMARKS else arguments)
    else:
        CALLED[program](arguments)


def _check_make(targets: list[str]) -> None:
    rules = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert targets
    assert set(targets) <= set(rules)


def _check_files(arguments: list[str]) -> None:
    """Of `pip install -r FILE` and `streamlit run FILE`."""
    assert (ROOT / arguments[-1]).is_file()


def _check_pytest(arguments: list[str]) -> None:
    markers = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["markers"]
    assert arguments[:-1] == ["-m"]
    assert arguments[-1] in {marker.partition(":")[0] for marker in markers}


def _check_playground(arguments: list[str]) -> None:
    """Its options are parsed, its settings make a config, and what it names is there."""
    given = _parser().parse_args(arguments)
    if given.command == "train":
        read_config(given.config, given.set)
    if given.command == "bench":
        assert set(given.only) <= set(BENCHES)
    if given.command == "experiment":
        listed = io.StringIO()
        with contextlib.redirect_stdout(listed):
            main(["experiment", "--list"])
        assert given.name in {line.partition(":")[0] for line in listed.getvalue().splitlines()}


def _check_benchmark(arguments: list[str]) -> None:
    """Its --help knows every option."""
    module, *options = arguments
    said, argv = io.StringIO(), sys.argv
    sys.argv = [module, "--help"]
    try:
        with contextlib.redirect_stdout(said), pytest.raises(SystemExit):
            runpy.run_module(module, run_name="__main__")
    finally:
        sys.argv = argv
    assert {option for option in options if option.startswith("--")} <= set(re.findall(r"--[\w-]+", said.getvalue()))


BENCHMARKS = "tests.benchmarks"
CALLED: dict[str, Callable[[list[str]], None]] = {
    "make": _check_make,
    "pip": _check_files,
    "streamlit": _check_files,
    "pytest": _check_pytest,
    "playground": _check_playground,
    BENCHMARKS: _check_benchmark,
}
