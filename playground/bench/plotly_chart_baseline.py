"""What the map of a run is beside: a page with one `st.plotly_chart` of as many points, drawn anew every second.

`streamlit run playground/bench/plotly_chart_baseline.py -- POINTS`
"""

import sys

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from playground.figures.map import ColourGroups, map_figure

CLASSES = 10


def draw(points: int) -> None:
    """The points, each time at other places."""
    xy = np.random.default_rng().uniform(-1, 1, (points, 2)).astype(np.float32)
    names = tuple(f"class {number}" for number in range(CLASSES))
    st.plotly_chart(go.Figure(map_figure(xy, ColourGroups(np.arange(points) % CLASSES, names))), key="map")


if __name__ == "__main__":
    st.fragment(draw, run_every=1.0)(int(sys.argv[1]))
