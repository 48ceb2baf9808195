"""The way through for newcomers: lessons, each on real runs that are started or opened with one click."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import streamlit as st

from playground.catalog.lessons import LESSONS, Lesson
from playground.catalog.summary_metrics import QUANTITIES
from playground.config import RunConfig
from playground.records import ENDED, RunStatus, StepMetrics
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.store import NewRun
from playground.runs.library.submit import submit_all
from playground.runs.library.workspace import Refused, Workspace
from playground.ui.components.live_channel import TICK_SECONDS
from playground.ui.components.widget_state import RUN_TAB, set_widget_value, start_widget_value, widget_key
from playground.ui.panels.frame import heading
from playground.ui.run.fork_buttons import open_comparison
from playground.ui.session.app_state import workspace
from playground.ui.session.query import LearnQuery, TrainQuery
from playground.ui.session.state import session
from playground.ui.words.errors import complain
from playground.ui.words.run_states import STATE_WORDS
from playground.wording.durations import duration_in_words, seconds_left

HOW = "Eight short lessons, in order or as you like. Each trains a real, small encoder on this machine."
DURATION = "Each takes between half a minute and a minute on two free cores."
LESSON = "lesson"  # key of the control
LAB = "Make such pairs by hand in the augmentation lab"
Found = dict[str, tuple[RunFolder, RunStatus] | None]  # what a lesson calls a run -> the run, where there is one


def learn_page() -> None:
    """Draw everything."""
    heading("Learn", HOW)
    name = _chosen()
    store = workspace()
    live = _is_live(_find_all(store))
    st.fragment(_tick, run_every=TICK_SECONDS if live else None)(store, name, live)


def _chosen() -> str:
    """The lesson that is read, also in the address."""
    asked = LearnQuery.from_query(st.query_params).lesson
    start_widget_value(LESSON, asked or next(iter(LESSONS)))
    name = st.pills(
        "Lesson",
        list(LESSONS),
        format_func=_numbered,
        key=LESSON,
        required=True,
        persist_state="session",
        label_visibility="collapsed",
    )
    assert name is not None
    if asked != name:
        st.query_params.update(LearnQuery(name).to_query())
    return name


def _numbered(name: str) -> str:
    """ "2 · Temperature"."""
    return f"{list(LESSONS).index(name) + 1} · {LESSONS[name].title}"


def _find_all(store: Workspace) -> dict[str, Found]:
    runs = store.own()
    return {name: find_runs(runs, lesson) for name, lesson in LESSONS.items()}


def _is_live(found: Mapping[str, Found]) -> bool:
    """Whether a run of any lesson is waiting or going on."""
    return any(run is not None and run[1].state not in ENDED for runs in found.values() for run in runs.values())


def _tick(store: Workspace, name: str, live: bool) -> None:
    found = _find_all(store)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _text(name, LESSONS[name])
    with right:
        _runs(store, LESSONS[name], found[name])
        _all_lessons(found, name)
    if live != _is_live(found):
        st.rerun()  # the whole page once more: this fragment is to stop ticking or to begin


def _text(name: str, lesson: Lesson) -> None:
    st.markdown(f"#### {_numbered(name)}")
    st.markdown(lesson.explanation)
    st.caption(f"Source: {lesson.source}.")
    st.markdown(f"**{lesson.question}**")
    st.markdown("\n".join(f"- {sentence}" for sentence in lesson.look))
    with st.expander("What you should have seen", key=widget_key("answer", name)):
        st.markdown(lesson.answer)
    later = list(LESSONS)[list(LESSONS).index(name) + 1 :]
    if later:
        st.button(f"Next lesson: {LESSONS[later[0]].title}", on_click=_go_to, args=(later[0],), key="next lesson")
    else:
        st.markdown("This was the last lesson. Now change something of your own: **The same with …** beside any run.")
        st.page_link("pages/train.py", label="To the Train page")


def _go_to(name: str) -> None:
    set_widget_value(LESSON, name)


def _runs(store: Workspace, lesson: Lesson, found: Found) -> None:
    """The lesson's runs, how far each is, and the button."""
    st.markdown("**Its run**" if len(found) == 1 else "**Its runs**")
    for words, run in found.items():
        _one_run(words, run, lesson.figure)
    if st.button(_verb(found), type="primary", key="go"):
        _go(store, lesson, found)
    st.caption(DURATION)
    if lesson.with_lab:
        st.page_link("pages/augment.py", label=LAB)


