"""Records the numbers that the tests of dev.darkroom.diffusion compare with.

Run by hand, with torch, numpy, k-diffusion, diffusers, torchsde and kornia from PyPI:

    python3 src/test/python/diffusion_goldens.py src/test/resources/diffusion

What each sampler is compared with stands in diffusion_references.py. All is computed in double precision, on a denoiser
that is known in closed form: the posterior mean of a mixture of two Gaussians.
"""

import base64
import json
import sys

import numpy as np
import torch
from kornia.filters import joint_bilateral_blur
from k_diffusion.sampling import BrownianTreeNoiseSampler

from diffusion_noise import SeededNoise, draw
from diffusion_references import REFERENCES, Run, sample
from diffusion_schedules import SCHEDULES, schedule, training_sigmas

SEED = 12345
LENGTH = 48


def packed(values):
    return base64.b64encode(np.asarray(values, dtype="<f4").tobytes()).decode()


def sampler_sigmas(sampler, scheduler, table, steps, from_end, zero):
    extra = sampler in ("dpm_2", "dpm_2_ancestral")
    sigmas = schedule(scheduler, table, steps + extra, from_end, zero)
    return np.append(sigmas[:-2], 0.0) if extra else sigmas


def recorded(sampler, scheduler, steps, training, noise_of=SeededNoise, start=None):
    zero = training["zeroTerminalSnr"]
    table = training_sigmas(training["betas"], zero)
    from_end = zero or training["spacing"] == "trailing"
    if start is None:
        sigmas = sampler_sigmas(sampler, scheduler, table, steps, from_end, zero)
        x = draw(SEED, 0, LENGTH) * (1 + sigmas[0] ** 2) ** 0.5
    else:
        sigmas = sampler_sigmas(sampler, scheduler, table, int(steps / start), from_end, zero)[-(steps + 1):]
        x = draw(SEED + 1, 0, LENGTH) + draw(SEED, 0, LENGTH) * sigmas[0]
    run = Run(x.reshape(1, -1), torch.tensor(sigmas), table, zero, noise_of(SEED, LENGTH, sigmas))
    latents = sample(sampler, run)
    kept = [latents[0], latents[len(latents) // 2], latents[-1]] if len(latents) > 2 else latents
    return {
        **training, "sampler": sampler, "scheduler": scheduler, "steps": steps, "seed": SEED,
        **({} if start is None else {"denoise": start}),
        "latents": [{"calls": calls, "values": packed(x.reshape(-1))} for calls, x in kept],
    }


class TreeNoise(SeededNoise):
    """torchsde's Brownian tree, as k-diffusion uses it; keeps what it gave."""

    def __init__(self, seed, length, sigmas):
        super().__init__(seed, length, sigmas)
        positive = [s for s in sigmas if s > 0]
        self.tree = BrownianTreeNoiseSampler(torch.zeros(1, length), min(positive), max(positive), seed=seed)
        self.given = []

    def increment(self, now, after):
        values = self.tree(torch.as_tensor(now), torch.as_tensor(after))
        self.given.append({"from": float(now), "to": float(after), "values": packed(values.reshape(-1))})
        return values


def with_torchsde(training):
    entries = []
    for sampler in ("dpmpp_sde", "dpmpp_2m_sde", "dpmpp_3m_sde"):
        for scheduler in ("karras", "normal"):
            made = []

            def noise_of(*arguments):
                made.append(TreeNoise(*arguments))
                return made[0]

            entries.append({**recorded(sampler, scheduler, 7, training, noise_of), "noise": made[0].given})
    return entries


def blurs():
    entries = []
    for seed, channels, height, width in ((1, 4, 16, 20), (2, 4, 8, 8), (3, 3, 9, 24)):
        length = channels * height * width
        picture = draw(seed, 0, length).reshape(1, channels, height, width)
        edges = draw(seed + 100, 0, length).reshape(1, channels, height, width) * 1.7 + 0.4
        edges[..., width // 2:] += 5
        deviation, mean = torch.std_mean(edges, dim=(1, 2, 3), keepdim=True)
        blurred = joint_bilateral_blur(picture, (edges - mean) / (deviation + 1e-5), (13, 13), 3.0, (3.0, 3.0))
        entries.append({"seed": seed, "channels": channels, "height": height, "width": width,
                        "values": packed(blurred.reshape(-1))})
    return entries


def noises():
    entries = []
    for seed, length in ((0, 1), (7, 15), (1, 16), (1, 17), (12345, 31), (2**32 + 5, 64), (2**63 - 1, 100),
                         (2**40 + 3, 5), (2**53 + 1, 33), (10**18 + 7, 250)):
        for index in (0, 1, 2, 99):
            entries.append({"seed": seed, "index": index, "length": length,
                            "values": [round(v, 8) for v in draw(seed, index, length).tolist()]})
    return entries


def large_noises():
    entries = []
    for seed, length in ((20261121, 4 * 64 * 64), (2**33 + 1, 4 * 52 * 75), (2**62 + 12345, 4 * 33 * 41)):
        values = draw(seed, 0, length)
        entries.append({"seed": seed, "length": length, "sum": values.sum().item(),
                        "squares": (values**2).sum().item(), "last": values[-24:].tolist()})
    return entries


def schedules(trainings):
    entries = []
    for training in trainings:
        zero = training["zeroTerminalSnr"]
        table = training_sigmas(training["betas"], zero)
        for size in (512, 1024):
            for name in SCHEDULES if size == 512 else ("align_your_steps",):
                for steps in (1, 4, 7, 10, 30):
                    sigmas = schedule(name, table, steps, zero or training["spacing"] == "trailing", zero, large=size == 1024)
                    entries.append({**training, "scheduler": name, "nativeSize": size, "steps": steps,
                                    "sigmas": sigmas.tolist()})
    return entries


def main(folder):
    torch.set_default_dtype(torch.float64)
    plain = {"betas": "scaled_linear", "zeroTerminalSnr": False, "spacing": "leading"}
    zero = {"betas": "scaled_linear", "zeroTerminalSnr": True, "spacing": "leading"}
    trainings = [plain, {**plain, "spacing": "trailing"}, {**plain, "betas": "linear"}, zero]
    samplers = []
    for sampler in REFERENCES:
        for training in (plain, zero):
            for name in SCHEDULES:
                samplers.append(recorded(sampler, name, 24 if sampler == "restart" else 9, training))
            for steps in (1, 2, 3, 4, 14, 40):
                if sampler in ("dpmpp_2m_sde", "dpmpp_3m_sde") and steps == 1:
                    continue  # k-diffusion fails there
                samplers.append(recorded(sampler, "karras", steps, training))
    denoise = [recorded(sampler, name, steps, training, start=share)
               for sampler in REFERENCES
               for training in (plain, zero)
               for name, steps, share in (("karras", 6, 0.5), ("normal", 5, 0.382))]
    files = {
        "references": REFERENCES, "schedules": schedules(trainings), "samplers": samplers, "denoise": denoise,
        "torchsde": with_torchsde(plain), "noise": noises(), "large_noise": large_noises(), "blur": blurs(),
    }
    for name, what in files.items():
        with open(f"{folder}/{name}.json", "w") as out:
            if isinstance(what, list):
                out.write("[\n" + ",\n".join(json.dumps(entry) for entry in what) + "\n]\n")
            else:
                out.write(json.dumps(what, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
