"""The samplers that Darkroom's are compared with. Each returns what it recorded: pairs of model calls made so far and
the latent after them, where a step has just ended.

k-diffusion's two samplers without a list of levels (DPM-fast and DPM-adaptive) end at the last level above 0; here one
more call's estimate is taken, as every other sampler ends. Where a schedule starts from pure noise, they are given what
an Euler step makes of it: for DPM-fast at the second level, for DPM-adaptive at 14.6 if that is lower. Heun's method,
DPM2 and Restart, whose formulas multiply the change of slopes by the step's length, also leave pure noise with an Euler
step, and UniPC does not correct the step that does."""

import importlib.metadata
from dataclasses import dataclass, field

import numpy as np
import torch
from diffusers import DDIMScheduler, DDPMScheduler, LCMScheduler, TCDScheduler, UniPCMultistepScheduler
from diffusers.schedulers import scheduling_ddpm, scheduling_lcm, scheduling_tcd
from k_diffusion import sampling

from diffusion_schedules import at, timestep

VERSIONS = {name: f"{name} {importlib.metadata.version(name)}" for name in ("k-diffusion", "diffusers")}
OWN = "NumPy-style version written from "


@dataclass
class Run:
    x: torch.Tensor
    sigmas: torch.Tensor
    table: np.ndarray
    pure_noise: bool
    noise: object
    calls: int = 0
    latents: list = field(default_factory=list)

    def __call__(self, x, sigma, **_):
        """Posterior mean where each number is N(m, s^2) or N(-m, s^2) with equal odds."""
        self.calls += 1
        m, s = 0.5, 0.5
        sigma = sigma.reshape(-1, *([1] * (x.ndim - 1))) if torch.is_tensor(sigma) and sigma.ndim else sigma
        v = s * s + sigma**2
        return (s * s * x + sigma**2 * m * torch.tanh(m * x / v)) / v

    def record(self, x):
        self.latents.append((self.calls, x))

    def before_step(self, info):
        """k-diffusion calls back after a step's first model call, with the latent before it."""
        if self.calls > 1 and (not self.latents or self.latents[-1][0] != self.calls - 1):
            self.latents.append((self.calls - 1, info["x"]))

    def fresh(self, now, after):
        return self.noise.fresh(self.noise.step(now))

    @property
    def steps(self):
        return len(self.sigmas) - 1

    @property
    def lead(self):
        return int(self.pure_noise and self.steps > 1 and float(self.sigmas[0]) > 0.999 * self.table[-1])


def k_diffusion(name, noise=None, lead=None):
    """With lead, a step of that kind leaves pure noise."""

    def function(run):
        arguments = {} if noise is None else {"noise_sampler": getattr(run.noise if noise == "increment" else run, noise)}
        x, sigmas = run.x, run.sigmas
        if lead is not None and run.lead:
            # an end above 0 makes it a step as any other
            x = getattr(sampling, "sample_" + lead)(run, x, sigmas[:2], disable=True, **arguments)
            run.record(x)
            sigmas = sigmas[1:]
        x = getattr(sampling, "sample_" + name)(run, x, sigmas, callback=run.before_step, disable=True, **arguments)
        run.record(x)

    return function


def leave_pure_noise(run, level):
    if not run.lead:
        return run.x
    kept = level / run.sigmas[0]
    x = kept * run.x + (1 - kept) * run(run.x, run.sigmas[0])
    run.record(x)
    return x


def dpm_fast(run):
    x = leave_pure_noise(run, run.sigmas[1])
    low, high, calls = float(run.sigmas[-2]), float(run.sigmas[run.lead]), run.steps - 1 - run.lead
    if calls > 0:
        x = sampling.sample_dpm_fast(run, x, low, high, calls, callback=run.before_step, disable=True)
        run.record(x)
    run.record(run(x, run.sigmas[-2]))


def dpm_adaptive(run):
    low, high = float(run.sigmas[-2]), float(run.sigmas[run.lead])
    if run.lead:
        high = max(low, min(high, 14.6))
    x = leave_pure_noise(run, high)
    if high > low:
        rejected = 0

        def attempted(info):
            nonlocal rejected
            if info["n_reject"] == rejected:
                run.record(info["x"])
            else:
                rejected = info["n_reject"]
                run.calls -= 1  # Darkroom keeps the slope at the start of a step that it takes again

        x = sampling.sample_dpm_adaptive(run, x, low, high, callback=attempted, disable=True)
    run.record(run(x, run.sigmas[-2]))


def vp(sigma):
    return 1 / (1 + sigma**2) ** 0.5


