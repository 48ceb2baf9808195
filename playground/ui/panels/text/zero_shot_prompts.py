"""Class names and prompts of the zero-shot tab, and the guesses of the newest weights of the run."""

from typing import NamedTuple

import streamlit as st

from playground.config.methods.clip import CLIPConfig
from playground.data import DataError
from playground.data.captions.prompts import NAME_GAP, fill_template, read_templates
from playground.insight.text.zero_shot import Guesses, Scheme, guess_classes, make_schemes, read_names, same_words
from playground.records import Probe
from playground.runs.folder.run_folder import UnreadableRun
from playground.ui.components.widget_state import set_widget_value, start_widget_value, widget_key
from playground.ui.panels.frame import show_nothing_yet
from playground.ui.panels.text.text_reader import TextReading, newest_reading, unknown_words
from playground.ui.run.run_view import RunView
from playground.ui.words.errors import complain
from playground.wording.escape import escape_markdown_links, printable
from playground.wording.lists import list_in_words

MOST_CLASSES_NAMED = 12  # class names listed beside the prompts
PROMPTS_HELP = (
    f"{NAME_GAP} stands for the class name. The first line alone is the one prompt; all lines are the ensemble."
)


class Question(NamedTuple):
    """Class names and prompt templates."""

    names: tuple[str, ...]
    templates: tuple[str, ...]

    @property
    def prompts(self) -> list[str]:
        """The prompts, class by class: one for each template."""
        return [fill_template(template, name) for name in self.names for template in self.templates]


class Answer(NamedTuple):
    """Guesses for the probe images by the weights after `step` steps."""

    step: int
    one: Guesses  # by the first prompt
    ensemble: Guesses  # by all prompts
    remarks: tuple[str, ...]  # on unknown words


def choose_scheme(view: RunView, probe: Probe) -> Scheme:
    """Draws the choice of what the images are sorted by, and returns it."""
    data_name = view.folder.config.data.name
    schemes = {scheme.name: scheme for scheme in view.memo.get("schemes", None, lambda: make_schemes(probe, data_name))}
    chosen = st.segmented_control(
        "Sort by", list(schemes), default=next(iter(schemes)), required=True,
        key=widget_key(f"{view.name}sort by", data_name),
        persist_state="session", help="Own names have no labels: the images are shown as they are sorted.",
    )  # fmt: skip
    return schemes[chosen] if chosen in schemes else next(iter(schemes.values()))


def ask_prompts(view: RunView, scheme: Scheme) -> Question | None:
    """Draws the fields and returns what is typed; shows an error and returns None if it is invalid."""
    beside = (view.folder.config.data.name, scheme.name)
    names = "\n".join(scheme.class_names)
    if scheme.labels is None:
        names = _lines_field(
            "Class names, one a line", names, widget_key(f"{view.name}names", *beside, view.digest[:8])
        )
    else:
        st.caption(escape_markdown_links(_class_names_in_words(scheme.class_names)))
    first = "\n".join(scheme.templates)
    templates = _lines_field("Prompts, one a line", first, widget_key(f"{view.name}prompts", *beside), PROMPTS_HELP)
    try:
        given = read_names(names) if scheme.labels is None else scheme.class_names
        return Question(given, read_templates(templates))
    except DataError as error:
        complain(error)
        return None


def _lines_field(label: str, first: str, key: str, told: str | None = None) -> str:
    """Draws a text area, with a button to restore the text `first` while it differs; returns its text."""
    start_widget_value(key, first)  # not as its default: Streamlit warns of one where a value was set
    height = 68 + 24 * min(8, first.count("\n"))
    said = st.text_area(label, key=key, height=height, help=told, persist_state="session")
    if said != first:
        st.button("As at first", key=widget_key(key, "back"), on_click=set_widget_value, args=(key, first))
    return said or ""


def _class_names_in_words(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_CLASSES_NAMED:,} more" if len(names) > MOST_CLASSES_NAMED else ""
    shown = ", ".join(printable(name, 40) for name in names[:MOST_CLASSES_NAMED])
    return f"{len(names):,} name{'' if len(names) == 1 else 's'}: {shown}{more}."


def answer_prompts(view: RunView, scheme: Scheme, question: Question) -> Answer | None:
    """Guesses by the newest weights; shows a note and returns None if there are no usable ones."""
    try:
        reading = newest_reading(view.folder)
    except (UnreadableRun, RuntimeError) as error:
        complain(error)
        return None
    if reading is None:
        show_nothing_yet()
        return None
    key = (reading.step, scheme.name, question)
    found: Answer = view.memo.get("zero-shot", key, lambda: _guess_by_prompts(view, reading, question))
    return found


def _guess_by_prompts(view: RunView, reading: TextReading, question: Question) -> Answer:
    z = reading.embed(question.prompts).reshape(len(question.names), len(question.templates), -1)
    temperature = view.temperature(reading.step)
    one, ensemble = (guess_classes(reading.images, prompts, temperature) for prompts in (z[:, :1], z))
    return Answer(reading.step, one, ensemble, _word_remarks(view, reading, question))


def _word_remarks(view: RunView, reading: TextReading, question: Question) -> tuple[str, ...]:
    method, vocabulary = view.folder.config.method, reading.vocabulary
    assert isinstance(method, CLIPConfig)
    ids = vocabulary.encode(question.prompts, method.length).reshape(len(question.names), -1)
    same = (
        list_in_words([f"'{printable(name, 40)}'" for name in names[:MOST_CLASSES_NAMED]])
        for names in same_words(ids, question.names)
    )
    alike = [f"{names} are read alike: which of them an image gets means nothing." for names in same]
    return tuple(filter(None, (unknown_words(vocabulary, question.prompts, method.words), *alike)))
