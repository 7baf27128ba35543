"""Trains the planner on captions, and then measures what each concept looks like."""
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
import torch.nn.functional as F

from . import running
from .autoencoder import BLOCK, CHANNELS, Encoder
from .captions import Example, Examples, taught
from .colours import COLOURS
from .grammar import with_article
from .latents import load_autoencoder
from .layers import padding_mask
from .layouts import BIG, HALF, LAYOUTS, NAMES, ROLES, WHOLE, Tile
from .paths import CAPTIONS, PLANNER
from .objects import GUESS, OUTLINE
from .planner import UNKNOWN, Planner
from .scenes import Placement, Renderer, Scene
from .sprites import STYLES, Sprites
from .synonyms import never_taught
from .text import TextEncoder
from .vocabulary import Vocabulary

BLACK = (0, 0, 0)
BATCH = 64
HELD_BACK = 1000
UNNAMED = 8
IGNORED = -100
RATE = 2e-3


def styles_of(sprites: Sprites) -> list[str]:
    return [style for style in STYLES if style in sprites.style]


def labels(example: Example, sprites: Sprites) -> list[int]:
    """Each role's concept, as far as the layout has such a role; the layout; the style; the colours."""
    roles = {spot.role for spot in LAYOUTS[example.layout]}
    concepts = [sprites.concept[example.sprites[role]] if role in roles else IGNORED for role in range(ROLES)]
    return [*concepts, NAMES.index(example.layout), styles_of(sprites).index(sprites.style[example.sprites[0]]),
            *(list(COLOURS).index(colour) for colour in example.colours)]


def fingerprint(examples: list[Example]) -> str:
    """Tells whether what is kept was made for these captions, and for what they ask for."""
    return hashlib.sha256("\n".join(f"{e.caption}|{e.sprites}|{e.layout}|{e.colours}" for e in examples).encode()).hexdigest()


def encoded(examples: list[Example], key: str, text_encoder: TextEncoder) -> torch.Tensor:
    """Kept in a file: it takes as long as the training."""
    if (kept := running.load(CAPTIONS, torch.device("cpu"))) and kept["key"] == key:
        return kept["text"]
    text = read_all([example.caption for example in examples], text_encoder)
    running.save(CAPTIONS, key=key, text=text)
    return text


def read_all(prompts: list[str], text_encoder: TextEncoder) -> torch.Tensor:
    """[prompt, token, width] in half precision."""
    text = torch.zeros(len(prompts), text_encoder.max_tokens, text_encoder.width, dtype=torch.float16)

    def encode(index: int) -> None:
        text[index] = torch.from_numpy(text_encoder.encode(prompts[index]))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, _ in enumerate(pool.map(encode, range(len(prompts))), 1):
            if done % 5000 == 0:
                print(f"{done} of {len(prompts)} encoded", flush=True)
    return text


