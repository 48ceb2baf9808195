"""Augmentations: what the views of an image look like, and what they make learnable."""

from playground.ui.pages.augment import augment_page

augment_page()
