"""Names of several runs beside each other, made of the settings in which they differ, in the words of the form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playground.catalog.augmentation_presets import PRESETS, find_preset
from playground.config import RunConfig
from playground.config.chosen_settings import non_default_settings, suggested_for
from playground.config.diff import differences
from playground.config.dotted import flatten
from playground.config.schema import Entry, entries
from playground.figures.curves import RunMark
from playground.wording.escape import escape_markdown

MOST_PARTS = 3  # settings in a name
LONGEST_VALUE = 28  # letters of a value in a name; of longer ones the end
FIRST_KEYS, LAST_KEYS = ("method.name", "data.name"), ("seed",)
# Settings that hardly change what is learned: in a name only if no others differ.
MINOR_KEYS = ("watch.", "device", "precision", "microbatch")


@dataclass(frozen=True, slots=True)
class MarkedName:
    """Name and mark of a run, or of a group of runs, in all panels."""

    name: str
    mark: RunMark

    @property
    def text(self) -> str:
        """Sign and name as plain text, for a figure or a table."""
        return f"{self.mark.sign} {self.name}"

    @property
    def markdown(self) -> str:
        """Sign and name as Markdown, the sign in its colour."""
        return f':color[{self.mark.sign}]{{foreground="{self.mark.colour}"}} {escape_markdown(self.name)}'


def short_names(configs: Sequence[RunConfig]) -> tuple[str, ...]:
    """A different name for each run, such as "temperature 0.1" or "SimCLR · seed 1"; equal runs get numbers.

    A single run is named by its method and its data.
    """
    if len(configs) == 1:
        known = known_entries(configs)
        config = configs[0]
        method = setting_words(known["method.name"], config.method.name)
        return (f"{method} on {setting_words(known['data.name'], config.data.name)}",)
    parts = _name_parts(configs)
    names = [" · ".join(filter(None, words)) for words in zip(*parts, strict=True)] or [""] * len(configs)
    return tuple(_number_if_ambiguous(name, place, names) for place, name in enumerate(names))


def known_entries(configs: Sequence[RunConfig]) -> dict[str, Entry]:
    """The settings of all `configs` by key, with the title of the first config that has them."""
    known: dict[str, Entry] = {}
    for config in configs:
        for entry in entries(config):
            known.setdefault(entry.key, entry)
    return known


def setting_words(entry: Entry, value: Any) -> str:
    """A setting with its value within a sentence: "temperature 0.1"; for `*.name` the value alone, "SimCLR"."""
    words = value_words(entry, value).partition(" (")[0]
    if entry.key.endswith(".name"):
        return words
    if len(words) > LONGEST_VALUE:
        words = f"…{words[-LONGEST_VALUE:]}"
    return f"{_lower_first_letter(entry.title)} {words}"


def value_words(entry: Entry | None, value: Any) -> str:
    """A value as the form shows it; "—" if a run has no such setting. `entry` is None for an unknown setting."""
    labels = (entry and entry.labels) or {}
    if value is None:
        return labels.get(None, "—")
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(labels.get(value, value))


def _name_parts(configs: Sequence[RunConfig]) -> list[tuple[str, ...]]:
    """The parts of the names: for each setting in use, its words in each run, "" if a run has none."""
    found, known = differences(configs), known_entries(configs)
    told = {
        key: tuple(_words_if_set(known[key], value) for value in found[key]) for key in _telling_keys(found, configs)
    }
    views = [key for key in told if key.startswith("views.")]
    policies = tuple(_views_words(config) for config in configs)
    if len(views) > 1 and len(set(policies)) > 1:
        told = {key: words for key, words in told.items() if key not in views} | {"views": policies}
    keys = sorted(told, key=lambda key: 0 if key in FIRST_KEYS else 2 if key in LAST_KEYS else 1)
    return [told[key] for key in (keys if len(keys) <= MOST_PARTS else _needed_keys(keys, told))]


def _words_if_set(entry: Entry, value: Any) -> str:
    """`setting_words`, "" if a run has no such setting."""
    return "" if value is None and None not in (entry.labels or {}) else setting_words(entry, value)


def _telling_keys(found: Mapping[str, tuple[Any, ...]], configs: Sequence[RunConfig]) -> list[str]:
    """Keys of the settings that differ and were chosen by a person; without any, all that differ."""
    chosen = {key for config in configs for key in non_default_settings(config)}
    own = [key for key in found if not key.startswith(MINOR_KEYS)]
    return [key for key in own if key in chosen] or own or list(found)


def _views_words(config: RunConfig) -> str:
    """The augmentations of a run in words."""
    settings = flatten(config.views.model_dump(), "views.")
    if not any(value for key, value in settings.items() if key.endswith("probability")):
        return "no augmentation"
    preset = find_preset(settings)
    if preset:
        return f"views: {PRESETS[preset].title}"
    suggested = suggested_for(flatten(config.model_dump()))
    return "suggested views" if settings.items() <= suggested.items() else "own views"


def _needed_keys(keys: Sequence[str], told: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Those of `keys` that distinguish runs which the ones before them do not."""
    needed: list[str] = []
    kinds = 1
    for key in keys:
        count = len(set(zip(*(told[one] for one in [*needed, key]), strict=True)))
        if count > kinds:
            needed, kinds = [*needed, key], count
    return needed


def _number_if_ambiguous(name: str, place: int, names: Sequence[str]) -> str:
    if name and names.count(name) == 1:
        return name
    return f"{name} · run {place + 1}" if name else f"run {place + 1}"


def _lower_first_letter(title: str) -> str:
    """A title as within a sentence: "learning rate"; "kNN" and "EMA" are unchanged."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]
