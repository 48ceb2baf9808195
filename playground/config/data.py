"""The data sets a person can choose, one class a kind."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from playground.config.dataset import DataConfig
from playground.config.sentences import CorpusConfig, LinesConfig
from playground.config.settings import setting

Side = Literal[32, 64, 96]
_SIDE_HELP = "Every image is resized to this many pixels a side: larger shows more and trains slower."


# Measured on CIFAR-10, SimCLR, small encoder, 60 s on two cores: docs/measurements.md, "What it learns in a minute".
PHOTOGRAPHS: Mapping[str, object] = {
    "views.crop.side": 0.75,
    "encoder.first_layer": "whitening",
    "encoder.width": 24,
}


class ImagesConfig(DataConfig):
    """What all sets of images share."""

    side: Side = setting(32, title="Image side", help=_SIDE_HELP, advanced=True)


class ShapesConfig(ImagesConfig):
    """Coloured shapes drawn from a seed: every factor (shape, hue, place, size, ...) is known."""

    labels: ClassVar[Mapping[str, str]] = {"shapes": "Shapes (drawn here)"}
    # Colour jitter is off so that the first map sorts by colour; turning it on is the lesson.
    suggested: ClassVar[Mapping[str, object]] = {
        "views.jitter.probability": 0.0,
        "views.jitter.hue": 0.5,
        "views.crop.scale_min": 0.5,
        "views.grayscale.probability": 0.0,
    }
    # A crop moves what stands "at the left".
    captioned: ClassVar[Mapping[str, object]] = {"data.for_captions": True, "views.crop.probability": 0.0}

    name: Literal["shapes"] = "shapes"
    count: int = setting(
        8192,
        title="How many images",
        help="How many images to draw for training; a quarter as many more are kept for testing.",
        ge=64,
        le=100_000,
    )
    seed: int = setting(
        0, title="Drawing seed", help="Another number draws another set of images.", advanced=True, ge=0, le=2**31 - 1
    )
    for_captions: bool = setting(
        False,
        title="Drawn for captions",
        help="No colour, size or place is a borderline case of its word, and one in six combinations of shape, colour "
        "and place is kept for testing.",
        advanced=True,
    )


class DigitsConfig(ImagesConfig):
    """scikit-learn's handwritten digits: 1,797 real scans, no download."""

    labels: ClassVar[Mapping[str, str]] = {"digits": "Digits (handwritten, 8x8)"}
    # Strong views make the encoder worse than untrained here: a flipped or half-cropped digit is another digit.
    suggested: ClassVar[Mapping[str, object]] = {
        "views.crop.scale_min": 0.7,
        "views.flip.probability": 0.0,
        "views.grayscale.probability": 0.0,
        "method.temperature": 0.2,
        "optimizer.learning_rate": 0.002,
    }

    name: Literal["digits"] = "digits"


class FolderConfig(ImagesConfig):
    """A person's own images: a folder, or a zip of one."""

    labels: ClassVar[Mapping[str, str]] = {"folder": "My own images"}
    quick: ClassVar[Mapping[str, object]] = PHOTOGRAPHS

    name: Literal["folder"] = "folder"
    path: str = setting(
        "",
        title="Folder or zip",
        help="Where the images are: train/<class>/.. and test/<class>/.., or <class>/.., or just images.",
    )


class PhotosConfig(ImagesConfig):
    """Public sets of small photographs that torchvision downloads when they are first asked for."""

    labels: ClassVar[Mapping[str, str]] = {"cifar10": "CIFAR-10", "cifar100": "CIFAR-100", "stl10": "STL-10"}
    quick: ClassVar[Mapping[str, object]] = PHOTOGRAPHS

    name: Literal["cifar10", "cifar100", "stl10"] = "cifar10"


class FashionConfig(ImagesConfig):
    """Fashion-MNIST: grey pictures of clothes, downloaded by torchvision when first asked for."""

    labels: ClassVar[Mapping[str, str]] = {"fashion_mnist": "Fashion-MNIST"}
    suggested: ClassVar[Mapping[str, object]] = {"views.grayscale.probability": 0.0}

    name: Literal["fashion_mnist"] = "fashion_mnist"


class NumbersConfig(ImagesConfig):
    """Public sets of digits (MNIST by hand, SVHN from house fronts), downloaded by torchvision when first asked for."""

    labels: ClassVar[Mapping[str, str]] = {"mnist": "MNIST", "svhn": "SVHN"}
    suggested: ClassVar[Mapping[str, object]] = {"views.crop.scale_min": 0.5, "views.flip.probability": 0.0}

    name: Literal["mnist", "svhn"] = "mnist"


# In the order of the form.
AnyData = Annotated[
    ShapesConfig
    | DigitsConfig
    | FolderConfig
    | PhotosConfig
    | FashionConfig
    | NumbersConfig
    | CorpusConfig
    | LinesConfig,
    Field(discriminator="name"),
]
