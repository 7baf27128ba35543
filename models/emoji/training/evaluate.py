"""Asks the exported model for pictures that it was never trained on, and scores what comes."""
import json
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from . import classifier
from .autoencoder import BLOCK
from .captions import ABOVE, COUNTS, SIDE_BY_SIDE, STYLE_NAMES, held_out, on_background, taught
from .colours import COLOURS
from .grammar import plural, with_article
from .layouts import LAYOUTS, Spot, WHOLE, placement
from .paths import EVALUATION, EVERYDAY
from .pipeline import Pipeline
from .scenes import Renderer
from .sprites import STYLES, Sprites
from .synonyms import never_taught

GRID = 16
# height and width of the other shapes that are scored
SHAPES = ((224, 320), (320, 224), (256, 384), (384, 256))


@dataclass(frozen=True)
class Part:
    """A square of a picture, in pixels: its middle and its side."""
    x: float
    y: float
    side: float


@dataclass(frozen=True)
class Asked:
    """A prompt, and which sprites should be seen where. `instead`: others that are as good as the first one."""
    prompt: str
    expected: tuple[tuple[int, Part], ...]
    colour: str = "white"
    instead: tuple[int, ...] = ()


class Judge:
    def __init__(self, sprites: Sprites):
        self.sprites = sprites
        self.model = classifier.load(sprites)

    @torch.no_grad()
    def ranking(self, picture: np.ndarray, part: Part) -> list[int]:
        """All sprites, the likeliest first."""
        left, top, side = (max(0, round(v)) for v in (part.x - part.side / 2, part.y - part.side / 2, part.side))
        cut = torch.from_numpy(picture[top:top + side, left:left + side].copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
        return self.seen(F.interpolate(cut, (classifier.SIZE, classifier.SIZE), mode="area"))[0].argsort(descending=True).tolist()

    def seen(self, pictures: torch.Tensor) -> torch.Tensor:
        """Logits of the sprites; an object and its mirror image are the same object."""
        return torch.maximum(self.model(pictures), self.model(pictures.flip(3)))

    def found(self, ranking: list[int], asked: Asked, guesses: int) -> bool:
        return any(self.named(ranking, sprite, guesses) for sprite in (asked.expected[0][0], *asked.instead))

    def named(self, ranking: list[int], sprite: int, guesses: int) -> bool:
        """Whether the sprite's concept is among the first few concepts, in whichever style."""
        concepts = list(dict.fromkeys(self.sprites.concept[s] for s in ranking[:guesses * len(STYLES)]))
        return self.sprites.concept[sprite] in concepts[:guesses]

    @torch.no_grad()
    def own_accuracy(self, count: int) -> dict[str, float]:
        rng, renderer, hits = random.Random(2), Renderer(self.sprites.pixels, "cpu"), []
        for _ in range(count // 50):
            pictures, labels = classifier.composites(self.sprites, renderer, rng, 50, unseen=True)
            hits.append(self.seen(pictures).topk(5).indices == labels[:, None])
        right = torch.cat(hits).float()
        return {"top1": round(float(right[:, 0].mean()), 4), "top5": round(float(right.sum(1).mean()), 4), "pictures": len(right)}


def background(picture: np.ndarray) -> str:
    """The named colour nearest to the median of the picture's rim."""
    rim = np.concatenate([picture[:6].reshape(-1, 3), picture[-6:].reshape(-1, 3),
                          picture[:, :6].reshape(-1, 3), picture[:, -6:].reshape(-1, 3)])
    middle = np.median(rim, axis=0)
    return min(COLOURS, key=lambda name: float(np.square(np.array(COLOURS[name]) - middle).sum()))


def evaluate(count: int, seed: int = 0) -> None:
    sprites = Sprites.load()
    judge, pipeline = Judge(sprites), Pipeline()
    results: dict[str, object] = {}

    def add(name: str, scores: dict[str, float]) -> None:
        results[name] = scores
        print(json.dumps({name: scores}), flush=True)

    add("classifier on held-out composites", judge.own_accuracy(1000))
    add("time", timed())
    asked = unseen(sprites, random.Random(seed))
    add("one object, held-out concept, background and style", singles(judge, pipeline, asked[:count], GRID * BLOCK, GRID * BLOCK))
    for i, (height, width) in enumerate(SHAPES):
        share = asked[count + i * count // 8:count + (i + 1) * count // 8]
        add(f"the same, {width}x{height}", singles(judge, pipeline, share, height, width))
    for name, asked in {**words(sprites, random.Random(seed + 2)), "everyday words": everyday(sprites)}.items():
        add(name, singles(judge, pipeline, asked[:count], GRID * BLOCK, GRID * BLOCK))
    rng = random.Random(seed + 1)
    scenes: dict[str, Callable[[], Asked]] = {
        "two objects, side by side": lambda: pair(sprites, rng, SIDE_BY_SIDE, "side by side"),
        "two objects, one above the other": lambda: pair(sprites, rng, ABOVE, "one above the other"),
        "three objects": lambda: trio(sprites, rng),
        "counts": lambda: counted(sprites, rng)}
    for name, make in scenes.items():
        add(name, scored(judge, pipeline, [make() for _ in range(count // 4)]))
    EVALUATION.mkdir(exist_ok=True)
    (EVALUATION / "results.json").write_text(json.dumps(results, indent=2) + "\n", "utf-8")


def timed() -> dict[str, float]:
    """Text, denoising and decoding of one bare request. Processor time: it hardly depends on who else computes."""
    pipeline, seconds = Pipeline(), []
    for seed in range(4):
        began = time.process_time()
        pipeline.generate(["a red apple"], [seed])
        seconds.append(time.process_time() - began)
    return {"steps": pipeline.defaults["steps"], "processor seconds, median of 3": round(statistics.median(seconds[1:]), 2)}


def unseen(sprites: Sprites, rng: random.Random) -> list[Asked]:
    """All held-out triples as prompts, in random order. Styles are named if there are several."""
    several, asked = len(set(sprites.style)) > 1, []
    for sprite, (concept, style) in enumerate(zip(sprites.concept, sprites.style)):
        for colour in COLOURS:
            if held_out(concept, colour, style):
                prompt = on_background(with_article(sprites.concepts[concept].names[0]), colour)
                prompt += f", {STYLE_NAMES[style][0]}" if several else ""
                asked.append(Asked(prompt, ((sprite, Part(0, 0, 0)),), colour))
    rng.shuffle(asked)
    return asked


def words(sprites: Sprites, rng: random.Random) -> dict[str, list[Asked]]:
    """Synonyms and kinds as bare prompts: those that were kept from training, and the others.

    The former share no word with a name or a synonym that was trained on: whoever knows "dog" need not have learned "sled dog".
    """
    first = next(style for style in STYLES if style in sprites.style)
    seen = {part for concept in sprites.concepts for word in (*concept.names, *taught(concept.synonyms)) for part in word.lower().split()}
    unheard, heard = [], []
    for sprite, (concept, style) in enumerate(zip(sprites.concept, sprites.style)):
        for word in sprites.concepts[concept].synonyms if style == first else ():
            if not never_taught(word):
                heard.append(Asked(with_article(word), ((sprite, Part(0, 0, 0)),)))
            elif not seen.intersection(word.split()):
                unheard.append(Asked(with_article(word), ((sprite, Part(0, 0, 0)),)))
    rng.shuffle(unheard)
    rng.shuffle(heard)
    return {"a word that training never had": unheard, "a synonym or kind that it had": heard}


def everyday(sprites: Sprites) -> list[Asked]:
    """`everyday.txt` as bare prompts."""
    first = next(style for style in STYLES if style in sprites.style)
    sprite_of = {sprites.concepts[c].label: i for i, (c, style) in enumerate(zip(sprites.concept, sprites.style)) if style == first}
    asked = []
    for line in EVERYDAY.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            word, _, labels = line.partition(":")
            sprite, *instead = (sprite_of[label.strip()] for label in labels.split(","))
            asked.append(Asked(with_article(word), ((sprite, Part(0, 0, 0)),), instead=tuple(instead)))
    return asked


def singles(judge: Judge, pipeline: Pipeline, asked: list[Asked], height: int, width: int) -> dict[str, float]:
    """The judge is shown the object and its surroundings: it may lie a cell beside the middle."""
    pictures = pipeline.generate([a.prompt for a in asked], list(range(len(asked))), width, height)
    part = Part(width / 2, height / 2, min(height, width, WHOLE.pixels + 4 * BLOCK))
    rankings = [judge.ranking(picture, part) for picture in pictures]
    styles = judge.sprites.style
    scores = {"top1": statistics.mean(judge.found(r, a, 1) for r, a in zip(rankings, asked)),
              "top5": statistics.mean(judge.found(r, a, 5) for r, a in zip(rankings, asked)),
              "background": statistics.mean(background(p) == a.colour for p, a in zip(pictures, asked)),
              "style": statistics.mean(styles[r[0]] == styles[a.expected[0][0]] for r, a in zip(rankings, asked))}
    if len(set(styles)) == 1:
        # the judge could not be wrong
        del scores["style"]
    return {**{name: round(score, 4) for name, score in scores.items()}, "pictures": len(asked)}


def part_of(spot: Spot) -> Part:
    """A spot of a square picture, with a cell around it."""
    usual = placement(0, spot, GRID, GRID)
    side = GRID * BLOCK
    return Part(usual.x * side, usual.y * side, (spot.tile.cells + 1) * BLOCK)


def laid_out(prompt: str, layout: str, sprites: list[int]) -> Asked:
    return Asked(prompt, tuple((sprites[spot.role], part_of(spot)) for spot in LAYOUTS[layout]))


def of_first_style(sprites: Sprites, rng: random.Random, count: int) -> tuple[list[int], list[str]]:
    """Different sprites of the style that prompts without one get, and their concepts' names."""
    first = next(style for style in STYLES if style in sprites.style)
    chosen = rng.sample([i for i, style in enumerate(sprites.style) if style == first], count)
    return chosen, [sprites.concepts[sprites.concept[s]].names[0] for s in chosen]


def pair(sprites: Sprites, rng: random.Random, templates: tuple[str, ...], layout: str) -> Asked:
    chosen, names = of_first_style(sprites, rng, 2)
    a, b = map(with_article, names)
    return laid_out(rng.choice(templates).format(a=a, b=b), layout, chosen)


def trio(sprites: Sprites, rng: random.Random) -> Asked:
    chosen, names = of_first_style(sprites, rng, 3)
    a, b, c = map(with_article, names)
    return laid_out(f"{a}, {b} and {c}", "three", chosen)


def counted(sprites: Sprites, rng: random.Random) -> Asked:
    (sprite,), (name,) = of_first_style(sprites, rng, 1)
    number = rng.choice(list(COUNTS))
    return laid_out(f"{number} {plural(name)}", COUNTS[number], [sprite] * 3)


def scored(judge: Judge, pipeline: Pipeline, asked: list[Asked]) -> dict[str, float]:
    """An object counts where the caption puts it."""
    pictures = pipeline.generate([a.prompt for a in asked], list(range(len(asked))))
    hits = [[judge.named(judge.ranking(picture, part), sprite, 5) for sprite, part in a.expected]
            for picture, a in zip(pictures, asked)]
    return {"each object, top5": round(statistics.mean(hit for row in hits for hit in row), 4),
            "all objects, top5": round(statistics.mean(all(row) for row in hits), 4), "pictures": len(asked)}
