"""What people type, and the scene that it asks for."""
import random
from collections.abc import Callable
from dataclasses import dataclass

from .colours import COLOURS
from .grammar import plural, with_article
from .layouts import LAYOUTS, PLACES, placement, shifted
from .scenes import Scene
from .sprites import STYLES, Sprites

STYLE_NAMES = {
    "3d": ("3d render", "3d style", "glossy 3d", "3d"), "flat": ("flat design", "flat vector style", "flat"),
    "noto": ("cartoon style", "soft cartoon", "cartoon"), "twemoji": ("simple icon", "sticker style", "icon style"),
}
SIZES = {"small": "small", "tiny": "small", "little": "small", "big": "big", "large": "big", "huge": "big", "giant": "big"}
SIDE_BY_SIDE = (
    "{a} next to {b}", "{a} and {b}", "{a} beside {b}", "{a} with {b}", "{a} playing with {b}", "{a} looking at {b}",
    "{a} on the left and {b} on the right", "{a} to the left of {b}", "{a}, {b}", "{a} near {b}", "{a} holding {b}",
    "{a} eating {b}", "{a} chasing {b}")
RIGHT_OF = ("{a} to the right of {b}", "{a} on the right and {b} on the left")
ABOVE = ("{a} above {b}", "{a} over {b}", "{a} on top of {b}", "{a} riding {b}", "{a} sitting on {b}", "{a} standing on {b}")
BELOW = ("{a} below {b}", "{a} under {b}", "{a} beneath {b}")
TRIOS = ("{a}, {b} and {c}", "{a}, {b}, {c}", "{a} and {b} and {c}", "{a} above {b} and {c}", "{a} with {b} and {c}")
COUNTS = {"two": "side by side", "three": "three"}


@dataclass(frozen=True)
class Example:
    """`sprites`, `layout` and `colours` (top, bottom) are what the planner learns to read from the caption."""
    caption: str
    scene: Scene
    sprites: tuple[int, ...]
    layout: str
    colours: tuple[str, str]


def held_out(concept: int, colour: str, style: str) -> bool:
    """One triple in twelve of concept, background and style is never trained on: `evaluate` asks for these.

    White is never held out: it is what a caption without a colour shows.
    """
    return colour != "white" and (concept * 5 + list(COLOURS).index(colour) * 7 + STYLES.index(style)) % 12 == 0


def on_background(words: str, colour: str) -> str:
    return f"{words} on {with_article(colour)} background"


class Examples:
    """An endless stream of captions with their scenes."""

    def __init__(self, sprites: Sprites, seed: int):
        self.sprites = sprites
        self.rng = random.Random(seed)
        self.by_style = {style: [i for i, s in enumerate(sprites.style) if s == style] for style in STYLES if style in sprites.style}

    def next(self, rows: int = 16, columns: int = 16) -> Example:
        """For a picture of so many latent cells. The style is named half of the time, otherwise it is the first one."""
        named = self.rng.random() < 0.5
        style = self.rng.choice(list(self.by_style)) if named else next(iter(self.by_style))
        make: Callable[[str], tuple[str, str, tuple[int, ...]]] = self.rng.choices(
            (self.single, self.pair, self.trio, self.count), (0.62, 0.24, 0.06, 0.08))[0]
        words, layout, chosen = make(style)
        colours, background = self.background(chosen)
        placements = tuple(placement(chosen[spot.role], spot, rows, columns, shifted(spot, self.rng), self.mirrored(chosen[spot.role]))
                           for spot in LAYOUTS[layout])
        styled = f", {self.rng.choice(STYLE_NAMES[style])}" if named else ""
        scene = Scene(placements, *(COLOURS[colour] for colour in colours))
        return Example(words + background + styled, scene, chosen, layout, colours)

    def single(self, style: str) -> tuple[str, str, tuple[int, ...]]:
        sprite = self.sprite(style)
        name, chance = self.name(sprite, with_tags=True), self.rng.random()
        if chance < 0.2:
            size = self.rng.choice(list(SIZES))
            return f"a {size} {name}", SIZES[size], (sprite,)
        words = with_article(name) if self.rng.random() < 0.6 else name
        if chance < 0.3:
            place = self.rng.choice(list(PLACES))
            small = f"a small {name}" if self.rng.random() < 0.5 else words
            return f"{small} {place}", place, (sprite,)
        if self.rng.random() < 0.1:
            words = f"{self.rng.choice(('a picture of', 'an emoji of', 'a photo of', 'an icon of', 'a drawing of'))} {words}"
        return words, "single", (sprite,)

    def pair(self, style: str) -> tuple[str, str, tuple[int, ...]]:
        chosen = (self.sprite(style), self.sprite(style))
        templates, layout, turned = self.rng.choices(
            ((SIDE_BY_SIDE, "side by side", False), (RIGHT_OF, "side by side", True),
             (ABOVE, "one above the other", False), (BELOW, "one above the other", True)), (0.55, 0.08, 0.25, 0.12))[0]
        a, b = (with_article(self.name(sprite)) for sprite in chosen)
        return self.rng.choice(templates).format(a=a, b=b), layout, chosen[::-1] if turned else chosen

    def trio(self, style: str) -> tuple[str, str, tuple[int, ...]]:
        chosen = tuple(self.sprite(style) for _ in range(3))
        a, b, c = (with_article(self.name(sprite)) for sprite in chosen)
        return self.rng.choice(TRIOS).format(a=a, b=b, c=c), "three", chosen

    def count(self, style: str) -> tuple[str, str, tuple[int, ...]]:
        sprite, number = self.sprite(style), self.rng.choice(list(COUNTS))
        return f"{number} {plural(self.name(sprite))}", COUNTS[number], (sprite,) * 3

    def mirrored(self, sprite: int) -> bool:
        return not self.sprites.concepts[self.sprites.concept[sprite]].one_way and self.rng.random() < 0.5

    def sprite(self, style: str) -> int:
        return self.rng.choice(self.by_style[style])

    def name(self, sprite: int, with_tags: bool = False) -> str:
        concept = self.sprites.concepts[self.sprites.concept[sprite]]
        if with_tags and concept.tags and self.rng.random() < 0.1:
            return f"{concept.names[0]}, {self.rng.choice(concept.tags)}"
        return self.rng.choice(concept.names)

    def background(self, sprites: tuple[int, ...]) -> tuple[tuple[str, str], str]:
        """A colour that is not named is white: a bare prompt gives a clean picture."""
        allowed = [c for c in COLOURS if not any(held_out(self.sprites.concept[s], c, self.sprites.style[s]) for s in sprites)]
        chance = self.rng.random()
        if chance < 0.3:
            return ("white", "white"), ""
        colour = self.rng.choice(allowed)
        if chance < 0.82:
            phrase = self.rng.choice((" on {a} background", " on {colour}", ", {colour} background", ", {colour}"))
            return (colour, colour), phrase.format(a=with_article(colour), colour=colour)
        other = self.rng.choice([c for c in allowed if c != colour])
        phrase = self.rng.choice((" on {a} to {other} gradient background", ", gradient from {colour} to {other}",
                                  ", {colour} to {other} gradient background"))
        return (colour, other), phrase.format(a=with_article(colour), colour=colour, other=other)
