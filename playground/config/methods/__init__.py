"""The methods a person can choose: one class each, every hyper-parameter with its source.

The one place to add a method: its class in `AnyMethod`. Its code is the class `X` for the settings `XConfig`, in the
file of `playground.methods` that is called as the method is.
"""

from typing import Annotated

from pydantic import Field

from playground.config.methods.barlow_twins import BarlowTwinsConfig
from playground.config.methods.byol import BYOLConfig
from playground.config.methods.clip import CLIPConfig
from playground.config.methods.margin import MarginConfig
from playground.config.methods.method import MethodConfig, SmallestBatch
from playground.config.methods.moco import MoCoConfig
from playground.config.methods.moco_v3 import MoCoV3Config
from playground.config.methods.simclr import SimCLRConfig
from playground.config.methods.simcse import SimCSEConfig
from playground.config.methods.simsiam import SimSiamConfig
from playground.config.methods.softmax import SoftmaxConfig
from playground.config.methods.supcon import SupConConfig
from playground.config.methods.triplet import TripletConfig
from playground.config.methods.vicreg import VICRegConfig

# In the order of the form: by what prevents collapse (negatives, a slow or a stopped target, statistics, a margin).
AnyMethod = Annotated[
    SimCLRConfig
    | MoCoConfig
    | MoCoV3Config
    | BYOLConfig
    | SimSiamConfig
    | BarlowTwinsConfig
    | VICRegConfig
    | TripletConfig
    | MarginConfig
    | SupConConfig
    | CLIPConfig
    | SimCSEConfig,
    Field(discriminator="name"),
]

__all__ = [
    "AnyMethod",
    "BYOLConfig",
    "BarlowTwinsConfig",
    "CLIPConfig",
    "MarginConfig",
    "MethodConfig",
    "MoCoConfig",
    "MoCoV3Config",
    "SimCLRConfig",
    "SimCSEConfig",
    "SimSiamConfig",
    "SmallestBatch",
    "SoftmaxConfig",
    "SupConConfig",
    "TripletConfig",
    "VICRegConfig",
]
