"""The collapse detector: verdicts on z and h, the metrics that they follow from over the steps, and the spectrum."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.figures.collapse import collapse_figure, spectrum_figure
from playground.insight.collapse import LAYERS, Layer, layer_geometry, spectrum
from playground.records import Insight
from playground.runs.folder.snapshot import StoredSnapshot
from playground.ui.components.live_channel import Drawing
from playground.ui.components.live_text import live_text
from playground.ui.components.plot import plot
from playground.ui.panels.frame import HIGH, LOW, heading, short_heading, show_nothing_yet
from playground.ui.panels.panel import Panel
from playground.ui.run.run_view import RunView
from playground.ui.words.run_states import verdict_words

COLLAPSE_HELP = (
    "Rank: how many directions are in use. Spread: 1 is even, 0 is one point. Uniformity: 0 is one point, "
    "-4 a whole sphere."
)
CALIBRATION = (
    "Thresholds are calibrated on controls with known faults and on runs of every method, healthy and made to "
    "collapse: see docs/measurements.md. Before step 100 no alarm is raised, as untrained encoders have the figures "
    "of a collapse."
)
SPECTRUM_HELP = (
    "How much of the embeddings lies along each direction, the strongest first. A line that falls off a cliff uses "
    "only the directions before it."
)


def collapse_panel(view: RunView) -> None:
    """Draws the verdict on z and its metrics for the overview."""
    short_heading(PANEL.title, COLLAPSE_HELP)
    _draw_verdict(view, "z", LOW - 40)


def collapse_tab(view: RunView) -> None:
    """Draws verdict and metrics of both layers, and their spectra."""
    for column, layer in zip(st.columns(2), reversed(LAYERS), strict=True):
        with column:
            st.markdown(f"**{layer}**, {'what the loss compares' if layer == 'z' else 'what is kept after training'}")
            _draw_verdict(view, layer, LOW)
    heading("Spectrum", SPECTRUM_HELP)
    _draw_spectrum(view)


def _draw_verdict(view: RunView, layer: Layer, height: int) -> None:
    insight = view.insight
    if insight is None:
        show_nothing_yet()
        return
    title, sentence = verdict_words(layer_geometry(insight, layer).verdict, view.noun)
    drawing, live = view.publish(f"collapse {layer}", lambda: _collapse_drawing(view, layer))
    with st.container(gap=None):
        st.markdown(f"{title} {sentence}")
        live_text(drawing["words"], key=f"{view.name}collapse words {layer}", live=live, manner="plain")
    plot(drawing["figure"], key=f"{view.name}collapse {layer}", height=height, alt=drawing["alt"], live=live)


def _collapse_drawing(view: RunView, layer: Layer) -> Drawing:
    """Figure and metrics of `layer`."""
    insight = view.insight
    assert insight is not None  # there is a snapshot
    figures = _geometry_words(insight, layer)
    alt = f"Verdict on {layer} after {insight.step} steps: {layer_geometry(insight, layer).verdict}. {figures}"
    figure = view.figure(
        f"collapse {layer}", view.at, len(view.insights), lambda: collapse_figure(view.insights, layer, now=view.at)
    )
    return {"figure": figure, "alt": alt, "words": figures}


def _geometry_words(insight: Insight, layer: Layer) -> str:
    geometry = layer_geometry(insight, layer)
    alignment = f" · alignment {insight.alignment:.2f}" if layer == "z" else ""
    return (
        f"rank {geometry.effective_rank:.0f} of {geometry.rank_limit} · spread {geometry.feature_std:.2f} · "
        f"uniformity {geometry.uniformity:.2f}{alignment}"
    )


def _layer_spectra(snapshot: StoredSnapshot) -> dict[Layer, NDArray[np.float64]]:
    """Singular values [d] of each layer, relative to the largest."""
    return {"h": spectrum(snapshot.h), "z": spectrum(snapshot.z)}


def _draw_spectrum(view: RunView) -> None:
    snapshot = view.snapshot()
    if snapshot is None:
        show_nothing_yet()
        return
    shares = view.memo.get("spectra", snapshot.step, lambda: _layer_spectra(snapshot))
    strong = ", ".join(f"{layer} {int((values > 0.01).sum())} of {len(values)}" for layer, values in shares.items())
    alt = f"Singular values after {snapshot.step} steps. Directions above 1 % of the strongest: {strong}."
    figure = view.figure("spectrum", view.at, snapshot.step, lambda: spectrum_figure(shares))
    plot(figure, key=f"{view.name}spectrum", height=HIGH - 60, alt=alt)
    st.caption(f"Directions above 1 % of the strongest: {strong} · after {snapshot.step:,} steps")


PANEL = Panel(
    "Collapse",
    "Collapse detector",
    COLLAPSE_HELP,
    collapse_tab,
    more=CALIBRATION,
    short=collapse_panel,
    place="bottom left",
)
