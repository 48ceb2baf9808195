"""The collapse lab: pairs of runs that differ in one switch, from one seed. To add a switch, add an entry."""

from dataclasses import dataclass

from playground.catalog.augmentation_presets import NO_VIEWS
from playground.config.diff import differences
from playground.config.dotted import DottedSettings, flatten
from playground.config.parse import parse
from playground.config.run import RunConfig

# In steps, not seconds: both runs make the same steps on the same batches, however busy the machine is.
PAIR_STEPS = 400


@dataclass(frozen=True, slots=True)
class Switch:
    """One component of a method that can be turned on or off, and the settings of both runs."""

    title: str
    question: str  # one sentence: what to watch, with its source
    base: DottedSettings  # shared by both runs
    with_it: DottedSettings
    without_it: DottedSettings
    words: tuple[str, str]  # names of the two runs on the page


SWITCHES: dict[str, Switch] = {
    "stop_gradient": Switch(
        "Stop-gradient",
        "SimSiam has no negatives: what keeps it from giving every image the same embedding? (arXiv:2011.10566, 4.1)",
        {"method.name": "simsiam"},
        {"method.stop_gradient": True},
        {"method.stop_gradient": False},
        ("with stop-gradient", "without stop-gradient"),
    ),
    "predictor": Switch(
        "Prediction head",
        "BYOL predicts its target with a small network on one side: what if both sides are alike? (arXiv:2006.07733)",
        {"method.name": "byol", "method.slow_target": False},
        {"method.prediction_head": True},
        {"method.prediction_head": False},
        ("with prediction head", "without prediction head"),
    ),
    "ema": Switch(
        "Slow target (EMA)",
        "MoCo's keys come from a slowly moving copy: what if the copy is the encoder itself? (arXiv:1911.05722, 4.1)",
        {"method.name": "moco"},
        {"method.momentum": 0.99},
        {"method.momentum": 0.0},
        ("momentum 0.99", "momentum 0"),
    ),
    "batch_norm": Switch(
        "Batch norm in the heads",
        "Is it batch statistics that keep methods without negatives alive? (arXiv:2011.10566, 4.4)",
        {"method.name": "simsiam"},
        {"method.batch_norm": True},
        {"method.batch_norm": False},
        ("with batch norm", "without batch norm"),
    ),
    "augmentation": Switch(
        "Augmentation",
        "Without changed views an image only has to find itself: what is left to learn? (arXiv:2002.05709, figure 5)",
        {"method.name": "simclr"},
        {},
        NO_VIEWS,
        ("suggested views", "no augmentation"),
    ),
    "temperature": Switch(
        "Temperature",
        "At a high temperature all negatives weigh the same: what happens to the directions in use? (arXiv:2012.09740)",
        {"method.name": "simclr"},
        {"method.temperature": 0.1},
        {"method.temperature": 5.0},
        ("temperature 0.1", "temperature 5"),
    ),
}


def make_pair(switch: Switch, shared: DottedSettings) -> tuple[RunConfig, RunConfig]:
    """The run with the switch on and the one with it off; `shared` sets data and seed. Raises ConfigError."""
    base = {"budget.steps": PAIR_STEPS, **shared, **switch.base}
    return parse({**base, **switch.with_it}), parse({**base, **switch.without_it})


def find_switch(first: RunConfig, second: RunConfig) -> Switch | None:
    """The switch that alone tells `first` (on) from `second` (off); None where any other setting differs."""
    one, other = flatten(first.model_dump()), flatten(second.model_dump())
    changed = differences([first, second]).keys()
    for switch in SWITCHES.values():
        with_it, without_it = ({**switch.base, **own} for own in (switch.with_it, switch.without_it))
        turned = {*switch.with_it, *switch.without_it}
        if changed and changed <= turned and with_it.items() <= one.items() and without_it.items() <= other.items():
            return switch
    return None
