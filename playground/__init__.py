"""Contrastive Playground: train a small encoder by contrastive learning and see what it learns."""

__version__ = "0.1.0"
