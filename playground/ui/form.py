"""The form: controls for every setting, made from the schema. What differs from the suggestion goes into the URL."""

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from playground.config import ConfigError, RunConfig, parse
from playground.config.dotted import flatten
from playground.config.schema import Entry, entries
from playground.ui.upload import upload
from playground.ui.widgets import control

NAMES = ("data.name", "method.name", "encoder.name")
BUDGET_UNITS = {"budget.seconds": "seconds", "budget.epochs": "epochs", "budget.steps": "steps"}
BUDGET_START = {"budget.seconds": 60.0, "budget.epochs": 5, "budget.steps": 500}
# Where a setting is shown: the first group whose prefixes fit. The heading, and whether it starts folded.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Images", ("data.",)),
    ("Method", ("method.", "batch_size")),
    ("Augmentations", ("views.",)),
    ("More", ("",)),
)


class Form:
    """The controls of one run. `given` is what the person chose, by dotted key, and outlives reruns."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.generation: int = st.session_state.setdefault("form_generation", 0)

    def show(self) -> RunConfig | None:
        """Draw the form; the run it describes, or None after a sentence on what does not fit together."""
        self._read_names()
        suggested = flatten(parse({key: self.given[key] for key in NAMES if key in self.given}).model_dump())
        shown = _chosen_or_suggested(self.given, suggested)
        listed = list(entries(shown))
        for heading, prefixes in GROUPS:
            mine = [entry for entry in listed if entry.key.startswith(prefixes)]
            listed = [entry for entry in listed if entry not in mine]
            self._group(heading, mine, suggested, flatten(shown.model_dump()))
        try:
            return parse(_belonging(self.given, suggested))
        except ConfigError as error:
            st.error(str(error))
            return None

    def _read_names(self) -> None:
        """Names decide which other settings there are, so they are read before anything is drawn."""
        for name in NAMES:
            key = self._key(name)
            if key in st.session_state:
                self.given[name] = st.session_state[key]

    def _group(
        self, heading: str, mine: Iterable[Entry], suggested: Mapping[str, Any], shown: Mapping[str, Any]
    ) -> None:
        plain = [entry for entry in mine if not entry.advanced and entry.key not in BUDGET_UNITS]
        folded = [entry for entry in mine if entry.advanced]
        st.subheader(heading)
        if heading == "Images" and shown["data.name"] == "folder":
            self._upload()
        for entry in plain:
            if _matters(entry, shown):
                self._control(entry, suggested, shown)
        if heading == "Method":
            self._budget(shown)
        if folded:
            with st.expander(f"Fine tuning: {heading.lower()}"):
                for entry in folded:
                    self._control(entry, suggested, shown)

    def _control(self, entry: Entry, suggested: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
        # A setting whose suggestion has changed is a new control: the old one would hold on to the old value.
        key = self._key(entry.key) if entry.key in NAMES else self._key(entry.key, suggested.get(entry.key))
        value = control(entry, shown[entry.key], key)
        if value == suggested.get(entry.key) and entry.key not in NAMES:
            self.given.pop(entry.key, None)
        else:
            self.given[entry.key] = value

    def _budget(self, shown: Mapping[str, Any]) -> None:
        """One limit and its unit, instead of three fields of which two are empty."""
        present = next(key for key in BUDGET_UNITS if shown[key] is not None)
        left, right = st.columns(2)
        with left:
            unit = st.selectbox(
                "Train for",
                list(BUDGET_UNITS),
                index=list(BUDGET_UNITS).index(present),
                format_func=BUDGET_UNITS.__getitem__,
                help="When the run ends. It can be stopped at any time.",
                key=self._key("budget"),
            )
        with right:
            start = shown[unit] if shown[unit] is not None else BUDGET_START[unit]
            amount = st.number_input(
                BUDGET_UNITS[unit].capitalize(),
                min_value=type(start)(1),
                max_value=type(start)(86400),
                value=start,
                format="%g" if isinstance(start, float) else None,
                help="How many.",
                key=self._key(unit),
            )
        for key in BUDGET_UNITS:
            self.given.pop(key, None)
        if (unit, amount) != ("budget.seconds", 60.0):
            self.given[unit] = amount

    def _upload(self) -> None:
        path = upload()
        if path is not None:
            self.given["data.path"] = str(path)
            st.session_state[self._key("data.path", "")] = str(path)

    def _key(self, *parts: object) -> str:
        return "|".join(str(part) for part in ("form", self.generation, *parts))


def reset_form() -> None:
    """Forget what was chosen; every control starts from its suggestion."""
    st.session_state["form_generation"] = st.session_state.get("form_generation", 0) + 1
    st.session_state["given"] = {}


def _matters(entry: Entry, shown: Mapping[str, Any]) -> bool:
    """The strength of an operation that is never applied is left out."""
    group, _, name = entry.key.rpartition(".")
    return not entry.key.startswith("views.") or name == "probability" or shown[f"{group}.probability"] > 0


def _chosen_or_suggested(given: Mapping[str, Any], suggested: Mapping[str, Any]) -> RunConfig:
    """What the controls start from: where the choices do not fit together, one after the other as far as they do."""
    fitting = _belonging(given, suggested)
    try:
        return parse(fitting)
    except ConfigError:
        kept: dict[str, Any] = {}
        for key, value in fitting.items():
            try:
                parse({**kept, key: value})
            except ConfigError:
                continue
            kept[key] = value
        return parse(kept)


def _belonging(given: Mapping[str, Any], suggested: Mapping[str, Any]) -> dict[str, Any]:
    """Choices that the chosen method, data and encoder have; those of others are kept for when they come back."""
    return {key: value for key, value in given.items() if key in suggested}
