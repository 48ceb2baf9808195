"""The methods: one a file, all in the same order, so that two can be compared as text."""

from collections.abc import Callable
from typing import Any

from playground.methods.byol import BYOL
from playground.methods.method import Method, StepOutput
from playground.methods.moco import MoCo
from playground.methods.simclr import SimCLR
from playground.models import Encoder

# The one place to add a method: the name of its settings -> its class, called with (settings, encoder).
METHODS: dict[str, Callable[[Any, Encoder], Method]] = {"simclr": SimCLR, "moco": MoCo, "byol": BYOL}

__all__ = ["METHODS", "Method", "StepOutput"]
