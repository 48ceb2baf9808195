"""Processes that a test started are ended with it, as in the tests of runs."""

from tests.runs.conftest import keep, keep_id

__all__ = ["keep", "keep_id"]
