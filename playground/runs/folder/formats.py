"""Format number of run folders, and what makes an older one readable: the defaults of its time.

A format changes when a file of the folder or the meaning of a setting does. `format.json` holds its number; folders of
before that file have format 1.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from playground.config.dotted import flatten, nest
from playground.config.parse import known_settings
from playground.storage.atomic_files import write_json
from playground.storage.json_files import load_finite_json

FORMAT_FILE = "format.json"
FORMAT = 2  # of the folders that this version of the app writes

# Settings that came later, by format: what a run that does not name them did. Without this, a run of those days would
# get today's suggestions, as another optimizer.
DEFAULTS_OF_THEIR_TIME: Mapping[int, Mapping[str, object]] = MappingProxyType(
    {
        1: {
            "recipe": "small",
            "data.for_captions": False,
            "views.crop.side": 1.0,
            "views.blur.second_probability": None,
            "views.solarize.second_probability": None,
            "encoder.first_layer": "learned",
            "optimizer.name": "adamw",
            "optimizer.momentum": 0.9,
            "method.negatives": "plain",
            "method.learn_temperature": False,
            "method.symmetric": False,
            "method.prediction_head": True,
            "method.slow_target": True,
            "method.batch_norm": True,
        },
        2: {},
    }
)


class NewerFormat(ValueError):
    """A run folder of a newer version of the app. The message is one sentence for a person."""


def write_format(folder: Path) -> None:
    """Marks a new run folder as one of `FORMAT`. Raises OSError."""
    write_json(folder / FORMAT_FILE, {"format": FORMAT})


def read_format(folder: Path) -> int:
    """The format of a run folder. Raises NewerFormat, and OSError or ValueError where the file is damaged."""
    try:
        stored = load_finite_json(folder / FORMAT_FILE)
    except FileNotFoundError:
        return 1
    number = stored.get("format") if isinstance(stored, dict) else None
    if type(number) is not int or number < 1:
        raise ValueError("no format number")
    if number > FORMAT:
        raise NewerFormat(
            f"Run {folder.name} was made by a newer version of this app (format {number}; this one reads up to "
            f"{FORMAT}): update the app, or delete the run."
        )
    return number


def complete_settings(settings: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The nested settings of a run of format `number`, with those that its version did not know yet.

    Raises ValueError where they are no settings.
    """
    given = flatten(settings)
    later = {key: value for key, value in DEFAULTS_OF_THEIR_TIME[number].items() if key not in given}
    if not later:
        return dict(settings)
    known = known_settings(given)
    return nest({**given, **{key: value for key, value in later.items() if key in known}})
