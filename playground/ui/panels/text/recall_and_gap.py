"""How well images and captions find each other, how far apart the two kinds lie, and the temperature; now and over the
looks."""

import streamlit as st

from playground.config.methods.softmax import LEARNED_RANGE
from playground.figures.modalities import gap_figure
from playground.figures.recall import WAYS, recall_figure
from playground.insight.text.image_text import chance
from playground.insight.text.modality_gap import modality_gap, parted_share
from playground.ui.components.plot import plot
from playground.ui.panels.frame import LOW, lead
from playground.ui.panels.text.image_text_cache import Pairs, paired, retrievals
from playground.ui.run.run_view import RunView

RANKS = (1, 5, 10)
AT_THE_LIMIT = 1.005  # times the limit: it moves back and forth by a step's breadth
HOW = "How often the right one is among the 1, 5 or 10 that are most similar, of all {count:,} of the probe."
GAP = (
    "distance of the mean image from the mean caption on the unit sphere, 0 to 2. Two encoders begin in narrow cones "
    "far from each other, and a contrastive loss need not bring the cones together (arXiv:2203.02053)."
)
CURVES = "Recall@1 should leave chance in both directions; the gap may fall or stay, and retrieval can be good with it."


def figures(view: RunView, pairs: Pairs) -> None:
    """The table, the gap and the temperature of the look that is shown."""
    lead("Retrieval both ways", HOW.format(count=pairs.count))
    st.markdown(_table(view, pairs))
    st.caption(_captions(pairs))
    st.markdown(_gap(view, pairs))
    st.markdown(_temperature(view, pairs.look.step))


def curves(view: RunView, pairs: Pairs) -> None:
    """Recall@1 and the gap of every look."""
    lead("Over the looks", CURVES)
    found, wanted = retrievals(view)
    steps, recalls, gaps = [one.step for one in found], [one.recall for one in found], [one.gap for one in found]
    luck = _chance(view, pairs, 1)
    figure = view.figure(
        "recall", view.at, (len(found), wanted, steps[-1]), lambda: recall_figure(steps, recalls, luck, now=view.at)
    )
    alt = f"Recall at 1 of {len(found)} looks, in the last {_both(recalls[-1])}; chance is {_percent(luck)}."
    plot(figure, key=f"{view.name}recall", height=LOW, alt=alt)
    figure = view.figure("gap", view.at, (len(found), wanted, steps[-1]), lambda: gap_figure(steps, gaps, now=view.at))
    alt = f"Modality gap of {len(found)} looks: {gaps[0]:.2f} in the first, {gaps[-1]:.2f} in the last."
    plot(figure, key=f"{view.name}gap", height=LOW - 40, alt=alt)
    if len(found) < wanted:
        st.caption(f"{len(found)} of {wanted} looks so far, the latest ones first.")


def recall_words(view: RunView, pairs: Pairs) -> str:
    """In one line, for where there is little room."""
    found = paired(view, pairs).recall(1)
    return f"Recall@1 of {pairs.count:,}: {_both(found, '**')}, chance {_percent(_chance(view, pairs, 1))}"


def _table(view: RunView, pairs: Pairs) -> str:
    found = paired(view, pairs)
    shares = [found.recall(k) for k in RANKS]
    rows = [[name, *(f"**{_percent(share[way])}**" for share in shares)] for way, name in enumerate(WAYS)]
    rows.append(["chance", *(_percent(_chance(view, pairs, k)) for k in RANKS)])
    head = ["", *(f"recall@{k}" for k in RANKS)]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, [":--", *["--:"] * len(RANKS)], *rows])


def _captions(pairs: Pairs) -> str:
    words = f"{pairs.count:,} pairs, {pairs.different:,} different captions"
    return words + ("." if pairs.different == pairs.count else "; any caption equal to its own counts as found.")


def _gap(view: RunView, pairs: Pairs) -> str:
    look, first = pairs.look, view.untrained()
    gap, before = paired(view, pairs).gap, ""
    if first is not None and first.step < look.step:
        then = view.memo.get("gap before", first.step, lambda: modality_gap(first.z, first.z_view))
        before = f" ({then:.2f} before training)"
    parted = view.memo.get("parted", look.step, lambda: parted_share(look.z, look.z_view))
    return (
        f"**Modality gap {gap:.2f}**{before}: {GAP} {_percent(parted)} of images lie nearer to another image than to "
        "their own caption."
    )


def _temperature(view: RunView, step: int) -> str:
    temperature = view.temperature(step)
    words = f"**Temperature {temperature:.3g}**, logit scale {1 / temperature:.3g}"
    if view.metrics is None or view.metrics.temperature is None:
        return f"{words}, as the settings have it: it is not learned."
    low, high = LEARNED_RANGE
    allowed = f"learned; the scale is kept between {1 / high:g} and {1 / low:g}"
    if temperature <= low * AT_THE_LIMIT:
        return f"{words}, {allowed}. ▲ It is at the upper end: training would weigh similarities more sharply still."
    if temperature >= high / AT_THE_LIMIT:
        return f"{words}, {allowed}. ▼ It is at the lower end: training would weigh similarities more evenly still."
    return f"{words}, {allowed}, and is at neither end."


def _chance(view: RunView, pairs: Pairs, k: int) -> float:
    return view.memo.get(f"chance of {k}", None, lambda: chance(pairs.captions, k))


def _both(shares: tuple[float, float], mark: str = "") -> str:
    return ", ".join(f"{name} {mark}{_percent(share)}{mark}" for name, share in zip(WAYS, shares, strict=True))


def _percent(share: float) -> str:
    """With a digit more where there is little: chance is a tenth of a per cent."""
    return f"{share:.1%}" if share >= 0.0095 or share == 0 else f"{share:.2%}"
