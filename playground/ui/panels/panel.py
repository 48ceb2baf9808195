"""Panel: a view of a run, as a tab of its own and in short on the overview."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Final, Literal, get_args

from playground.config import RunConfig
from playground.ui.panels.frame import heading
from playground.ui.run.run_view import RunView

DrawPanel = Callable[[RunView], None]
SampleKind = Literal["images", "captions", "sentences"]  # of samples that a run learns from
Place = Literal["top left", "top right", "bottom left", "bottom right"]  # on the overview
PLACES: Final[tuple[Place, ...]] = get_args(Place)


def every_run(config: RunConfig) -> bool:
    """True: every run has the panel."""
    return True


def runs_on(*kinds: SampleKind) -> Callable[[RunConfig], bool]:
    """A function that returns whether a run of that config learns from one of `kinds`."""
    return lambda config: config.method.learns_from in kinds


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel, which its file defines as `PANEL` and `registry.FILES` lists.

    `help` and `more` are templates, see `SampleNoun.fill`. Both draw functions must accept a run without a snapshot,
    see `frame.show_nothing_yet`.
    """

    name: str  # of the tab
    title: str
    help: str  # one sentence or two on how to read it
    tab: DrawPanel | None = None  # draws what is below the title; None: no tab
    _: KW_ONLY
    more: str = ""  # behind the help sign
    short: DrawPanel | None = None  # draws it on the overview, with title and help; None: not on the overview
    place: Place | None = None  # of `short`; of several panels with one place the first that applies is shown
    applies_to: Callable[[RunConfig], bool] = every_run

    def show(self, view: RunView) -> None:
        """Draws the tab: title, how to read it, and the panel."""
        assert self.tab is not None  # `registry.panels_of` lists only these
        heading(self.title, view.noun.fill(self.help), view.noun.fill(self.more) or None)
        self.tab(view)

    def draw_short(self, view: RunView) -> None:
        """Draws the panel on the overview."""
        assert self.short is not None  # `registry.overview_of` lists only these
        self.short(view)
