"""The bare figure that all others start from."""

import plotly.graph_objects as go

from playground.figures.palette import GREY


def plain_figure(*, x_title: str = "", y_title: str = "") -> go.Figure:
    """Tight margins, a small legend on top, no colours of text and background."""
    figure = go.Figure()
    figure.update_layout(
        template="none",
        margin={"l": 48, "r": 12, "t": 8, "b": 36},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "font": {"size": 11}},
        xaxis={"title": {"text": x_title, "standoff": 6}, "zeroline": False, "rangemode": "nonnegative"},
        yaxis={"title": {"text": y_title, "standoff": 6}, "zeroline": False},
        font={"size": 12},
        hovermode="closest",
    )
    return figure


def level_line(figure: go.Figure, height: float, words: str, *, dash: str, words_above: bool) -> None:
    """A grey line across the figure, with what it stands for: above it on the right, or below it on the left."""
    figure.add_hline(
        y=height,
        line={"color": GREY, "dash": dash, "width": 1.5},
        annotation={"text": words, "font": {"size": 11}},
        annotation_position="top right" if words_above else "bottom left",
    )


def moment_line(figure: go.Figure, step: int) -> None:
    """A thin upright line at the step that is looked at."""
    figure.add_vline(x=step, line={"color": GREY, "width": 1.5, "dash": "solid"}, opacity=0.8)
