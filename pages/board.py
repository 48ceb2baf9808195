"""Board: everybody of a workshop at a glance, for its presenter."""

from playground.ui.pages.board import board_page

board_page()
