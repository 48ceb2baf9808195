"""What several runs are called beside each other: by what they differ in, in the words of the form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playground.catalog.augmentation_presets import PRESETS, find_preset
from playground.config import RunConfig
from playground.config.chosen_settings import non_default_settings, suggested_for
from playground.config.diff import differences
from playground.config.dotted import flatten
from playground.config.schema import Entry, entries
from playground.figures.curves import Mark
from playground.wording.escape import escape_markdown

MOST_PARTS = 3  # of a name
LONGEST = 28  # letters of a person's own text in a name, from its end
FIRST, LAST = ("method.name", "data.name"), ("seed",)
# These change nothing of what is learned, or hardly: in a name only where there is nothing else.
ASIDE = ("watch.", "device", "precision", "microbatch")


@dataclass(frozen=True, slots=True)
class Label:
    """By what one run, or a group of them, is known in every panel."""

    name: str
    mark: Mark

    @property
    def text(self) -> str:
        """Its sign and its name, for a figure or a table."""
        return f"{self.mark.sign} {self.name}"

    @property
    def markdown(self) -> str:
        """The same, the sign in its colour."""
        return f':color[{self.mark.sign}]{{foreground="{self.mark.colour}"}} {escape_markdown(self.name)}'


def short_names(configs: Sequence[RunConfig]) -> tuple[str, ...]:
    """A name for each: "temperature 0.1", "SimCLR · seed 1". All are different: equal runs get numbers.

    A run alone is called after its method and its images.
    """
    if len(configs) == 1:
        known = known_entries(configs)
        config = configs[0]
        return (f"{said(known['method.name'], config.method.name)} on {said(known['data.name'], config.data.name)}",)
    parts = _parts(configs)
    names = [" · ".join(filter(None, words)) for words in zip(*parts, strict=True)] or [""] * len(configs)
    return tuple(_numbered(name, place, names) for place, name in enumerate(names))


def known_entries(configs: Sequence[RunConfig]) -> dict[str, Entry]:
    """The settings of all `configs` by key; one that several methods have is called as in the first."""
    known: dict[str, Entry] = {}
    for config in configs:
        for entry in entries(config):
            known.setdefault(entry.key, entry)
    return known


def said(entry: Entry, value: Any) -> str:
    """A setting with its value, within a sentence: "temperature 0.1"; of a choice by name the name alone, "SimCLR"."""
    words = value_words(entry, value).partition(" (")[0]
    if entry.key.endswith(".name"):
        return words
    if len(words) > LONGEST:
        words = f"…{words[-LONGEST:]}"
    return f"{_lower(entry.title)} {words}"


def value_words(entry: Entry | None, value: Any) -> str:
    """A value as the form shows it; "—" where a run has no such setting. None: of a setting that is not known."""
    labels = (entry and entry.labels) or {}
    if value is None:
        return labels.get(None, "—")
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(labels.get(value, value))


def _parts(configs: Sequence[RunConfig]) -> list[tuple[str, ...]]:
    """Of what the names are made: for each of the settings that tell, words for each run, "" where it has none."""
    found, known = differences(configs), known_entries(configs)
    told = {key: tuple("" if value is None and None not in (known[key].labels or {}) else said(known[key], value)
                       for value in found[key]) for key in _telling(found, configs)}  # fmt: skip
    views = [key for key in told if key.startswith("views.")]
    policies = tuple(_policy(config) for config in configs)
    if len(views) > 1 and len(set(policies)) > 1:
        told = {key: words for key, words in told.items() if key not in views} | {"views": policies}
    keys = sorted(told, key=lambda key: 0 if key in FIRST else 2 if key in LAST else 1)
    return [told[key] for key in (keys if len(keys) <= MOST_PARTS else _needed(keys, told))]


def _telling(found: Mapping[str, tuple[Any, ...]], configs: Sequence[RunConfig]) -> list[str]:
    """The settings that differ because a person chose so; where there is none, whatever differs."""
    chosen = {key for config in configs for key in non_default_settings(config)}
    own = [key for key in found if not key.startswith(ASIDE)]
    return [key for key in own if key in chosen] or own or list(found)


def _policy(config: RunConfig) -> str:
    """What the views of a run are called as a whole."""
    settings = flatten(config.views.model_dump(), "views.")
    if not any(value for key, value in settings.items() if key.endswith("probability")):
        return "no augmentation"
    preset = find_preset(settings)
    if preset:
        return f"views: {PRESETS[preset].title}"
    suggested = suggested_for(flatten(config.model_dump()))
    return "suggested views" if settings.items() <= suggested.items() else "own views"


def _needed(keys: Sequence[str], told: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Of `keys` those that tell runs apart which those before them do not."""
    needed: list[str] = []
    kinds = 1
    for key in keys:
        count = len(set(zip(*(told[one] for one in [*needed, key]), strict=True)))
        if count > kinds:
            needed, kinds = [*needed, key], count
    return needed


def _numbered(name: str, place: int, names: Sequence[str]) -> str:
    if name and names.count(name) == 1:
        return name
    return f"{name} · run {place + 1}" if name else f"run {place + 1}"


def _lower(title: str) -> str:
    """ "Learning rate" as within a sentence; "kNN" and "EMA" as they are."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]
