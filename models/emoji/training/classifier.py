"""Names the sprite in a picture: concept and style; trained on composed scenes alone, it never sees a generated picture."""
import random

import torch
import torch.nn.functional as F
from torch import nn

from . import running
from .captions import held_out
from .colours import COLOURS
from .paths import CLASSIFIER
from .scenes import Placement, Renderer, Scene
from .sprites import Sprites

SIZE = 64


class Classifier(nn.Module):
    def __init__(self, sprites: int):
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 3
        for outputs, stride in ((48, 2), (96, 2), (96, 1), (192, 2), (192, 1)):
            layers += [nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
            inputs = outputs
        self.layers = nn.Sequential(*layers)
        self.out = nn.Linear(2 * inputs, sprites)

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        h = self.layers(picture)
        return self.out(torch.cat([h.mean((2, 3)), h.amax((2, 3))], 1))


def composites(sprites: Sprites, renderer: Renderer, rng: random.Random, batch: int, unseen: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """`unseen`: only triples of concept, background and style that are held out from all training."""
    names = list(COLOURS)
    scenes, labels = [], []
    while len(scenes) < batch:
        sprite = rng.randrange(len(sprites.concept))
        top, bottom = rng.choice(names), rng.choice(names)
        if rng.random() < 0.6:
            bottom = top
        if any(held_out(sprites.concept[sprite], colour, sprites.style[sprite]) != unseen for colour in (top, bottom)):
            continue
        size = rng.uniform(0.5, 0.95)
        slack = (1 - size) / 2
        mirrored = not sprites.concepts[sprites.concept[sprite]].one_way and rng.random() < 0.5
        placement = Placement(sprite, 0.5 + rng.uniform(-slack, slack), 0.5 + rng.uniform(-slack, slack), size, mirrored)
        scenes.append(Scene((placement,), COLOURS[top], COLOURS[bottom]))
        labels.append(sprite)
    pictures = F.avg_pool2d(renderer.draw(scenes, 2 * SIZE, 2 * SIZE), 2)
    return pictures, torch.tensor(labels, device=renderer.device)


def train(machine: running.Machine, steps: int, batch: int = 64) -> None:
    on = machine.device
    sprites = Sprites.load()
    renderer = Renderer(sprites.pixels, on)
    model = Classifier(len(sprites.concept)).to(on, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=0.01)
    schedule, first = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, steps), 0
    state = running.load(CLASSIFIER, on)
    if state and state["of"] == steps:
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        first = state["step"]
    # a run that goes on sees other pictures than it began with
    rng = random.Random(1 + first)
    forward = machine.compile(model)
    torch.manual_seed(first)
    for step in range(first, steps):
        pictures, labels = composites(sprites, renderer, rng, batch, unseen=False)
        # generated pictures are a little noisy and off in colour: it must not matter
        pictures = pictures * (0.9 + 0.2 * torch.rand(batch, 1, 1, 1, device=on)) + 0.05 * torch.randn_like(pictures)
        with machine.autocast():
            logits = forward(pictures.contiguous(memory_format=torch.channels_last))
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=0.05)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        if (step + 1) % 100 == 0:
            print(f"step {step + 1} loss {loss.item():.3f}", flush=True)
        if (step + 1) % 100 == 0 or step + 1 == steps:
            running.save(CLASSIFIER, model=model.state_dict(), optimizer=optimizer.state_dict(),
                         schedule=schedule.state_dict(), step=step + 1, of=steps)


def load(sprites: Sprites) -> Classifier:
    model = Classifier(len(sprites.concept)).eval()
    model.load_state_dict(torch.load(CLASSIFIER, map_location="cpu", weights_only=False)["model"])
    return model
