"""The noise schedule of `scheduler_config.json`, and a sampler for evaluation."""
import json
import math
from collections.abc import Callable

import torch

from .paths import MODEL


class Schedule:
    """Scaled-linear betas shifted to zero terminal SNR (Lin et al. 2023, algorithm 1); signal^2 + noise^2 = 1."""

    def __init__(self, device: torch.device | str = "cpu"):
        config = json.loads((MODEL / "scheduler" / "scheduler_config.json").read_text("utf-8"))
        self.steps: int = config["num_train_timesteps"]
        betas = torch.linspace(config["beta_start"] ** 0.5, config["beta_end"] ** 0.5, self.steps, dtype=torch.float64) ** 2
        signal = (1 - betas).cumprod(0).sqrt()
        signal = (signal - signal[-1]) * signal[0] / (signal[0] - signal[-1])
        self.signal = signal.float().to(device)
        self.noise = (1 - signal ** 2).sqrt().float().to(device)

    def at(self, timestep: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.signal[timestep][:, None, None, None], self.noise[timestep][:, None, None, None]


Denoiser = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


@torch.no_grad()
def sample(denoiser: Denoiser, schedule: Schedule, text: torch.Tensor, empty: torch.Tensor, noise: torch.Tensor,
           steps: int, guidance: float) -> torch.Tensor:
    """DPM-Solver++(2M) with trailing timesteps and classifier-free guidance."""
    timesteps = torch.arange(schedule.steps, 0, -schedule.steps / steps).round().long() - 1
    both = torch.cat([text, empty.expand_as(text)])
    latent, previous, last_h = noise, None, 0.0
    for i, t in enumerate(timesteps):
        signal, sigma = float(schedule.signal[t]), float(schedule.noise[t])
        v = denoiser(torch.cat([latent, latent]), t.expand(len(both)).float(), both)
        v_text, v_empty = v.chunk(2)
        v = v_empty + guidance * (v_text - v_empty)
        clean = signal * latent - sigma * v
        if i + 1 == len(timesteps):
            return clean
        signal_next, sigma_next = float(schedule.signal[timesteps[i + 1]]), float(schedule.noise[timesteps[i + 1]])
        # the step in half log-SNR; at zero SNR it is as good as infinite, and the step of first order
        h = math.log(signal_next / sigma_next) - math.log(max(signal, 1e-8) / sigma)
        estimate = clean if previous is None else clean + (clean - previous) * h / (2 * last_h)
        latent = sigma_next / sigma * latent - signal_next * math.expm1(-h) * estimate
        previous, last_h = clean, h
    return latent
