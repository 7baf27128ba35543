"""The autoencoder: 256x256 pictures as 16x16 latents of twelve channels, and back.

The encoder is linear and never trained: each block of 16x16 pixels becomes its mean colour and its nine strongest
principal components. So latents are smooth, cost nothing, and do not change when the decoder is trained further;
a preview is a linear map. The decoder starts from the best linear reconstruction, in closed form, and learns to
repaint it.
"""
import torch
import torch.nn.functional as F
from torch import nn

BLOCK = 16
DETAILS = 9
CHANNELS = 3 + DETAILS


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("weight", torch.zeros(CHANNELS, 3, BLOCK, BLOCK))
        self.register_buffer("bias", torch.zeros(CHANNELS))

    def forward(self, sample: torch.Tensor) -> torch.Tensor:
        return F.conv2d(sample, self.weight, self.bias, stride=BLOCK)


class Residual(nn.Module):
    """No normalisation over the picture: a block decodes alike in a picture of any size."""

    def __init__(self, channels: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.conv2(F.relu(self.conv1(F.relu(x))))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Conv2d(CHANNELS, 3 * BLOCK * BLOCK, 3, padding=1)
        self.coarse = nn.Sequential(
            nn.Conv2d(CHANNELS, 128, 3, padding=1), Residual(128), Residual(128),
            nn.Conv2d(128, 96, 1), nn.Upsample(scale_factor=2.0), Residual(96), Residual(96),
            nn.Conv2d(96, 64, 1), nn.Upsample(scale_factor=2.0))
        self.linear = nn.Sequential(nn.PixelUnshuffle(4), nn.Conv2d(48, 64, 3, padding=1))
        self.fine = nn.Sequential(
            Residual(64), nn.ReLU(), nn.Conv2d(64, 64, 3, padding=1), nn.PixelShuffle(2),
            nn.ReLU(), nn.Conv2d(16, 12, 3, padding=1), nn.PixelShuffle(2))
        nn.init.zeros_(self.fine[-2].weight)
        nn.init.zeros_(self.fine[-2].bias)

    def forward(self, latent_sample: torch.Tensor) -> torch.Tensor:
        linear = F.pixel_shuffle(self.blocks(latent_sample), BLOCK)
        return linear + self.fine(self.coarse(latent_sample) + self.linear(linear))


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder()

    @torch.no_grad()
    def fit_encoder(self, pictures: torch.Tensor) -> None:
        """Principal components of what is left of the blocks without their mean colours."""
        blocks = F.pixel_unshuffle(pictures, BLOCK).permute(0, 2, 3, 1).reshape(-1, 3, BLOCK * BLOCK)
        colours = blocks.mean(2)
        residual = (blocks - colours[:, :, None]).flatten(1)
        variances, vectors = torch.linalg.eigh(residual.T @ residual / len(residual))
        spread, details = variances[-DETAILS:].flip(0).sqrt(), vectors[:, -DETAILS:].flip(1).T
        # weaker components get less variance, though not as little as they have in pictures: coarse before fine
        wanted = (spread / spread[0]).sqrt()
        self.encoder.weight[3:] = (details * (wanted / spread)[:, None]).view(DETAILS, 3, BLOCK, BLOCK)
        for c in range(3):
            self.encoder.weight[c, c] = 1 / (colours[:, c].std() * BLOCK * BLOCK)
        self.encoder.bias[:3] = -colours.mean(0) / colours.std(0)

    @torch.no_grad()
    def fit_decoder(self, pictures: torch.Tensor, noise: float) -> None:
        """Least squares from a block's latents and its eight neighbours', noise included, to its pixels."""
        latents = self.encoder(pictures)
        pixels = F.pixel_unshuffle(pictures, BLOCK).flatten(2).transpose(1, 2).flatten(0, 1)
        seen = F.unfold(latents, 3, padding=1).transpose(1, 2).flatten(0, 1)
        seen = torch.cat([seen, torch.ones_like(seen[:, :1])], 1)
        # noise of its own in every latent adds to the diagonal, not to the constant
        ridge = torch.full((seen.shape[1],), noise ** 2 * len(seen), device=seen.device)
        ridge[-1] = 0
        solved = torch.linalg.solve(seen.T @ seen + torch.diag(ridge), seen.T @ pixels)
        self.decoder.blocks.weight.copy_(solved[:-1].T.view(-1, CHANNELS, 3, 3))
        self.decoder.blocks.bias.copy_(solved[-1])
