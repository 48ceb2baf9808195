"""Train: choose on the left, watch on the right."""

from playground.ui.pages.train import train_page

train_page()
