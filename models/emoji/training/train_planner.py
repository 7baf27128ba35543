"""Trains the planner on captions, and measures what each concept looks like on average."""
import random

import torch
import torch.nn.functional as F

from . import running
from .autoencoder import CHANNELS
from .captions import Example, Examples
from .latents import load_autoencoder
from .layers import padding_mask
from .paths import PLANNER
from .planner import GRID, LAYOUTS, Planner
from .scenes import Placement, Renderer, Scene
from .sprites import Sprites
from .text import TextEncoder

WHITE = (255, 255, 255)
JITTERS = 6
HELD_BACK = 500


def labels(example: Example, sprites: Sprites) -> tuple[int, int, int]:
    """First concept, second concept, layout: from left to right, from top to bottom."""
    placed = example.scene.placements
    if len(placed) == 2:
        beside = abs(placed[0].x - placed[1].x) > abs(placed[0].y - placed[1].y)
        placed = sorted(placed, key=lambda p: p.x if beside else p.y)
        layout = "side by side" if beside else "one above the other"
    else:
        layout = "single" if len(placed) == 1 else "three"
    return sprites.concept[placed[0].sprite], sprites.concept[placed[-1].sprite], LAYOUTS.index(layout)


def train(captions: int, steps: int, batch: int = 128) -> None:
    on = running.device()
    sprites, text_encoder = Sprites.load(), TextEncoder()
    examples = Examples(sprites, seed=77)
    drawn = [examples.next() for _ in range(captions)]
    text = torch.stack([torch.from_numpy(text_encoder.encode(e.caption)).half() for e in drawn]).to(on)
    targets = torch.tensor([labels(e, sprites) for e in drawn], device=on)
    empty = torch.from_numpy(text_encoder.encode("")).to(on)
    model = Planner(len(sprites.concepts), text_encoder.width).to(on)
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, steps)
    for step in range(steps):
        chosen = torch.randint(captions - HELD_BACK, (batch,), device=on)
        tokens, target = text[chosen].float(), targets[chosen]
        tokens[:4] = empty
        # words that no caption had lie near those that one had
        tokens = tokens + 0.1 * torch.randn_like(tokens) * (tokens != 0)
        first, second, layout = model.read(tokens, padding_mask(tokens))
        target = target.clone()
        target[:4, 2] = LAYOUTS.index("nothing")
        loss = (F.cross_entropy(first[4:], target[4:, 0]) + F.cross_entropy(second[4:], target[4:, 1])
                + F.cross_entropy(layout, target[:, 2]))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        if (step + 1) % 200 == 0:
            print(f"step {step + 1} loss {loss.item():.3f}", flush=True)
    tokens, target = text[-HELD_BACK:].float(), targets[-HELD_BACK:]
    with torch.no_grad():
        right = [(logits.argmax(1) == target[:, i]).float().mean().item()
                 for i, logits in enumerate(model.eval().read(tokens, padding_mask(tokens)))]
    print("held-back captions: first {:.3f}, second {:.3f}, layout {:.3f}".format(*right))
    measure(model, sprites)
    running.save(PLANNER, model=model.state_dict(), concepts=len(sprites.concepts))


@torch.no_grad()
def measure(model: Planner, sprites: Sprites) -> None:
    """Mean latents over sizes and places as captions leave them open."""
    on, rng = running.device(), random.Random(5)
    renderer, autoencoder = Renderer(sprites.pixels, on), load_autoencoder(on)
    empty = autoencoder.encoder(torch.ones(1, 3, 16 * GRID, 16 * GRID, device=on))
    totals = torch.zeros(len(sprites.concepts), 2, CHANNELS, GRID, GRID, device=on)
    counts = torch.zeros(len(sprites.concepts), device=on)
    for sprite, concept in enumerate(sprites.concept):
        jitter = lambda: rng.uniform(-0.02, 0.02)
        wholes = [Placement(sprite, .5 + jitter(), .5 + jitter(), rng.uniform(.66, .8)) for _ in range(JITTERS)]
        halves = [Placement(sprite, .26 + jitter(), .5 + jitter(), rng.uniform(.42, .47)) for _ in range(JITTERS)]
        for i, placements in enumerate((wholes, halves)):
            pictures = renderer.draw([Scene((p,), WHITE, WHITE) for p in placements], 16 * GRID, 16 * GRID)
            totals[concept, i] += (autoencoder.encoder(pictures) - empty).sum(0)
        counts[concept] += JITTERS
    means = totals / counts[:, None, None, None, None]
    model.wholes.copy_(means[:, 0])
    model.halves.copy_(means[:, 1, :, GRID // 4:3 * GRID // 4, :GRID // 2])


def load(on: torch.device) -> Planner:
    state = torch.load(PLANNER, map_location=on, weights_only=False)
    planner = Planner(state["concepts"], TextEncoder().width).to(on).eval().requires_grad_(False)
    planner.load_state_dict(state["model"])
    return planner
