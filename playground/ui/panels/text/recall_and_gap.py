"""Recall@k between images and captions, their modality gap, and the temperature: of one snapshot and as curves."""

import streamlit as st

from playground.config.methods.softmax import LEARNED_RANGE
from playground.figures.modalities import gap_figure
from playground.figures.recall import WAYS, recall_figure
from playground.insight.text.image_text import chance_pair_recall
from playground.insight.text.modality_gap import modality_gap, parted_share
from playground.ui.components.plot import plot
from playground.ui.panels.frame import LOW, heading
from playground.ui.panels.text.image_text_cache import CaptionedPairs, retrieval_curve, shown_comparison
from playground.ui.run.run_view import RunView

RECALL_RANKS = (1, 5, 10)
AT_LIMIT = 1.005  # factor: a clamped temperature varies by one optimiser step
RECALL_HELP = "How often the right one is among the 1, 5 or 10 that are most similar, of all {count:,} of the probe."
GAP_WORDS = (
    "distance of the mean image from the mean caption on the unit sphere, 0 to 2. Two encoders begin in narrow cones "
    "far from each other, and a contrastive loss need not bring the cones together (arXiv:2203.02053)."
)
RECALL_CURVES_HELP = (
    "Recall@1 should leave chance in both directions; the gap may fall or stay, and retrieval can be good with it."
)


def draw_recall_and_gap(view: RunView, pairs: CaptionedPairs) -> None:
    """Draws recall, modality gap and temperature of the snapshot that is shown."""
    heading("Retrieval both ways", RECALL_HELP.format(count=pairs.count))
    st.markdown(_recall_table(view, pairs))
    st.caption(_caption_count_words(pairs))
    st.markdown(_gap_sentence(view, pairs))
    st.markdown(_temperature_sentence(view, pairs.look.step))


def draw_recall_curves(view: RunView, pairs: CaptionedPairs) -> None:
    """Draws recall@1 and the modality gap of all snapshots as curves."""
    heading("Over the looks", RECALL_CURVES_HELP)
    found, wanted = retrieval_curve(view)
    steps, recalls, gaps = [one.step for one in found], [one.recall for one in found], [one.gap for one in found]
    luck = _chance_recall(view, pairs, 1)
    figure = view.figure(
        "recall", view.at, (len(found), wanted, steps[-1]), lambda: recall_figure(steps, recalls, luck, now=view.at)
    )
    last = _both_ways_words(recalls[-1])
    alt = f"Recall at 1 of {len(found)} looks, in the last {last}; chance is {_recall_percent(luck)}."
    plot(figure, key=f"{view.name}recall", height=LOW, alt=alt)
    figure = view.figure("gap", view.at, (len(found), wanted, steps[-1]), lambda: gap_figure(steps, gaps, now=view.at))
    alt = f"Modality gap of {len(found)} looks: {gaps[0]:.2f} in the first, {gaps[-1]:.2f} in the last."
    plot(figure, key=f"{view.name}gap", height=LOW - 40, alt=alt)
    if len(found) < wanted:
        st.caption(f"{len(found)} of {wanted} looks so far, the latest ones first.")


def recall_words(view: RunView, pairs: CaptionedPairs) -> str:
    """Recall@1 and chance in one line of Markdown."""
    found, chance = shown_comparison(view, pairs).recall(1), _chance_recall(view, pairs, 1)
    return f"Recall@1 of {pairs.count:,}: {_both_ways_words(found, '**')}, chance {_recall_percent(chance)}"


def _recall_table(view: RunView, pairs: CaptionedPairs) -> str:
    found = shown_comparison(view, pairs)
    shares = [found.recall(k) for k in RECALL_RANKS]
    rows = [[name, *(f"**{_recall_percent(share[way])}**" for share in shares)] for way, name in enumerate(WAYS)]
    rows.append(["chance", *(_recall_percent(_chance_recall(view, pairs, k)) for k in RECALL_RANKS)])
    head = ["", *(f"recall@{k}" for k in RECALL_RANKS)]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, [":--", *["--:"] * len(RECALL_RANKS)], *rows])


def _caption_count_words(pairs: CaptionedPairs) -> str:
    words = f"{pairs.count:,} pairs, {pairs.different:,} different captions"
    return words + ("." if pairs.different == pairs.count else "; any caption equal to its own counts as found.")


def _gap_sentence(view: RunView, pairs: CaptionedPairs) -> str:
    look, first = pairs.look, view.untrained()
    gap, before = shown_comparison(view, pairs).gap, ""
    if first is not None and first.step < look.step:
        then = view.memo.get("gap before", first.step, lambda: modality_gap(first.z, first.z_view))
        before = f" ({then:.2f} before training)"
    parted = view.memo.get("parted", look.step, lambda: parted_share(look.z, look.z_view))
    return (
        f"**Modality gap {gap:.2f}**{before}: {GAP_WORDS} {_recall_percent(parted)} of images lie nearer to another "
        "image than to their own caption."
    )


def _temperature_sentence(view: RunView, step: int) -> str:
    temperature = view.temperature(step)
    words = f"**Temperature {temperature:.3g}**, logit scale {1 / temperature:.3g}"
    if view.metrics is None or view.metrics.temperature is None:
        return f"{words}, as the settings have it: it is not learned."
    low, high = LEARNED_RANGE
    allowed = f"learned; the scale is kept between {1 / high:g} and {1 / low:g}"
    if temperature <= low * AT_LIMIT:
        return f"{words}, {allowed}. ▲ It is at the upper end: training would weigh similarities more sharply still."
    if temperature >= high / AT_LIMIT:
        return f"{words}, {allowed}. ▼ It is at the lower end: training would weigh similarities more evenly still."
    return f"{words}, {allowed}, and is at neither end."


def _chance_recall(view: RunView, pairs: CaptionedPairs, k: int) -> float:
    return view.memo.get(f"chance of {k}", None, lambda: chance_pair_recall(pairs.captions, k))


def _both_ways_words(shares: tuple[float, float], mark: str = "") -> str:
    return ", ".join(f"{name} {mark}{_recall_percent(share)}{mark}" for name, share in zip(WAYS, shares, strict=True))


def _recall_percent(share: float) -> str:
    """A share in per cent, with two digits below 1 %: chance is about 0.1 %."""
    return f"{share:.1%}" if share >= 0.0095 or share == 0 else f"{share:.2%}"