def diffusers(make, module=None):
    """A diffusers scheduler over the run's own levels: timestep k is the k-th lowest of them."""

    def function(run):
        n = run.steps
        scheduler = make(n)
        scheduler.set_timesteps(n)
        scheduler.timesteps = torch.arange(n - 1, -1, -1)
        scheduler.alphas_cumprod = vp(run.sigmas[:-1].flip(0)) ** 2
        walk(run, scheduler, module, scheduler.timesteps)

    return function


def walk(run, scheduler, module, timesteps):
    x = run.x * vp(run.sigmas[0])
    for step, t in enumerate(timesteps):
        if module is not None:
            module.randn_tensor = lambda *_, **__: run.noise.fresh(step)
        estimate = run(x / vp(run.sigmas[step]), run.sigmas[step])
        x = scheduler.step(estimate, t, x).prev_sample
        run.record(x / vp(run.sigmas[step + 1]))


def lcm(n):
    scheduler = LCMScheduler(num_train_timesteps=n, original_inference_steps=n, prediction_type="sample", clip_sample=False)
    # the boundary condition of LCM is part of the model; that of the analytic denoiser is to be exact
    scheduler.get_scalings_for_boundary_condition_discrete = lambda _: (0.0, 1.0)
    return scheduler


class Fractional:
    """Cumulative alphas at any timestep: at those of the sampled levels, which may be fractions or lie outside of the
    training, and at whole ones; past the last step the picture is clean."""

    def __init__(self, table, sigmas):
        self.table = table
        self.clean = False
        inside = timestep(table, sigmas)
        # outside of the table two levels may share its first or last timestep; a hair tells them apart
        self.timesteps = inside + np.arange(len(sigmas), 0, -1) * 1e-7
        self.levels = dict(zip(self.timesteps.tolist(), sigmas))

    def __getitem__(self, t):
        if t.is_floating_point():
            self.latest = self.levels[float(t)]
            return torch.tensor(vp(self.latest) ** 2)
        # below the table the jump would lead above the level that it is to reach
        return torch.tensor(1.0 if self.clean and t == 0 else vp(min(self.table[int(t)], self.latest)) ** 2)


def tcd(run):
    n = run.steps
    scheduler = TCDScheduler(prediction_type="sample", clip_sample=False)
    scheduler.set_timesteps(min(n, 50))
    scheduler.alphas_cumprod = Fractional(run.table, run.sigmas[:-1].numpy())
    timesteps = torch.tensor(scheduler.alphas_cumprod.timesteps)
    scheduler.timesteps, scheduler.num_inference_steps = timesteps, n
    x = run.x * vp(run.sigmas[0])
    for step, t in enumerate(timesteps):
        scheduling_tcd.randn_tensor = lambda *_, **__: run.noise.fresh(step)
        scheduler.alphas_cumprod.clean = step == n - 1
        estimate = run(x / vp(run.sigmas[step]), run.sigmas[step])
        scheduler._step_index = step
        x = scheduler.step(estimate, t, x, eta=0.3).prev_sample
        run.record(x / vp(run.sigmas[step + 1]))


def uni_pc(kind):
    def function(run):
        scheduler = UniPCMultistepScheduler(solver_order=3, solver_type=kind, prediction_type="sample",
                                            disable_corrector=[0] if run.lead else [])
        scheduler.set_timesteps(run.steps)
        scheduler.sigmas = run.sigmas
        scheduler.timesteps = torch.arange(run.steps)
        scheduler.num_inference_steps = run.steps
        x = run.x * vp(run.sigmas[0])
        for step, t in enumerate(scheduler.timesteps):
            estimate = run(x / vp(run.sigmas[step]), run.sigmas[step])
            if step == run.steps - 1:
                x = estimate  # what the formula tends to; with B1 it divides infinity by infinity
            else:
                x = scheduler.step(estimate, t, x).prev_sample
            run.record(x / vp(run.sigmas[step + 1]))

    return function


def slope(run, x, sigma):
    return (x - run(x, sigma)) / sigma


def heunpp2(run):
    x, s = run.x, run.sigmas
    for i in range(run.steps):
        d = slope(run, x, s[i])
        if s[i + 1] > 0:
            x2 = x + d * (s[i + 1] - s[i])
            d2 = slope(run, x2, s[i + 1])
            if s[i + 2] == 0:
                w2 = s[i + 1] / (2 * s[0])
                d = (1 - w2) * d + w2 * d2
            else:
                d3 = slope(run, x2 + d2 * (s[i + 2] - s[i + 1]), s[i + 2])
                w2, w3 = s[i + 1] / (3 * s[0]), s[i + 2] / (3 * s[0])
                d = (1 - w2 - w3) * d + w2 * d2 + w3 * d3
        x = x + d * (s[i + 1] - s[i])
        run.record(x)


