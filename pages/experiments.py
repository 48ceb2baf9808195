"""Experiments: several runs that check a claim, their table, and whether it held here."""

from playground.ui.experiments_page import experiments_page

experiments_page()
