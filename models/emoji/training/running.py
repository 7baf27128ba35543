"""What the trainers share: device, processes, precision, moving averages, checkpoints."""
import contextlib
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from torch import nn


def device() -> torch.device:
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if torch.cuda.is_available() else torch.device("cpu")


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


def autocast(on: torch.device) -> contextlib.AbstractContextManager:
    """bf16 where the hardware has it; older CPUs emulate it slowly, so fp32 there."""
    return torch.autocast("cuda", torch.bfloat16) if on.type == "cuda" else contextlib.nullcontext()


class Average:
    """Exponential moving average of the weights; young averages follow fast."""

    def __init__(self, model: nn.Module, decay: float):
        self.decay = decay
        self.values = {name: value.detach().clone() for name, value in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in model.state_dict().items():
            self.values[name].lerp_(value, 1 - decay)


def save(path: Path, **state: Any) -> None:
    """Whole or not at all: training may be killed at any moment."""
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    os.replace(partial, path)


def load(path: Path, on: torch.device) -> dict[str, Any] | None:
    return torch.load(path, map_location=on, weights_only=False) if path.exists() else None
