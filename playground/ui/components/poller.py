"""What asks for news of a run: call `pulse` last in the fragment that shows it; where that is due it is run again."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from playground.ui.components import assets
from playground.ui.components.live_channel import Channel, Outlook
from playground.ui.components.widget_state import widget_key

NAME = "playground_pulse"

_component: Callable[..., Any] = st.components.v2.component(NAME, js=assets.bootstrap("poller.js"))


def pulse(channel: Channel, outlook: Outlook) -> None:
    """Nothing is seen of it. `outlook` is what the page was drawn from."""
    channel.layout = outlook.layout
    data = {"ticket": channel.ticket, "stamp": channel.stamp, "layout": outlook.layout, "again": outlook.again}
    _component(key=widget_key("pulse", channel.ticket), data=data, on_layout_change=assets.ignore)
