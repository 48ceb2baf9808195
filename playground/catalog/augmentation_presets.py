"""Augmentation policies to start from: the parts of SimCLR's, and whole ones as they were published.

A preset sets the views alone, for any data set; where a data set suggests otherwise (a mirrored digit is another
digit), the page warns.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground.config.augmentations import ViewsConfig
from playground.config.dotted import Dotted, flatten, values_equal


@dataclass(frozen=True, slots=True)
class Preset:
    """One complete augmentation policy: `settings` has every setting of the views, by dotted key."""

    title: str
    source: str  # paper and section, without a full stop
    settings: Dotted
    note: str = ""  # a remark, one sentence


NO_VIEWS: Dotted = {f"views.{operation}.probability": 0.0 for operation in ViewsConfig.model_fields}

_OFF: Dotted = {**flatten(ViewsConfig().model_dump(), "views."), **NO_VIEWS}
_CROP: Dotted = {
    "views.crop.probability": 1.0,
    "views.crop.scale_min": 0.08,
    "views.crop.scale_max": 1.0,
    "views.crop.ratio_max": 4 / 3,
}
_FLIP: Dotted = {"views.flip.probability": 0.5}
_BLUR: Dotted = {"views.blur.probability": 0.5, "views.blur.sigma_min": 0.1, "views.blur.sigma_max": 2.0}


def _colour_settings(*reach: float) -> Dotted:
    """Colour jitter and grayscale; `reach` is (brightness, contrast, saturation, hue)."""
    names = ("brightness", "contrast", "saturation", "hue")
    strengths = {f"views.jitter.{name}": value for name, value in zip(names, reach, strict=True)}
    return {**strengths, "views.jitter.probability": 0.8, "views.grayscale.probability": 0.2}


_STRONG = _colour_settings(0.8, 0.8, 0.8, 0.2)
_PARTS = "SimCLR, arXiv:2002.05709, section 3.1, at the strengths of appendix A"

PRESETS: dict[str, Preset] = {
    "none": Preset("None", "SimCLR, arXiv:2002.05709, section 3.1: what is left without augmentation", _OFF),
    "crop": Preset("Crop", _PARTS, {**_OFF, **_CROP}),
    "colour": Preset("Colour", _PARTS, {**_OFF, **_STRONG}),
    "crop_colour": Preset("Crop + colour", _PARTS, {**_OFF, **_CROP, **_STRONG}),
    "simclr": Preset(
        "SimCLR",
        "SimCLR, arXiv:2002.05709, appendix A, for ImageNet (colour strength 1)",
        {**_OFF, **_CROP, **_FLIP, **_STRONG, **_BLUR},
        "On CIFAR-10 its authors halved the colour strength and left out the blur (appendix B.9).",
    ),
    "moco_v2": Preset(
        "MoCo v2",
        "MoCo v2, arXiv:2003.04297, section 3, and its reference code, for ImageNet",
        {**_OFF, **_CROP, **_FLIP, **_colour_settings(0.4, 0.4, 0.4, 0.1), **_BLUR, "views.crop.scale_min": 0.2},
    ),
    "byol": Preset(
        "BYOL",
        "BYOL, arXiv:2006.07733, appendix B, for ImageNet",
        {
            **_OFF,
            **_CROP,
            **_FLIP,
            **_colour_settings(0.4, 0.4, 0.2, 0.1),
            **_BLUR,
            "views.blur.probability": 1.0,
            "views.blur.second_probability": 0.1,
            "views.solarize.probability": 0.0,
            "views.solarize.second_probability": 0.2,
            "views.solarize.threshold": 0.5,
        },
        "Its two views differ: every first view is blurred, some second ones are solarised.",
    ),
}


def find_preset(settings: Mapping[str, Any]) -> str | None:
    """Name of the preset with exactly these `settings` of the views (by dotted key), or None."""
    return next((name for name, preset in PRESETS.items() if _settings_equal(preset.settings, settings)), None)


def _settings_equal(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one.keys() == other.keys() and all(values_equal(value, other[key]) for key, value in one.items())
