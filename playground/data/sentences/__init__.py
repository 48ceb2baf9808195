"""Sentences in: a corpus made up here from a seed, or a person's own lines, pairs and triples."""
