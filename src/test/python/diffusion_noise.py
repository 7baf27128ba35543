"""Darkroom's noise, from its description in NoiseSource and BrownianPath."""

import math
import statistics

import numpy as np
import torch

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def mix(z):
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def draw(seed, index, length):
    """Draw 0 is PyTorch's own."""
    if index == 0:
        torch.manual_seed(seed)
        return torch.randn(length, dtype=torch.float32).double()
    with np.errstate(over="ignore"):
        state = mix(np.uint64(seed) + np.uint64(index) * GOLDEN)
        bits = mix(state + np.arange(1, length + 1, dtype=np.uint64) * GOLDEN)
    uniform = ((bits >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52
    normal = statistics.NormalDist()
    return torch.tensor([normal.inv_cdf(u) for u in uniform], dtype=torch.float64)


class SeededNoise:
    def __init__(self, seed, length, sigmas):
        self.seed = seed
        self.length = length
        self.levels = [float(s) for s in sigmas]

    def _draw(self, index):
        return draw(self.seed, index, self.length).reshape(1, -1)

    def step(self, now):
        return int(np.argmin([abs(level - float(now)) for level in self.levels]))

    def fresh(self, step):
        """The noise of a step that needs one draw."""
        return self._draw(1 + 2 * step)

    def increment(self, now, after):
        """Of the Brownian path, from a level to the next one or to their geometric middle, brought to variance one."""
        now, after = float(now), float(after)
        step = self.step(now)
        low = self.levels[step + 1]
        whole = math.sqrt(now - low) * self._draw(1 + 2 * step)
        if abs(after - low) <= 1e-9 * after:
            return whole / math.sqrt(now - low)
        middle = math.sqrt(now * low)
        assert abs(after - middle) < 1e-9 * after
        bridge = self._draw(((step + 1) << 31) + 1)
        part = (now - middle) / (now - low) * whole
        part = part + math.sqrt((now - middle) * (middle - low) / (now - low)) * bridge
        return part / math.sqrt(now - middle)
