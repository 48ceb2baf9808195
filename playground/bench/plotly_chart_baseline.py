"""Streamlit page with one `st.plotly_chart`, drawn again every second: the baseline for the map of a run.

`streamlit run playground/bench/plotly_chart_baseline.py -- POINTS`
"""

import sys

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from playground.figures.map import ColourGroups, map_figure

CHART_CLASSES = 10


def draw_chart(points: int) -> None:
    """Draw `points` at random places."""
    xy = np.random.default_rng().uniform(-1, 1, (points, 2)).astype(np.float32)
    names = tuple(f"class {number}" for number in range(CHART_CLASSES))
    st.plotly_chart(go.Figure(map_figure(xy, ColourGroups(np.arange(points) % CHART_CLASSES, names))), key="map")


if __name__ == "__main__":
    st.fragment(draw_chart, run_every=1.0)(int(sys.argv[1]))
