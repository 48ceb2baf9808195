"""The runs of a comparison: their labels, groups that differ only in the seed, and which share probe images."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from playground.config import RunConfig
from playground.config.diff import differences
from playground.figures.curves import RUN_MARKS
from playground.records import RunStatus
from playground.ui.run.run_view import RunView
from playground.ui.words.run_names import MarkedName, known_entries, short_names, value_words
from playground.ui.words.sample_noun import SampleNoun, noun_of

RUNS_IN_A_ROW = 2  # on a wide screen


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """A run that is compared with others."""

    view: RunView
    status: RunStatus
    label: MarkedName

    def preload(self) -> "ComparedRun":
        """Reads the shown snapshot and the probe digest; returns itself. Raises UnreadableRun."""
        self.view.snapshot()
        _ = self.view.digest
        return self

    @property
    def config(self) -> RunConfig:
        """The config of the run."""
        return self.view.folder.config


@dataclass(frozen=True, slots=True)
class Group:
    """Runs that are shown as one: those that differ only in the seed, or a single one."""

    label: MarkedName
    members: tuple[ComparedRun, ...]


def make_labels(configs: Sequence[RunConfig]) -> list[MarkedName]:
    """A name and mark for each run; at most as many as RUN_MARKS."""
    return [MarkedName(name, mark) for name, mark in zip(short_names(configs), RUN_MARKS, strict=False)]


def ungrouped(runs: Sequence[ComparedRun]) -> list[Group]:
    """A group for each run."""
    return [Group(run.label, (run,)) for run in runs]


def noun_of_runs(runs: Iterable[ComparedRun]) -> SampleNoun:
    """The noun for the samples of all `runs`."""
    return noun_of(run.config for run in runs)


def group_by_seed(runs: Sequence[ComparedRun]) -> list[Group]:
    """Groups of the runs that differ only in the seed, with the mark of their first run."""
    sorted_in: dict[str, list[ComparedRun]] = {}
    for run in runs:
        sorted_in.setdefault(_without_seed(run.config).model_dump_json(), []).append(run)
    names = short_names([_without_seed(members[0].config) for members in sorted_in.values()]) if sorted_in else ()
    return [
        Group(MarkedName(f"{name}{_members_note(members)}", members[0].label.mark), tuple(members))
        for name, members in zip(names, sorted_in.values(), strict=True)
    ]


def can_be_grouped(runs: Sequence[ComparedRun]) -> bool:
    """Whether some of `runs` differ only in the seed."""
    return len({_without_seed(run.config).model_dump_json() for run in runs}) < len(runs)


def split_by_images(runs: Sequence[ComparedRun]) -> tuple[list[ComparedRun], list[ComparedRun]]:
    """The largest set of runs with the same probe images, and those with other ones; without runs before training."""
    digests = [run.view.digest for run in runs if run.view.digest]
    most = max(digests, key=digests.count, default="")
    same = [run for run in runs if most and run.view.digest == most]
    return same, [run for run in runs if run.view.digest not in ("", most)]


def difference_in_words(run: ComparedRun, reference: ComparedRun) -> str:
    """Why the probe images of two runs differ: "digits instead of shapes"."""
    pair = (run.config, reference.config)
    known = known_entries(pair)
    said = []
    for key, (own, other) in differences(pair).items():
        if key == "data.name":
            own, other = (value_words(known[key], value).partition(" (")[0] for value in (own, other))
            return f"{own} instead of {other}"
        if key.startswith("data.") or key == "watch.probe_size":
            own, other = (value_words(known[key], value) for value in (own, other))
            said.append(f"{known[key].title.lower()} {own} instead of {other}")
    return ", ".join(said) or "the files behind the same settings have changed"


def _without_seed(config: RunConfig) -> RunConfig:
    return config.model_copy(update={"seed": 0})


def _members_note(members: Sequence[ComparedRun]) -> str:
    if len(members) == 1:
        return ""
    seeds = len({run.config.seed for run in members})
    return f" ({len(members)} seeds)" if seeds == len(members) else f" ({len(members)} runs, seeds: {seeds})"
