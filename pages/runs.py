"""Runs: all of them, and what can be done with them."""

from playground.ui.pages.runs import runs_page

runs_page()
