"""Which run a run was made from."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Origin:
    """The run itself may be gone: whoever was made from it needs nothing of it any more."""

    run: str  # its id
    step: int  # 0: made from the beginning, with its settings; else it goes on from here
    changes: dict[str, Any]  # the settings that were chosen otherwise, by dotted key
    scale_since: int = 0  # after this step chance and floor of the loss are those of the settings; before, others held
