"""The loss compass: the live loss between chance and floor, and where the collapse detector changed its mind."""

import streamlit as st

from playground.figures.base import Spec
from playground.figures.loss import Scale, loss_figure
from playground.insight.collapse import verdict_changes
from playground.insight.loss_scale import compass
from playground.records import ENDED
from playground.ui.components.live_channel import Drawing
from playground.ui.components.live_text import say
from playground.ui.components.plot import plot
from playground.ui.form.change_picker import change_words
from playground.ui.panels.frame import LOW, head, soon
from playground.ui.panels.panel import Panel
from playground.ui.run.run_view import RunView

HOW = (
    "Lower is better, between chance, where no two {many} are told apart, and the floor, below which no embedding can "
    "be. Marks show where the verdict of the collapse detector changed. The loss is only a proxy for what is learnt."
)
FIRST_STEP = "No step yet: the loss of the first will be the first point."


def loss_panel(view: RunView) -> None:
    """Curve, sentence, and the switch to the scale on which runs can be compared."""
    with st.container(horizontal=True, vertical_alignment="center"):
        head(PANEL.title, view.noun.fill(PANEL.help))
        scale = _scale(view)
    if view.metrics is None and view.status.state in ENDED:
        soon()
        return
    drawing, live = view.publish("loss", lambda: _drawing(view, scale))
    plot(drawing["figure"], key=f"{view.name}loss", height=LOW, alt=drawing["alt"], live=live)
    say(drawing["words"], key=f"{view.name}loss words", live=live)


def _drawing(view: RunView, scale: Scale) -> Drawing:
    """Before the first step: where its loss will be seen."""
    figure = view.figure("loss", (scale, view.at), (len(view.steps), len(view.insights)), lambda: _figure(view, scale))
    now = view.metrics
    if now is None:
        return {"figure": figure, "alt": FIRST_STEP, "words": FIRST_STEP}
    words = compass(view.folder.config, now.temperature).words(now.loss, view.noun.many)
    alt = f"Loss over {len(view.steps)} steps. At step {now.step}: {words}"
    return {"figure": figure, "alt": alt, "words": f"{words}{_reservation(view)}"}


def _figure(view: RunView, scale: Scale) -> Spec:
    return loss_figure(
        view.steps, view.folder.config, scale=scale, changes=verdict_changes(view.insights, "z"), now=view.at,
        fork=_fork(view), since=view.scale_since,
    )  # fmt: skip


def _fork(view: RunView) -> tuple[int, str] | None:
    """Where the run went on differently than the one that it was continued from, and how."""
    origin = view.folder.origin
    if origin is None or not origin.step:
        return None
    changes = {key: value for key, value in origin.changes.items() if not key.startswith("budget.")}
    words = change_words(changes, view.folder.config)
    return origin.step, f"from here {words}" if words else "continued from here"


def _reservation(view: RunView) -> str:
    """Chance and floor are those of the settings of now."""
    since = view.scale_since
    return f" Chance and floor are those since step {since:,}; before, others held." if since else ""


def _scale(view: RunView) -> Scale:
    config = view.folder.config
    if compass(config, view.temperature(0)).height(0.0) is None:
        return "loss"
    relative = st.toggle(
        "normalised",
        key=f"{view.name}loss_scale",
        persist_state="session",
        help="0 is the floor and 1 is chance: so runs of other temperatures and batch sizes can be compared.",
    )
    return "height" if relative else "loss"


PANEL = Panel("Loss", "Loss compass", HOW, short=loss_panel, place="top left")
