"""The augmentation policy of the lab: its controls, presets, URL, and its transfer to the Train page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import streamlit as st

from playground.catalog.augmentation_presets import PRESETS, find_preset
from playground.config import ConfigError, parse
from playground.config.augmentations import ViewsConfig
from playground.config.dotted import Dotted, flatten
from playground.config.schema import Entry, entries
from playground.ui.components.widget_state import has_widget_value, widget_key, widget_value
from playground.ui.form.choices import Choices, on_train_page
from playground.ui.form.widgets import control, matters, plain
from playground.ui.panels.augment.words import policy_words
from playground.ui.session.query import MOST_DRAWS, VIEWS, AugmentQuery
from playground.ui.session.state import session
from playground.ui.words.errors import complain

PRESET_KEY = "augment_preset"
OWN_PRESET = "own"
DEFAULT_VIEWS: Dotted = flatten(parse({}).views.model_dump(), VIEWS)  # the URL has what differs from these


@dataclass(slots=True)
class Policy:
    """The policy of one session; it outlives reruns and page switches."""

    choices: Choices = field(default_factory=Choices)
    draw: int = 0  # used as the epoch of the random parameters
    generation: int = 0  # of the controls; new ones start from the choices
    preset: str = OWN_PRESET  # shown by its control
    presets: int = 0  # number of changes of `preset` by the page itself

    @property
    def settings(self) -> Dotted:
        """All settings of the views, by dotted key."""
        return {**DEFAULT_VIEWS, **self.choices.given}

    def turn_to(self, settings: Mapping[str, Any]) -> None:
        """Replaces the choices by `settings`; new controls show them."""
        self.choices = Choices()
        for key, value in settings.items():
            self.choices.take(key, value, DEFAULT_VIEWS)
        self.generation += 1

    def read(self) -> None:
        """Takes over the values of the controls before they are drawn, as the text above them depends on these."""
        for key in DEFAULT_VIEWS:
            if has_widget_value(self.key(key)):
                self.choices.take(key, plain(widget_value(self.key(key), object, None)), DEFAULT_VIEWS)

    def key(self, setting: str) -> str:
        """Key of the control of `setting`."""
        return widget_key("augment", self.generation, setting)

    @property
    def preset_key(self) -> str:
        """Key of the preset's control. It has no persist_state, so it is missing when a person comes to the page.

        It changes whenever the page changes the preset itself: a browser that has not got the change, while a slider is
        being moved, still sends the old value, which would be taken for a choice.
        """
        return widget_key(PRESET_KEY, self.presets)

    def show_preset(self, name: str) -> None:
        """Makes the control show the preset `name`."""
        if name != self.preset:
            self.preset, self.presets = name, self.presets + 1


def has_just_arrived() -> bool:
    """Whether a person has just come to the page; afterwards the page itself writes the URL."""
    policy = session().find(Policy)
    return policy is None or not has_widget_value(policy.preset_key)


def start_policy() -> Policy:
    """The policy of this session. When a person comes to the page, it is that of the URL, else the one of their last
    visit, else that of the Train page.
    """
    policy = session().find(Policy)
    if policy is not None and not has_just_arrived():
        return policy
    asked = AugmentQuery.from_query(st.query_params)
    if policy is None or asked.views:
        policy = session().keep(Policy(generation=policy.generation if policy else 0))
        policy.turn_to(_views_of_query(asked.views) if asked.views else _views_of_train_page())
    else:
        policy.generation += 1
    if asked.draw is not None:
        policy.draw = asked.draw
    return policy


def policy_controls(policy: Policy) -> ViewsConfig | None:
    """Draws the controls and returns the policy; shows an error and returns None if it is invalid."""
    policy.read()
    _draw_preset(policy)
    for operation, listed in groupby(entries(ViewsConfig(), VIEWS), key=lambda entry: entry.key.split(".")[1]):
        _draw_operation(policy, operation, list(listed))
    try:
        return parse(policy.settings).views
    except ConfigError as error:
        complain(error)
        return None


def policy_buttons(policy: Policy) -> None:
    """Draws the buttons for other random parameters and for a run with this policy."""
    left, right = st.columns([5, 9])
    with left:
        st.button(
            "Draw again",
            on_click=_draw_again,
            args=(policy,),
            width="stretch",
            help="Other random parameters for the same images, as another epoch of training draws them.",
        )
    with right:
        help_text = "Takes these settings to the Train page; the images stay those that are chosen there."
        if st.button("Train with these views", type="primary", width="stretch", help=help_text):
            _give_to_train_page(policy)
            st.switch_page("pages/train.py")


def policy_query(policy: Policy) -> AugmentQuery:
    """The URL query of the policy."""
    return AugmentQuery(
        views={key: str(value) for key, value in policy.choices.given.items()}, draw=policy.draw or None
    )


def differing_advice(policy: Policy, suggested: Mapping[str, object], title: str) -> str:
    """One sentence on the suggested settings that differ from the policy; "" if none do."""
    settings, titles = policy.settings, {entry.key: entry.title for entry in entries(ViewsConfig(), VIEWS)}
    words = [f"{titles[key]} {value:g}" for key, value in suggested.items() if settings[key] != value]
    return f"For {title} the app suggests otherwise: {', '.join(words)}." if words else ""


def _draw_operation(policy: Policy, operation: str, listed: list[Entry]) -> None:
    with st.expander(listed[0].title.partition(":")[0], expanded=operation == "crop"):
        for entry in listed:
            settings = policy.settings  # the controls of probabilities come before those of strengths
            if matters(entry, settings) or entry.key.endswith(".scale_min"):
                value = settings[entry.key]
                policy.choices.take(
                    entry.key, plain(control(entry, value, value, policy.key(entry.key))), DEFAULT_VIEWS
                )


def _draw_preset(policy: Policy) -> None:
    """Draws the choice of a preset, which shows the one with these settings, and the policy in words."""
    name = find_preset(policy.settings)
    policy.show_preset(name or OWN_PRESET)
    names = [*PRESETS, OWN_PRESET]
    st.selectbox(
        "Preset", names, index=names.index(policy.preset), key=policy.preset_key,
        on_change=_take_preset, args=(policy, policy.presets),
        format_func=lambda name: PRESETS[name].title if name in PRESETS else "Settings of my own",
        help="Published policies to start from; each control can be changed afterwards.",
    )  # fmt: skip
    preset = PRESETS.get(name or "")
    source = f" {preset.source}. {preset.note}" if preset else ""
    try:
        words = policy_words(parse(policy.settings).views)
    except ConfigError:  # the error is shown below the controls
        words = ""
    st.caption(f"{words}.{source}" if words else source)


def _take_preset(policy: Policy, number: int) -> None:
    """Takes over the chosen preset of control `number`, unless that was replaced: Streamlit calls this for it, too."""
    if number != policy.presets:
        return
    policy.preset = widget_value(policy.preset_key, str, OWN_PRESET)
    preset = PRESETS.get(policy.preset)
    if preset is not None:
        policy.turn_to(preset.settings)


def _draw_again(policy: Policy) -> None:
    policy.draw = min(policy.draw + 1, MOST_DRAWS)


def _give_to_train_page(policy: Policy) -> None:
    choices = session().keep(on_train_page())
    suggested = choices.suggested()
    for key, value in policy.settings.items():
        choices.given.pop(key, None)
        choices.take(key, value, suggested)
    session().train.form_generation += 1


def _views_of_query(asked: Mapping[str, str]) -> Dotted:
    """The settings of the URL, with defaults for the rest; shows a warning if they are invalid."""
    try:
        return flatten(parse({**DEFAULT_VIEWS, **asked}).views.model_dump(), VIEWS)
    except ConfigError as error:
        st.warning(f"The address asks for something that is not to be had: {error}")
        return DEFAULT_VIEWS


def _views_of_train_page() -> Dotted:
    choices = on_train_page()
    return flatten(choices.fitting(choices.suggested()).views.model_dump(), VIEWS)
