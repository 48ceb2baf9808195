"""The policy of the augmentation lab: its controls, the presets, the address, and the way to the Train page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import streamlit as st

from playground.catalog.augmentation_presets import PRESETS, preset_of
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

PRESET = "augment_preset"
OWN = "own"
BASE: Dotted = flatten(parse({}).views.model_dump(), VIEWS)  # the address names what differs from these


@dataclass(slots=True)
class Policy:
    """One session's policy; `choices` outlive reruns and page switches."""

    choices: Choices = field(default_factory=Choices)
    draw: int = 0  # stands where the epoch stands in training
    generation: int = 0  # of the controls: new ones start from what is chosen
    preset: str = OWN  # that its control shows, and
    presets: int = 0  # how often another has been put into it but by hand

    @property
    def settings(self) -> Dotted:
        """Every setting of the views."""
        return {**BASE, **self.choices.given}

    def turn_to(self, settings: Mapping[str, Any]) -> None:
        """Choose these instead; the controls follow."""
        self.choices = Choices()
        for key, value in settings.items():
            self.choices.take(key, value, BASE)
        self.generation += 1

    def read(self) -> None:
        """What the controls say, before any is drawn: the words above them speak of it."""
        for key in BASE:
            if has_widget_value(self.key(key)):
                self.choices.take(key, plain(widget_value(self.key(key), object, None)), BASE)

    def key(self, setting: str) -> str:
        """Of the control of `setting`."""
        return widget_key("augment", self.generation, setting)

    @property
    def preset_key(self) -> str:
        """Of the control of the preset; without persist_state, so that it is missing where a person comes to the page.

        Another one each time that the page changes the preset by itself: a browser that has not heard of it, because
        somebody moves a slider on and on, still gives the old answer, which would be taken for a choice.
        """
        return widget_key(PRESET, self.presets)

    def show_preset(self, name: str) -> None:
        """The settings are those of this preset, whoever chose them."""
        if name != self.preset:
            self.preset, self.presets = name, self.presets + 1


def has_arrived() -> bool:
    """Whether a person has just come to the page: afterwards, what the address says was said by the page."""
    policy = session().find(Policy)
    return policy is None or not has_widget_value(policy.preset_key)


def arrive() -> Policy:
    """This session's policy. Where a person comes to the page, the address has the first word, then what they left
    here, then what the Train page has chosen.
    """
    policy = session().find(Policy)
    if policy is not None and not has_arrived():
        return policy
    asked = AugmentQuery.from_query(st.query_params)
    if policy is None or asked.views:
        policy = session().keep(Policy(generation=policy.generation if policy else 0))
        policy.turn_to(_asked(asked.views) if asked.views else _of_train_page())
    else:
        policy.generation += 1
    if asked.draw is not None:
        policy.draw = asked.draw
    return policy


def policy_controls(policy: Policy) -> ViewsConfig | None:
    """Draw them; None, and a sentence, where no such policy can be."""
    policy.read()
    _preset(policy)
    for operation, listed in groupby(entries(ViewsConfig(), VIEWS), key=lambda entry: entry.key.split(".")[1]):
        _operation(policy, operation, list(listed))
    try:
        return parse(policy.settings).views
    except ConfigError as error:
        complain(error)
        return None


def buttons(policy: Policy) -> None:
    """Other draws of the same policy, and a run with it."""
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
            _to_train_page(policy)
            st.switch_page("pages/train.py")


def in_address(policy: Policy) -> AugmentQuery:
    """What of the address is the policy's."""
    return AugmentQuery(
        views={key: str(value) for key, value in policy.choices.given.items()}, draw=policy.draw or None
    )


def differing_advice(policy: Policy, suggested: Mapping[str, object], title: str) -> str:
    """One sentence on what is suggested for these images and is otherwise here; empty where nothing is."""
    settings, titles = policy.settings, {entry.key: entry.title for entry in entries(ViewsConfig(), VIEWS)}
    words = [f"{titles[key]} {value:g}" for key, value in suggested.items() if settings[key] != value]
    return f"For {title} the app suggests otherwise: {', '.join(words)}." if words else ""


def _operation(policy: Policy, operation: str, listed: list[Entry]) -> None:
    with st.expander(listed[0].title.partition(":")[0], expanded=operation == "crop"):
        for entry in listed:
            settings = policy.settings  # as far as it is known: how often stands before how strongly
            if matters(entry, settings) or entry.key.endswith(".scale_min"):
                value = settings[entry.key]
                policy.choices.take(entry.key, plain(control(entry, value, value, policy.key(entry.key))), BASE)


def _preset(policy: Policy) -> None:
    """The preset that the settings are, whoever chose them."""
    name = preset_of(policy.settings)
    policy.show_preset(name or OWN)
    names = [*PRESETS, OWN]
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
    except ConfigError:  # it is said below, where it can be put right
        words = ""
    st.caption(f"{words}.{source}" if words else source)


def _take_preset(policy: Policy, number: int) -> None:
    """What was picked from the control that is shown now: Streamlit calls this for one that is gone, too."""
    if number != policy.presets:
        return
    policy.preset = widget_value(policy.preset_key, str, OWN)
    preset = PRESETS.get(policy.preset)
    if preset is not None:
        policy.turn_to(preset.settings)


def _draw_again(policy: Policy) -> None:
    policy.draw = min(policy.draw + 1, MOST_DRAWS)


def _to_train_page(policy: Policy) -> None:
    choices = session().keep(on_train_page())
    suggested = choices.suggested()
    for key, value in policy.settings.items():
        choices.given.pop(key, None)
        choices.take(key, value, suggested)
    session().train.form_generation += 1


def _asked(asked: Mapping[str, str]) -> Dotted:
    """What the address names, over what it leaves unsaid."""
    try:
        return flatten(parse({**BASE, **asked}).views.model_dump(), VIEWS)
    except ConfigError as error:
        st.warning(f"The address asks for something that is not to be had: {error}")
        return BASE


def _of_train_page() -> Dotted:
    choices = on_train_page()
    return flatten(choices.fitting(choices.suggested()).views.model_dump(), VIEWS)
