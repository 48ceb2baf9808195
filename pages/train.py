"""Train: choose on the left, watch on the right."""

from playground.ui.train_page import train_page

train_page()
