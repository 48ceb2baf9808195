"""Selection on maps: one image by a click, several by a lasso. Runs with the same probe images share it."""

from dataclasses import dataclass, field
from itertools import count

import streamlit as st

from playground.ui.components.plot import PlotSelection
from playground.ui.run.run_view import RunView
from playground.ui.session.state import session

_revisions = count(1)  # unique over all sessions


@dataclass(slots=True)
class ImageSelection:
    """Selected probe images of one session."""

    digest: str  # of the probe images
    focus: int | None = None  # the image clicked last
    lasso: tuple[int, ...] = ()
    revision: int = field(default_factory=lambda: next(_revisions))
    _made_on: dict[str, int] = field(default_factory=dict)  # key of the map with the lasso -> its revision then

    def revision_on(self, key: str) -> int:
        """Revision for the map `key`: a new one on all maps but that of the lasso, which may be ahead."""
        return self._made_on.get(key, self.revision)

    def update(self, key: str, selection: PlotSelection | None) -> bool:
        """Takes over the selection on the map `key`. Returns whether it changed: then other panels must be redrawn."""
        before = (self.focus, self.lasso)
        if selection and selection.clicked is not None:
            self.focus = selection.clicked
        lasso = selection.indices if selection else ()
        if lasso != self.lasso:
            self._made_on = {key: self.revision_on(key)}
            self.lasso, self.revision = lasso, next(_revisions)
        return before != (self.focus, self.lasso)


def find_selection(view: RunView) -> ImageSelection:
    """The selection among the probe images of `view`, empty at first."""
    return session().find(ImageSelection, view.digest) or session().keep(ImageSelection(view.digest), view.digest)


def follow_click(view: RunView, clicked: int | None) -> None:
    """Focuses all panels on the clicked image, if it is another one, and reruns the fragment."""
    picks = find_selection(view)
    if clicked is not None and clicked != picks.focus:
        picks.focus = clicked
        st.rerun(scope="fragment")
