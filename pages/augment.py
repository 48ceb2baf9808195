"""Augmentations: what the views of an image look like, and what they make learnable."""

from playground.ui.augment_page import augment_page

augment_page()
