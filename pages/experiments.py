"""Experiments: several runs that check a claim, their table, and whether it held here."""

from playground.ui.pages.experiments import experiments_page

experiments_page()
