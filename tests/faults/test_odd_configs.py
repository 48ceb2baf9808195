"""Two hundred generated configs: each is refused with a message that names a setting, or trains with finite numbers."""

import math
import random
from pathlib import Path
from typing import Any

import pytest

from playground.config import ConfigError, RunConfig, parse
from playground.data import DataError
from playground.inference.errors import TrainingError
from playground.records import Snapshot, StepMetrics
from playground.training.train import train
from tests.faults.odd_configs import BASE, NEEDS_NETWORK, odd_config
from tests.one_thread import one_thread

__all__ = ["one_thread"]

CONFIGS, PARTS = 200, 8
STEPS = 3


def affordable(config: RunConfig) -> RunConfig:
    """The same, but for what would only take minutes: large images, networks, batches and looks."""
    return config.model_copy(
        update={
            "batch_size": min(config.batch_size, 48),
            "microbatch": min(config.microbatch, 96),
            "data": config.data.model_copy(
                update={"side": min(config.data.side, 48), "count": min(getattr(config.data, "count", 192), 192)}
                if hasattr(config.data, "count")
                else {"side": min(config.data.side, 48)}
            ),
            "budget": config.budget.model_copy(update={"steps": STEPS, "seconds": None, "epochs": None}),
            "watch": config.watch.model_copy(update={"probe_size": min(config.watch.probe_size, 64), "snapshots": 2}),
        }
    )


def trained(config: RunConfig, home: Path) -> list[float]:
    """The losses, and what was seen of the embeddings."""
    numbers: list[float] = []
    for record in train(config, home=home):
        if isinstance(record, StepMetrics):
            numbers += [record.loss, record.positive_similarity]
        elif isinstance(record, Snapshot):
            numbers += [float(abs(record.h).max()), float(abs(record.z).max())]
    return numbers


def outcome(settings: dict[str, Any], home: Path) -> str:
    """ "refused: " or "ended: " with the sentence, or "trained"."""
    try:
        config = parse(settings)
        if config.data.name in NEEDS_NETWORK:
            return "ended: needs the network."
        numbers = trained(affordable(config), home)
    except ConfigError as error:
        return f"refused: {error}"
    except (DataError, TrainingError) as error:
        return f"ended: {error}"
    assert len(numbers) >= 2 * STEPS and all(math.isfinite(number) for number in numbers), numbers
    return "trained"


def is_well_said(told: str, settings: dict[str, Any]) -> bool:
    """One sentence; a refusal names a setting that was given, or the group that it is of."""
    names = {part for key in settings for part in (key, key.split(".")[0]) if part}
    named = told.startswith("ended") or any(name in told for name in names)
    return told == "trained" or (told.endswith(".") and "\n" not in told and named)


@pytest.mark.parametrize("part", range(PARTS))
def test_a_generated_config_is_refused_or_trains(part: int, tmp_path: Path) -> None:
    found = []
    for number in range(part, CONFIGS, PARTS):
        settings = odd_config(random.Random(number))
        own = {key: value for key, value in settings.items() if BASE.get(key, ...) != value}
        try:
            told = outcome(settings, tmp_path)
        except Exception as error:
            raise AssertionError(f"config {number}: {own}") from error
        assert is_well_said(told, settings), f"config {number}: {own}: {told}"
        found.append(told.split(":")[0])
    assert found.count("refused") >= 3 and found.count("trained") >= 8, found
