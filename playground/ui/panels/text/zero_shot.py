"""Zero-shot classification of the probe images by prompts that a person edits, without labels."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.figures.zero_shot import ImageGroup, accuracies_figure, matrix_figure
from playground.insight.arrays import Mask
from playground.insight.evaluation import Confusion, confusion_matrix
from playground.insight.text.modality_gap import accuracies
from playground.insight.text.zero_shot import Scheme, largest_share, surest
from playground.records import Probe
from playground.runs.folder.newest_weights import newest_weights_version
from playground.ui.components.gallery import GalleryItem, GallerySet, gallery_sets
from playground.ui.components.plot import plot
from playground.ui.components.widget_state import widget_key
from playground.ui.panels.frame import HIGH, LOW, show_nothing_yet
from playground.ui.panels.panel import Panel, runs_on
from playground.ui.panels.text.zero_shot_prompts import Answer, Question, answer_prompts, ask_prompts, choose_scheme
from playground.ui.run.run_view import RunView
from playground.wording.escape import escape_markdown_links, printable

SHOWN_OF_CLASS, SHOWN_OF_EACH_NAME = 8, 6  # pictures of a class, and of each name of one's own
ZERO_SHOT_SIDE, SET_WIDTH = 56, 330  # px of a picture and of a set of them
ZERO_SHOT_HELP = (
    "The images are sorted by words alone: each gets the name whose prompts it is most similar to. No label is used."
)
ZERO_SHOT_MORE = (
    "A prompt is a sentence with a class name in it. One prompt is the first line; the ensemble is the mean of the "
    "unit embeddings of all lines, of length one again (CLIP, section 3.1.4). Labels serve only to count what is right."
)
HELD_OUT_NOTE = "Held out: this combination of shape, colour and place never occurred in training, each part of it did."
SURENESS_NOTE = (
    "Under a picture: what it is taken for, and the share of that name among all names, at the run's temperature."
)


def zero_shot_tab(view: RunView) -> None:
    """Draws class names and prompts, their accuracies beside them, and below the confusion matrix and examples."""
    probe = view.probe
    if probe is None or newest_weights_version(view.folder) is None:
        show_nothing_yet()
        return
    scheme = choose_scheme(view, probe)
    asking, answering = st.columns([2, 3])
    with asking:
        question = ask_prompts(view, scheme)
    if question is None:
        return
    with answering:
        answer = answer_prompts(view, scheme, question)
        if answer is None:
            return
        _draw_remarks(view, answer)
        if scheme.labels is None:
            _draw_sorted_images(view, question, answer)
        else:
            _draw_accuracies(view, probe, scheme, question, answer, scheme.labels)
    if scheme.labels is not None:
        _draw_details(view, scheme, question, answer, scheme.labels)


def _draw_remarks(view: RunView, answer: Answer) -> None:
    if answer.remarks:
        st.info(escape_markdown_links(" ".join(answer.remarks)))
    if view.at is not None and view.at != answer.step:
        st.caption(f"Prompts are read by the newest weights only, those after step {answer.step:,}.")


def _draw_accuracies(
    view: RunView, probe: Probe, scheme: Scheme, question: Question, answer: Answer, labels: NDArray[np.int64]
) -> None:
    """Draws the accuracies of one prompt and of the ensemble, in words and as bars."""
    held_out = probe.factors.get("held_out", np.zeros(len(labels))) > 0.5
    chance = 1 / len(question.names)
    groups = _image_groups(answer, len(question.templates), labels, held_out)
    words = _accuracy_sentence(groups[0], chance, len(question.templates))
    st.markdown(f"{words} After step {answer.step:,}.")
    figure = view.figure(
        "zero-shot", (scheme.name, question), answer.step, lambda: accuracies_figure(groups, chance)
    )  # fmt: skip
    alt = "; ".join(f"{group.name}, {group.count:,} images: {_accuracy_words(group)}" for group in groups)
    height = LOW if len(groups) > 1 else LOW - 55
    plot(figure, key=f"{view.name}zero-shot", height=height, alt=f"{alt}; chance {chance:.1%}.")
    if len(groups) > 1:
        st.caption(HELD_OUT_NOTE)
    if (most := largest_share(labels)) > 1.25 * chance:
        st.caption(f"To call every image by the most frequent name would be right for {most:.1%}.")


def _image_groups(answer: Answer, prompts: int, labels: NDArray[np.int64], held_out: Mask) -> list[ImageGroup]:
    """Accuracies of all images, and of seen and held-out combinations if some were held out."""
    ways = {"one prompt": answer.one, **({"ensemble": answer.ensemble} if prompts > 1 else {})}
    found = {way: accuracies(guess.predicted, labels, held_out) for way, guess in ways.items()}
    groups = [ImageGroup("all", len(labels), {way: share.all or 0.0 for way, share in found.items()})]
    if held_out.any():
        groups += [
            ImageGroup("seen", int((~held_out).sum()), {way: share.seen or 0.0 for way, share in found.items()}),
            ImageGroup("held out", int(held_out.sum()), {way: share.held_out or 0.0 for way, share in found.items()}),
        ]
    return groups


def _accuracy_sentence(group: ImageGroup, chance: float, prompts: int) -> str:
    several = f"**{group.accuracies['ensemble']:.1%}** by the ensemble of {prompts} prompts, " if prompts > 1 else ""
    one = f"**{group.accuracies['one prompt']:.1%}** by one prompt, {chance:.1%} by chance"
    return f"Right: {several}{one}, of {group.count:,} images."


def _accuracy_words(group: ImageGroup) -> str:
    return ", ".join(f"{way} {share:.1%}" for way, share in group.accuracies.items())


def _draw_details(view: RunView, scheme: Scheme, question: Question, answer: Answer, labels: NDArray[np.int64]) -> None:
    """Draws the confusion matrix, and the surest images of one class."""
    matrix, pictures = st.columns([2, 3])
    with matrix:
        st.markdown("**Confusion matrix** of the ensemble")
        figure = view.figure(
            "zero-shot confusion", (scheme.name, question), answer.step,
            lambda: matrix_figure(_ensemble_confusion(question, answer, labels)),
        )  # fmt: skip
        alt = f"Which of {len(question.names)} classes the ensemble of prompts takes for which."
        plot(figure, key=f"{view.name}zero-shot confusion", height=HIGH, alt=alt)
    with pictures:
        _draw_class(view, scheme, question, answer, labels)


def _ensemble_confusion(question: Question, answer: Answer, labels: NDArray[np.int64]) -> Confusion:
    counts = confusion_matrix(labels, answer.ensemble.predicted, len(question.names))
    return Confusion(question.names, counts, "")


def _draw_class(view: RunView, scheme: Scheme, question: Question, answer: Answer, labels: NDArray[np.int64]) -> None:
    name = st.selectbox(
        "Class", question.names, key=widget_key(f"{view.name}class", view.folder.config.data.name, scheme.name),
        persist_state="session", width=260, help="Whose surest images are shown.",
    )  # fmt: skip
    own = labels == question.names.index(name if name in question.names else question.names[0])
    right = answer.ensemble.predicted == labels
    groups = [
        _surest_set(
            f"Surest right: {(own & right).sum():,} of {own.sum():,} images",
            own & right,
            SHOWN_OF_CLASS,
            question,
            answer,
        ),
        _surest_set(
            f"Surest wrong: {(own & ~right).sum():,} of {own.sum():,} images",
            own & ~right,
            SHOWN_OF_CLASS,
            question,
            answer,
        ),
    ]
    _draw_image_sets(view, groups, f"The surest right and the surest wrong images of the class {name}.")


def _draw_sorted_images(view: RunView, question: Question, answer: Answer) -> None:
    """Draws the images of each name of one's own, for which there are no labels."""
    predicted = answer.ensemble.predicted
    st.markdown(
        f"{len(predicted):,} images, sorted into {len(question.names)} names of your own after step {answer.step:,}. "
        "There are no labels for them, so no accuracy; every image gets one of the names, whether one fits or not."
    )
    groups = [
        _surest_set(
            f"{name}: {(predicted == place).sum():,} images", predicted == place, SHOWN_OF_EACH_NAME, question, answer
        )
        for place, name in enumerate(question.names)
    ]
    _draw_image_sets(view, groups, f"The surest images of each of {len(groups)} names.")


def _surest_set(title: str, among: Mask, count: int, question: Question, answer: Answer) -> GallerySet:
    found = answer.ensemble
    rows = surest(found, among, count)
    names = [question.names[found.predicted[row]] for row in rows]
    items = (
        GalleryItem(int(row), label=f"image {row}", words=f"{printable(name, 40)}\n{found.sureness[row]:.0%}")
        for row, name in zip(rows, names, strict=True)
    )
    return GallerySet(title, tuple(items))


def _draw_image_sets(view: RunView, groups: list[GallerySet], alt: str) -> None:
    sheet = view.thumbnails
    assert sheet is not None  # there is one of every probe
    gallery_sets(groups, sheet, key=f"{view.name}zero-shot pictures", alt=alt, side=ZERO_SHOT_SIDE, width=SET_WIDTH)
    st.caption(SURENESS_NOTE)


PANEL = Panel(
    "Zero-shot", "Zero-shot", ZERO_SHOT_HELP, zero_shot_tab, more=ZERO_SHOT_MORE, applies_to=runs_on("captions")
)
