"""The settings in which the runs differ, and nothing else."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from playground.config.diff import differences
from playground.ui.panels.compare.compared_runs import Compared
from playground.ui.panels.frame import lead
from playground.ui.run.side_by_side import telling
from playground.ui.words.run_names import known_entries, value_words
from playground.wording.escape import escape_markdown

HOW = "Only settings in which these runs differ; everything else is the same in all."


def settings_panel(runs: Sequence[Compared], advice: str) -> None:
    """The table, or a sentence where there is nothing to put in it; and which run was made from which."""
    lead("What differs", HOW)
    found = settings_table(runs)
    if found.empty:
        st.info("These runs have the same settings, seed included: what differs between them is chance on the machine.")
    else:
        st.dataframe(found, height="content", key="compared_settings")
    for run in runs:
        with telling(advice):
            _origin(run, runs)


def settings_table(runs: Sequence[Compared]) -> pd.DataFrame:
    """A row for each setting that differs, a column for each run; empty where none does."""
    configs = [run.config for run in runs]
    known = known_entries(configs)
    rows = {
        (known[key].title, key): [value_words(known[key], value) for value in values]
        for key, values in differences(configs).items()
    }
    index = pd.MultiIndex.from_tuples(rows, names=["setting", "key"])
    return pd.DataFrame(rows.values(), index=index, columns=[run.label.text for run in runs])


def _origin(run: Compared, runs: Sequence[Compared]) -> None:
    """From which run it was made, where it was."""
    origin = run.view.folder.origin
    if origin is None:
        return
    name = next(
        (other.label.markdown for other in runs if other.view.folder.id == origin.run), escape_markdown(origin.run)
    )
    how = f"continues {name} from step {origin.step:,} on" if origin.step else f"is the same as {name} from the start"
    changes = ", ".join(f"`{key}={value}`" for key, value in origin.changes.items())
    st.caption(f"{run.label.markdown} {how}" + (f", with {changes}." if changes else "."))
