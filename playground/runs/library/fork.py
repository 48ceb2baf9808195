"""Forks runs: creates a run with some settings changed, from the beginning or from a checkpoint."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playground.config import RunConfig
from playground.config.diff import with_changes
from playground.config.dotted import flatten
from playground.config.fixed_on_resume import changed_fixed_settings
from playground.records import Checkpoint
from playground.runs.folder.checkpoint_files import read_checkpoint_header
from playground.runs.folder.metrics_log import last_valid_step
from playground.runs.folder.origin import Origin
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.submit import errors_as_refusals, submit
from playground.runs.library.workspace import Refused, Workspace
from playground.training.schedule import progress, steps_ahead

LOSS_SCALE_SETTINGS = ("method.", "batch_size")  # settings that determine chance and floor of the loss


def fork_from_start(workspace: Workspace, run: RunFolder, changes: Mapping[str, Any]) -> RunFolder:
    """Queues a new run from the beginning, with the settings of `run` and `changes` by dotted key.

    Raises Refused, also for unknown settings, and where `run` is gone or damaged.
    """
    with errors_as_refusals():
        config = with_changes(run.config, changes)
        return submit(workspace, config, Origin(run.id, 0, _parsed_changes(config, changes)))


def fork_from_checkpoint(workspace: Workspace, run: RunFolder, step: int, changes: Mapping[str, Any]) -> RunFolder:
    """Queues a copy of `run` up to its checkpoint of `step`, which goes on from there with `changes` by dotted key.

    The copy does not depend on `run`. Raises Refused, also for unknown settings, for those that cannot change within a
    run, and where `run` is gone or damaged.
    """
    with errors_as_refusals():
        _check_step(run, step)
        config = with_changes(run.config, changes)
        _check_fixed_settings(run.config, config)
        file = run.checkpoint_file(step)
        with run.reading(file):
            start = read_checkpoint_header(file)
            images = int(start.facts["train_images"])
        _check_budget(config, start, images)
        origin = Origin(run.id, step, _parsed_changes(config, changes), _scale_since(run, step, changes))
        return submit(workspace, config, origin, fill=lambda new: _copy_history(run, step, new))


def _check_step(run: RunFolder, step: int) -> None:
    steps = run.checkpoint_steps()
    if not steps:
        raise Refused(
            f"Run {run.id} has kept no checkpoint: the first comes a second or two after the first step, or at the end."
        )
    if step not in steps:
        raise Refused(
            f"step: {step:,} was given, but run {run.id} has no checkpoint there; "
            f"allowed is {', '.join(f'{there:,}' for there in steps)}."
        )


def _check_fixed_settings(before: RunConfig, after: RunConfig) -> None:
    for key in changed_fixed_settings(before, after)[:1]:
        was, new = (flatten(config.model_dump()).get(key) for config in (before, after))
        raise Refused(
            f"{key}: {new} was given, but a run that goes on keeps its {was}: leave it, or make the run anew from the "
            "beginning with it."
        )


def _check_budget(config: RunConfig, start: Checkpoint, images: int) -> None:
    """Raises Refused where the checkpoint has used up the budget, which is that of the whole run."""
    per_epoch = images // config.batch_size
    ahead = steps_ahead(start.step, start.epoch, per_epoch)
    used = {"seconds": start.seconds, "steps": start.step, "epochs": start.epoch}
    for name, limit in config.budget:
        alone = config.budget.model_copy(update={other: None for other in used if other != name})
        if limit is not None and progress(alone, start.seconds, start.step, per_epoch, ahead) >= 1:
            raise Refused(
                f"budget.{name}: {used[name]:,.7g} are used at this checkpoint, of {limit:,.7g}: choose more."
            )


def _scale_since(run: RunFolder, step: int, changes: Mapping[str, Any]) -> int:
    """The step of the last change of the loss's scale, here or in an origin of `run`."""
    if any(key.startswith(LOSS_SCALE_SETTINGS) for key in flatten(changes)):
        return step
    return run.origin.scale_since if run.origin else 0


def _parsed_changes(config: RunConfig, changes: Mapping[str, Any]) -> dict[str, Any]:
    """`changes` as parsed in `config`, as JSON values by dotted key."""
    settings = flatten(config.model_dump(mode="json"))
    return {key: settings[key] for key in flatten(changes) if key in settings}


def _copy_history(run: RunFolder, step: int, new: RunFolder) -> None:
    """Copies the records of `run` up to `step`, and links its files, which are never changed in place."""
    with run.reading(run.metrics_file):
        lines = run.metrics_file.read_bytes().splitlines(keepends=True)
        past = _valid_records([json.loads(line) for line in lines if line.endswith(b"\n")], step)
    new.metrics_file.write_text("".join(json.dumps(record) + "\n" for record in past))
    _link_file(run, run.probe_file, new)
    _link_file(run, run.checkpoint_file(step), new)
    for folder in (run.path / "snapshots", *(run.path / "maps").glob("*")):
        (new.path / folder.relative_to(run.path)).mkdir(exist_ok=True)
        for file in folder.glob("[0-9]*.npz"):
            if int(file.stem) <= step:
                _link_file(run, file, new)


def _valid_records(records: list[dict[str, Any]], step: int) -> list[dict[str, Any]]:
    """The valid records of all attempts up to `step`, numbered as those of a first attempt."""
    counted: list[dict[str, Any]] = []
    for record in records:
        if record["kind"] == "attempt":
            counted = [earlier for earlier in counted if earlier["step"] <= last_valid_step(record["step"])]
        else:
            counted.append(record)
    past = (record for record in counted if record["step"] <= step)
    return [{**record, "attempt": 1, "seq": number} for number, record in enumerate(past, 1)]


def _link_file(run: RunFolder, file: Path, new: RunFolder) -> None:
    """Hard-links a file into `new`; copies it where the file system has no links. Raises UnreadableRun."""
    there = new.path / file.relative_to(run.path)
    try:
        os.link(file, there)
    except FileNotFoundError as error:
        raise UnreadableRun(f"{file.relative_to(run.path)} of run {run.id} is gone: choose another.") from error
    except OSError:
        shutil.copyfile(file, there)
