"""The table of final metrics of all runs, or of those so far. To add a row, add a line to TABLE_ROWS."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import streamlit as st

from playground.figures.palette import VERDICT_MARKS
from playground.insight.knn_protocol import protocol_words
from playground.insight.loss_scale import make_loss_scale
from playground.insight.separation import FORMULA
from playground.records import ENDED
from playground.runs.folder.summary import knn_gain
from playground.ui.panels.compare.compared_runs import ComparedRun, Group, noun_of_runs
from playground.ui.panels.frame import heading
from playground.ui.words.run_states import STATE_WORDS
from playground.ui.words.sample_noun import noun_of
from playground.wording.escape import escape_markdown
from playground.wording.lists import list_in_words

NO_VALUE = "—"
FIGURES_HELP = (
    "What each run has come to. **best** stands only where one can say what is better: a loss is never marked."
)
FIGURES_MORE = {
    "Normalised loss": "0 floor, 1 chance",
    "Gain": "over the untrained encoder, in points of kNN",
    "Separation": f"of h: {FORMULA}",
    "Mean and positive similarity": "cosines of different {many} and of {pair}",
}


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of the table: a metric."""

    title: str  # a template, see `SampleNoun.fill`
    key: str  # in `final_figures`
    words: Callable[[Any], str]
    better: Literal["", "higher", "lower"] = ""
    fair: Literal["", "images", "protocol"] = ""  # what must be equal in all runs to mark the best


def final_figures(run: ComparedRun) -> dict[str, Any]:
    """Metrics of the run by key: those of its summary after its end, before that the latest."""
    view, summary = run.view, run.status.summary or {}
    found: dict[str, Any] = {"state": run.status.state}
    if view.steps:
        step = view.steps[-1]
        found |= {"steps": step.step, "seconds": step.seconds, "loss": step.loss}
        found |= {"images_per_second": step.images_per_second, "positive_similarity": step.positive_similarity}
    if view.insights:
        last = view.insights[-1]
        found |= {"knn_gain": knn_gain(view.insights[0], last)}
        found |= {"knn_accuracy": last.knn_accuracy, "knn_protocol": last.knn_protocol}
        found |= {"effective_rank": last.z.effective_rank, "collapse": last.z.verdict}
    found |= {key: value for key, value in summary.items() if value is not None}
    if "knn_protocol" in found:
        found["knn_protocol"] = protocol_words(str(found["knn_protocol"]), view.noun.many)
    if found.get("loss") is not None:
        temperature = view.steps[-1].temperature if view.steps else None
        found["relative_loss"] = make_loss_scale(run.config, temperature).height(found["loss"])
    return found


def shown_knn(run: ComparedRun) -> tuple[float | None, str]:
    """kNN accuracy (None without one) and protocol: of the shown snapshot, after the end of the whole test set."""
    summary, look, many = run.status.summary or {}, run.view.insight, run.view.noun.many
    accuracy = summary.get("knn_accuracy")
    if run.view.at is None and isinstance(accuracy, float):
        return accuracy, protocol_words(str(summary.get("knn_protocol") or ""), many)
    if look is None or look.knn_accuracy is None:
        return None, ""
    return look.knn_accuracy, protocol_words(look.knn_protocol, many)


def protocols_in_words(measured: Sequence[tuple[str, str]]) -> str:
    """The protocols of pairs (sign, protocol), each once; of several, with the signs of their runs."""
    signs: dict[str, str] = {}
    for sign, protocol in measured:
        if protocol:
            signs[protocol] = signs.get(protocol, "") + sign
    told = [
        escape_markdown(protocol) if len(signs) == 1 else f"{escape_markdown(protocol)} ({of})"
        for protocol, of in signs.items()
    ]
    return "; ".join(told)


def figures_panel(groups: Sequence[Group]) -> None:
    """Draws the table, and the protocols of the accuracies."""
    noun = noun_of_runs(run for group in groups for run in group.members)
    heading(
        "Final figures", FIGURES_HELP, noun.fill("; ".join(f"{name}: {words}" for name, words in FIGURES_MORE.items()))
    )
    known = [[final_figures(run) for run in group.members] for group in groups]
    st.dataframe(figures_table(groups, known), height="content", key="compared_figures")
    _draw_protocols(groups, known)


def figures_table(groups: Sequence[Group], known: Sequence[Sequence[Mapping[str, Any]]]) -> pd.DataFrame:
    """A row for each of TABLE_ROWS, a column for each group; `known` has `final_figures` of its members."""
    noun = noun_of_runs(run for group in groups for run in group.members)
    rows = {noun.fill(figure.title): _figure_texts(figure, groups, known) for figure in TABLE_ROWS}
    columns = [group.label.text for group in groups]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _figure_texts(figure: TableRow, groups: Sequence[Group], known: Sequence[Sequence[Mapping[str, Any]]]) -> list[str]:
    values = [[one[figure.key] for one in members if one.get(figure.key) is not None] for members in known]
    texts = [_cell_words(figure, members) for members in values]
    if not figure.better or not _is_fair(figure, groups, known):
        return texts
    means = [_mean_or_nan(members) if _competes(figure, group) else math.nan
             for group, members in zip(groups, values, strict=True)]  # fmt: skip
    return _mark_best(texts, means, figure.better, _best_words(groups))


