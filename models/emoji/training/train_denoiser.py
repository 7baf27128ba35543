"""Trains the denoiser on cached latents and caption embeddings."""
import itertools
import time
from collections.abc import Iterable
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from . import running, train_planner
from .diffusion import Schedule
from .latents import Batch, Shards
from .paths import DENOISER
from .text import TextEncoder
from .unet import UNet, UNetConfig

DROPPED = 0.1
FITTED_ON = 80
RIDGE = 1e-3


def without_planner(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: value for name, value in state.items() if not name.startswith("planner.")}


@dataclass
class Task:
    """Noisy latents, and the v that the model should find in them; an error counts by its weight."""
    noisy: torch.Tensor
    timestep: torch.Tensor
    text: torch.Tensor
    v: torch.Tensor
    weight: torch.Tensor


def noised(data: Batch, schedule: Schedule, empty: torch.Tensor, one_length: bool) -> Task:
    """`one_length`: every text keeps its padding; a compiled graph wants one shape."""
    on, batch = empty.device, len(data.latents)
    latents, text = data.latents.to(on), data.text.to(on)
    text[torch.rand(batch, device=on) < DROPPED] = empty
    if not one_length:
        # padding is masked anyway
        text = text[:, :int((text.abs().sum(-1) > 0).sum(1).max())]
    # stratified: every batch sees the whole schedule, the noisy end a little more often
    position = (torch.arange(batch, device=on) + torch.rand(batch, device=on)) / batch
    timestep = (position ** 0.7 * schedule.steps).long()
    noise = torch.randn_like(latents)
    signal, sigma = schedule.at(timestep)
    noisy = (signal * latents + sigma * noise).contiguous(memory_format=torch.channels_last)
    # an error of v is one of sigma times its size in the picture: without a limit the last bits of noise, which the
    # decoder forgives anyway, would be most of the loss
    return Task(noisy, timestep.float(), text, signal * noise - sigma * latents, (sigma / signal).square().clamp(max=1))


@torch.no_grad()
def fit_readout(model: UNet, tasks: Iterable[Task]) -> None:
    """The last convolution in closed form, by weighted least squares: where gradient steps should begin."""
    normal = wanted = rows = 0
    for task in tasks:
        features, expected = model.features(task.noisy, task.timestep, task.text)
        seen = F.unfold(features, 3, padding=1).transpose(1, 2)
        seen = torch.cat([seen, torch.ones_like(seen[..., :1])], 2)
        missing = (task.v - expected).flatten(2).transpose(1, 2)
        normal = normal + torch.einsum("bni,bnj->ij", seen * task.weight[:, 0], seen)
        wanted = wanted + torch.einsum("bni,bnj->ij", seen * task.weight[:, 0], missing)
        rows += seen.shape[0] * seen.shape[1]
    ridge = RIDGE * rows * torch.eye(len(normal), device=normal.device)
    solved = torch.linalg.solve(normal + ridge, wanted)
    model.conv_out.weight.copy_(solved[:-1].T.unflatten(1, model.conv_out.weight.shape[1:]))
    model.conv_out.bias.copy_(solved[-1])


def train(machine: running.Machine, steps: int, batch: int, rate: float, every: int) -> None:
    """`batch` is one process's, `every` so many steps there is a checkpoint."""
    on = machine.device
    planner = train_planner.load(on)
    config = UNetConfig(concepts=planner.concepts, styles=planner.styles)
    model = UNet(config)
    model.planner = planner
    model = model.to(on, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
    average, first = running.Average(model, 0.99), 0
    if state := running.load(DENOISER, on):
        # the planner is frozen and has a file of its own: it may have learned more concepts meanwhile
        model.load_state_dict(without_planner(state["model"]), strict=False)
        optimizer.load_state_dict(state["optimizer"])
        average.values.update(without_planner(state["average"]))
        first = state["step"]
    torch.manual_seed(first * 1009 + running.rank())
    schedule, empty = Schedule(on), torch.from_numpy(TextEncoder().encode("")).to(on)
    tasks = (noised(data, schedule, empty, machine.compiled) for data in Shards(batch))
    if first == 0:
        fit_readout(model, itertools.islice(tasks, FITTED_ON))
        average = running.Average(model, 0.99)
    forward = running.distributed(machine.compile(model), on)
    print(f"process {running.rank()}: {sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters, from step {first}", flush=True)
    total, since = 0.0, time.time()
    for step, task in zip(range(first, steps), tasks):
        for group in optimizer.param_groups:
            group["lr"] = rate * running.rate_at(step, steps)
        with machine.autocast():
            predicted = forward(task.noisy, task.timestep, task.text)
        loss = (task.weight * (predicted.float() - task.v).square()).mean()
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
        if (step + 1) % every == 0 or step + 1 == steps:
            running.save(DENOISER, config=config.as_dict(), model=model.state_dict(), optimizer=optimizer.state_dict(),
                         average=average.values, step=step + 1)
