"""New runs from others: the same with some settings changed, from the beginning or from a checkpoint on."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playground.config import RunConfig
from playground.config.diff import changed
from playground.config.dotted import flatten
from playground.config.fixed_on_resume import kept_settings
from playground.records import Checkpoint
from playground.runs.folder.checkpoint_files import read_header
from playground.runs.folder.metrics_log import last_counted
from playground.runs.folder.origin import Origin
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.submit import refusing, submit
from playground.runs.library.workspace import Refused, Workspace
from playground.training.schedule import progress, steps_ahead

SCALING = ("method.", "batch_size")  # the settings that chance and floor of the loss follow from


def the_same_with(workspace: Workspace, run: RunFolder, changes: Mapping[str, Any]) -> RunFolder:
    """A new run, queued: `run` from the beginning with `changes` by dotted key, and everything else as it was.

    Raises Refused, also for what is no such setting, and where `run` is gone or damaged.
    """
    with refusing():
        config = changed(run.config, changes)
        return submit(workspace, config, Origin(run.id, 0, _as_read(config, changes)))


def continue_from(workspace: Workspace, run: RunFolder, step: int, changes: Mapping[str, Any]) -> RunFolder:
    """A new run, queued: a copy of `run` up to its checkpoint of `step`, which goes on from there with `changes`.

    It needs nothing of `run` any more. Raises Refused, also for what is no such setting, for what cannot be changed in
    the middle of a run, and where `run` is gone or damaged.
    """
    with refusing():
        _check_step(run, step)
        config = changed(run.config, changes)
        _check_kept(run.config, config)
        file = run.checkpoint_file(step)
        with run.reading(file):
            start = read_header(file)
            images = int(start.facts["train_images"])
        _check_budget(config, start, images)
        origin = Origin(run.id, step, _as_read(config, changes), _scale_since(run, step, changes))
        return submit(workspace, config, origin, bring=lambda new: _bring_past(run, step, new))


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


def _check_kept(before: RunConfig, after: RunConfig) -> None:
    for key in kept_settings(before, after)[:1]:
        was, new = (flatten(config.model_dump()).get(key) for config in (before, after))
        raise Refused(
            f"{key}: {new} was given, but a run that goes on keeps its {was}: leave it, or make the run anew from the "
            "beginning with it."
        )


def _check_budget(config: RunConfig, start: Checkpoint, images: int) -> None:
    """The budget is that of the whole run: what the checkpoint has used of it does not come again."""
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
    """The step of the last change of the loss's scale, here or in what `run` was itself continued from."""
    if any(key.startswith(SCALING) for key in flatten(changes)):
        return step
    return run.origin.scale_since if run.origin else 0


def _as_read(config: RunConfig, changes: Mapping[str, Any]) -> dict[str, Any]:
    """`changes` as the new run has them: numbers where text was given, and fit for JSON."""
    settings = flatten(config.model_dump(mode="json"))
    return {key: settings[key] for key in flatten(changes) if key in settings}


def _bring_past(run: RunFolder, step: int, new: RunFolder) -> None:
    """Everything up to `step`. Two runs can share files that are replaced and never changed; the metrics grow."""
    with run.reading(run.metrics_file):
        lines = run.metrics_file.read_bytes().splitlines(keepends=True)
        past = _past([json.loads(line) for line in lines if line.endswith(b"\n")], step)
    new.metrics_file.write_text("".join(json.dumps(record) + "\n" for record in past))
    _share(run, run.probe_file, new)
    _share(run, run.checkpoint_file(step), new)
    for folder in (run.path / "snapshots", *(run.path / "maps").glob("*")):
        (new.path / folder.relative_to(run.path)).mkdir(exist_ok=True)
        for file in folder.glob("[0-9]*.npz"):
            if int(file.stem) <= step:
                _share(run, file, new)


def _past(records: list[dict[str, Any]], step: int) -> list[dict[str, Any]]:
    """What counts of all attempts at a run, up to `step`, with numbers of its own."""
    counted: list[dict[str, Any]] = []
    for record in records:
        if record["kind"] == "attempt":
            counted = [earlier for earlier in counted if earlier["step"] <= last_counted(record["step"])]
        else:
            counted.append(record)
    past = (record for record in counted if record["step"] <= step)
    return [{**record, "attempt": 1, "seq": number} for number, record in enumerate(past, 1)]


def _share(run: RunFolder, file: Path, new: RunFolder) -> None:
    """The same file under two names; a copy where the disk knows no such thing."""
    there = new.path / file.relative_to(run.path)
    try:
        os.link(file, there)
    except FileNotFoundError as error:
        raise UnreadableRun(f"{file.relative_to(run.path)} of run {run.id} is gone: choose another.") from error
    except OSError:
        shutil.copyfile(file, there)
