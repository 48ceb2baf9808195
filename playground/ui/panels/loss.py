"""The loss compass: the live loss between chance and floor, with marks where the verdict on collapse changed."""

import streamlit as st

from playground.figures.base import Spec
from playground.figures.loss import LossAxis, loss_figure
from playground.insight.collapse import verdict_changes
from playground.insight.loss_scale import make_loss_scale
from playground.records import ENDED
from playground.ui.components.live_channel import Drawing
from playground.ui.components.live_text import live_text
from playground.ui.components.plot import plot
from playground.ui.form.change_picker import change_words
from playground.ui.panels.frame import LOW, short_heading, show_nothing_yet
from playground.ui.panels.panel import Panel
from playground.ui.run.run_view import RunView

LOSS_HELP = (
    "Lower is better, between chance, where no two {many} are told apart, and the floor, below which no embedding can "
    "be. Marks show where the verdict of the collapse detector changed. The loss is only a proxy for what is learnt."
)
FIRST_STEP = "No step yet: the loss of the first will be the first point."


def loss_panel(view: RunView) -> None:
    """Draws the loss curve, a sentence on it, and the switch to the normalised scale."""
    with st.container(horizontal=True, vertical_alignment="center"):
        short_heading(PANEL.title, view.noun.fill(PANEL.help))
        scale = _choose_loss_axis(view)
    if view.metrics is None and view.status.state in ENDED:
        show_nothing_yet()
        return
    drawing, live = view.publish("loss", lambda: _loss_drawing(view, scale))
    plot(drawing["figure"], key=f"{view.name}loss", height=LOW, alt=drawing["alt"], live=live)
    live_text(drawing["words"], key=f"{view.name}loss words", live=live)


def _loss_drawing(view: RunView, scale: LossAxis) -> Drawing:
    """Figure and sentence; before the first step an empty figure with its axes."""
    figure = view.figure(
        "loss", (scale, view.at), (len(view.steps), len(view.insights)), lambda: _loss_spec(view, scale)
    )
    now = view.metrics
    if now is None:
        return {"figure": figure, "alt": FIRST_STEP, "words": FIRST_STEP}
    words = make_loss_scale(view.folder.config, now.temperature).words(now.loss, view.noun.many)
    alt = f"Loss over {len(view.steps)} steps. At step {now.step}: {words}"
    return {"figure": figure, "alt": alt, "words": f"{words}{_scale_since_note(view)}"}


def _loss_spec(view: RunView, scale: LossAxis) -> Spec:
    return loss_figure(
        view.steps, view.folder.config, scale=scale, changes=verdict_changes(view.insights, "z"), now=view.at,
        fork=_fork_mark(view), since=view.scale_since,
    )  # fmt: skip


def _fork_mark(view: RunView) -> tuple[int, str] | None:
    """The step at which the run was continued from another one, and its changes in words; None for other runs."""
    origin = view.folder.origin
    if origin is None or not origin.step:
        return None
    changes = {key: value for key, value in origin.changes.items() if not key.startswith("budget.")}
    words = change_words(changes, view.folder.config)
    return origin.step, f"from here {words}" if words else "continued from here"


def _scale_since_note(view: RunView) -> str:
    """A note if chance and floor hold from a later step only; else ""."""
    since = view.scale_since
    return f" Chance and floor are those since step {since:,}; before, others held." if since else ""


def _choose_loss_axis(view: RunView) -> LossAxis:
    """Draws the switch to the normalised scale, if the loss has chance and floor; returns the chosen axis."""
    config = view.folder.config
    if make_loss_scale(config, view.temperature(0)).height(0.0) is None:
        return "loss"
    relative = st.toggle(
        "normalised",
        key=f"{view.name}loss_scale",
        persist_state="session",
        help="0 is the floor and 1 is chance: so runs of other temperatures and batch sizes can be compared.",
    )
    return "height" if relative else "loss"


PANEL = Panel("Loss", "Loss compass", LOSS_HELP, short=loss_panel, place="top left")
