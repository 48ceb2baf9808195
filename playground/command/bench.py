"""`python -m playground bench`: measurements on this machine, beside those of other libraries."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from playground import data
from playground.bench import BENCHES, BenchOptions, machine
from playground.bench.run import BenchOutcome, run_benches
from playground.command.train import BAD_INPUT, FAILED
from playground.config import ConfigError, parse
from playground.storage.atomic_files import write_json
from playground.storage.home import home_folder

SMALLEST_SET = 256  # images: the batch size of most measurements


def bench_command(
    *, quick: bool, only: Sequence[str] = (), folder: Path | None = None, file: Path | None = None
) -> int:
    """Measure and print tables, and write them to `file` as JSON. Returns the exit status: 1 where a bench failed."""
    try:
        names, options = _chosen_benches(only), BenchOptions(quick, _check_image_folder(folder))
        if file is not None and not file.parent.is_dir():
            raise ConfigError(f"--json: {file} was given, whose folder does not exist; allowed is a file in a folder.")
    except (ConfigError, data.DataError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return BAD_INPUT
    facts, versions = machine.describe_machine(), machine.package_versions()
    _introduce(facts, versions)
    found = []
    for outcome in run_benches(names, options):
        found.append(outcome)
        _print_outcome(outcome)
    if file is not None:
        date = time.strftime("%Y-%m-%d %H:%M:%S %z")
        write_json(
            file, {"date": date, "quick": quick, "machine": facts, "versions": versions, **_outcomes_as_json(found)}
        )
    return 0 if all(outcome.is_complete for outcome in found) else FAILED


def _chosen_benches(only: Sequence[str]) -> list[str]:
    """The benches named in `only`, or all, in the order of BENCHES. Raises ConfigError."""
    for name in only:
        if name not in BENCHES:
            raise ConfigError(f"--only: {name} was given; allowed is one or more of {', '.join(BENCHES)}.")
    return [name for name in BENCHES if not only or name in only]


def _check_image_folder(folder: Path | None) -> str | None:
    """The absolute path of `folder`, after a check of its images. Raises DataError or ConfigError."""
    if folder is None:
        return None
    path = str(folder.resolve())
    data.check_data(parse({"data.name": "folder", "data.path": path}).data, home=home_folder(), batch_size=SMALLEST_SET)
    return path


def _introduce(facts: dict[str, str], versions: dict[str, str]) -> None:
    print(time.strftime("%Y-%m-%d"))
    for name, value in {**facts, "versions": ", ".join(f"{key} {value}" for key, value in versions.items())}.items():
        print(f"{name:<12} {value}")
    print(
        "\nMedians of rounds in which everybody went once, in an order that moves on. Ratios say how many times as "
        "fast a row is; they are worked out within each round, and their median is shown.",
        flush=True,
    )


def _print_outcome(outcome: BenchOutcome) -> None:
    if outcome.failure:
        print(f"\n{outcome.name} failed: {outcome.failure}", flush=True)
    for table in outcome.tables:
        print(f"\n**{outcome.name}: {table.title}**. {table.words}\n\n{table.markdown()}", flush=True)


def _outcomes_as_json(found: Sequence[BenchOutcome]) -> dict[str, object]:
    return {
        "benches": {one.name: [table.as_json() for table in one.tables] for one in found if not one.failure},
        "failed": {one.name: one.failure for one in found if one.failure},
    }
