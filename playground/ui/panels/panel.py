"""A panel of a run's page: one way to look at a run, as a tab of its own and, in short, on the overview."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Final, Literal, get_args

from playground.config import RunConfig
from playground.ui.panels.frame import lead
from playground.ui.run.run_view import RunView

Draw = Callable[[RunView], None]
Kind = Literal["images", "captions", "sentences"]  # what a run learns from
Place = Literal["top left", "top right", "bottom left", "bottom right"]  # on the overview
PLACES: Final[tuple[Place, ...]] = get_args(Place)


def every_run(config: RunConfig) -> bool:
    """Every run has the panel."""
    return True


def runs_on(*kinds: Kind) -> Callable[[RunConfig], bool]:
    """Runs that learn from one of `kinds` have the panel."""
    return lambda config: config.method.learns_from in kinds


@dataclass(frozen=True, slots=True)
class Panel:
    """What a panel's file offers as `PANEL`; a line in `registry.FILES` brings it to the page.

    `help` and `more` are templates, see `SampleNoun.fill`. Both draw functions have to do with a run that has no look
    yet, see `frame.soon`.
    """

    name: str  # of the tab
    title: str
    help: str  # one sentence or two on how to read it
    tab: Draw | None = None  # draws what is below the title; None: no tab
    _: KW_ONLY
    more: str = ""  # behind the help sign
    short: Draw | None = None  # draws all of it on the overview, title and help included; None: not on the overview
    place: Place | None = None  # of `short`: of several at one place the overview has the first that applies
    applies_to: Callable[[RunConfig], bool] = every_run

    def show(self, view: RunView) -> None:
        """Draw the tab: the title with how to read it, and the panel."""
        assert self.tab is not None  # it is listed by `registry.panels_of`
        lead(self.title, view.noun.fill(self.help), view.noun.fill(self.more) or None)
        self.tab(view)

    def draw_short(self, view: RunView) -> None:
        """Draw what the overview has of it."""
        assert self.short is not None  # it is listed by `registry.overview_of`
        self.short(view)
