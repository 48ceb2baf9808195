"""`pytest --fast`, as `make test-fast` calls it: it leaves out what is listed, and nothing else."""

import subprocess
import sys

import pytest

from tests.conftest import SLOW, TESTS


def collected(*arguments: str) -> set[str]:
    """The files with a test that pytest finds in a folder that has slow ones among them."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *arguments]
    found = subprocess.run([*command, "tests/ui/session"], cwd=TESTS.parent, check=True, capture_output=True, text=True)
    return {line.split("::")[0].removeprefix("tests/") for line in found.stdout.splitlines() if "::" in line}


@pytest.mark.parametrize("path", SLOW)
def test_what_is_left_out_is_there(path: str) -> None:
    assert (TESTS / path).exists()


def test_fast_leaves_out_what_is_slow() -> None:
    everything, fast = collected(), collected("--fast")
    assert everything - fast == {path for path in SLOW if path.startswith("ui/session/")}
    assert fast < everything
