"""The component that polls for updates of a run: call `poller` last in the fragment that shows it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from playground.ui.components import assets
from playground.ui.components.live_channel import Channel, PageLayout
from playground.ui.components.widget_state import widget_key

POLLER_NAME = "playground_pulse"

_poller_component: Callable[..., Any] = st.components.v2.component(POLLER_NAME, js=assets.bootstrap("poller.js"))


def poller(channel: Channel, outlook: PageLayout) -> None:
    """Draws the invisible component, which reruns the fragment once the layout differs from that of `outlook`."""
    channel.layout = outlook.layout
    data = {"ticket": channel.ticket, "stamp": channel.stamp, "layout": outlook.layout, "again": outlook.again}
    _poller_component(key=widget_key("pulse", channel.ticket), data=data, on_layout_change=assets.ignore_change)