def train(machine: running.Machine, captions: int, steps: int, batch: int = 128) -> None:
    on = machine.device
    sprites, text_encoder = Sprites.load(), TextEncoder()
    examples = Examples(sprites, seed=77)
    drawn = [examples.next() for _ in range(captions)]
    key = fingerprint(drawn)
    text = encoded(drawn, key, text_encoder).to(on)
    targets = torch.tensor([labels(e, sprites) for e in drawn], device=on)
    empty = torch.from_numpy(text_encoder.encode("")).to(on)
    model = Planner(len(sprites.concepts), len(styles_of(sprites)), text_encoder.width).to(on)
    optimizer, first = torch.optim.AdamW(model.parameters(), RATE, betas=(0.95, 0.999), weight_decay=0.05), 0
    state = running.load(PLANNER, on)
    if state and state.get("key") == key:
        model.load_state_dict({name: value for name, value in state["model"].items() if not name.startswith("vocabulary.")}, strict=False)
        optimizer.load_state_dict(state["optimizer"])
        first = state["step"]

    torch.manual_seed(first)

    def checkpoint(step: int) -> None:
        save(model, optimizer=optimizer.state_dict(), step=step, of=steps, key=key)

    read = torch.compile(model.read, dynamic=True) if machine.compiled else model.read
    held_back = min(HELD_BACK, captions // 4)
    for step in range(first, steps):
        for group in optimizer.param_groups:
            group["lr"] = RATE * running.rate_at(step, steps)
        chosen = torch.randint(captions - held_back, (batch,), device=on)
        tokens, target = text[chosen].float(), targets[chosen].clone()
        tokens[:UNNAMED] = empty
        target[:UNNAMED, :ROLES], target[:UNNAMED, ROLES], target[:UNNAMED, -2:] = IGNORED, NAMES.index("nothing"), UNKNOWN
        longest = int((tokens.abs().sum(-1) > 0).sum(1).max())
        tokens = tokens[:, :longest]
        # words that no caption had lie near those that one had
        tokens = tokens + 0.1 * torch.randn_like(tokens) * (tokens != 0)
        with machine.autocast():
            heads = read(tokens, padding_mask(tokens))
        # a batch may lack a role altogether: the sum, not the mean of nothing
        loss = sum(F.cross_entropy(logits.float(), target[:, i], reduction="sum") for i, logits in enumerate(heads)) / batch
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if (step + 1) % 100 == 0:
            print(f"step {step + 1} loss {loss.item():.3f}", flush=True)
            if step + 1 < steps:
                checkpoint(step + 1)
    model.eval()
    learn_words(model, sprites, text_encoder)
    report(model, text[-held_back:].float(), targets[-held_back:])
    measure(model, sprites)
    checkpoint(steps)


def save(model: Planner, **state: Any) -> None:
    running.save(PLANNER, model=model.state_dict(), concepts=model.concepts, styles=model.styles,
                 words=len(model.vocabulary.meaning), **state)


def update_words(machine: running.Machine) -> None:
    """For a planner that is trained: after words have changed, and nothing else."""
    state, model = running.load(PLANNER, machine.device), load(machine.device)
    learn_words(model, Sprites.load(), TextEncoder())
    save(model, **{name: state[name] for name in ("optimizer", "step", "of", "key")})


@torch.no_grad()
def learn_words(model: Planner, sprites: Sprites, text_encoder: TextEncoder) -> None:
    """Names, synonyms, and tags that tell one concept; none of the words that are kept for the evaluation.

    Of the rarer words none that shares a part with these: what the evaluation asks for does not depend on them.
    """
    telling = Examples(sprites, seed=0).telling
    kept = {part for entry in sprites.concepts for word in entry.synonyms if never_taught(word) for part in word.split()}
    known = [(concept, word) for concept, (entry, tags) in enumerate(zip(sprites.concepts, telling))
             for word in (*entry.names, *taught(entry.synonyms), *(tag.lower() for tag in tags),
                          *(word for word in taught(entry.rarer) if not kept.intersection(word.split())))]
    text = read_all([with_article(word) for _, word in known], text_encoder).to(model.palette.device)
    said = torch.cat([model.hear(some.float(), padding_mask(some.float())) for some in text.split(BATCH)])
    model.vocabulary = Vocabulary.of(said, torch.tensor([concept for concept, _ in known], device=said.device), model.concepts)
    print(f"{len(known)} words", flush=True)


@torch.no_grad()
def report(model: Planner, tokens: torch.Tensor, targets: torch.Tensor) -> None:
    right = [(logits.argmax(1) == targets[:, i])[targets[:, i] != IGNORED].float().mean().item()
             for i, logits in enumerate(model.read(tokens, padding_mask(tokens)))]
    names = ("first", "second", "third", "layout", "style", "top", "bottom")
    print("held-back captions: " + ", ".join(f"{name} {share:.3f}" for name, share in zip(names, right)), flush=True)


@torch.no_grad()
def measure(planner: Planner, sprites: Sprites) -> None:
    """Every concept in every style at the three sizes; a style that lacks a concept borrows it from another one."""
    styles, objects, on = styles_of(sprites), planner.objects, planner.palette.device
    which = torch.empty(planner.styles, planner.concepts, dtype=torch.long)
    for i, concept in enumerate(sprites.concept):
        which[:, concept] = i
    for i, (style, concept) in enumerate(zip(sprites.style, sprites.concept)):
        which[styles.index(style), concept] = i
    renderer, masks = Renderer(sprites.pixels, on), Renderer(sprites.pixels[:, 3:].expand(-1, 4, -1, -1), on)
    encoder = load_autoencoder(on).encoder
    objects.outlined.copy_(outlined(encoder))
    for table, tile in ((objects.wholes, WHOLE), (objects.bigs, BIG), (objects.halves, HALF)):
        chunks = [torch.cat([drawn(renderer, encoder, chunk, tile, neutral(encoder)),
                             outlines(drawn(masks, encoder, chunk, tile, BLACK), encoder, objects.outlined)], 1)
                  for chunk in which.flatten().split(BATCH)]
        table.copy_(torch.cat(chunks))
    objects.mirror.copy_(mirror(encoder, objects.outlined))
    objects.mirrored.copy_(torch.tensor([float(not c.one_way) for c in sprites.concepts]))
    colours = torch.tensor(list(COLOURS.values()), device=on).float().div(127.5).sub(1)[:, :, None, None]
    planner.palette[:UNKNOWN] = encoder(colours.expand(-1, -1, BLOCK, BLOCK))[:, :3, 0, 0]


def neutral(encoder: Encoder) -> tuple[int, int, int]:
    """The colour whose latents are zero."""
    red, green, blue = (round(255 * (0.5 - 0.5 * float(encoder.bias[c] / encoder.weight[c, c].sum()))) for c in range(3))
    return red, green, blue


def drawn(renderer: Renderer, encoder: Encoder, sprites: torch.Tensor, tile: Tile, ground: tuple[int, int, int]) -> torch.Tensor:
    """Latents of sprites in the middle of a tile, less those of an empty tile."""
    side = BLOCK * tile.cells
    scenes = [Scene((Placement(sprite, .5, .5, tile.pixels / side),), ground, ground) for sprite in sprites.tolist()]
    empty = renderer.draw([Scene((), ground, ground)], side, side)
    return encoder(renderer.draw(scenes, side, side)) - encoder(empty)


def outlined(encoder: Encoder) -> torch.Tensor:
    """Picks the mean, and the first components that light and shadow change: others see colours only."""
    light = encoder.weight[3:].sum(1).flatten(1).norm(dim=1) / encoder.weight[3:].flatten(1).norm(dim=1)
    chosen = [3 + i for i in range(len(light)) if light[i] > 1][:OUTLINE - 1]
    return F.one_hot(torch.tensor([0, *chosen], device=light.device), CHANNELS).float()


def outlines(masks: torch.Tensor, encoder: Encoder, picked: torch.Tensor) -> torch.Tensor:
    """From latents of white shapes on black: cover from 0 to 1, and the components for one unit of mean colour."""
    unit = encoder.weight.flatten(1)[0].sum() * 2
    return torch.einsum("pc,bchw->bphw", picked, masks) / unit


def mirror(encoder: Encoder, picked: torch.Tensor) -> torch.Tensor:
    """What mirroring a picture does to a cell's latents, as far as these tell: the components are nearly symmetric."""
    blocks = encoder.weight.flatten(1)
    latents = encoder.weight.flip(3).flatten(1) @ torch.linalg.pinv(blocks)
    both = torch.zeros(GUESS, GUESS, device=latents.device)
    both[:CHANNELS, :CHANNELS] = latents
    both[CHANNELS:, CHANNELS:] = picked @ latents @ picked.T
    return both


def load(on: torch.device) -> Planner:
    state = running.load(PLANNER, on)
    if state is None or state["step"] < state["of"]:
        raise SystemExit("run `python -m training planner` to its end first")
    planner = Planner(state["concepts"], state["styles"], TextEncoder().width, state["words"]).to(on).eval().requires_grad_(False)
    planner.load_state_dict(state["model"])
    return planner
