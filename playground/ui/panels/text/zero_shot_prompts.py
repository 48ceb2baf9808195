"""What a person asks for in the zero-shot tab, and what the run's newest weights answer."""

from typing import NamedTuple

import streamlit as st

from playground.config.methods.clip import CLIPConfig
from playground.data import DataError
from playground.data.captions.prompts import GAP, filled, read_templates
from playground.insight.text.zero_shot import Guesses, Scheme, guesses, read_names, same_words, schemes_of
from playground.records import Probe
from playground.runs.folder.run_folder import UnreadableRun
from playground.ui.components.widget_state import set_widget_value, start_widget_value, widget_key
from playground.ui.panels.frame import soon
from playground.ui.panels.text.text_reader import Reading, listed, newest_reading, unknown_words
from playground.ui.run.run_view import RunView
from playground.ui.words.errors import complain
from playground.wording.escape import escape_markdown_links, printable

NAMED = 12  # names that are listed beside the prompts
PROMPTS_HELP = f"{GAP} stands for the class name. The first line alone is the one prompt; all lines are the ensemble."


class Question(NamedTuple):
    """What a person asks for."""

    names: tuple[str, ...]
    templates: tuple[str, ...]

    @property
    def prompts(self) -> list[str]:
        """Class by class, of each one for every template."""
        return [filled(template, name) for name in self.names for template in self.templates]


class Answer(NamedTuple):
    """What the images are called after `step` steps."""

    step: int
    one: Guesses
    ensemble: Guesses
    remarks: tuple[str, ...]  # on words that are not known


def chosen_scheme(view: RunView, probe: Probe) -> Scheme:
    """By what the images are sorted."""
    data_name = view.folder.config.data.name
    schemes = {scheme.name: scheme for scheme in view.memo.get("schemes", None, lambda: schemes_of(probe, data_name))}
    chosen = st.segmented_control(
        "Sort by", list(schemes), default=next(iter(schemes)), required=True,
        key=widget_key(f"{view.name}sort by", data_name),
        persist_state="session", help="Own names have no labels: the images are shown as they are sorted.",
    )  # fmt: skip
    return schemes[chosen] if chosen in schemes else next(iter(schemes.values()))


def asked(view: RunView, scheme: Scheme) -> Question | None:
    """What is typed; where it cannot be asked for, None and a sentence."""
    beside = (view.folder.config.data.name, scheme.name)
    names = "\n".join(scheme.class_names)
    if scheme.labels is None:
        names = _lines("Class names, one a line", names, widget_key(f"{view.name}names", *beside, view.digest[:8]))
    else:
        st.caption(escape_markdown_links(_names_told(scheme.class_names)))
    first = "\n".join(scheme.templates)
    templates = _lines("Prompts, one a line", first, widget_key(f"{view.name}prompts", *beside), PROMPTS_HELP)
    try:
        given = read_names(names) if scheme.labels is None else scheme.class_names
        return Question(given, read_templates(templates))
    except DataError as error:
        complain(error)
        return None


def _lines(label: str, first: str, key: str, told: str | None = None) -> str:
    """A field of lines, and while it says something else than at first the way back."""
    start_widget_value(key, first)  # no value: Streamlit complains of one where a value was set before
    height = 68 + 24 * min(8, first.count("\n"))
    said = st.text_area(label, key=key, height=height, help=told, persist_state="session")
    if said != first:
        st.button("As at first", key=widget_key(key, "back"), on_click=set_widget_value, args=(key, first))
    return said or ""


def _names_told(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    shown = ", ".join(printable(name, 40) for name in names[:NAMED])
    return f"{len(names):,} name{'' if len(names) == 1 else 's'}: {shown}{more}."


def answered(view: RunView, scheme: Scheme, question: Question) -> Answer | None:
    """By the newest weights; where there are none that can be used, None and a sentence."""
    try:
        reading = newest_reading(view.folder)
    except (UnreadableRun, RuntimeError) as error:
        complain(error)
        return None
    if reading is None:
        soon()
        return None
    key = (reading.step, scheme.name, question)
    found: Answer = view.memo.get("zero-shot", key, lambda: _made(view, reading, question))
    return found


def _made(view: RunView, reading: Reading, question: Question) -> Answer:
    z = reading.embed(question.prompts).reshape(len(question.names), len(question.templates), -1)
    temperature = view.temperature(reading.step)
    one, ensemble = (guesses(reading.images, prompts, temperature) for prompts in (z[:, :1], z))
    return Answer(reading.step, one, ensemble, _on_words(view, reading, question))


def _on_words(view: RunView, reading: Reading, question: Question) -> tuple[str, ...]:
    method, vocabulary = view.folder.config.method, reading.vocabulary
    assert isinstance(method, CLIPConfig)
    ids = vocabulary.encode(question.prompts, method.length).reshape(len(question.names), -1)
    same = (listed([f"'{printable(name, 40)}'" for name in names[:NAMED]]) for names in same_words(ids, question.names))
    alike = [f"{names} are read alike: which of them an image gets means nothing." for names in same]
    return tuple(filter(None, (unknown_words(vocabulary, question.prompts, method.words), *alike)))
