"""Where to compute, and in which precision."""

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
    queued: bool = False  # work is only handed to it, and is done later: who reads a number waits for all before it

    def take(self, tensor: Tensor) -> Tensor:
        """`tensor` on this device; where work is queued, without waiting until it is there."""
        if self.torch.type == "cuda" and tensor.device.type == "cpu":
            return tensor.pin_memory().to(self.torch, non_blocking=True)
        return tensor.to(self.torch)

    def views(self, views: Tensor) -> Tensor:
        """`views` on this device, as networks take them: in bf16 they would round them first of all."""
        return self.take(views.to(self.dtype))

    @property
    def dtype(self) -> DType:
        """That networks round views to, first of all."""
        return torch.bfloat16 if self.bf16 else torch.float32

    def free_memory(self) -> int:
        """Bytes that are free where this device keeps its tensors."""
        if self.torch.type == "cuda":
            return int(torch.cuda.mem_get_info(self.torch)[0])
        return int(psutil.virtual_memory().available)

    def autocast(self) -> AbstractContextManager[object]:
        """The context in which networks run."""
        return torch.autocast(self.torch.type, dtype=torch.bfloat16) if self.bf16 else nullcontext()

    @property
    def words(self) -> str:
        """For a person: "CPU, 2 threads, bf16"."""
        precision = "bf16" if self.bf16 else "fp32"
        if self.torch.type == "cpu":
            threads = torch.get_num_threads()
            return f"CPU, {threads} thread{'s' if threads != 1 else ''}, {precision}"
        name = torch.cuda.get_device_name(self.torch) if self.torch.type == "cuda" else "Apple GPU"
        return f"{name}, {precision}"


def choose_device(config: RunConfig) -> Device:
    """The device and precision that `config` asks for. Raises TrainingError where this machine has no such device."""
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
    """What this machine offers, the fastest first."""
    cuda = ["cuda"] if torch.cuda.is_available() else []
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return [*cuda, *mps, "cpu"]


def tune(device: Device) -> None:
    """Let a GPU find its fastest convolutions, which may round to TF32. Matrix products may not: losses need cosines
    that are right to more than three digits, see `playground.losses.similarity`."""
    if device.torch.type == "cuda":
        torch.backends.cudnn.benchmark = True
        torch.backends.cudnn.allow_tf32 = True


def _fast_bf16(device: torch.device) -> bool:
    """Whether bf16 is native: emulated it would be slower than fp32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and bool({"avx512_bf16", "amx_bf16"} & cpu_flags())


def cpu_flags() -> set[str]:
    """Instruction sets of the processor, where the system tells them (Linux); else none."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return set(next((line for line in lines if line.startswith("flags")), "").split())
