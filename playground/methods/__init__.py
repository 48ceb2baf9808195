"""The methods: one a file, all in the same order, so that two can be compared as text."""

from collections.abc import Callable
from typing import Any

from playground.methods.barlow_twins import BarlowTwins
from playground.methods.byol import BYOL
from playground.methods.clip import CLIP
from playground.methods.margin import Margin
from playground.methods.method import Method, SelfSupervised, StepOutput, Supervised
from playground.methods.moco import MoCo
from playground.methods.moco_v3 import MoCoV3
from playground.methods.simclr import SimCLR
from playground.methods.simcse import SimCSE
from playground.methods.simsiam import SimSiam
from playground.methods.supcon import SupCon
from playground.methods.triplet import Triplet
from playground.methods.vicreg import VICReg
from playground.models import Encoder

# The one place to add a method: the name of its settings -> its class, called with (settings, encoder).
METHODS: dict[str, Callable[[Any, Encoder], Method]] = {
    "simclr": SimCLR,
    "moco": MoCo,
    "moco_v3": MoCoV3,
    "byol": BYOL,
    "simsiam": SimSiam,
    "barlow_twins": BarlowTwins,
    "vicreg": VICReg,
    "triplet": Triplet,
    "margin": Margin,
    "supcon": SupCon,
    "clip": CLIP,
    "simcse": SimCSE,
}

__all__ = ["METHODS", "Method", "SelfSupervised", "StepOutput", "Supervised"]