def _one_run(words: str, run: tuple[RunFolder, RunStatus] | None, figure: str) -> None:
    """ "temperature 5 · kNN 30.6% (+3 points over untrained)", or where it stands and how far."""
    if run is None:
        st.markdown(f"{words} · not trained yet")
        return
    folder, status = run
    if status.state in ENDED:
        st.markdown(f"{words} · {_figures(status, figure)}")
        return
    steps = _read_on(folder)
    stand = (
        f"{STATE_WORDS[status.state]}, {duration_in_words(seconds_left(steps[-1]))} left"
        if steps
        else STATE_WORDS[status.state]
    )
    st.markdown(f"{words} · {stand}")
    if steps:
        st.progress(steps[-1].progress)


def _figures(status: RunStatus, figure: str) -> str:
    """What the lesson is about; of kNN with the gain."""
    summary = status.summary or {}
    share, gain = summary.get(figure), summary.get("knn_gain") if figure == "knn_accuracy" else None
    words = "finished" if share is None else f"{QUANTITIES[figure].title} **{share:.1%}**"
    return words if gain is None else f"{words} ({100 * float(str(gain)):+.0f} points over untrained)"


def _read_on(run: RunFolder) -> list[StepMetrics]:
    """The steps of a run that goes on; each tick reads only what is new."""
    return session().learn.logs.setdefault(run.id, MetricsLog()).read_on(run).steps


def _verb(found: Found) -> str:
    if any(run is None for run in found.values()):
        return "Start"
    return "Open" if all(run and run[1].state in ENDED for run in found.values()) else "Watch"


def _go(store: Workspace, lesson: Lesson, found: Found) -> None:
    """Make the runs that are missing, and show all."""
    try:
        made = submit_all(store, [NewRun(config) for words, config in lesson.runs.items() if found[words] is None])
    except Refused as error:
        complain(error)
        return
    missing = iter(made)
    runs = [next(missing) if run is None else run[0] for run in found.values()]
    if len(runs) > 1 and not lesson.beside:
        open_comparison(*(run.id for run in runs), tab=lesson.compared)
    shown = _first_to_watch(found, runs)
    set_widget_value(RUN_TAB, lesson.tab)
    session().train.run = shown.id
    st.switch_page("pages/train.py", query_params=TrainQuery(shown.id).to_query())


def _first_to_watch(found: Found, runs: Sequence[RunFolder]) -> RunFolder:
    """The first that waits or goes on; where all have ended, the first of all."""
    going = [run for run, was in zip(runs, found.values(), strict=True) if was is None or was[1].state not in ENDED]
    return (going or runs)[0]


def _all_lessons(found: Mapping[str, Found], name: str) -> None:
    """How far one is with all of them."""
    lines = []
    for other, runs in found.items():
        done = sum(run is not None and run[1].state in ENDED for run in runs.values())
        sign = "✔" if done == len(runs) else "○"
        words = f"{sign} {_numbered(other)} · {done} of {len(runs)} trained"
        lines.append(f"**{words}**" if other == name else words)
    st.caption("  \n".join(lines))


def find_runs(runs: list[RunFolder], lesson: Lesson) -> Found:
    """The latest run with exactly the settings of each of the lesson's; one that did not end well is none.

    A run that was continued from another one is none, either: it was something else at first.
    """
    found: Found = dict.fromkeys(lesson.runs)
    for run in runs:
        for words, config in lesson.runs.items():
            if _config_of(run) == config and (status := _counting(run)) is not None:
                before = found[words]
                if before is None or before[1].state not in ENDED or status.state in ENDED:
                    found[words] = run, status
    return found


def _config_of(run: RunFolder) -> RunConfig | None:
    try:
        return _read_config(run.path)
    except UnreadableRun:
        return None


@lru_cache(maxsize=1000)  # at every tick, of every run; it never changes
def _read_config(path: Path) -> RunConfig:
    return RunFolder(path).config


def _counting(run: RunFolder) -> RunStatus | None:
    try:
        status, origin = run.status(), run.origin
    except UnreadableRun:
        return None
    whole = status.state not in ENDED or (status.state == "finished" and status.reason == "completed")
    return status if whole and not (origin and origin.step) and not run.asked_to_stop else None
