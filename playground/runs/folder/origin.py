"""Origin of a forked run."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Origin:
    """The run that a run was forked from, which may be deleted by now: a fork needs nothing of it."""

    run: str  # its id
    step: int  # of the checkpoint that the fork goes on from; 0: from the beginning
    changes: dict[str, Any]  # changed settings, by dotted key
    scale_since: int = 0  # chance and floor of the loss follow from the settings after this step only
