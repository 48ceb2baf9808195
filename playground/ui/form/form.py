"""The form: controls for every setting, made from the schema. What was chosen is in `choices`."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from playground.config import ConfigError, RunConfig, parse
from playground.config.chosen_settings import LEADING
from playground.config.compatibility import compatible_names, is_for_images
from playground.config.dotted import flatten
from playground.config.methods import MethodConfig
from playground.config.schema import Entry, entries
from playground.runs.library.workspace import Refused, Workspace
from playground.ui.components.widget_state import has_widget_value, widget_key, widget_value
from playground.ui.form.choices import LIMITS, Choices
from playground.ui.form.upload import IMAGES, SENTENCES, Kind, upload
from playground.ui.form.widgets import SHORT, control, plain
from playground.ui.form.widgets import matters as _matters
from playground.ui.session.current_user import uploads
from playground.ui.session.state import session
from playground.wording.escape import escape_markdown

PATH = "data.path"
NOTHING_YET = "Upload a file: in a workshop nothing else of the server's disk can be trained on."
LIMIT_START = {"budget.seconds": 60.0, "budget.epochs": 5, "budget.steps": 500}
UPLOADED = {"folder": IMAGES, "sentences": SENTENCES}
VIEWS = "Augmentations"
# Where a setting is shown: the first group whose prefixes fit. The heading, and whether it starts folded.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Data", ("data.",)),
    ("Method", ("method.", "recipe", "batch_size")),
    (VIEWS, ("views.",)),
    ("More", ("",)),
)


class Form:
    """The controls of one run; `choices` outlive reruns."""

    def __init__(self, choices: Choices, store: Workspace) -> None:
        self.choices, self.store = choices, store
        self.generation: int = session().train.form_generation

    def show(self, complaint: DeltaGenerator) -> RunConfig | None:
        """Draw the form; the run it describes, or None and a sentence in `complaint` on what does not fit together."""
        self._read()
        self._refuse_places(complaint)
        self.suggested = self.choices.suggested()
        config = self.choices.fitting(self.suggested)
        self.method, self.shown = config.method, flatten(config.model_dump())
        listed = list(entries(config))
        self.limits = {entry.key: entry for entry in listed if entry.key in LIMITS}
        for heading, prefixes in GROUPS:
            mine = [entry for entry in listed if entry.key.startswith(prefixes)]
            listed = [entry for entry in listed if entry not in mine]
            if heading != VIEWS or is_for_images("data", config.data.name):  # sentences are not augmented
                self._group(heading, mine)
        try:
            return parse(self.choices.belonging(self.suggested))
        except ConfigError as error:
            complaint.error(str(error))
            return None

    def _read(self) -> None:
        """What the controls say, before any is drawn: it decides which others there are, and which of them matter."""
        for name in LEADING:
            if chosen := widget_value(self._leading_key(name), str, ""):
                self.choices.lead(name, chosen)
        self._read_beside(["encoder.name"])
        self._read_beside(key for key in self.choices.suggested() if key not in (*LEADING, *LIMITS))

    def _refuse_places(self, complaint: DeltaGenerator) -> None:
        """However it came here, by hand or by the address: before anything reads what is there."""
        self.choices.aside = {
            whose: settings for whose, settings in self.choices.aside.items() if self._may_read(settings.get(PATH, ""))
        }
        try:
            self.store.allow_path(str(self.choices.given.get(PATH, "")))
        except Refused as error:
            del self.choices.given[PATH]
            complaint.error(str(error))

    def _may_read(self, path: object) -> bool:
        return self.store.may_read(str(path))

    def _read_beside(self, settings: Iterable[str]) -> None:
        suggested = self.choices.suggested()
        for setting in settings:
            if has_widget_value(key := self._key_beside(setting, suggested)):
                value = plain(widget_value(key, object, None))
                if setting != PATH or self._may_read(value):  # a browser may send any value, also without a control
                    self.choices.take(setting, value, suggested)

    def _group(self, heading: str, mine: Iterable[Entry]) -> None:
        mine = [entry for entry in mine if _matters(entry, self.shown)]
        st.subheader(heading)
        if heading == "Data" and (kind := UPLOADED.get(self.shown["data.name"])):
            self._upload(kind)
        if heading == "Data" and self.store.files is not None:
            mine = [entry for entry in mine if entry.key != PATH]  # nobody types a place on a server of many
        for entry in mine:
            if not entry.advanced and entry.key not in LIMITS:
                self._control(entry)
        if heading == "Method":
            self._limit()
        if folded := [entry for entry in mine if entry.advanced]:
            with st.expander(f"Fine tuning: {heading.lower()}"):
                for entry in folded:
                    self._control(entry)

    def _control(self, entry: Entry) -> None:
        key = self._key_beside(entry.key, self.suggested)
        value = control(self._narrowed(entry), self.shown[entry.key], self.suggested[entry.key], key)
        if entry.key not in LEADING:  # these were read before
            self.choices.take(entry.key, value, self.suggested)
        if entry.key == "recipe" and value == "published":
            st.caption(_where_published(self.method))

    def _narrowed(self, entry: Entry) -> Entry:
        """Only methods and encoders that go with the data can be chosen."""
        group = entry.key.partition(".")[0]
        if entry.key not in ("method.name", "encoder.name"):
            return entry
        return replace(entry, choices=compatible_names(group, self.shown["data.name"]))

    def _limit(self) -> None:
        """One limit and its unit, instead of three fields of which two are empty."""
        start = next(key for key in LIMITS if self.shown[key] is not None)
        beside = [self.suggested[key] for key in LIMITS]  # another suggestion is another control, as in `_key_beside`
        left, right = st.columns(2)
        with left:
            unit = st.selectbox(
                "Train for",
                LIMITS,
                index=LIMITS.index(start),
                format_func=lambda key: key.partition(".")[2],
                help="When the run ends. It can be stopped at any time.",
                key=self._key("budget", *beside),
            )
        with right:
            amount = self._amount(self.limits[unit], self._key(unit, *beside))
        self.choices.take_limit(unit, amount, self.shown, self.suggested)

    def _amount(self, entry: Entry, key: str) -> Any:
        assert entry.low is not None
        assert entry.high is not None
        usual = self.suggested[entry.key] or LIMIT_START[entry.key]
        start = usual if self.shown[entry.key] is None else self.shown[entry.key]
        kind = type(LIMIT_START[entry.key])
        return st.number_input(
            entry.title,
            min_value=kind(entry.low),
            max_value=kind(entry.high),
            value=kind(start),
            step=kind(1),
            format=SHORT if kind is float else None,
            help=entry.help,
            key=key,
        )

    def _upload(self, kind: Kind) -> None:
        path = upload(kind)
        if path is not None:
            if (own := uploads()) is not None:
                own.add(path)
            self.choices.given[PATH] = self.shown[PATH] = str(path)
            session().train.path_uploads += 1
        if self.store.files is not None:
            taken = Path(self.shown[PATH]).name if self.shown[PATH] else ""
            st.caption(f"Uploaded: {escape_markdown(taken)}" if taken else NOTHING_YET)

    def _key_beside(self, key: str, suggested: Mapping[str, Any]) -> str:
        """Another method's setting of the same name, or another suggestion, is a new control.

        The old one would hold on to its value.
        """
        if key in LEADING:
            return self._leading_key(key)
        beside = suggested.get(f"{key.partition('.')[0]}.name"), suggested[key]
        # After an upload the path is a new control as well: it starts from what was uploaded.
        uploads = session().train.path_uploads if key == PATH else 0
        return self._key(key, *beside, *([uploads] if uploads else []))

    def _leading_key(self, key: str) -> str:
        """Where sentences are learned from, other methods can be chosen: another control."""
        data_name = str(self.choices.given.get("data.name", "shapes"))
        sentences = key == "method.name" and not is_for_images("data", data_name)
        return self._key(key, *(["sentences"] if sentences else []))

    def _key(self, *parts: object) -> str:
        return widget_key("form", self.generation, *parts)


def reset_form() -> None:
    """Forget what was chosen; every control starts from its suggestion."""
    session().train.form_generation += 1
    session().keep(Choices())


def _where_published(method: MethodConfig) -> str:
    if not method.published:
        return "No recipe with ResNet-18 is known for this method: all settings stay those of the quick one."
    return f"Source: {method.published_source}."
