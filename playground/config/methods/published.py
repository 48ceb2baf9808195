"""Published recipes for ResNet-18 on CIFAR-10 that several methods share."""

from collections.abc import Mapping

# lightly's CIFAR-10 benchmark: SGD, rate 0.06 * batch / 128, cosine to zero without warm-up, 200 epochs.
LIGHTLY_CIFAR: Mapping[str, object] = {
    "encoder.name": "resnet18",
    "batch_size": 512,
    "optimizer.name": "sgd",
    "optimizer.learning_rate": 0.24,
    "optimizer.momentum": 0.9,
    "optimizer.weight_decay": 5e-4,
    "optimizer.warmup_steps": 0,
    "budget.epochs": 200,
    "budget.seconds": None,
}

# SimCLR, arXiv:2002.05709, appendices A and B.9: crops from 0.08, jitter at half strength, no blur on CIFAR-10.
STRONG_VIEWS: Mapping[str, object] = {
    "views.crop.scale_min": 0.08,
    "views.jitter.brightness": 0.4,
    "views.jitter.contrast": 0.4,
    "views.jitter.saturation": 0.4,
    "views.jitter.hue": 0.1,
}
