"""What a person has picked on a map: one image by a click, several by a lasso. It belongs to the images, not to
the run: another run that follows the same images shows it on its own maps.
"""

from dataclasses import dataclass, field
from itertools import count

import streamlit as st

from playground.ui.components.plot import PlotSelection
from playground.ui.run.run_view import RunView
from playground.ui.session.state import session

_revisions = count(1)  # of all sessions: no map ever gets one number for two selections


@dataclass(slots=True)
class Picking:
    """One session's picks among the images of one probe set."""

    digest: str  # of those images
    focus: int | None = None  # the image that was clicked last
    lasso: tuple[int, ...] = ()
    revision: int = field(default_factory=lambda: next(_revisions))
    _made_on: dict[str, int] = field(default_factory=dict)  # the map where the lasso was drawn, and its revision then

    def revision_on(self, key: str) -> int:
        """Rises on all maps but the one where the lasso was drawn: that one knows, and may be ahead of us."""
        return self._made_on.get(key, self.revision)

    def take(self, key: str, selection: PlotSelection | None) -> bool:
        """Note what was picked on the map of that key; True where it is new, and other panels have to follow."""
        before = (self.focus, self.lasso)
        if selection and selection.clicked is not None:
            self.focus = selection.clicked
        lasso = selection.indices if selection else ()
        if lasso != self.lasso:
            self._made_on = {key: self.revision_on(key)}
            self.lasso, self.revision = lasso, next(_revisions)
        return before != (self.focus, self.lasso)


def picking(view: RunView) -> Picking:
    """The picks among the images that `view` follows, none at first."""
    return session().find(Picking, view.digest) or session().keep(Picking(view.digest), view.digest)


def follow_click(view: RunView, clicked: int | None) -> None:
    """Makes the image that was clicked, if any, the one that all panels are about; their fragment is run anew."""
    picks = picking(view)
    if clicked is not None and clicked != picks.focus:
        picks.focus = clicked
        st.rerun(scope="fragment")
