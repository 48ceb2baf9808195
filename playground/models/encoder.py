"""What every encoder offers."""

from torch import Tensor, nn


class Encoder(nn.Module):
    """Turns images [n, 3, side, side] into representations h [n, feature_dim]."""

    feature_dim: int

    def forward(self, images: Tensor) -> Tensor:
        """[n, 3, side, side] -> h [n, feature_dim]."""
        raise NotImplementedError
