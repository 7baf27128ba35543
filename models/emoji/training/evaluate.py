"""Asks the exported model for pictures that it was never trained on, and scores what comes."""
import json
import random
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F

from . import classifier
from .captions import ABOVE, COLOURS, COUNTS, COUNT_SIZES, SIDE_BY_SIDE, held_out, plural, with_article
from .paths import EVALUATION
from .pipeline import Pipeline
from .scenes import Renderer
from .sprites import Sprites

# centre x, centre y, side of the part of a picture that is classified, as fractions
Part = tuple[float, float, float]
WHOLE: Part = (0.5, 0.5, 1.0)


class Judge:
    def __init__(self, sprites: Sprites):
        self.sprites = sprites
        self.model = classifier.load(sprites)

    @torch.no_grad()
    def ranking(self, picture: np.ndarray, part: Part) -> list[int]:
        x, y, side = (round(f * picture.shape[0]) for f in part)
        left, top = max(0, x - side // 2), max(0, y - side // 2)
        cut = torch.from_numpy(picture[top:top + side, left:left + side].copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
        return self.model(F.interpolate(cut, (classifier.SIZE, classifier.SIZE), mode="area"))[0].topk(5).indices.tolist()

    @torch.no_grad()
    def own_accuracy(self, count: int) -> dict[str, float]:
        pictures, labels = classifier.composites(self.sprites, Renderer(self.sprites.pixels, "cpu"), random.Random(2), count, unseen=True)
        best = self.model(pictures).topk(5).indices
        return {"top1": float((best[:, 0] == labels).float().mean()),
                "top5": float((best == labels[:, None]).any(1).float().mean()), "pictures": count}


def background(picture: np.ndarray) -> str:
    """The named colour nearest to the median of the picture's rim."""
    rim = np.concatenate([picture[:6].reshape(-1, 3), picture[-6:].reshape(-1, 3),
                          picture[:, :6].reshape(-1, 3), picture[:, -6:].reshape(-1, 3)])
    middle = np.median(rim, axis=0)
    return min(COLOURS, key=lambda name: float(np.square(np.array(COLOURS[name]) - middle).sum()))


def evaluate(count: int, seed: int = 0) -> None:
    sprites = Sprites.load()
    judge, pipeline = Judge(sprites), Pipeline()
    results: dict[str, object] = {"classifier on held-out composites": judge.own_accuracy(1000)}
    print(json.dumps(results), flush=True)
    results["time"] = timed()
    results["single, held-out concept and background"] = singles(sprites, judge, pipeline, count, seed)
    print(json.dumps(results), flush=True)
    rng = random.Random(seed + 1)
    scenes: dict[str, Callable[[random.Random], tuple[str, list[tuple[int, Part]]]]] = {
        "two objects, side by side": lambda r: pair(sprites, r, SIDE_BY_SIDE, ((.27, .5), (.73, .5))),
        "two objects, one above the other": lambda r: pair(sprites, r, ABOVE, ((.5, .27), (.5, .73))),
        "counts": lambda r: counted(sprites, r)}
    for name, make in scenes.items():
        results[name] = scored(judge, pipeline, [make(rng) for _ in range(count // 4)])
        print(json.dumps({name: results[name]}), flush=True)
    EVALUATION.mkdir(exist_ok=True)
    (EVALUATION / "results.json").write_text(json.dumps(results, indent=2) + "\n", "utf-8")


def timed() -> dict[str, float]:
    """Text, denoising and decoding of one bare request. Processor time: it hardly depends on who else computes."""
    pipeline, seconds = Pipeline(threads=1), []
    for seed in range(4):
        began = time.process_time()
        pipeline.generate(["a red apple"], [seed])
        seconds.append(time.process_time() - began)
    return {"steps": pipeline.defaults["steps"], "processor seconds, median of 3": round(statistics.median(seconds[1:]), 2)}


def singles(sprites: Sprites, judge: Judge, pipeline: Pipeline, count: int, seed: int) -> dict[str, float]:
    unseen = [(c, colour) for c in range(len(sprites.concepts)) for colour in COLOURS if held_out(c, colour)]
    asked = random.Random(seed).sample(unseen, min(count, len(unseen)))
    prompts = [f"{with_article(sprites.concepts[c].names[0])} on a {colour} background".replace("a orange", "an orange")
               for c, colour in asked]
    pictures = pipeline.generate(prompts, list(range(len(prompts))))
    rankings = [judge.ranking(picture, WHOLE) for picture in pictures]
    return {"top1": statistics.mean(r[0] == c for r, (c, _) in zip(rankings, asked)),
            "top5": statistics.mean(c in r for r, (c, _) in zip(rankings, asked)),
            "background": statistics.mean(background(p) == colour for p, (_, colour) in zip(pictures, asked)),
            "pictures": len(prompts)}


def pair(sprites: Sprites, rng: random.Random, templates: tuple[str, ...],
         places: tuple[tuple[float, float], ...]) -> tuple[str, list[tuple[int, Part]]]:
    chosen = rng.sample(range(len(sprites.concepts)), 2)
    a, b = (with_article(sprites.concepts[c].names[0]) for c in chosen)
    return rng.choice(templates).format(a=a, b=b), [(c, (x, y, 0.5)) for c, (x, y) in zip(chosen, places)]


def counted(sprites: Sprites, rng: random.Random) -> tuple[str, list[tuple[int, Part]]]:
    concept, number = rng.randrange(len(sprites.concepts)), rng.choice(list(COUNTS))
    return (f"{number} {plural(sprites.concepts[concept].names[0])}",
            [(concept, (x, y, COUNT_SIZES[number] + 0.06)) for x, y in COUNTS[number]])


def scored(judge: Judge, pipeline: Pipeline, asked: list[tuple[str, list[tuple[int, Part]]]]) -> dict[str, float]:
    """An object counts where the caption puts it."""
    pictures = pipeline.generate([prompt for prompt, _ in asked], list(range(len(asked))))
    hits = [[concept in judge.ranking(picture, part) for concept, part in parts]
            for picture, (_, parts) in zip(pictures, asked)]
    return {"each object, top5": statistics.mean(hit for row in hits for hit in row),
            "all objects, top5": statistics.mean(all(row) for row in hits), "pictures": len(asked)}
