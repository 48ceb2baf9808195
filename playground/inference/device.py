"""Device and precision of computations."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch
from torch import Tensor
from torch import dtype as DType

from playground.config import RunConfig
from playground.inference.errors import TrainingError


@dataclass(frozen=True, slots=True)
class Device:
    """A device and a precision."""

    torch: torch.device
    bf16: bool
    queued: bool = False  # whether work is asynchronous: reading a number waits for all work before it

    def move(self, tensor: Tensor) -> Tensor:
        """`tensor` [...] on this device; on CUDA without waiting for the copy."""
        if self.torch.type == "cuda" and tensor.device.type == "cpu":
            return tensor.pin_memory().to(self.torch, non_blocking=True)
        return tensor.to(self.torch)

    def move_views(self, views: Tensor) -> Tensor:
        """`views` [n, 3, side, side] on this device, rounded to `dtype`."""
        return self.move(views.to(self.dtype))

    @property
    def dtype(self) -> DType:
        """The dtype that networks round their inputs to: bfloat16 under autocast, else float32."""
        return torch.bfloat16 if self.bf16 else torch.float32

    def free_memory(self) -> int:
        """Free bytes in the memory of this device."""
        if self.torch.type == "cuda":
            return int(torch.cuda.mem_get_info(self.torch)[0])
        return int(psutil.virtual_memory().available)

    def autocast(self) -> AbstractContextManager[object]:
        """The autocast context for networks."""
        return torch.autocast(self.torch.type, dtype=torch.bfloat16) if self.bf16 else nullcontext()

    @property
    def words(self) -> str:
        """The device in words: "CPU, 2 threads, bf16"."""
        precision = "bf16" if self.bf16 else "fp32"
        if self.torch.type == "cpu":
            threads = torch.get_num_threads()
            return f"CPU, {threads} thread{'s' if threads != 1 else ''}, {precision}"
        name = torch.cuda.get_device_name(self.torch) if self.torch.type == "cuda" else "Apple GPU"
        return f"{name}, {precision}"


def choose_device(config: RunConfig) -> Device:
    """The device and precision of `config`. Raises TrainingError where this machine has no such device."""
    there = devices()
    kind = there[0] if config.device == "auto" else config.device
    if kind not in there:
        raise TrainingError(
            f"device: {kind} was given, but this machine has none; allowed here is auto or {' or '.join(there)}.",
            reason="no_device",
        )
    device = torch.device(kind)
    bf16 = config.precision == "bf16" or (config.precision == "auto" and _fast_bf16(device))
    return Device(device, bf16, queued=kind == "cuda")


def devices() -> list[str]:
    """Names of the devices of this machine, the fastest first."""
    cuda = ["cuda"] if torch.cuda.is_available() else []
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return [*cuda, *mps, "cpu"]


def enable_fast_convolutions(device: Device) -> None:
    """Lets a GPU benchmark its convolutions and use TF32 in them.

    Matrix products stay in float32: losses need cosines of more than three digits, see `playground.losses.similarity`.
    """
    if device.torch.type == "cuda":
        torch.backends.cudnn.benchmark = True
        torch.backends.cudnn.allow_tf32 = True


def _fast_bf16(device: torch.device) -> bool:
    """Whether bf16 is native; emulated it would be slower than fp32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and bool({"avx512_bf16", "amx_bf16"} & cpu_flags())


def cpu_flags() -> set[str]:
    """Instruction sets of the processor, as Linux lists them; empty elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return set(next((line for line in lines if line.startswith("flags")), "").split())
