"""Data sets of sentences: a synthetic corpus from a seed, or a person's own lines, pairs and triples."""
