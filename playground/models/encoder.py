"""What every encoder offers."""

from torch import Tensor, nn

from playground.models.microbatches import in_microbatches


class Encoder(nn.Module):
    """Turns images [n, 3, side, side] into representations h [n, feature_dim]."""

    feature_dim: int
    microbatch: int | None = None  # while training, at most so many images pass at a time

    def forward(self, images: Tensor) -> Tensor:
        """[n, 3, side, side] -> h [n, feature_dim]."""
        if self.training and self.microbatch and len(images) > self.microbatch:
            return in_microbatches(self, self.features, images, self.microbatch)
        return self.features(images)

    def features(self, images: Tensor) -> Tensor:
        """The network itself."""
        raise NotImplementedError
