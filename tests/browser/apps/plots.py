"""A page with three live plots, a gallery and a second page, for the browser tests. Started by `streamlit run`."""

from functools import cache

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from playground.ui.components import assets
from playground.ui.components.gallery import GalleryItem, GalleryRow, gallery
from playground.ui.components.plot import plot
from playground.ui.components.thumbnails import Thumbnails, make_thumbnails

POINTS = 300


@cache
def thumbnails() -> Thumbnails:
    """Picture i is one plain grey of brightness i, so that a test can tell them apart."""
    grey = (np.arange(POINTS) % 256).astype(np.uint8)
    return make_thumbnails(np.broadcast_to(grey[:, None, None, None], (POINTS, 16, 16, 3)).copy())


def cloud(tick: int) -> go.Figure:
    """Point 0 stands still in the middle; the others move at each tick inside fixed axes."""
    generator = np.random.default_rng(0)
    angle = generator.uniform(0, 2 * np.pi, POINTS) + 0.2 * tick
    radius = generator.uniform(0.3, 0.9, POINTS)
    x, y = (radius * np.cos(angle)).astype(np.float32), (radius * np.sin(angle)).astype(np.float32)
    x[0] = y[0] = 0
    trace = go.Scatter(x=x, y=y, mode="markers", customdata=np.arange(POINTS), marker={"size": 9})
    return go.Figure(trace).update_layout(
        xaxis_range=[-1, 1], yaxis_range=[-1, 1], title=f"tick {tick}", showlegend=False
    )


def curve(tick: int) -> go.Figure:
    """One more point at each tick."""
    x = np.arange(tick + 10, dtype=np.float32)
    return go.Figure(
        go.Scatter(x=x, y=np.exp(-x / 20), mode="lines", name="loss", line_color="var(--st-primary-color)")
    )


def negatives(tick: int) -> list[GalleryRow]:
    def item(index: int, place: int) -> GalleryItem:
        return GalleryItem(index % POINTS, 0.93 - place / 100, 0.12, place == 0, "<b>cat</b>")

    return [GalleryRow(row, "dog", tuple(item(row + tick + i + 1, i) for i in range(6))) for row in range(5)]


def live() -> None:
    paused = st.toggle("Pause")

    @st.fragment(run_every=None if paused else 0.3)
    def plots() -> None:
        st.session_state["tick"] = tick = st.session_state.get("tick", -1) + (0 if paused else 1)
        alt = f"{POINTS} points after tick {tick}"
        picked = plot(cloud(tick), key="cloud", height=360, alt=alt, thumbnails=thumbnails())
        left, right = st.columns(2)
        with left:
            plot(curve(tick), key="curve", height=200, alt="loss by step")
        with right:
            plot(curve(0), key="still", height=200, alt="a curve that stays")
        gallery(negatives(tick), thumbnails(), key="negatives", alt="hardest negatives")
        st.text(f"tick={tick}")
        st.text(f"selected={list(picked.indices) if picked else []}")
        if picked and picked.clicked is not None:
            st.session_state["clicked"] = picked.clicked
        st.text(f"clicked={st.session_state.get('clicked')}")

    plots()


def other() -> None:
    st.text("another page")


def main() -> None:
    st.navigation([st.Page(live, title="Live", default=True), st.Page(other, title="Other")]).run()


if __name__ == "__main__":
    main()
else:
    app = st.App(__file__, routes=assets.asset_routes())
