"""Runs: all of them, and what can be done with them."""

from playground.ui.runs_page import runs_page

runs_page()
