"""Trains the denoiser on cached latents and caption embeddings."""
import time

import torch

from . import running, train_planner
from .diffusion import Schedule
from .latents import Shards
from .paths import DENOISER
from .text import TextEncoder
from .unet import UNet, UNetConfig

DROPPED = 0.1
WARM_UP = 300
DECAY_FROM = 0.6


def rate_at(step: int, steps: int) -> float:
    """Warm-up, plateau, linear decay: a run can be prolonged by asking for more steps before the decay begins."""
    return min(1.0, (step + 1) / WARM_UP, max(0.01, (steps - step) / (steps * (1 - DECAY_FROM))))


def train(steps: int, batch: int, rate: float) -> None:
    """`batch` is one process's."""
    on = running.device()
    planner = train_planner.load(on)
    config = UNetConfig(concepts=len(planner.wholes))
    model = UNet(config)
    model.planner = planner
    model = model.to(on, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
    average, first = running.Average(model, 0.99), 0
    if state := running.load(DENOISER, on):
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        average.values, first = state["average"], state["step"]
    forward = running.distributed(torch.compile(model) if on.type == "cuda" else model, on)
    torch.manual_seed(first * 1009 + running.rank())
    schedule, empty = Schedule(on), torch.from_numpy(TextEncoder().encode("")).to(on)
    print(f"process {running.rank()}: {sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters, from step {first}", flush=True)
    total, since = 0.0, time.time()
    for step, data in zip(range(first, steps), Shards(batch)):
        for group in optimizer.param_groups:
            group["lr"] = rate * rate_at(step, steps)
        latents, text = data.latents.to(on), data.text.to(on)
        text[torch.rand(batch, device=on) < DROPPED] = empty
        if on.type == "cpu":
            # padding is masked anyway; a compiled graph wants one shape instead
            text = text[:, :int((text.abs().sum(-1) > 0).sum(1).max())]
        # stratified: every batch sees the whole schedule, the noisy end a little more often
        position = (torch.arange(batch, device=on) + torch.rand(batch, device=on)) / batch
        timestep = (position ** 0.7 * schedule.steps).long()
        noise = torch.randn_like(latents)
        signal, sigma = schedule.at(timestep)
        noisy = (signal * latents + sigma * noise).contiguous(memory_format=torch.channels_last)
        with running.autocast(on):
            predicted = forward(noisy, timestep.float(), text)
        # an error of v is one of sigma times its size in the picture: without a limit the last bits of noise, which the
        # decoder forgives anyway, would be most of the loss
        weight = (sigma / signal).square().clamp(max=1)
        loss = (weight * (predicted.float() - (signal * noise - sigma * latents)).square()).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if running.rank() > 0:
            continue
        average.update(model, step)
        total += loss.item()
        if (step + 1) % 100 == 0:
            print(f"step {step + 1} loss {total / 100:.4f} {100 * batch / (time.time() - since):.0f} pictures/s", flush=True)
            total, since = 0.0, time.time()
        if (step + 1) % 500 == 0 or step + 1 == steps:
            running.save(DENOISER, config=config.as_dict(), model=model.state_dict(), optimizer=optimizer.state_dict(),
                         average=average.values, step=step + 1)
