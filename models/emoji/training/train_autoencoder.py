"""Fits encoder and decoder in closed form, then trains the decoder on crops of composed scenes."""
import math
import random
import time

import torch
import torch.nn.functional as F

from . import running
from .autoencoder import Autoencoder
from .captions import Examples
from .paths import AUTOENCODER
from .scenes import Renderer
from .sprites import Sprites

CROP = 128
FITTED_ON = 400
# the decoder must forgive what the denoiser gets slightly wrong: every crop has its own amount of noise, up to this
LATENT_NOISE = 0.3


def crops(renderer: Renderer, examples: Examples, batch: int) -> torch.Tensor:
    """Two from each picture: drawing one costs as much as decoding a crop."""
    cut = []
    for picture in renderer.draw([examples.next().scene for _ in range(batch // 2)], 256, 256):
        for _ in range(2):
            top, left = random.randint(0, 256 - CROP), random.randint(0, 256 - CROP)
            cut.append(picture[:, top:top + CROP, left:left + CROP])
    return torch.stack(cut)


def reconstruction_loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """L1 on pixels and on their differences: edges count twice, flat areas must be flat."""
    loss = F.l1_loss(output, target)
    for dim in (2, 3):
        loss = loss + F.l1_loss(output.diff(dim=dim), target.diff(dim=dim))
    return loss


def train(machine: running.Machine, steps: int, batch: int, rate: float, every: int) -> None:
    on = machine.device
    sprites = Sprites.load()
    renderer, examples = Renderer(sprites.pixels, on), Examples(sprites, seed=time.time_ns())
    model = Autoencoder().to(on, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), rate, betas=(0.9, 0.99), weight_decay=0.0)
    average, first = running.Average(model, 0.998), 0
    if state := running.load(AUTOENCODER, on):
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        average.values, first = state["average"], state["step"]
    else:
        pictures = renderer.draw([examples.next().scene for _ in range(FITTED_ON)], 256, 256)
        model.fit_encoder(pictures)
        model.fit_decoder(pictures, LATENT_NOISE / 3)
        average = running.Average(model, 0.998)

    def checkpoint(step: int) -> None:
        running.save(AUTOENCODER, model=model.state_dict(), optimizer=optimizer.state_dict(),
                     average=average.values, step=step)

    decoder = machine.compile(model.decoder)
    checkpoint(first)
    total, since = 0.0, time.time()
    for step in range(first, steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 100) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        target = crops(renderer, examples, batch).contiguous(memory_format=torch.channels_last)
        latent = model.encoder(target)
        latent = latent + LATENT_NOISE * torch.rand(batch, 1, 1, 1, device=on) * torch.randn_like(latent)
        with machine.autocast():
            output = decoder(latent)
        loss = reconstruction_loss(output.float(), target)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        average.update(model, step)
        total += loss.item()
        if (step + 1) % 100 == 0:
            print(f"step {step + 1} loss {total / 100:.4f} {100 * batch / (time.time() - since):.0f} crops/s", flush=True)
            total, since = 0.0, time.time()
        if (step + 1) % every == 0 or step + 1 == steps:
            checkpoint(step + 1)