def _cell_words(figure: TableRow, values: Sequence[Any]) -> str:
    """One value in words, mean and range of several numbers, or the different ones of several texts."""
    if not values:
        return NO_VALUE
    if isinstance(values[0], str):
        return ", ".join(dict.fromkeys(figure.words(value) for value in values))
    if len(values) == 1:
        return figure.words(values[0])
    return f"{figure.words(_mean_or_nan(values))} ({figure.words(min(values))} to {figure.words(max(values))})"


def _mark_best(texts: Sequence[str], means: Sequence[float], better: str, word: str) -> list[str]:
    """`texts` with `word` behind the best and all that read the same; without it if none is behind."""
    finite = [mean for mean in means if math.isfinite(mean)]
    if len(finite) < 2:
        return list(texts)
    best = max(finite) if better == "higher" else min(finite)
    leading = {text for text, mean in zip(texts, means, strict=True) if mean == best}
    ahead = [math.isfinite(mean) and text in leading for text, mean in zip(texts, means, strict=True)]
    if sum(ahead) == len(finite):
        return list(texts)
    return [f"{text} · {word}" if leads else text for text, leads in zip(texts, ahead, strict=True)]


def _best_words(groups: Sequence[Group]) -> str:
    members = [run for group in groups for run in group.members]
    word = "best mean" if len(members) > len(groups) else "best"
    return word if all(run.status.state in ENDED for run in members) else f"{word} so far"


def _is_fair(figure: TableRow, groups: Sequence[Group], known: Sequence[Sequence[Mapping[str, Any]]]) -> bool:
    if not figure.fair:
        return True
    configs = [run.config for group in groups for run in group.members]
    if any(config.data != configs[0].data for config in configs):
        return False
    if figure.fair == "images":
        return len({config.watch.probe_size for config in configs}) == 1
    return len(_known_protocols(known)) <= 1


def _competes(figure: TableRow, group: Group) -> bool:
    """Whether `group` may be marked as best: not with labels in training, where metrics depend on classes."""
    return not (figure.fair and group.members[0].config.method.uses_labels)


def _draw_protocols(groups: Sequence[Group], known: Sequence[Sequence[Mapping[str, Any]]]) -> None:
    words = protocols_in_words([
        (group.label.mark.sign, protocol)
        for group, members in zip(groups, known, strict=True)
        for protocol in _known_protocols([members])
    ])  # fmt: skip
    if len(_known_protocols(known)) > 1:
        st.caption(f"kNN was measured by different protocols, so that none is called best: {words}.")
    elif words:
        st.caption(f"kNN: {words}.")
    configs = [run.config for group in groups for run in group.members]
    if any(config.data != configs[0].data for config in configs):
        many = noun_of(configs).many
        st.caption(f"These runs learn from different {many}: accuracy and separation are not compared.")
    told_classes = [group.label.markdown for group in groups if group.members[0].config.method.uses_labels]
    if told_classes:
        st.caption(f"{list_in_words(told_classes)} was told the classes: an upper reference, never called best.")


def _known_protocols(known: Sequence[Sequence[Mapping[str, Any]]]) -> list[str]:
    """The different protocols of the kNN accuracies."""
    found = (one.get("knn_protocol") for members in known for one in members if one.get("knn_accuracy") is not None)
    return list(dict.fromkeys(str(protocol) for protocol in found))


def _mean_or_nan(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan


TABLE_ROWS = (
    TableRow("State", "state", STATE_WORDS.__getitem__),
    TableRow("Verdict on z", "collapse", lambda verdict: VERDICT_MARKS[verdict][0]),
    TableRow("Steps", "steps", "{:,.0f}".format),
    TableRow("Seconds of training", "seconds", "{:,.1f}".format),
    TableRow("Loss", "loss", "{:.3f}".format),
    TableRow("Normalised loss", "relative_loss", "{:z.2f}".format),
    TableRow("kNN accuracy (h)", "knn_accuracy", "{:.1%}".format, "higher", "protocol"),
    TableRow("Gain over untrained", "knn_gain", lambda gain: f"{100 * gain:+.1f} points", "higher", "images"),
    TableRow("Separation of classes (h)", "separation", "{:z.2f}".format, "higher", "images"),
    TableRow("Mean similarity (z)", "mean_similarity", "{:z.2f}".format),
    TableRow("Positive similarity (z)", "positive_similarity", "{:z.2f}".format),
    TableRow("Effective rank (z)", "effective_rank", "{:.1f}".format),
    TableRow("{Many} per second", "images_per_second", "{:,.0f}".format, "higher"),
    TableRow("Peak memory", "peak_memory_mb", "{:,.0f} MB".format, "lower"),
)
