"""Training noise levels and the schedules of sigmas over them; Karras' and the exponential one are k-diffusion's, the
tables of Align Your Steps are diffusers', the others are written from their descriptions."""

import numpy as np
from diffusers.schedulers import AysSchedules
from k_diffusion.sampling import get_sigmas_exponential, get_sigmas_karras

SCHEDULES = (
    "normal", "karras", "exponential", "sgm_uniform", "simple", "ddim_uniform", "lcm", "turbo", "align_your_steps", "tcd",
    "edm_playground_v2.5",
)


def training_sigmas(kind, zero_snr, start=0.00085, end=0.012, steps=1000):
    betas = np.linspace(start**0.5, end**0.5, steps) ** 2 if kind == "scaled_linear" else np.linspace(start, end, steps)
    alphas = np.cumprod(1 - betas)
    if zero_snr:
        root = np.sqrt(alphas)
        root = (root - root[-1]) * root[0] / (root[0] - root[-1])
        alphas = root**2
        alphas[-1] = 2.0**-24
    return np.sqrt((1 - alphas) / alphas)


STABLE_DIFFUSION = training_sigmas("scaled_linear", False)


def at(table, t):
    return np.exp(np.interp(t, np.arange(len(table)), np.log(table)))


def timestep(table, sigma):
    return np.interp(np.log(sigma), np.log(table), np.arange(len(table)))


def trailing(table, n):
    return at(table, np.round(np.arange(len(table), 0, -len(table) / n))[:n] - 1)


def curve(levels, table, n, high, low, pure_noise):
    if not pure_noise:
        return levels(n, low, high).numpy()[:-1]
    if n == 1:
        return table[-1:]
    return np.append(table[-1], levels(n - 1, low, float(trailing(table, n)[1])).numpy()[:-1])


def distilled(table, n, pure_noise):
    """Latent consistency distillation's 50 timesteps; evenly spaced between its first and last."""
    known = np.arange(19, 1000, 20)
    t = np.linspace(known[-1], known[0], n + 1)[:-1]
    return at(table, t) if pure_noise else np.exp(np.interp(t, known, np.log(table[known])))


def align_your_steps(table, n, large):
    levels = AysSchedules["StableDiffusionXLSigmas" if large else "StableDiffusionSigmas"][:-1] + [0.029]
    levels = np.exp(np.interp(np.linspace(0, 10, n + 1), np.arange(11), np.log(levels)))[:-1]
    return at(table, timestep(STABLE_DIFFUSION, levels))


def schedule(name, table, n, from_end, pure_noise, offset=1, large=False):
    length = len(table)
    if name == "karras":
        levels = curve(get_sigmas_karras, table, n, table[-1], table[0], pure_noise)
    elif name == "exponential":
        levels = curve(get_sigmas_exponential, table, n, table[-1], table[0], pure_noise)
    elif name == "edm_playground_v2.5":
        levels = curve(get_sigmas_karras, table, n, 120.0, 0.002, pure_noise)
    elif name in ("lcm", "tcd"):
        levels = distilled(table, n, pure_noise)
    elif name == "turbo":
        levels = at(table, length * (1 - np.arange(n) / max(n, 10)) - 1)
    elif name == "align_your_steps":
        levels = align_your_steps(table, n, large)
    elif name == "normal":
        levels = trailing(table, n) if from_end else at(table, np.linspace(length - 1, 0, n))
    elif name == "sgm_uniform":
        levels = at(table, np.linspace(length - 1, 0, n + 1)[:-1])
    elif name == "simple":
        levels = np.array([table[-(1 + int(i * length / n))] for i in range(n)])
    elif from_end:
        levels = trailing(table, n)
    else:
        levels = table[(np.arange(n) * (length // n))[::-1] + offset]
    return np.append(levels, 0.0)
