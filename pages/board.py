"""Board: everybody of a workshop at a glance, for its presenter."""

from playground.ui.board_page import board_page

board_page()