def restart_levels(run):
    """Lists of levels; noise is added between one's end and the next one's start, where that is higher."""
    s, n = run.sigmas, run.steps
    if n < 20:
        return [s]
    times, length = (1, 9) if n < 36 else (2, n // 4)
    rest = sampling.get_sigmas_karras(n - times * length - run.lead, float(s[-2]), float(s[run.lead]))
    walk_down = torch.cat([s[:run.lead], rest])
    low = int(torch.argmin(abs(walk_down[:-1] - 0.1)))
    high = int(torch.argmin(abs(walk_down[:-1] - 2.0)))
    if low <= high:
        return [s]
    again = sampling.get_sigmas_karras(length + 1, float(walk_down[low]), float(walk_down[high]))[:-1]
    return [walk_down[: low + 1], *[again] * times, walk_down[low:]]


def restart(run):
    x, step, reached = run.x, 0, None
    for levels in restart_levels(run):
        if reached is not None and levels[0] > reached * (1 + 1e-9):
            x = x + run.noise.fresh(step - 1) * (levels[0] ** 2 - reached**2) ** 0.5
            run.latents[-1] = (run.calls, x)
        for now, after in zip(levels[:-1], levels[1:]):
            d = slope(run, x, now)
            if after > 0 and step >= run.lead:
                d = (d + slope(run, x + d * (after - now), after)) / 2
            x = x + d * (after - now)
            run.record(x)
            step += 1
        reached = levels[-1]


def settings(n):
    return {"num_train_timesteps": n, "prediction_type": "sample", "clip_sample": False}


SAMPLERS = {
    "euler": k_diffusion("euler"),
    "euler_ancestral": k_diffusion("euler_ancestral", "fresh"),
    "heun": k_diffusion("heun", lead="euler"),
    "heunpp2": heunpp2,
    "dpm_2": k_diffusion("dpm_2", lead="euler"),
    "dpm_2_ancestral": k_diffusion("dpm_2_ancestral", "fresh", lead="euler_ancestral"),
    "lms": k_diffusion("lms"),
    "dpm_fast": dpm_fast,
    "dpm_adaptive": dpm_adaptive,
    "dpmpp_2s_ancestral": k_diffusion("dpmpp_2s_ancestral", "fresh"),
    "dpmpp_sde": k_diffusion("dpmpp_sde", "increment"),
    "dpmpp_2m": k_diffusion("dpmpp_2m"),
    "dpmpp_2m_sde": k_diffusion("dpmpp_2m_sde", "increment"),
    "dpmpp_3m_sde": k_diffusion("dpmpp_3m_sde", "increment"),
    "ddpm": diffusers(lambda n: DDPMScheduler(variance_type="fixed_small", **settings(n)), scheduling_ddpm),
    "lcm": diffusers(lcm, scheduling_lcm),
    "tcd": tcd,
    "restart": restart,
    "ddim": diffusers(lambda n: DDIMScheduler(set_alpha_to_one=True, steps_offset=0, **settings(n))),
    "uni_pc": uni_pc("bh1"),
    "uni_pc_bh2": uni_pc("bh2"),
}

REFERENCES = {
    name: f"{VERSIONS['k-diffusion']}, `sample_{name}`" for name in SAMPLERS
} | {
    "heunpp2": OWN + "the published weights (sd-webui-samplers-scheduler)",
    "restart": OWN + "Xu et al. 2023, algorithm 1, with Karras levels of k-diffusion",
    "dpm_fast": f"{VERSIONS['k-diffusion']}, `sample_dpm_fast`, then the estimate",
    "dpm_adaptive": f"{VERSIONS['k-diffusion']}, `sample_dpm_adaptive`, then the estimate",
    "ddpm": f"{VERSIONS['diffusers']}, `DDPMScheduler`",
    "ddim": f"{VERSIONS['diffusers']}, `DDIMScheduler`",
    "lcm": f"{VERSIONS['diffusers']}, `LCMScheduler`",
    "tcd": f"{VERSIONS['diffusers']}, `TCDScheduler`, ending in a clean latent",
    "uni_pc": f"{VERSIONS['diffusers']}, `UniPCMultistepScheduler`, order 3, `bh1`",
    "uni_pc_bh2": f"{VERSIONS['diffusers']}, `UniPCMultistepScheduler`, order 3, `bh2`",
}


def sample(name, run):
    SAMPLERS[name](run)
    return run.latents
