"""The runs of a comparison: which follow the same images, and which differ only in the seed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from playground.config import RunConfig
from playground.config.diff import differences
from playground.figures.curves import MARKS
from playground.records import RunStatus
from playground.ui.run.run_view import RunView
from playground.ui.words.run_names import Label, known_entries, short_names, value_words
from playground.ui.words.sample_noun import SampleNoun, noun_of


@dataclass(frozen=True, slots=True)
class Compared:
    """One run beside others."""

    view: RunView
    status: RunStatus
    label: Label

    def looked_at(self) -> "Compared":
        """Itself, with its images and the look that is shown at hand. Raises UnreadableRun."""
        self.view.snapshot()
        _ = self.view.digest
        return self

    @property
    def config(self) -> RunConfig:
        return self.view.folder.config


@dataclass(frozen=True, slots=True)
class Group:
    """Runs that count as one: those that differ only in the seed, or one alone."""

    label: Label
    members: tuple[Compared, ...]


def labels(configs: Sequence[RunConfig]) -> list[Label]:
    """One for each run, in its own colour, dash and marker."""
    return [Label(name, mark) for name, mark in zip(short_names(configs), MARKS, strict=False)]


def alone(runs: Sequence[Compared]) -> list[Group]:
    """Each run for itself."""
    return [Group(run.label, (run,)) for run in runs]


def noun_of_runs(runs: Iterable[Compared]) -> SampleNoun:
    """What they learn from, in one word for all."""
    return noun_of(run.config for run in runs)


def by_seed(runs: Sequence[Compared]) -> list[Group]:
    """Those together that differ only in the seed, under the mark of their first."""
    sorted_in: dict[str, list[Compared]] = {}
    for run in runs:
        sorted_in.setdefault(_without_seed(run.config).model_dump_json(), []).append(run)
    names = short_names([_without_seed(members[0].config) for members in sorted_in.values()]) if sorted_in else ()
    return [
        Group(Label(f"{name}{_count(members)}", members[0].label.mark), tuple(members))
        for name, members in zip(names, sorted_in.values(), strict=True)
    ]


def can_be_grouped(runs: Sequence[Compared]) -> bool:
    """Whether some of them differ only in the seed."""
    return len({_without_seed(run.config).model_dump_json() for run in runs}) < len(runs)


def comparable(runs: Sequence[Compared]) -> tuple[list[Compared], list[Compared]]:
    """Those that follow the same images, as many as there are, and those that follow others; none before they begin."""
    digests = [run.view.digest for run in runs if run.view.digest]
    most = max(digests, key=digests.count, default="")
    same = [run for run in runs if most and run.view.digest == most]
    return same, [run for run in runs if run.view.digest not in ("", most)]


def why_not(run: Compared, reference: Compared) -> str:
    """Why a run cannot be compared image by image: "digits instead of shapes"."""
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


def _count(members: Sequence[Compared]) -> str:
    if len(members) == 1:
        return ""
    seeds = len({run.config.seed for run in members})
    return f" ({len(members)} seeds)" if seeds == len(members) else f" ({len(members)} runs, seeds: {seeds})"
