"""From a caption's tokens to a first, blurred guess of the picture, which the denoiser is given beside the noise.

The planner reads which concepts a caption names and how they lie; tables of mean latents, one for each concept, turn
this into a guess. It is trained on captions alone, in a minute, so the denoiser need not learn its vocabulary from
pictures; colours, backgrounds, sizes, and every detail remain the denoiser's work.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

from .autoencoder import CHANNELS
from .layers import Attention, feed_forward

LAYOUTS = ("nothing", "single", "side by side", "one above the other", "three")
WIDTH = 128
GRID = 16
# where a half-size object's 8x8 cells begin: (column, row)
LEFT, RIGHT, TOP, BOTTOM, LOW_LEFT, LOW_RIGHT = (0, 4), (8, 4), (4, 0), (4, 8), (0, 8), (8, 8)


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attention = Attention(WIDTH, WIDTH, 32)
        self.feed_forward = feed_forward(WIDTH)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        h = self.norm1(x)
        x = x + self.attention(h, h, mask)
        return x + self.feed_forward(self.norm2(x))


class Planner(nn.Module):
    def __init__(self, concepts: int, text: int):
        super().__init__()
        self.project = nn.Linear(text, WIDTH)
        self.layers = nn.ModuleList(Layer() for _ in range(2))
        self.norm = nn.LayerNorm(WIDTH)
        self.focus = nn.Linear(WIDTH, 3)
        self.first, self.second = nn.Linear(WIDTH, concepts), nn.Linear(WIDTH, concepts)
        self.layout = nn.Linear(WIDTH, len(LAYOUTS))
        # mean latents less those of an empty white picture
        self.register_buffer("wholes", torch.zeros(concepts, CHANNELS, GRID, GRID))
        self.register_buffer("halves", torch.zeros(concepts, CHANNELS, GRID // 2, GRID // 2))

    def read(self, text: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits of the first (left, upper) concept, of the second, and of the layout."""
        x = self.project(text)
        x = x + self.positions(x)
        for layer in self.layers:
            x = layer(x, mask)
        x = self.norm(x)
        weights = (self.focus(x) + mask[:, 0].transpose(1, 2)).softmax(1)
        first, second, layout = torch.einsum("btf,btc->fbc", weights, x).unbind()
        return self.first(first), self.second(second), self.layout(layout)

    def forward(self, text: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """[batch, channels, 16, 16]; zero is an empty picture."""
        first, second, layout = (logits.softmax(-1) for logits in self.read(text, mask))
        single, beside, above, three = layout[:, 1:, None, None, None].unbind(1)
        whole = (first @ self.wholes.flatten(1)).unflatten(1, self.wholes.shape[1:])
        a, b = ((which @ self.halves.flatten(1)).unflatten(1, self.halves.shape[1:]) for which in (first, second))
        return (single * whole + beside * (place(a, LEFT) + place(b, RIGHT)) + above * (place(a, TOP) + place(b, BOTTOM))
                + three * (place(a, TOP) + place(a, LOW_LEFT) + place(a, LOW_RIGHT)))

    def positions(self, x: torch.Tensor) -> torch.Tensor:
        index = torch.arange(x.shape[1], device=x.device, dtype=torch.float32)[:, None]
        rates = torch.exp(-math.log(1000.0) / (WIDTH // 2) * torch.arange(WIDTH // 2, device=x.device))
        return torch.cat([(index * rates).sin(), (index * rates).cos()], 1).to(x.dtype)


def place(half: torch.Tensor, at: tuple[int, int]) -> torch.Tensor:
    left, top = at
    rest = GRID - half.shape[-1]
    return F.pad(half, (left, rest - left, top, rest - top))
