"""Records the numbers that the tests of dev.darkroom.diffusion compare with.

Run by hand where torch, numpy and the package k-diffusion are installed:

    python3 src/test/python/diffusion_goldens.py src/test/resources/diffusion

Samplers come from k-diffusion where it has them; DDIM, DDPM and LCM are written here in the notation of their papers
(variance preserving), which is not the one that Darkroom uses. All in double precision, on a denoiser that is known in
closed form: the posterior mean of a mixture of two Gaussians.
"""

import importlib
import json
import math
import statistics
import sys
import types

import numpy as np
import torch


def import_k_diffusion():
    """k_diffusion.sampling without the packages that only its other parts need."""
    for name in ("scipy", "torchdiffeq", "torchsde", "tqdm", "tqdm.auto"):
        sys.modules.setdefault(name, types.ModuleType(name))
    sys.modules["scipy"].integrate = None
    sys.modules["torchdiffeq"].odeint = None
    sys.modules["tqdm.auto"].trange = lambda n, disable=None: range(n)
    sys.modules["tqdm.auto"].tqdm = lambda items, disable=None: items
    spec = importlib.util.find_spec("k_diffusion")
    package = types.ModuleType("k_diffusion")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["k_diffusion"] = package
    utils = types.ModuleType("k_diffusion.utils")
    utils.append_dims = lambda x, n: x[(...,) + (None,) * (n - x.ndim)]
    sys.modules["k_diffusion.utils"] = package.utils = utils
    return importlib.import_module("k_diffusion.sampling")


