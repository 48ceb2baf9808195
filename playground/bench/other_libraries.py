"""The same augmentations and losses by other libraries, as their users would write them: lightly, torchvision, kornia.

Each is imported by the function that needs it: the app itself needs torchvision only. Parameters equal ours as far as
their arguments allow; what cannot be set (lightly's blur is PIL's, without a kernel size) keeps its default.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import torch
from torch import Tensor

from playground.bench.images import ColourStatistics
from playground.config.augmentations import ViewsConfig
from playground.views import blur_kernel_size

MakeViews = Callable[[Any], Any]  # an image, or a batch of images -> its augmented view or views
PairLoss = Callable[[Tensor, Tensor], Tensor]  # embeddings of two views, [n, d] each -> loss []


def lightly_views(views: ViewsConfig, side: int, colours: ColourStatistics) -> MakeViews:
    """lightly's SimCLRTransform: a PIL image -> a list of two tensors [3, side, side]."""
    transform: MakeViews = import_module("lightly.transforms").SimCLRTransform(
        input_size=side,
        cj_prob=views.jitter.probability,
        cj_strength=1.0,
        cj_bright=views.jitter.brightness,
        cj_contrast=views.jitter.contrast,
        cj_sat=views.jitter.saturation,
        cj_hue=views.jitter.hue,
        min_scale=views.crop.scale_min,
        random_gray_scale=views.grayscale.probability,
        gaussian_blur=views.blur.probability,
        sigmas=(views.blur.sigma_min, views.blur.sigma_max),
        hf_prob=views.flip.probability,
        normalize={"mean": colours.mean.tolist(), "std": colours.std.tolist()},
    )
    return transform


class TorchvisionViews:
    """torchvision's transforms v2: a PIL image, or a tensor uint8 [3, h, w] -> two tensors [3, side, side]."""

    def __init__(self, views: ViewsConfig, side: int, colours: ColourStatistics) -> None:
        v2 = import_module("torchvision.transforms.v2")
        jitter, blur = views.jitter, views.blur
        operations = [
            v2.RandomResizedCrop(side, scale=_crop_scale(views), ratio=_crop_ratio(views), antialias=True),
            v2.RandomHorizontalFlip(views.flip.probability),
            v2.RandomApply([v2.ColorJitter(*_jitter_strengths(views))], jitter.probability),
            v2.RandomGrayscale(views.grayscale.probability),
        ]
        if blur.probability:
            sigma = (blur.sigma_min, blur.sigma_max)
            operations.append(v2.RandomApply([v2.GaussianBlur(blur_kernel_size(side), sigma)], blur.probability))
        normal = [v2.ToDtype(torch.float32, scale=True), v2.Normalize(colours.mean.tolist(), colours.std.tolist())]
        self.transform = v2.Compose([*operations, v2.ToImage(), *normal])

    def __call__(self, image: Any) -> tuple[Tensor, Tensor]:
        return self.transform(image), self.transform(image)


def kornia_views(views: ViewsConfig, side: int, colours: ColourStatistics) -> MakeViews:
    """kornia, with parameters drawn for each image: float32 [n, 3, h, w] in [0, 1] -> [n, 3, side, side]."""
    kornia = import_module("kornia.augmentation")
    operations = [
        # "resample" crops the whole batch at once, "slice" one image after the other.
        kornia.RandomResizedCrop((side, side), _crop_scale(views), _crop_ratio(views), cropping_mode="resample"),
        kornia.RandomHorizontalFlip(p=views.flip.probability),
        kornia.ColorJitter(*_jitter_strengths(views), p=views.jitter.probability),
        kornia.RandomGrayscale(p=views.grayscale.probability),
    ]
    if views.blur.probability:
        kernel, sigma = blur_kernel_size(side), (views.blur.sigma_min, views.blur.sigma_max)
        operations.append(kornia.RandomGaussianBlur((kernel, kernel), sigma, p=views.blur.probability))
    mean, std = torch.from_numpy(colours.mean), torch.from_numpy(colours.std)
    return torch.nn.Sequential(*operations, kornia.Normalize(mean, std))


def lightly_loss(temperature: float) -> PairLoss:
    """lightly's NT-Xent of two views [n, d]."""
    loss: PairLoss = import_module("lightly.loss").NTXentLoss(temperature=temperature)
    return loss


def _crop_scale(views: ViewsConfig) -> tuple[float, float]:
    return views.crop.scale_min, views.crop.scale_max


def _crop_ratio(views: ViewsConfig) -> tuple[float, float]:
    return 1 / views.crop.ratio_max, views.crop.ratio_max


def _jitter_strengths(views: ViewsConfig) -> tuple[float, float, float, float]:
    return views.jitter.brightness, views.jitter.contrast, views.jitter.saturation, views.jitter.hue
