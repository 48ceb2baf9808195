"""Experiments: choose a ready one or a grid of one's own, see what it will take, start it, and read what came out.

A grid of one's own: one or two settings and the values that they take, typed with commas between them.
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import streamlit as st

from playground import data
from playground.catalog.duration_model import estimate_seconds
from playground.catalog.experiments import READY_EXPERIMENTS, SEEDS, SHAPES_BASE
from playground.catalog.grid import Axis, Grid, axis_of
from playground.config import ConfigError, parse
from playground.config.compatibility import compatible_names, is_for_images
from playground.config.schema import Entry, entries
from playground.config.sentences import CorpusConfig
from playground.runs.library.experiments import (
    Experiment,
    ExperimentStore,
    UnreadableExperiment,
    check_grid,
    read_past_paces,
    read_plan,
)
from playground.runs.library.workspace import Refused
from playground.storage.home import home_folder
from playground.ui.components.widget_state import widget_key
from playground.ui.form.choices import AS_TRAIN, settings_of_images
from playground.ui.pages.experiment_result import show_experiment
from playground.ui.panels.frame import heading
from playground.ui.session.app_state import experiments, workspace
from playground.ui.session.query import ExperimentsQuery
from playground.ui.session.state import session
from playground.ui.words.errors import complain
from playground.wording.durations import duration_in_words

NONE = "none"
FIRST, SECOND = "method.temperature", NONE
EXAMPLES = {"method.temperature": "0.1, 0.2, 0.5", "batch_size": "64, 128, 256", "method.hard_negatives": "on, off"}
LEFT_OUT = ("seed", "device", "data.name", "data.path", "budget.", "watch.")
OF_IMAGES = ("views.", "method.name", "encoder.name")  # sentences are not augmented, and learned from in one way only
STEPS, STEPS_OF_SENTENCES = 300, 100
JITTER = "views.jitter.probability"


def own_grid(data: Mapping[str, Any], seeds: int) -> tuple[str, Grid]:
    """The controls, and what they describe: title and grid. `data` are settings of the data, by dotted key.

    Raises ConfigError where that is no grid.
    """
    base = _shared(data)
    listed = {entry.key: entry for entry in entries(parse(base)) if _can_vary(entry, data)}
    axes: dict[str, Axis] = {}
    for number, start in enumerate((FIRST, SECOND), 1):
        axis = _axis(number, start, listed, optional=number > 1)
        for title in axis.keys() & axes.keys():
            raise ConfigError(f"{title} was given twice; allowed are two different settings.")
        axes |= axis
    return " × ".join(axes), Grid(base, axes, tuple(range(seeds)))


def _shared(data: Mapping[str, Any]) -> dict[str, Any]:
    """What all runs have: data, method, steps, and colour jitter where no caption names colours."""
    on_images = _on_images(data)
    method, steps = st.columns([3, 1])
    labels = next(entry.labels or {} for entry in entries(parse(data)) if entry.key == "method.name")
    chosen = method.selectbox(
        "Method", compatible_names("method", str(data["data.name"])), key=widget_key("grid_method", on_images),
        persist_state="session", format_func=lambda name: labels.get(name, name),
        help="How all runs learn, unless it is varied.",
    )  # fmt: skip
    budget = steps.number_input(
        "Steps", 1, 100_000, STEPS if on_images else STEPS_OF_SENTENCES, key=widget_key("grid_steps", on_images),
        persist_state="session", help="How long each run trains.",
    )  # fmt: skip
    base = {**SHAPES_BASE, **data, "method.name": chosen, "budget.steps": int(budget)}
    jitters = parse(base).method.learns_from == "images"
    what = f"{'images' if on_images else 'sentences'} and method"
    more = ", with colour jitter on, so that colour is no shortcut" if jitters else ""
    st.caption(f"All else is as suggested for {what}{more}.")
    return {key: value for key, value in base.items() if jitters or key != JITTER}


def _axis(number: int, start: str, listed: Mapping[str, Entry], *, optional: bool) -> dict[str, Axis]:
    """One setting by its title, with its values; nothing where none is chosen."""
    which, what = st.columns(2)
    options = [NONE, *listed] if optional else list(listed)
    key = which.selectbox(
        "Vary" if number == 1 else "and vary", options, key=f"grid_key{number}", persist_state="session",
        index=options.index(start) if start in options else 0,
        format_func=lambda key: listed[key].title if key in listed else key, help="The setting that runs differ in.",
    )  # fmt: skip
    if key == NONE:
        return {}
    text = what.text_input(
        "Values", EXAMPLES.get(key, ""), key=widget_key(f"grid_values{number}", key), persist_state="session",
        help=f"With commas between them. Each: {listed[key].allowed}.",
    )  # fmt: skip
    return {listed[key].title: axis_of(key, text)}


def _can_vary(entry: Entry, data: Mapping[str, Any]) -> bool:
    """Texts cannot, nor what the page asks for beside them."""
    left_out = LEFT_OUT if _on_images(data) else (*LEFT_OUT, *OF_IMAGES)
    return entry.kind != "text" and not entry.key.startswith(left_out)


def _on_images(data: Mapping[str, Any]) -> bool:
    return is_for_images("data", str(data["data.name"]))


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
    heading("Experiments", HOW)
    store = experiments()
    _begin(store)
    experiment = _chosen(store)
    if experiment is None:
        st.info("Choose an experiment and press **Start**: its runs train one after the other, and its table is here.")
        return
    show_experiment(experiment)


def _begin(store: ExperimentStore) -> None:
    """What to run, on what, how often; what that will take; and the button."""
    asked = ExperimentsQuery.from_query(st.query_params).ready
    left, middle, right = st.columns([2, 2, 1])
    kind = left.selectbox(
        "New experiment", [*READY_EXPERIMENTS, OWN], key="experiment_kind", persist_state="session",
        index=list(READY_EXPERIMENTS).index(asked) if asked else 0,
        format_func=lambda key: READY_EXPERIMENTS[key].title if key in READY_EXPERIMENTS else "A grid of my own",
        help="What is varied: one of the ready experiments, or settings of your choice.",
    )  # fmt: skip
    with middle:
        learned_from = _learned_from(kind)
    usual = len(READY_EXPERIMENTS[kind].grid.seeds) if kind in READY_EXPERIMENTS else len(SEEDS)
    seeds = right.number_input(
        "Seeds", 1, 10, usual, key=widget_key("experiment_seeds", usual), persist_state="session",
        help="How many runs each setting gets: with one no spread is known.",
    )  # fmt: skip
    if kind in READY_EXPERIMENTS:
        st.caption(f"{READY_EXPERIMENTS[kind].question} Source: {READY_EXPERIMENTS[kind].source}.")
    try:
        title, grid = _grid(kind, learned_from, int(seeds))
        words = _estimate(store, grid)
    except (Refused, ConfigError, data.DataError) as error:
        complain(error)
        words = None
    _start_button(store, kind, None if words is None else (title, grid, words))


def _learned_from(kind: str) -> dict[str, Any]:
    """Settings of the data that were chosen, by dotted key; none where the experiment keeps its own."""
    if kind in READY_EXPERIMENTS and not READY_EXPERIMENTS[kind].on_images:
        st.selectbox(
            "Sentences", [SENTENCES], disabled=True,
            help="This experiment keeps its own data: only of these sentences it is known which of them answer which.",
        )  # fmt: skip
        return {}
    label, names = ("Images", ["shapes", "digits", AS_TRAIN]) if kind in READY_EXPERIMENTS else ("Data", list(WORDS))
    chosen = st.selectbox(
        label, names, key=f"experiment_{label.lower()}", persist_state="session", format_func=WORDS.__getitem__,
        help="What all runs learn from; your own are those chosen on the Train page.",
    )  # fmt: skip
    return settings_of_images(chosen)


def _grid(kind: str, learned_from: dict[str, Any], seeds: int) -> tuple[str, Grid]:
    """Its title and its runs. Raises ConfigError."""
    if kind in READY_EXPERIMENTS:
        grid = READY_EXPERIMENTS[kind].grid.with_base(learned_from)
        return READY_EXPERIMENTS[kind].title, replace(grid, seeds=tuple(range(seeds)))
    return own_grid(learned_from, seeds)


def _estimate(store: ExperimentStore, grid: Grid) -> str:
    """ "12 runs, about 7 min". Raises ConfigError or DataError where they cannot be made."""
    _, seconds = check_grid(grid, _seconds_of(store, grid))
    many = f"{grid.size} runs" if grid.size > 1 else "1 run"
    return f"{many}, about {duration_in_words(sum(seconds))}"


def _seconds_of(store: ExperimentStore, grid: Grid) -> Any:
    config = max((cell.config for cell in grid.cells(max(1, grid.size // 100))), key=lambda config: config.batch_size)
    workspace().allow_config(config)
    images = data.check_data(config.data, home=home_folder(), batch_size=config.batch_size)
    return partial(estimate_seconds, images=images, paces=read_past_paces(store.runs.runs()))


def _start_button(store: ExperimentStore, kind: str, found: tuple[str, Grid, str] | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button("Start", type="primary", disabled=found is None)
        if found:
            st.markdown(f"{found[2]} on this machine, one after the other")
    if not pressed or found is None:
        return
    title, grid, _ = found
    try:
        experiment = store.begin(title, grid, _seconds_of(store, grid), kind if kind in READY_EXPERIMENTS else None)
    except (Refused, ConfigError, data.DataError) as error:
        complain(error)
    else:
        session().experiments.experiment = experiment.id
        st.query_params.update(ExperimentsQuery(experiment.id).to_query())


def _chosen(store: ExperimentStore) -> Experiment | None:
    """The experiment that the address names, else the last one; another one by hand."""
    found = {experiment.id: experiment for experiment in reversed(store.all()[-MOST_LISTED:])}
    state = session().experiments
    wanted = ExperimentsQuery.from_query(st.query_params).experiment or state.experiment
    if wanted and wanted not in found:
        experiment = store.find(wanted)
        if experiment is None:
            st.warning("The experiment that this address names is not on this server; below is the latest one.")
            st.query_params.pop("experiment", None)
            state.experiment = ""
        else:
            found[wanted] = experiment
    if not found:
        return None
    shown = wanted if wanted in found else next(iter(found))
    # The key goes with what is shown: after Start a browser's late answer for the list before has no say.
    picked = st.selectbox(
        "Experiments so far", list(found), index=list(found).index(shown), key=widget_key("experiment_list", shown),
        format_func=lambda name: _words(found[name]), help="The experiment that is shown; earlier ones are kept.",
    )  # fmt: skip
    if picked != shown:
        state.experiment = picked
        st.query_params.update(ExperimentsQuery(picked).to_query())
        st.rerun()
    if ExperimentsQuery.from_query(st.query_params).experiment != shown:
        st.query_params.update(ExperimentsQuery(shown).to_query())
    return found[shown]


def _words(experiment: Experiment) -> str:
    """One line for the list; it never changes, as the browser answers with it."""
    try:
        return _title(experiment.path)
    except UnreadableExperiment:
        return f"{experiment.id} · cannot be read"


@lru_cache(maxsize=200)
def _title(path: Path) -> str:
    plan = read_plan(path)
    made = time.strftime("%d %b %H:%M:%S", time.localtime(plan.created))
    return f"{made} · {plan.title} · {len(plan.cells)} runs"
