"""Measurements of embeddings: collapse, neighbours, negatives, maps. Numbers only, no pictures."""
