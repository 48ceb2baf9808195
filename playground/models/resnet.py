"""ResNet-18 for small images, from torchvision."""

from torch import Tensor, nn
from torchvision.models import resnet18

from playground.config.encoder import ResNet18Config
from playground.models.encoder import Encoder


class ResNet18Encoder(Encoder):
    """ResNet-18 with the CIFAR stem: SimCLR, arXiv:2002.05709, appendix B.9. `feature_dim` = 512.

    The ImageNet stem would reduce a 32-pixel image to 8 pixels a side before the first block.
    """

    def __init__(self, config: ResNet18Config, side: int) -> None:
        super().__init__()
        self.network = resnet18(weights=None)
        self.network.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=1 if side <= 32 else 2, padding=1, bias=False)
        self.network.maxpool = nn.Identity()
        self.network.fc = nn.Identity()
        self.feature_dim = 512

    def features(self, x: Tensor) -> Tensor:
        """Images [n, 3, side, side] -> h [n, 512]."""
        features: Tensor = self.network(x)
        return features
