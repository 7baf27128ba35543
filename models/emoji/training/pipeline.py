"""From a prompt to a picture with the exported folder alone, as the server does it."""
import json

import numpy as np
import torch

from .diffusion import Schedule, sample
from .export import session
from .paths import MODEL
from .text import TextEncoder

BATCH = 8


class Pipeline:
    def __init__(self, threads: int = 1):
        self.defaults = json.loads((MODEL / "darkroom.json").read_text("utf-8"))
        vae = json.loads((MODEL / "vae_decoder" / "config.json").read_text("utf-8"))
        self.channels: int = vae["latent_channels"]
        self.scaling_factor: float = vae["scaling_factor"]
        self.down = 2 ** (len(vae["block_out_channels"]) - 1)
        self.unet = session(MODEL / "unet" / "model.onnx", threads)
        self.decoder = session(MODEL / "vae_decoder" / "model.onnx", threads)
        self.text_encoder = TextEncoder(threads=threads)
        self.schedule = Schedule()
        self.empty = torch.from_numpy(self.text_encoder.encode(""))

    def generate(self, prompts: list[str], seeds: list[int], width: int | None = None, height: int | None = None,
                 steps: int | None = None, guidance: float | None = None) -> np.ndarray:
        """[picture, height, width, RGB] in bytes; what is not given is the model's default."""
        width, height = width or self.defaults["width"], height or self.defaults["height"]
        pictures = []
        for start in range(0, len(prompts), BATCH):
            text = torch.stack([torch.from_numpy(self.text_encoder.encode(p)) for p in prompts[start:start + BATCH]])
            noise = torch.stack([torch.randn(self.channels, height // self.down, width // self.down,
                                             generator=torch.Generator().manual_seed(seed))
                                 for seed in seeds[start:start + BATCH]])
            latents = sample(self.denoise, self.schedule, text, self.empty, noise,
                             steps or self.defaults["steps"],
                             self.defaults["guidance_scale"] if guidance is None else guidance)
            decoded, = self.decoder.run(None, {"latent_sample": (latents / self.scaling_factor).numpy()})
            pictures.append(((decoded.transpose(0, 2, 3, 1) + 1) * 127.5).round().clip(0, 255).astype(np.uint8))
        return np.concatenate(pictures)

    def denoise(self, latent: torch.Tensor, timestep: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        v, = self.unet.run(None, {"sample": latent.numpy(), "timestep": timestep.numpy(),
                                  "encoder_hidden_states": text.numpy()})
        return torch.from_numpy(v)
