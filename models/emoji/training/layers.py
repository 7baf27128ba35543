"""What the planner and the denoiser share."""
import torch
import torch.nn.functional as F
from torch import nn


class Attention(nn.Module):
    """Self-attention, or attention to another sequence."""

    def __init__(self, channels: int, context: int, head: int):
        super().__init__()
        self.heads = channels // head
        self.query = nn.Linear(channels, channels, bias=False)
        self.key_value = nn.Linear(context, 2 * channels, bias=False)
        self.out = nn.Linear(channels, channels)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: torch.Tensor, context: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        key, value = (self.split(t) for t in self.key_value(context).chunk(2, -1))
        attended = F.scaled_dot_product_attention(self.split(self.query(x)), key, value, attn_mask=mask)
        return self.out(attended.transpose(1, 2).flatten(2))

    def split(self, x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)


def feed_forward(channels: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(channels, 2 * channels), nn.GELU(), nn.Linear(2 * channels, channels))


def padding_mask(text: torch.Tensor) -> torch.Tensor:
    """[batch, 1, 1, tokens], to be added to attention logits: zero rows are padding and never looked at."""
    return torch.where(text.abs().sum(-1) > 0, 0.0, -1e4).to(text.dtype)[:, None, None]
