"""Augmentations in words: what was done to one view, and what a policy does to all of them."""

from typing import TYPE_CHECKING

from playground.config.augmentations import ViewsConfig

if TYPE_CHECKING:  # importing the views brings their compiler with it, which takes a second
    from playground.views.policy import Parameters

UNCHANGED = "unchanged"
NO_BREAK = "\N{NO-BREAK SPACE}"


def view_words(drawn: "Parameters", i: int, side: int) -> str:
    """What was drawn for view `i` of `drawn`: "crop 43 % · flipped · hue +0.08 · grey"."""
    share = int(drawn.crop_height[i]) * int(drawn.crop_width[i]) / side**2
    words = [
        f"crop {share:.0%}".replace("%", " %") if share < 1 else "",
        "flipped" if drawn.flip[i] else "",
        f"turned {drawn.angle[i]:+.0f}°" if drawn.angle[i] else "",
        *_colour_words(drawn, i),
        "grey" if drawn.grayscale[i] else "",
        f"blur {drawn.sigma[i]:.1f} px" if drawn.sigma[i] > 0 else "",
        "solarised" if drawn.threshold[i] <= 1 else "",
        f"noise {drawn.noise_std[i]:.2f}" if drawn.noise_std[i] > 0 else "",
        "cutout" if drawn.cutout_height[i] > 0 else "",
    ]
    told = " · ".join(filter(None, words)).replace("-", "−")
    for unit in ("%", "px"):
        told = told.replace(f" {unit}", NO_BREAK + unit)
    return told or UNCHANGED


def _colour_words(drawn: "Parameters", i: int) -> list[str]:
    """Changes that round to nothing are left out."""
    factors = {"brightness": drawn.brightness, "contrast": drawn.contrast, "saturation": drawn.saturation}
    changes = {name: round(100 * (float(factor[i]) - 1)) for name, factor in factors.items()}
    words = [f"{name} {change:+d} %" for name, change in changes.items() if change]
    hue = round(float(drawn.hue[i]), 2)
    return [*words, f"hue {hue:+.2f}"] if hue else words


def policy_words(views: ViewsConfig) -> str:
    """How often each operation is applied, and how strongly the two that matter most."""
    crop, jitter = views.crop, views.jitter
    words = [
        f"crop {_often(crop.probability)} ({percent(crop.scale_min)} to {percent(crop.scale_max)} of the area)"
        if crop.probability
        else "",
        f"colour jitter {_often(jitter.probability)} (hue ±{jitter.hue:g})" if jitter.probability else "",
        *(
            f"{name} {_often(getattr(views, name).probability)}"
            for name in ("flip", "rotation", "grayscale", "noise", "cutout")
            if getattr(views, name).probability
        ),
        *_in_both("blur", views.blur.probability, views.blur.second_probability),
        *_in_both("solarise", views.solarize.probability, views.solarize.second_probability),
    ]
    told = " · ".join(filter(None, words))
    return told[:1].upper() + told[1:] or "No augmentation: both views are the image itself"


def _in_both(word: str, first: float, second: float | None) -> list[str]:
    """Of an operation that may be more frequent in one view than in the other."""
    if second is None or second == first:
        return [f"{word} {_often(first)}"] if first else []
    return [f"{word} {percent(first)} of first and {percent(second)} of second views"]


def _often(probability: float) -> str:
    return "always" if probability == 1 else percent(probability)


def percent(share: float) -> str:
    """ "0.4 %", "43.2 %"; what is there but rounds to nothing is "<0.1 %"."""
    return "<0.1 %" if 0 < share < 0.0005 else f"{round(100 * share, 1):g} %"
