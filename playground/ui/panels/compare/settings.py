"""The settings in which the runs differ."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from playground.config.diff import differences
from playground.ui.panels.compare.compared_runs import ComparedRun
from playground.ui.panels.frame import heading
from playground.ui.run.side_by_side import show_run_errors
from playground.ui.words.run_names import known_entries, value_words
from playground.wording.escape import escape_markdown

SETTINGS_HELP = "Only settings in which these runs differ; everything else is the same in all."


def settings_panel(runs: Sequence[ComparedRun], advice: str) -> None:
    """Draws the table, or a note if no setting differs; and which run was forked from which."""
    heading("What differs", SETTINGS_HELP)
    found = settings_table(runs)
    if found.empty:
        st.info("These runs have the same settings, seed included: what differs between them is chance on the machine.")
    else:
        st.dataframe(found, height="content", key="compared_settings")
    for run in runs:
        with show_run_errors(advice):
            _draw_run_origin(run, runs)


def settings_table(runs: Sequence[ComparedRun]) -> pd.DataFrame:
    """A row for each setting that differs, a column for each run; empty if none differs."""
    configs = [run.config for run in runs]
    known = known_entries(configs)
    rows = {
        (known[key].title, key): [value_words(known[key], value) for value in values]
        for key, values in differences(configs).items()
    }
    index = pd.MultiIndex.from_tuples(rows, names=["setting", "key"])
    return pd.DataFrame(rows.values(), index=index, columns=[run.label.text for run in runs])


def _draw_run_origin(run: ComparedRun, runs: Sequence[ComparedRun]) -> None:
    """Draws the origin of a forked run; nothing for other runs."""
    origin = run.view.folder.origin
    if origin is None:
        return
    name = next(
        (other.label.markdown for other in runs if other.view.folder.id == origin.run), escape_markdown(origin.run)
    )
    how = f"continues {name} from step {origin.step:,} on" if origin.step else f"is the same as {name} from the start"
    changes = ", ".join(f"`{key}={value}`" for key, value in origin.changes.items())
    st.caption(f"{run.label.markdown} {how}" + (f", with {changes}." if changes else "."))
