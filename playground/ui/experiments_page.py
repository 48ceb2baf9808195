"""Experiments: choose a ready one or a grid of one's own, see what it will take, start it, and read what came out."""

import time
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import streamlit as st

from playground import data
from playground.catalog.duration_model import seconds_of
from playground.catalog.experiments import READY, SEEDS
from playground.catalog.grid import Grid
from playground.config import ConfigError
from playground.config.sentences import CorpusConfig
from playground.runs.library.experiments import Experiment, ExperimentStore, UnreadableExperiment, checked, paces
from playground.runs.library.workspace import Refused
from playground.storage.home import home_folder
from playground.ui.choices import AS_TRAIN, settings_of_images
from playground.ui.complaints import complain
from playground.ui.experiment_view import show_experiment
from playground.ui.grid_form import own_grid
from playground.ui.panels.frame import lead
from playground.ui.server import experiments, run_store, workspace
from playground.wording.durations import in_words

OWN = "own"
MOST_LISTED = 50
SENTENCES = CorpusConfig.labels["corpus"]
WORDS = {"shapes": "Shapes", "digits": "Digits", "corpus": "Made-up sentences", AS_TRAIN: AS_TRAIN}
HOW = (
    "Several short runs that differ in one or two settings, each with several seeds: so what is claimed of contrastive "
    "learning can be checked here, and the spread over seeds tells what is more than chance."
)


def experiments_page() -> None:
    """Draw everything."""
    lead("Experiments", HOW)
    store = experiments()
    _begin(store)
    experiment = _chosen(store)
    if experiment is None:
        st.info("Choose an experiment and press **Start**: its runs train one after the other, and its table is here.")
        return
    show_experiment(experiment)


def _begin(store: ExperimentStore) -> None:
    """What to run, on what, how often; what that will take; and the button."""
    asked = st.query_params.get("ready", "")
    left, middle, right = st.columns([2, 2, 1])
    kind = left.selectbox(
        "New experiment", [*READY, OWN], key="experiment_kind", persist_state="session",
        index=list(READY).index(asked) if asked in READY else 0,
        format_func=lambda key: READY[key].title if key in READY else "A grid of my own",
        help="What is varied: one of the ready experiments, or settings of your choice.",
    )  # fmt: skip
    with middle:
        learned_from = _learned_from(kind)
    usual = len(READY[kind].grid.seeds) if kind in READY else len(SEEDS)
    seeds = right.number_input(
        "Seeds", 1, 10, usual, key=f"experiment_seeds|{usual}", persist_state="session",
        help="How many runs each setting gets: with one no spread is known.",
    )  # fmt: skip
    if kind in READY:
        st.caption(f"{READY[kind].question} Source: {READY[kind].source}.")
    try:
        title, grid = _grid(kind, learned_from, int(seeds))
        words = _estimate(store, grid)
    except (Refused, ConfigError, data.DataError) as error:
        complain(error)
        words = None
    _start_button(store, kind, None if words is None else (title, grid, words))


def _learned_from(kind: str) -> dict[str, Any]:
    """Settings of the data that were chosen, by dotted key; none where the experiment keeps its own."""
    if kind in READY and not READY[kind].on_images:
        st.selectbox(
            "Sentences", [SENTENCES], disabled=True,
            help="This experiment keeps its own data: only of these sentences it is known which of them answer which.",
        )  # fmt: skip
        return {}
    label, names = ("Images", ["shapes", "digits", AS_TRAIN]) if kind in READY else ("Data", list(WORDS))
    chosen = st.selectbox(
        label, names, key=f"experiment_{label.lower()}", persist_state="session", format_func=WORDS.__getitem__,
        help="What all runs learn from; your own are those chosen on the Train page.",
    )  # fmt: skip
    return settings_of_images(chosen)


def _grid(kind: str, learned_from: dict[str, Any], seeds: int) -> tuple[str, Grid]:
    """Its title and its runs. Raises ConfigError."""
    if kind in READY:
        grid = READY[kind].grid.with_base(learned_from)
        return READY[kind].title, replace(grid, seeds=tuple(range(seeds)))
    return own_grid(learned_from, seeds)


def _estimate(store: ExperimentStore, grid: Grid) -> str:
    """ "12 runs, about 7 min". Raises ConfigError or DataError where they cannot be made."""
    _, seconds = checked(grid, _seconds_of(store, grid))
    many = f"{grid.size} runs" if grid.size > 1 else "1 run"
    return f"{many}, about {in_words(sum(seconds))}"


def _seconds_of(store: ExperimentStore, grid: Grid) -> Any:
    config = max((cell.config for cell in grid.cells(max(1, grid.size // 100))), key=lambda config: config.batch_size)
    workspace().check(config)
    images = data.check(config.data, home=home_folder(), batch_size=config.batch_size)
    return partial(seconds_of, images=images, paces=paces(store.runs))


def _start_button(store: ExperimentStore, kind: str, found: tuple[str, Grid, str] | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button("Start", type="primary", disabled=found is None)
        if found:
            st.markdown(f"{found[2]} on this machine, one after the other")
    if not pressed or found is None:
        return
    title, grid, _ = found
    try:
        workspace().ask_for(grid.size)
        for cell in grid.cells():
            workspace().check(cell.config)
            data.check_run(cell.config, home=home_folder())
        ready = kind if kind in READY else None
        experiment = store.create(title, grid, _seconds_of(store, grid), ready)
        st.query_params["experiment"] = st.session_state["experiment"] = experiment.id
        experiment.resume()
    except (Refused, ConfigError, data.DataError) as error:
        complain(error)
    except OSError as error:
        complain(f"The runs could not be written to disk: {error}.")


def _chosen(store: ExperimentStore) -> Experiment | None:
    """The experiment that the address names, else the last one; another one by hand."""
    found = {experiment.id: experiment for experiment in reversed(store.all()[-MOST_LISTED:])}
    wanted = st.query_params.get("experiment") or st.session_state.get("experiment")
    if wanted and wanted not in found:
        experiment = store.find(wanted)
        if experiment is None:
            st.warning("The experiment that this address names is not on this server; below is the latest one.")
            st.query_params.pop("experiment", None)
            st.session_state.pop("experiment", None)
        else:
            found[wanted] = experiment
    if not found:
        return None
    shown = wanted if wanted in found else next(iter(found))
    # The key goes with what is shown: after Start a browser's late answer for the list before has no say.
    picked = st.selectbox(
        "Experiments so far", list(found), index=list(found).index(shown), key=f"experiment_list|{shown}",
        format_func=lambda name: _words(found[name]), help="The experiment that is shown; earlier ones are kept.",
    )  # fmt: skip
    if picked != shown:
        st.query_params["experiment"] = st.session_state["experiment"] = picked
        st.rerun()
    if st.query_params.get("experiment") != shown:
        st.query_params["experiment"] = shown
    return found[shown]


def _words(experiment: Experiment) -> str:
    """One line for the list; it never changes, as the browser answers with it."""
    try:
        return _title(experiment.path)
    except UnreadableExperiment:
        return f"{experiment.id} · cannot be read"


@lru_cache(maxsize=200)
def _title(path: Path) -> str:
    plan = Experiment(path, run_store()).plan()
    made = time.strftime("%d %b %H:%M:%S", time.localtime(plan.created))
    return f"{made} · {plan.title} · {len(plan.cells)} runs"
