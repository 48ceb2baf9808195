"""Panels of runs that learn from captions or sentences, and the readers of texts that they share."""
