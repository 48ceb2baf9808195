"""h and z side by side, which shows why the projection head is discarded after training."""

import streamlit as st

from playground.figures.layers import accuracy_figure, layer_knn, rank_figure
from playground.insight.collapse import LAYERS, layer_geometry
from playground.insight.knn_protocol import protocol_words
from playground.ui.components.plot import plot
from playground.ui.panels.frame import LOW, show_nothing_yet
from playground.ui.panels.map import draw_layer_map
from playground.ui.panels.panel import Panel
from playground.ui.run.run_view import RunView

LAYERS_HELP = (
    "The loss looks at z, behind the projection head, and asks it to forget in what {pair} differ. h, "
    "in front of the head, keeps more: so h is used, and the head is thrown away after training."
)
Z_AHEAD = "Where z is ahead, what it forgets happens not to matter for these classes."


def layers_tab(view: RunView) -> None:
    """Draws a map of each layer, the kNN accuracy and rank of each, and their curves."""
    insight = view.insight
    if insight is None:
        show_nothing_yet()
        return
    for column, layer in zip(st.columns(2), LAYERS, strict=True):
        with column:
            geometry, accuracy = layer_geometry(insight, layer), layer_knn(insight, layer)
            knn = "no labels" if accuracy is None else f"kNN {accuracy:.1%}"
            st.markdown(f"**{layer}** · {knn} · rank {geometry.effective_rank:.0f} of {geometry.rank_limit}")
            draw_layer_map(view, layer)
    left, right = st.columns(2)
    looks = len(view.insights)
    with left:
        figure = view.figure("accuracies", view.at, looks, lambda: accuracy_figure(view.insights, now=view.at))
        alt = f"kNN accuracy of h {insight.knn_accuracy} and of z {insight.knn_accuracy_z} after {insight.step} steps."
        plot(figure, key=f"{view.name}accuracies", height=LOW, alt=alt)
        st.caption(protocol_words(insight.knn_protocol, view.noun.many, "h or z"))
    with right:
        figure = view.figure("ranks", view.at, looks, lambda: rank_figure(view.insights, now=view.at))
        alt = f"Effective rank of h {insight.h.effective_rank:.0f} and of z {insight.z.effective_rank:.0f}."
        plot(figure, key=f"{view.name}ranks", height=LOW, alt=alt)


PANEL = Panel("h and z", "h and z side by side", LAYERS_HELP, layers_tab, more=Z_AHEAD)
