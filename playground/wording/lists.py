"""Lists of names within a sentence."""

from collections.abc import Sequence


def list_in_words(names: Sequence[str]) -> str:
    """ "a, b and c"; "" of none."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""
