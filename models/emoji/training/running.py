"""What the trainers share: device, processes, precision, moving averages, checkpoints."""
import contextlib
import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from torch import nn


WARM_UP = 300
DECAY_FROM = 0.6


@dataclass(frozen=True)
class Machine:
    """What trains: the only difference between a GPU and a CPU. Either can be tried with the other's precision and compiler."""
    device: torch.device
    bf16: bool
    compiled: bool

    @classmethod
    def chosen(cls, device: str = "auto", bf16: bool | None = None, compiled: bool | None = None) -> "Machine":
        """What is not told: a GPU if there is one, and bf16 and a compiled graph on it. Older CPUs emulate bf16 slowly."""
        gpu = torch.cuda.is_available() if device == "auto" else device == "cuda"
        on = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if gpu else torch.device("cpu")
        return cls(on, gpu if bf16 is None else bf16, gpu if compiled is None else compiled)

    def autocast(self) -> contextlib.AbstractContextManager:
        return torch.autocast(self.device.type, torch.bfloat16) if self.bf16 else contextlib.nullcontext()

    def compile(self, model: nn.Module) -> nn.Module:
        return torch.compile(model) if self.compiled else model


def rank() -> int:
    return int(os.environ.get("RANK", 0))


def distributed(model: nn.Module, on: torch.device) -> nn.Module:
    """Under torchrun, gradients are averaged over the processes.

    On a CPU that others use too, two processes of one thread are much faster than one of two: threads wait for each
    other at every operation, processes once a step.
    """
    if "WORLD_SIZE" not in os.environ:
        return model
    torch.distributed.init_process_group("nccl" if on.type == "cuda" else "gloo", timeout=timedelta(hours=2))
    return nn.parallel.DistributedDataParallel(model, device_ids=[on.index] if on.type == "cuda" else None,
                                               forward_sync_buffers=False)


def rate_at(step: int, steps: int) -> float:
    """Warm-up, plateau, linear decay: a run can be prolonged by asking for more steps before the decay begins."""
    return min(1.0, (step + 1) / WARM_UP, max(0.01, (steps - step) / (steps * (1 - DECAY_FROM))))


class Average:
    """Exponential moving average of the weights; young averages follow fast."""

    def __init__(self, model: nn.Module, decay: float):
        self.decay = decay
        self.values = {name: value.detach().clone() for name, value in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                self.values[name].lerp_(value, 1 - decay)
            else:
                self.values[name].copy_(value)  # such as the vocabulary's whole numbers, which have no average


def save(path: Path, **state: Any) -> None:
    """Whole or not at all: training may be killed at any moment."""
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def load(path: Path, on: torch.device) -> dict[str, Any] | None:
    return torch.load(path, map_location=on, weights_only=False) if path.exists() else None
