"""Panels of the pages: each draws one view of a run, or of several runs, with a sentence on how to read it."""
