"""The way of a GPU on the processor's tensors. Imported as `tests.training.queued`."""

import torch

from playground.inference.device import Device

CPU = Device(torch.device("cpu"), bf16=False)
QUEUED = Device(torch.device("cpu"), bf16=False, queued=True)
