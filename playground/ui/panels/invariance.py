"""Invariance: which factors a probe still reads from the embeddings, and how similar changed copies of images are."""

import streamlit as st

from playground.figures.factors import factors_figure
from playground.figures.invariance import invariance_figure
from playground.insight.factors import group_scores
from playground.ui.components.plot import plot
from playground.ui.panels.frame import heading, show_nothing_yet
from playground.ui.panels.panel import Panel, runs_on
from playground.ui.run.run_view import RunView

INVARIANCE_HELP = (
    "What the encoder has learned to ignore: factors of an image that can be read from it no longer, and changes that "
    "no longer matter to it."
)
FACTORS_HELP = "What the augmentations change, the encoder is taught to forget: switch colour jitter on, and hue goes."
FACTOR_PROBE = (
    "How much of each factor a linear probe reads from the embeddings: half of the images teach it, the other half "
    "tests it. 0 is no better than the best constant answer, 1 is without error. Compare with the untrained encoder, "
    "which passes much on by itself. Rotation stays at 0 for all: how a turn looks depends on the shape, which no "
    "linear probe can take into account."
)
FACTORS_HEIGHT = 420  # px
NO_FACTORS = "Which factors can still be read is known for *Shapes* only, whose images are drawn from known factors."
MEASURED_AT_THE_END = (
    "This is measured when the training has come to its end, of the untrained and of the trained encoder."
)
CHANGES_HELP = "How alike an image and its changed copy are to the encoder: 1 is no difference, 0 two unrelated images."
WHITENED = (
    "Embeddings are whitened first (arXiv:2111.11398): without that a collapsed encoder would look invariant to all."
)


def invariance_tab(view: RunView) -> None:
    """Draws the scores of factors on the left and the similarity of changed copies on the right."""
    if view.snapshot() is None:
        show_nothing_yet()
        return
    left, right = st.columns(2)
    with left:
        _draw_factors(view)
    with right:
        _draw_changes(view)


def _draw_factors(view: RunView) -> None:
    heading("What can still be read", FACTORS_HELP, FACTOR_PROBE)
    probe, now, first = view.probe, view.snapshot(), view.untrained()
    if probe is None or now is None or first is None:
        show_nothing_yet()
        return
    if not probe.factors:
        st.info(NO_FACTORS)
        return
    with st.spinner("Reading the factors …"):
        before = view.memo.get("factors before", None, lambda: group_scores(first.h, probe.factors))
        h, z = view.memo.get(
            "factors", now.step, lambda: (group_scores(now.h, probe.factors), group_scores(now.z, probe.factors))
        )
    told = "; ".join(f"{name} {before[name]:.2f}, {h[name]:.2f}, {z[name]:.2f}" for name in h)
    alt = f"Read from h untrained, from h and from z after {now.step} steps: {told}."
    figure = view.figure("factors", view.at, now.step, lambda: factors_figure(before, h, z))
    plot(figure, key=f"{view.name}factors", height=FACTORS_HEIGHT, alt=alt)
    st.caption(f"After {now.step:,} steps, {len(now.h):,} images")


def _draw_changes(view: RunView) -> None:
    heading("What no longer matters", CHANGES_HELP, WHITENED)
    if not view.invariances:
        st.info(MEASURED_AT_THE_END)
        return
    layer = st.segmented_control(
        "Layer", ["h", "z"], default="h", required=True, key=f"{view.name}changes of", persist_state="session",
        label_visibility="collapsed",
    )  # fmt: skip
    first, last = view.invariances[0], view.invariances[-1]
    before, after = (first.z, last.z) if layer == "z" else (first.h, last.h)
    told = "; ".join(f"{name} {before[name][-1]:.2f} and {after[name][-1]:.2f}" for name in after)
    alt = f"Similarity of {layer} at the strongest change, untrained and after {last.step} steps: {told}."
    figure = view.figure("changes", layer, len(view.invariances), lambda: invariance_figure(before, after))
    plot(figure, key=f"{view.name}invariance", height=FACTORS_HEIGHT, alt=alt)
    when = f"untrained and after {last.step:,} steps" if last.step else "untrained"
    st.caption(f"{layer}, {when}, whatever the timeline shows.")


PANEL = Panel("Invariance", "Invariance", INVARIANCE_HELP, invariance_tab, applies_to=runs_on("images", "captions"))