# --- noise -----------------------------------------------------------------------------------------------------------

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def mix(z):
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def draw(seed, index, length):
    if index == 0:
        torch.manual_seed(seed)
        return torch.randn(length).double()
    with np.errstate(over="ignore"):
        state = mix(np.uint64(seed) + np.uint64(index) * GOLDEN)
        bits = mix(state + np.arange(1, length + 1, dtype=np.uint64) * GOLDEN)
    uniform = ((bits >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52
    normal = statistics.NormalDist()
    return torch.tensor([normal.inv_cdf(u) for u in uniform], dtype=torch.float64)


# --- schedules -------------------------------------------------------------------------------------------------------


def training_sigmas(kind, zero_snr, start=0.00085, end=0.012, steps=1000):
    betas = np.linspace(start**0.5, end**0.5, steps) ** 2 if kind == "scaled_linear" else np.linspace(start, end, steps)
    alphas = np.cumprod(1 - betas)
    if zero_snr:
        root = np.sqrt(alphas)
        root = (root - root[-1]) * root[0] / (root[0] - root[-1])
        alphas = root**2
        alphas[-1] = 2.0**-24
    return np.sqrt((1 - alphas) / alphas)


def at(table, t):
    return np.exp(np.interp(t, np.arange(len(table)), np.log(table)))


def trailing(table, n):
    return at(table, np.round(np.arange(len(table), 0, -len(table) / n))[:n] - 1)


def schedule(k, name, table, n, from_end, pure_noise, offset=1):
    length = len(table)
    if name in ("karras", "exponential"):
        levels = k.get_sigmas_karras if name == "karras" else k.get_sigmas_exponential
        previous = torch.get_default_dtype()
        torch.set_default_dtype(torch.float64)
        try:
            if pure_noise and n > 1:
                rest = levels(n - 1, table[0], float(trailing(table, n)[1])).numpy()
                return np.concatenate([[table[-1]], rest])
            return levels(n, table[0], table[-1]).numpy()
        finally:
            torch.set_default_dtype(previous)
    if name == "normal":
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


# --- samplers --------------------------------------------------------------------------------------------------------


def denoiser(x, sigma, **_):
    """Posterior mean where each number is N(m, s^2) or N(-m, s^2) with equal odds."""
    m, s = 0.5, 0.5
    sigma = sigma.reshape(-1, *([1] * (x.ndim - 1))) if torch.is_tensor(sigma) else sigma
    v = s * s + sigma**2
    return (s * s * x + sigma**2 * m * torch.tanh(m * x / v)) / v


def ddim(x, sigmas, _):
    for now, after in zip(sigmas[:-1], sigmas[1:]):
        a, b = 1 / (now**2 + 1), 1 / (after**2 + 1)
        z = x * a**0.5
        x0 = denoiser(x, now)
        eps = (z - a**0.5 * x0) / (1 - a) ** 0.5
        x = (b**0.5 * x0 + (1 - b) ** 0.5 * eps) / b**0.5
    return x


def ddpm(x, sigmas, noise):
    for now, after in zip(sigmas[:-1], sigmas[1:]):
        a, b = 1 / (now**2 + 1), 1 / (after**2 + 1)
        alpha = a / b
        z = x * a**0.5
        x0 = denoiser(x, now)
        mean = b**0.5 * (1 - alpha) / (1 - a) * x0 + alpha**0.5 * (1 - b) / (1 - a) * z
        if after > 0:
            mean = mean + ((1 - b) / (1 - a) * (1 - alpha)) ** 0.5 * noise(now, after)
        x = mean / b**0.5
    return x


def lcm(x, sigmas, noise):
    for now, after in zip(sigmas[:-1], sigmas[1:]):
        x = denoiser(x, now)
        if after > 0:
            x = x + after * noise(now, after)
    return x


def one_draw_a_step(seed, length, sigmas):
    levels = [float(s) for s in sigmas]

    def noise(now, after):
        step = int(np.argmin([abs(level - float(now)) for level in levels]))
        return draw(seed, 1 + 2 * step, length).reshape(1, -1)

    return noise


def path_over_sigma(seed, length, sigmas):
    """Increments of a Brownian path over sigma, known at each step's ends and at its geometric middle."""
    levels = [float(s) for s in sigmas]

    def noise(now, after):
        now, after = float(now), float(after)
        step = int(np.argmin([abs(level - now) for level in levels]))
        first = draw(seed, 1 + 2 * step, length).reshape(1, -1)
        if abs(after - levels[step + 1]) > 1e-9 * after:
            return first
        middle = math.sqrt(now * after)
        rest = draw(seed, 2 + 2 * step, length).reshape(1, -1)
        return (math.sqrt(now - middle) * first + math.sqrt(middle - after) * rest) / math.sqrt(now - after)

    return noise


def sample(k, name, sigmas, seed, length):
    sigmas = torch.tensor(sigmas, dtype=torch.float64)
    x = draw(seed, 0, length).reshape(1, -1) * (1 + sigmas[0] ** 2) ** 0.5
    fresh = one_draw_a_step(seed, length, sigmas)
    own = {"ddim": ddim, "ddpm": ddpm, "lcm": lcm}
    if name in own:
        return own[name](x, sigmas, fresh)
    function = getattr(k, "sample_" + name)
    if name in ("euler", "heun", "dpm_2", "dpmpp_2m"):
        return function(denoiser, x, sigmas)
    noise = path_over_sigma(seed, length, sigmas) if name == "dpmpp_sde" else fresh
    return function(denoiser, x, sigmas, noise_sampler=noise)


SCHEDULES = ("normal", "karras", "exponential", "sgm_uniform", "simple", "ddim_uniform")
SAMPLERS = (
    "euler", "euler_ancestral", "heun", "dpm_2", "dpmpp_2s_ancestral", "dpmpp_sde", "dpmpp_2m", "dpmpp_2m_sde", "ddpm",
    "lcm", "ddim",
)


def main(folder):
    k = import_k_diffusion()
    trainings = [
        {"betas": "scaled_linear", "zeroTerminalSnr": False, "spacing": "leading"},
        {"betas": "scaled_linear", "zeroTerminalSnr": False, "spacing": "trailing"},
        {"betas": "linear", "zeroTerminalSnr": False, "spacing": "leading"},
        {"betas": "scaled_linear", "zeroTerminalSnr": True, "spacing": "leading"},
    ]
    schedules, samplers = [], []
    for training in trainings:
        zero = training["zeroTerminalSnr"]
        from_end = zero or training["spacing"] == "trailing"
        table = training_sigmas(training["betas"], zero)
        for name in SCHEDULES:
            for steps in (1, 4, 7, 30):
                sigmas = schedule(k, name, table, steps, from_end, zero)
                schedules.append({**training, "scheduler": name, "steps": steps, "sigmas": sigmas.tolist()})
        if training["betas"] == "linear":
            continue
        for sampler in SAMPLERS:
            for name in ("normal", "karras"):
                for steps in (1, 2, 9):
                    if sampler == "dpmpp_2m_sde" and steps == 1:
                        continue  # k-diffusion fails there
                    extra = sampler == "dpm_2"
                    sigmas = schedule(k, name, table, steps + extra, from_end, zero)
                    if extra:
                        sigmas = np.append(sigmas[:-2], 0.0)
                    latent = sample(k, sampler, sigmas, 12345, 48)
                    samplers.append({
                        **training, "sampler": sampler, "scheduler": name, "steps": steps, "seed": 12345,
                        "latent": [round(v, 8) for v in latent.reshape(-1).tolist()],
                    })
    noise = []
    for seed, length in ((0, 1), (7, 15), (1, 16), (1, 17), (12345, 31), (2**32 + 5, 64), (2**63 - 1, 100)):
        for index in (0, 1, 2, 99):
            noise.append({
                "seed": seed, "index": index, "length": length,
                "values": [round(v, 8) for v in draw(seed, index, length).tolist()],
            })
    torch.manual_seed(20261121)
    large = torch.randn(4 * 64 * 64).double()
    noise_sums = {"seed": 20261121, "length": 4 * 64 * 64, "sum": large.sum().item(),
                  "squares": (large**2).sum().item(), "last": large[-16:].tolist()}
    for name, what in (("schedules", schedules), ("samplers", samplers), ("noise", noise), ("large_noise", noise_sums)):
        with open(f"{folder}/{name}.json", "w") as out:
            if isinstance(what, list):
                out.write("[\n" + ",\n".join(json.dumps(entry) for entry in what) + "\n]\n")
            else:
                out.write(json.dumps(what) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
