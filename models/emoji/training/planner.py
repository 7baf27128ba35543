"""Reads from a caption's tokens which concepts it names, in which style, how they lie, and on what.

It is trained on captions alone, in minutes, and then frozen: so the denoiser need not learn its vocabulary from
pictures. Tables of what the concepts look like (`objects.py`) turn this into a guess of the picture, which the denoiser
gets beside the noise and corrects: edges, gradients, where objects meet, and whatever else the guess gets wrong.
"""
import math

import torch
from torch import nn

from .autoencoder import CHANNELS
from .colours import COLOURS
from .layers import Attention, feed_forward
from .layouts import LAYOUTS, NAMES, ROLES
from .objects import Objects
from .vocabulary import Vocabulary

WIDTH = 160
# the colour of a caption that says nothing: the mean of all pictures
UNKNOWN = len(COLOURS)
# how far a picture's latents are from the guess, as a standard deviation; without a guess they have that of all pictures
DEVIATION = 0.15
# a word that no caption had means the nearest concept, not a mixture of several
DECISION = 8.0


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


def heard(text: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """[role, batch, text]: the text encoder's own output where the roles look."""
    return torch.einsum("btf,btc->fbc", weights[:, :, :ROLES], text)


class Planner(nn.Module):
    def __init__(self, concepts: int, styles: int, text: int, words: int = 0):
        super().__init__()
        self.concepts, self.styles = concepts, styles
        self.vocabulary = Vocabulary(words, concepts, text)
        self.project = nn.Linear(text, WIDTH)
        self.layers = nn.ModuleList(Layer() for _ in range(2))
        self.norm = nn.LayerNorm(WIDTH)
        self.focus = nn.Linear(WIDTH, ROLES + 4)
        self.roles = nn.ModuleList(nn.Linear(WIDTH, concepts) for _ in range(ROLES))
        self.layout = nn.Linear(WIDTH, len(LAYOUTS))
        self.style = nn.Linear(WIDTH, styles)
        self.top, self.bottom = nn.Linear(WIDTH, len(COLOURS) + 1), nn.Linear(WIDTH, len(COLOURS) + 1)
        self.register_buffer("palette", torch.zeros(len(COLOURS) + 1, 3))
        self.objects = Objects(concepts, styles)

    def attend(self, text: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The tokens in their context, and how much each head looks at each of them."""
        x = self.project(text)
        x = x + self.positions(x)
        for layer in self.layers:
            x = layer(x, mask)
        x = self.norm(x)
        return x, (self.focus(x) + mask[:, 0].transpose(1, 2)).softmax(1)

    def read(self, text: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Logits of each role's concept, of the layout, of the style, of the colours at the top and at the bottom."""
        x, weights = self.attend(text, mask)
        heads = (*self.roles, self.layout, self.style, self.top, self.bottom)
        logits = [head(seen) for head, seen in zip(heads, torch.einsum("btf,btc->fbc", weights, x).unbind())]
        if len(self.vocabulary.meaning) > 0:
            votes = self.vocabulary(heard(text, weights))
            logits[:ROLES] = (own.log_softmax(-1) + vote for own, vote in zip(logits, votes.unbind()))
        return tuple(logits)

    def hear(self, text: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """What the first role hears of a caption, [batch, text]."""
        return heard(text, self.attend(text, mask)[1])[0]

    def forward(self, text: torch.Tensor, mask: torch.Tensor, sample: torch.Tensor, certainty: torch.Tensor,
                rows: torch.Tensor, columns: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """From the caption and the noisy picture: the guess, the outlines, and the guess's variance for each row."""
        *roles, layout, style, top, bottom = ((DECISION * logits).softmax(-1) for logits in self.read(text, mask))
        objects = self.objects(torch.stack(roles, 1), layout, style, sample, certainty, rows, columns)
        down = ((rows + 0.5) / (rows[-1] + 1))[:, None]
        top, bottom = ((colour @ self.palette)[:, :, None, None] for colour in (top, bottom))
        nothing = layout[:, NAMES.index("nothing"), None, None, None]
        return (self.objects.on_ground(objects, top + (bottom - top) * down), objects[:, CHANNELS:],
                nothing + (1 - nothing) * DEVIATION ** 2)

    def positions(self, x: torch.Tensor) -> torch.Tensor:
        index = torch.arange(x.shape[1], device=x.device, dtype=torch.float32)[:, None]
        rates = torch.exp(-math.log(1000.0) / (WIDTH // 2) * torch.arange(WIDTH // 2, device=x.device))
        return torch.cat([(index * rates).sin(), (index * rates).cos()], 1).to(x.dtype)
