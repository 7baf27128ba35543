"""Scenes encoded once, in shards: on a CPU the denoiser could not wait for the renderer and the encoder."""
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from . import running
from .autoencoder import BLOCK, Autoencoder
from .captions import Examples
from .paths import AUTOENCODER, SHARDS
from .scenes import Renderer
from .sprites import Sprites
from .text import TextEncoder

SHARD = 2048
BATCH = 32
# height and width: two of five batches are landscape or portrait
SHAPES = [(256, 256)] * 6 + [(224, 320), (320, 224), (256, 384), (384, 256)]


@dataclass
class Batch:
    latents: torch.Tensor
    text: torch.Tensor


def write_shards(machine: running.Machine, count: int, seed: int) -> None:
    SHARDS.mkdir(exist_ok=True)
    on = machine.device
    sprites, text_encoder = Sprites.load(), TextEncoder()
    renderer = Renderer(sprites.pixels, on)
    autoencoder = load_autoencoder(on)
    for index in range(count):
        path = SHARDS / f"{seed}-{index:04}.pt"
        if not path.exists():
            examples = Examples(sprites, seed * 100_003 + index)
            batches = [encode(examples, renderer, autoencoder, text_encoder, SHAPES[i % len(SHAPES)])
                       for i in range(SHARD // BATCH)]
            running.save(path, batches=batches)
            print(path.name, flush=True)


def load_autoencoder(on: torch.device) -> Autoencoder:
    autoencoder = Autoencoder().eval().to(on, memory_format=torch.channels_last)
    autoencoder.load_state_dict(torch.load(AUTOENCODER, map_location=on, weights_only=False)["average"])
    return autoencoder


@torch.no_grad()
def encode(examples: Examples, renderer: Renderer, autoencoder: Autoencoder, text_encoder: TextEncoder,
           shape: tuple[int, int]) -> Batch:
    drawn = [examples.next(shape[0] // BLOCK, shape[1] // BLOCK) for _ in range(BATCH)]
    pictures = renderer.draw([example.scene for example in drawn], *shape)
    latents = autoencoder.encoder(pictures.contiguous(memory_format=torch.channels_last))
    assert latents.shape[2:] == (shape[0] // BLOCK, shape[1] // BLOCK)
    text = torch.stack([torch.from_numpy(text_encoder.encode(example.caption)) for example in drawn])
    return Batch(latents.half().cpu(), text.half())


class Shards:
    """Batches in random order, for ever; shards written meanwhile join in."""

    def __init__(self, batch: int):
        self.batch = batch
        self.known: set[Path] = set()
        self.latents: dict[torch.Size, list[torch.Tensor]] = {}
        self.text: dict[torch.Size, list[torch.Tensor]] = {}

    def __iter__(self) -> Iterator[Batch]:
        while True:
            self.look()
            shapes = list(self.latents)
            sizes = torch.tensor([float(sum(map(len, self.latents[shape]))) for shape in shapes])
            for _ in range(500):
                shape = shapes[torch.multinomial(sizes, 1)]
                yield self.draw(shape)

    def look(self) -> None:
        for path in sorted(set(SHARDS.glob("*.pt")) - self.known):
            for batch in torch.load(path, weights_only=False)["batches"]:
                self.latents.setdefault(batch.latents.shape[1:], []).append(batch.latents)
                self.text.setdefault(batch.latents.shape[1:], []).append(batch.text)
            self.known.add(path)

    def draw(self, shape: torch.Size) -> Batch:
        chunks = self.latents[shape]
        which, row = torch.randint(len(chunks), (self.batch,)), torch.randint(len(chunks[0]), (self.batch,))
        pairs = list(zip(which.tolist(), row.tolist()))
        return Batch(torch.stack([chunks[i][j] for i, j in pairs]).float(),
                     torch.stack([self.text[shape][i][j] for i, j in pairs]).float())
