"""The denoiser: a small UNet with Stable Diffusion's interface."""
import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import nn

from .autoencoder import CHANNELS
from .diffusion import Schedule
from .layers import Attention, feed_forward, padding_mask
from .objects import GUESS
from .planner import Planner


@dataclass(frozen=True)
class UNetConfig:
    """Most of the work is done on the half-size grid: 8x8 for a 256x256 picture."""
    concepts: int
    styles: int
    outer: int = 48
    inner: int = 128
    embedding: int = 256
    blocks: int = 2
    head: int = 32
    text: int = 384

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


class ResBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, embedding: int):
        super().__init__()
        self.norm1 = nn.GroupNorm(16, inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.modulation = nn.Linear(embedding, 2 * outputs)
        self.norm2 = nn.GroupNorm(16, outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x: torch.Tensor, embedding: torch.Tensor) -> torch.Tensor:
        scale, shift = self.modulation(embedding)[:, :, None, None].chunk(2, 1)
        h = self.conv1(F.silu(self.norm1(x)))
        h = self.norm2(h) * (1 + scale) + shift
        return self.skip(x) + self.conv2(F.silu(h))


class TransformerBlock(nn.Module):
    def __init__(self, channels: int, config: UNetConfig):
        super().__init__()
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(channels) for _ in range(3))
        self.self_attention = Attention(channels, channels, config.head)
        self.cross_attention = Attention(channels, config.text, config.head)
        self.feed_forward = feed_forward(channels)

    def forward(self, x: torch.Tensor, text: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        height = x.shape[2]
        tokens = x.flatten(2).transpose(1, 2)
        h = self.norm1(tokens)
        tokens = tokens + self.self_attention(h, h)
        tokens = tokens + self.cross_attention(self.norm2(tokens), text, mask)
        tokens = tokens + self.feed_forward(self.norm3(tokens))
        return tokens.transpose(1, 2).unflatten(2, (height, -1))


class Stage(nn.Module):
    def __init__(self, inputs: int, outputs: int, config: UNetConfig):
        super().__init__()
        self.res = ResBlock(inputs, outputs, config.embedding)
        self.transformer = TransformerBlock(outputs, config)

    def forward(self, x: torch.Tensor, embedding: torch.Tensor, text: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return self.transformer(self.res(x, embedding), text, mask)


class UNet(nn.Module):
    def __init__(self, config: UNetConfig):
        super().__init__()
        self.config = config
        outer, inner, embedding = config.outer, config.inner, config.embedding
        self.planner = Planner(config.concepts, config.styles, config.text)
        schedule = Schedule()
        self.register_buffer("certainties", (schedule.signal / schedule.noise ** 2).clamp(max=1))
        self.register_buffer("signals", schedule.signal)
        self.register_buffer("sigmas", schedule.noise)
        self.time = nn.Sequential(nn.Linear(outer, embedding), nn.SiLU(), nn.Linear(embedding, embedding))
        self.text_norm = nn.LayerNorm(config.text)
        self.pooled = nn.Sequential(nn.Linear(config.text, embedding), nn.SiLU(), nn.Linear(embedding, embedding))
        self.conv_in = nn.Conv2d(CHANNELS + GUESS + 2, outer, 3, padding=1)
        self.down_outer = ResBlock(outer, outer, embedding)
        self.down = nn.Conv2d(outer, inner, 3, stride=2, padding=1)
        self.down_inner = nn.ModuleList(Stage(inner, inner, config) for _ in range(config.blocks))
        self.middle = Stage(inner, inner, config)
        self.up_inner = nn.ModuleList(Stage(2 * inner, inner, config) for _ in range(config.blocks))
        self.up = nn.Conv2d(inner, outer, 1)
        self.up_outer = nn.ModuleList([ResBlock(2 * outer, outer, embedding), ResBlock(2 * outer, outer, embedding)])
        self.norm_out = nn.GroupNorm(16, outer)
        self.conv_out = nn.Conv2d(outer, CHANNELS, 3, padding=1)
        nn.init.zeros_(self.conv_out.weight)
        nn.init.zeros_(self.conv_out.bias)

    def forward(self, sample: torch.Tensor, timestep: torch.Tensor, encoder_hidden_states: torch.Tensor) -> torch.Tensor:
        features, expected = self.features(sample, timestep, encoder_hidden_states)
        return self.conv_out(features) + expected

    def features(self, sample: torch.Tensor, timestep: torch.Tensor, encoder_hidden_states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What the last convolution reads, and what its output is added to."""
        mask = padding_mask(encoder_hidden_states)
        rows, columns = (torch.arange(size, device=sample.device, dtype=torch.float32) for size in sample.shape[2:])
        step = timestep.round().long().clamp(0, len(self.sigmas) - 1)
        guess, outlines, variance = self.planner(encoder_hidden_states, mask, sample, self.certainties[step], rows, columns)
        text = self.text_norm(encoder_hidden_states)
        mean = mask[:, 0].softmax(-1) @ text
        embedding = F.silu(self.time(self.frequencies(timestep).to(sample.dtype)) + self.pooled(mean[:, 0]))

        first = self.conv_in(torch.cat([sample, guess, outlines, self.coordinates(sample, rows, columns)], 1))
        outer = self.down_outer(first, embedding)
        x = self.down(outer)
        skips = []
        for stage in self.down_inner:
            x = stage(x, embedding, text, mask)
            skips.append(x)
        x = self.middle(x, embedding, text, mask)
        for stage in self.up_inner:
            x = stage(torch.cat([x, skips.pop()], 1), embedding, text, mask)
        # to the size that it had, which may be odd
        x = F.interpolate(self.up(x), size=outer.shape[2:])
        for block, skip in zip(self.up_outer, (outer, first)):
            x = block(torch.cat([x, skip], 1), embedding)
        return F.silu(self.norm_out(x)), self.expected(sample, guess, variance, step)

    def expected(self, sample: torch.Tensor, guess: torch.Tensor, variance: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
        """v, if pictures were the guess and Gaussian noise of that variance (Wiener's filter): the network adds what is missing.

        The mean picture is (sigma^2 * guess + variance * signal * sample) / (sigma^2 + variance * signal^2), and
        v = (signal * sample - picture) / sigma.
        """
        signal, sigma = (values[step][:, None, None, None] for values in (self.signals, self.sigmas))
        return sigma * (signal * (1 - variance) * sample - guess) / (sigma ** 2 + variance * signal ** 2)

    def frequencies(self, timestep: torch.Tensor) -> torch.Tensor:
        half = self.config.outer // 2
        rates = torch.exp(-math.log(10000.0) / half * torch.arange(half, device=timestep.device))
        angles = timestep[:, None].float() * rates
        return torch.cat([angles.cos(), angles.sin()], 1)

    def coordinates(self, sample: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
        """Captions speak of places: every cell is told its own, from -1 to 1."""
        batch, _, height, width = sample.shape
        y, x = (rows * 2 + 1) / height - 1, (columns * 2 + 1) / width - 1
        return torch.stack([y[:, None].expand(height, width), x[None].expand(height, width)])[None].expand(batch, -1, -1, -1)
