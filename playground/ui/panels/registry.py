"""All panels of a run, in the order of their tabs. To add one, write its file and add a line to FILES."""

from importlib import import_module
from typing import Final

from playground.config import RunConfig
from playground.ui.panels.panel import PLACES, Panel, Place

FILES: Final = (
    "loss",
    "text.image_text",
    "text.zero_shot",
    "text.search",
    "text.sentences",
    "text.search_lesson",
    "map",
    "negatives",
    "collapse",
    "layers",
    "invariance",
    "evaluation",
    "retrieval",
)
PANELS: Final[tuple[Panel, ...]] = tuple(import_module(f"{__package__}.{file}").PANEL for file in FILES)


def panels_of(config: RunConfig) -> list[Panel]:
    """The panels with a tab for a run of `config`, in order."""
    return [panel for panel in PANELS if panel.tab is not None and panel.applies_to(config)]


def overview_of(config: RunConfig) -> dict[Place, Panel]:
    """The panels on the overview of a run of `config`, by place; of several for one place the first of PANELS."""
    shown = [panel for panel in reversed(PANELS) if panel.short is not None and panel.applies_to(config)]
    by_place = {panel.place: panel for panel in shown}
    return {place: by_place[place] for place in PLACES if place in by_place}
