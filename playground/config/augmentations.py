"""The augmentations a person can choose. Each operation has a probability and a strength, drawn per sample.

The defaults are gentle on purpose: on a short budget with a small encoder, crops from 0.2 and half-strength jitter
learn faster than the published ImageNet policy (measured on CIFAR-10, 60 s on two cores).
"""

from typing import ClassVar, Self

from pydantic import model_validator

from playground.config.augmentation import Augmentation, UnevenAugmentation
from playground.config.settings import PROBABILITY_BOUNDS, Settings, setting
from playground.wording.percent import percent

SIMCLR = "SimCLR, arXiv:2002.05709, appendix A"
AS_THE_FIRST = {None: "as in the first view"}


class CropConfig(Augmentation):
    """Random resized crop: the one augmentation nearly every method needs."""

    word: ClassVar[str] = "crop"

    probability: float = setting(
        1.0,
        title="Crop: how often",
        help="How often a view is a random cut-out of the image, scaled to the size of a view.",
        source=SIMCLR,
        **PROBABILITY_BOUNDS,
    )
    side: float = setting(
        1.0,
        title="Crop: side of a view",
        help="The side of a view as a share of the image's: at 0.75 a step takes about two thirds of the time. "
        "What is looked at, and what is evaluated, is always the whole image.",
        source="FixRes, arXiv:1906.06423: trained on smaller images, an encoder does better on larger ones",
        advanced=True,
        ge=0.25,
        le=1.0,
    )
    scale_min: float = setting(
        0.2,
        title="Crop: smallest part",
        help="The smallest share of the image's area that a crop may keep: smaller is harder.",
        source="MoCo v2, arXiv:2003.04297 (0.2); SimCLR uses 0.08",
        ge=0.01,
        le=1.0,
    )
    scale_max: float = setting(
        1.0,
        title="Crop: largest part",
        help="The largest share of the image's area that a crop may keep.",
        source=SIMCLR,
        advanced=True,
        ge=0.01,
        le=1.0,
    )
    ratio_max: float = setting(
        4 / 3,
        title="Crop: stretch",
        help="How far a crop may be stretched: its width to height lies between 1/stretch and stretch.",
        source=SIMCLR,
        advanced=True,
        ge=1.0,
        le=4.0,
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.scale_min > self.scale_max:
            raise ValueError(f"scale_min ({self.scale_min:g}) must not be above scale_max ({self.scale_max:g})")
        return self

    def strength(self) -> str:
        return f"({percent(self.scale_min)} to {percent(self.scale_max)} of the area)"


class FlipConfig(Augmentation):
    """Horizontal flip."""

    word: ClassVar[str] = "flip"

    probability: float = setting(
        0.5,
        title="Flip: how often",
        help="How often a view is mirrored left to right: not where mirroring changes the meaning, as with digits.",
        source=SIMCLR,
        **PROBABILITY_BOUNDS,
    )


class JitterConfig(Augmentation):
    """Colour jitter: brightness, contrast, saturation and hue, in an order drawn for each sample."""

    word: ClassVar[str] = "colour jitter"

    probability: float = setting(
        0.8,
        title="Colour jitter: how often",
        help="How often the colours of a view are changed, so that colour alone no longer tells images apart.",
        source=SIMCLR,
        **PROBABILITY_BOUNDS,
    )
    brightness: float = setting(
        0.4,
        title="Jitter: brightness",
        help="How far brightness may change: 0.4 means between 60 % and 140 %.",
        source="SimCLR, CIFAR-10 (strength 0.5)",
        advanced=True,
        ge=0.0,
        le=1.0,
    )
    contrast: float = setting(
        0.4,
        title="Jitter: contrast",
        help="How far contrast may change: 0.4 means between 60 % and 140 %.",
        source="SimCLR, CIFAR-10 (strength 0.5)",
        advanced=True,
        ge=0.0,
        le=1.0,
    )
    saturation: float = setting(
        0.4,
        title="Jitter: saturation",
        help="How far colourfulness may change: 0.4 means between 60 % and 140 %.",
        source="SimCLR, CIFAR-10 (strength 0.5)",
        advanced=True,
        ge=0.0,
        le=1.0,
    )
    hue: float = setting(
        0.1,
        title="Jitter: hue",
        help="How far hues may turn, as a share of the colour circle: 0.5 makes any colour possible.",
        source="SimCLR, CIFAR-10 (strength 0.5)",
        ge=0.0,
        le=0.5,
    )

    def strength(self) -> str:
        return f"(hue ±{self.hue:g})"


class GrayscaleConfig(Augmentation):
    """Grayscale."""

    word: ClassVar[str] = "grayscale"

    probability: float = setting(
        0.2,
        title="Grayscale: how often",
        help="How often a view loses all colour.",
        source=SIMCLR,
        **PROBABILITY_BOUNDS,
    )


class BlurConfig(UnevenAugmentation):
    """Gaussian blur with a kernel of a tenth of the image's side."""

    word: ClassVar[str] = "blur"

    probability: float = setting(
        0.0,
        title="Blur: how often",
        help="How often a view is blurred: it removes fine detail, of which small images have little.",
        source="SimCLR uses none on CIFAR-10",
        **PROBABILITY_BOUNDS,
    )
    second_probability: float | None = setting(
        None,
        title="Blur: how often, second view",
        help="How often the second view is blurred, where the two views are to differ; empty: as often as the first.",
        source="BYOL, arXiv:2006.07733, appendix B, blurs every first view and a tenth of the second ones",
        advanced=True,
        labels=AS_THE_FIRST,
        **PROBABILITY_BOUNDS,
    )
    sigma_min: float = setting(
        0.1, title="Blur: weakest", help="The weakest blur, in pixels.", source=SIMCLR, advanced=True, ge=0.05, le=5.0
    )
    sigma_max: float = setting(
        2.0,
        title="Blur: strongest",
        help="The strongest blur, in pixels.",
        source=SIMCLR,
        advanced=True,
        ge=0.05,
        le=5.0,
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.sigma_min > self.sigma_max:
            raise ValueError(f"sigma_min ({self.sigma_min:g}) must not be above sigma_max ({self.sigma_max:g})")
        return self


class RotationConfig(Augmentation):
    """Rotation about the centre; corners that come from outside are black."""

    word: ClassVar[str] = "rotation"

    probability: float = setting(
        0.0,
        title="Rotation: how often",
        help="How often a view is turned about its centre.",
        source="off: beside the crop it helps less than colour, SimCLR, arXiv:2002.05709, figure 5",
        **PROBABILITY_BOUNDS,
    )
    degrees: float = setting(
        15.0, title="Rotation: how far", help="The largest turn to either side, in degrees.", ge=0.0, le=180.0
    )


class NoiseConfig(Augmentation):
    """Gaussian noise on every pixel and channel."""

    word: ClassVar[str] = "noise"

    probability: float = setting(
        0.0,
        title="Noise: how often",
        help="How often random grain is added to a view.",
        source="off: beside the crop it helps less than colour, SimCLR, arXiv:2002.05709, figure 5",
        **PROBABILITY_BOUNDS,
    )
    std: float = setting(
        0.05,
        title="Noise: how strong",
        help="The standard deviation of the grain, where black is 0 and white is 1.",
        ge=0.0,
        le=1.0,
    )


class CutoutConfig(Augmentation):
    """Cutout (arXiv:1708.04552): a grey square somewhere in the view."""

    word: ClassVar[str] = "cutout"

    probability: float = setting(
        0.0,
        title="Cutout: how often",
        help="How often a square of the view is painted grey.",
        source="arXiv:1708.04552",
        **PROBABILITY_BOUNDS,
    )
    size: float = setting(
        0.5,
        title="Cutout: side",
        help="The square's side as a share of the image's side.",
        source="arXiv:1708.04552 (16 of 32 pixels)",
        ge=0.05,
        le=1.0,
    )


class SolarizeConfig(UnevenAugmentation):
    """Solarise: invert the pixels at or above a threshold."""

    word: ClassVar[str] = "solarise"

    probability: float = setting(
        0.0,
        title="Solarise: how often",
        help="How often the bright pixels of a view are inverted.",
        source="BYOL, arXiv:2006.07733, uses 0.2 on one view",
        **PROBABILITY_BOUNDS,
    )
    second_probability: float | None = setting(
        None,
        title="Solarise: how often, second view",
        help="How often bright pixels of the second view are inverted, where the two views are to differ; "
        "empty: as often as in the first.",
        source="BYOL, arXiv:2006.07733, appendix B, solarises no first view and a fifth of the second ones",
        advanced=True,
        labels=AS_THE_FIRST,
        **PROBABILITY_BOUNDS,
    )
    threshold: float = setting(
        0.5,
        title="Solarise: from",
        help="Pixels at or above this brightness are inverted (0 is black, 1 is white).",
        source="BYOL, arXiv:2006.07733 (128 of 255)",
        advanced=True,
        ge=0.0,
        le=1.0,
    )


class ViewsConfig(Settings):
    """The whole policy, in the order in which the operations are applied: `views.operations` has one entry for each."""

    crop: CropConfig = CropConfig()
    flip: FlipConfig = FlipConfig()
    rotation: RotationConfig = RotationConfig()
    jitter: JitterConfig = JitterConfig()
    grayscale: GrayscaleConfig = GrayscaleConfig()
    blur: BlurConfig = BlurConfig()
    solarize: SolarizeConfig = SolarizeConfig()
    noise: NoiseConfig = NoiseConfig()
    cutout: CutoutConfig = CutoutConfig()

    def augmentations(self) -> dict[str, Augmentation]:
        """Each by its name, in the order in which they are applied."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    def only(self, *names: str) -> Self:
        """The same policy without all other augmentations, in either view."""
        others = {name: group.off() for name, group in self.augmentations().items() if name not in names}
        return self.model_copy(update=others)
