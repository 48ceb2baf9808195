"""What tests of several wings share: real photographs out of what is installed with the app, and `pytest --fast`."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from numpy.typing import NDArray
from PIL import Image

import playground  # noqa: F401  # before a test imports torch or numba: see playground/openmp.py

# No example fails for want of time: other work on the machine says nothing about this one. All else is as it was, which
# on a CI machine is Hypothesis's own profile for it.
settings.register_profile(
    "without a clock", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("without a clock")

SIDE = 32  # of a photograph, as CIFAR-10's, in pixels
BANDS = 5  # of each of the two large ones: sky, roofs, walls ...
COUNTS = {"train": 300, "test": 60}  # of each class

TESTS = Path(__file__).parent
# Folders and files that --fast does not even import: they train, start processes, draw whole pages, or compute for more
# than ten seconds. What is left takes two cores less than 90 seconds.
SLOW = (
    "bench",
    "browser",
    "command",
    "data/uploads",
    "docs/test_commands.py",
    "faults",
    "inference",
    "insight/test_collapse.py",
    "insight/test_duplicates.py",
    "insight/test_factors.py",
    "insight/test_tsne.py",
    "insight/test_umap.py",
    "losses/test_chunked.py",
    "losses/test_contrastive.py",
    "methods/test_conformance.py",
    "methods/test_waiting.py",
    "models/test_microbatches.py",
    "runs/library",
    "runs/processes",
    "runs/queue",
    "test_fast.py",
    "test_imports.py",
    "test_openmp.py",
    "training",
    "ui/components/test_live_channel.py",
    "ui/components/test_widget_state.py",
    "ui/form/test_form.py",
    "ui/pages",
    "ui/panels",
    "ui/run/test_fork_buttons.py",
    "ui/session/test_workshop.py",
    "views/test_batched.py",
    "views/test_fused.py",
    "views/test_kernel.py",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="leave out what tests/conftest.py lists as SLOW")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """None leaves the decision to others."""
    slow = collection_path.relative_to(TESTS).as_posix() in SLOW
    return True if slow and config.getoption("--fast") else None


@pytest.fixture(scope="session")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of photographs, train/<class> and test/<class>: 300 and 60 of each of ten classes, 32 x 32 pixels.

    They are pieces of the two photographs of scikit-learn, a temple and a flower. A class is a band of one of them, of
    which the right fifth is for testing, so that no piece for training shows what one for testing does.
    """
    from sklearn.datasets import load_sample_image  # brings OpenMP, which reads its settings when it is loaded

    folder, rng = tmp_path_factory.mktemp("photographs"), np.random.default_rng(0)
    for name in ("china", "flower"):
        bands = np.array_split(load_sample_image(f"{name}.jpg"), BANDS)
        for number, band in enumerate(bands):
            border = band.shape[1] * 4 // 5
            for split, part in (("train", band[:, :border]), ("test", band[:, border:])):
                into = folder / split / f"{name} {number}"
                into.mkdir(parents=True)
                for place, piece in enumerate(_pieces(part, COUNTS[split], rng)):
                    piece.save(into / f"{place}.jpg", quality=95)
    return folder


def _pieces(photograph: NDArray[np.uint8], count: int, rng: np.random.Generator) -> Iterator[Image.Image]:
    """Different squares of a photograph [height, width, 3], twice as wide as what is made of them."""
    height, width = (size - 2 * SIDE for size in photograph.shape[:2])
    for place in rng.choice(height * width, count, replace=False):
        top, left = divmod(int(place), width)
        square = photograph[top : top + 2 * SIDE, left : left + 2 * SIDE]
        yield Image.fromarray(square).resize((SIDE, SIDE), Image.Resampling.BOX)
