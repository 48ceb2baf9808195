"""Maps whose points are clicked, ringed and selected from Python, for the browser tests. Started by `streamlit run`."""

from functools import cache

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from playground.ui.components import assets
from playground.ui.components.plot import plot
from playground.ui.components.thumbnails import Thumbnails, make_thumbnails

POINTS = 400
MANY = 5000


@cache
def thumbnails() -> Thumbnails:
    """Picture i is one plain grey of brightness i % 256."""
    grey = (np.arange(MANY) % 256).astype(np.uint8)
    return make_thumbnails(np.broadcast_to(grey[:, None, None, None], (MANY, 8, 8, 3)).copy())


def cloud(tick: int, count: int) -> go.Figure:
    """Two classes. Point 0 stands still in the middle, point 1 goes round it; the others move on a ring around both."""
    generator = np.random.default_rng(0)
    angle = generator.uniform(0, 2 * np.pi, count) + 0.2 * tick
    radius = generator.uniform(0.5, 0.9, count)
    radius[:2] = 0, 0.25
    x, y = (radius * np.cos(angle)).astype(np.float32), (radius * np.sin(angle)).astype(np.float32)
    figure = go.Figure(layout={"xaxis_range": [-1, 1], "yaxis_range": [-1, 1], "title": f"tick {tick}"})
    draw = figure.add_scattergl if count > 1000 else figure.add_scatter
    for name, rows in (("even", np.arange(0, count, 2)), ("odd", np.arange(1, count, 2))):
        draw(x=x[rows], y=y[rows], mode="markers", name=name, customdata=rows.astype(np.int32), marker={"size": 6})
    return figure


def give(indices: list[int] | None) -> None:
    st.session_state["given"] = indices
    st.session_state["revision"] = st.session_state.get("revision", 0) + 1


def main() -> None:
    count = MANY if st.query_params.get("points") == "many" else POINTS
    paused = st.toggle("Pause")
    left, right = st.columns(2)
    left.button("Carry over", on_click=give, args=([1, 2, 3],))
    right.button("Clear", on_click=give, args=(None,))

    @st.fragment(run_every=None if paused else 0.5)
    def maps() -> None:
        state = st.session_state
        state["tick"] = tick = state.get("tick", -1) + (0 if paused else 1)
        picked = plot(
            cloud(tick, count),
            key="map",
            height=420,
            alt=f"{count} points",
            thumbnails=thumbnails(),
            selected=state.get("given"),
            revision=state.get("revision", 0),
            focus=state.get("focus"),
            marked=[2, 4] if state.get("focus") == 0 else [],
        )
        st.text(f"selected={list(picked.indices) if picked else []}")
        if picked and picked.clicked is not None and picked.clicked != state.get("focus"):
            state["focus"] = picked.clicked
            st.rerun(scope="fragment")
        st.text(f"focus={state.get('focus')}")

    maps()


if __name__ == "__main__":
    main()
else:
    app = st.App(__file__, routes=assets.asset_routes())
