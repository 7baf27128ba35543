"""What people type, and the scene that it asks for."""
import random
from collections.abc import Callable
from dataclasses import dataclass

from .scenes import Placement, Scene
from .sprites import Sprites

COLOURS = {
    "white": (255, 255, 255), "black": (24, 24, 28), "gray": (158, 160, 166), "red": (222, 62, 62),
    "orange": (247, 152, 62), "yellow": (252, 222, 92), "green": (92, 184, 96), "light blue": (172, 218, 248),
    "blue": (66, 120, 226), "purple": (142, 92, 206), "pink": (250, 178, 208), "brown": (146, 102, 70),
    "teal": (48, 158, 156), "beige": (242, 228, 198),
}
STYLE_NAMES = {
    "3d": ("3d render", "3d style", "glossy 3d"), "flat": ("flat design", "flat vector style"),
    "noto": ("cartoon style", "soft cartoon"), "twemoji": ("simple icon", "sticker style"),
}
SIZES = {"small": 0.42, "tiny": 0.32, "big": 0.92, "huge": 0.96}
SIDE_BY_SIDE = ("{a} next to {b}", "{a} and {b}", "{a} beside {b}", "{a} with {b}", "{a} playing with {b}",
                "{a} looking at {b}", "{a} on the left and {b} on the right", "{a} to the left of {b}")
ABOVE = ("{a} above {b}", "{a} over {b}", "{a} on top of {b}")
BELOW = ("{a} below {b}", "{a} under {b}")
COUNTS = {"two": ((.27, .5), (.73, .5)), "three": ((.5, .27), (.27, .73), (.73, .73))}
COUNT_SIZES = {"two": .43, "three": .41}
UNCOUNTED = ("bread", "bacon", "broccoli", "cheese", "corn", "honey", "milk", "popcorn", "spaghetti", "sushi", "soap",
             "coffee", "beer", "chocolate", "ice cream", "fire", "earth", "saturn", "ramen", "noodle soup", "poop", "dice")
PLURAL_ALREADY = ("s", "fries", "sushi", "sheep", "fish", "deer", "popcorn", "spaghetti", "bacon", "money")


@dataclass(frozen=True)
class Example:
    caption: str
    scene: Scene
    kind: str


def with_article(name: str) -> str:
    if name in UNCOUNTED or name.endswith("s") and not name.endswith(("ss", "us", "os", "face with sunglasses")):
        return name
    return ("an " if name[0] in "aeiou" and not name.startswith(("unicorn", "ufo")) else "a ") + name


def plural(name: str) -> str:
    if name.endswith(PLURAL_ALREADY):
        return name
    if name.endswith(("x", "ch", "sh")):
        return name + "es"
    if name.endswith("y") and name[-2] not in "aeiou":
        return name[:-1] + "ies"
    return name + "s"


def held_out(concept: int, colour: str) -> bool:
    """One pair in twelve of concept and background is never trained on: `evaluate` asks for these.

    White is never held out: it is what a caption without a colour shows.
    """
    return colour != "white" and (concept * 5 + list(COLOURS).index(colour) * 7) % 12 == 0


class Examples:
    """An endless stream of captions with their scenes."""

    def __init__(self, sprites: Sprites, seed: int):
        self.sprites = sprites
        self.rng = random.Random(seed)
        self.by_style = {style: [i for i, s in enumerate(sprites.style) if s == style] for style in set(sprites.style)}

    def next(self) -> Example:
        style = self.rng.choice(sorted(self.by_style))
        make: Callable[[str], Example] = self.rng.choices((self.single, self.pair, self.count), (0.66, 0.26, 0.08))[0]
        return make(style)

    def single(self, style: str) -> Example:
        sprite = self.sprite(style)
        name, size = self.name(sprite, with_tags=True), self.rng.uniform(0.66, 0.8)
        words = with_article(name) if self.rng.random() < 0.6 else name
        if self.rng.random() < 0.12:
            word = self.rng.choice(list(SIZES))
            words, size = f"a {word} {name}", SIZES[word] * self.rng.uniform(0.95, 1.0)
        top, bottom, background = self.background([sprite])
        slack = (1 - size) * 0.15
        placement = Placement(sprite, 0.5 + self.rng.uniform(-slack, slack), 0.5 + self.rng.uniform(-slack, slack), size)
        return Example(self.finished(words, background, style), Scene((placement,), top, bottom), "single")

    def pair(self, style: str) -> Example:
        first, second = self.sprite(style), self.sprite(style)
        a, b = (with_article(self.name(sprite)) for sprite in (first, second))
        jitter = lambda: self.rng.uniform(-0.02, 0.02)
        if self.rng.random() < 0.65:
            template, places = self.rng.choice(SIDE_BY_SIDE), ((.27, .5), (.73, .5))
        elif self.rng.random() < 0.6:
            template, places = self.rng.choice(ABOVE), ((.5, .27), (.5, .73))
        else:
            template, places = self.rng.choice(BELOW), ((.5, .73), (.5, .27))
        top, bottom, background = self.background([first, second])
        placements = tuple(Placement(sprite, x + jitter(), y + jitter(), self.rng.uniform(.42, .47))
                           for sprite, (x, y) in zip((first, second), places))
        words = template.format(a=a, b=b)
        return Example(self.finished(words, background, style), Scene(placements, top, bottom), "pair")

    def count(self, style: str) -> Example:
        sprite, number = self.sprite(style), self.rng.choice(list(COUNTS))
        top, bottom, background = self.background([sprite])
        size = COUNT_SIZES[number] * self.rng.uniform(0.97, 1.05)
        placements = tuple(Placement(sprite, x, y, size) for x, y in COUNTS[number])
        words = f"{number} {plural(self.name(sprite))}"
        return Example(self.finished(words, background, style), Scene(placements, top, bottom), "count")

    def sprite(self, style: str) -> int:
        return self.rng.choice(self.by_style[style])

    def name(self, sprite: int, with_tags: bool = False) -> str:
        concept = self.sprites.concepts[self.sprites.concept[sprite]]
        if with_tags and concept.tags and self.rng.random() < 0.1:
            return f"{concept.names[0]}, {self.rng.choice(concept.tags)}"
        return self.rng.choice(concept.names)

    def background(self, sprites: list[int]) -> tuple[tuple[int, int, int], tuple[int, int, int], str]:
        """A colour that is not named is white: a bare prompt gives a clean picture."""
        allowed = [c for c in COLOURS if not any(held_out(self.sprites.concept[s], c) for s in sprites)]
        chance = self.rng.random()
        if chance < 0.35:
            return COLOURS["white"], COLOURS["white"], ""
        colour = self.rng.choice(allowed)
        if chance < 0.85:
            phrase = self.rng.choice((" on a {} background", " on {}", ", {} background"))
            return COLOURS[colour], COLOURS[colour], phrase.format(colour).replace("a orange", "an orange")
        other = self.rng.choice([c for c in allowed if c != colour])
        phrase = self.rng.choice((" on a {} to {} gradient background", ", gradient from {} to {}"))
        return COLOURS[colour], COLOURS[other], phrase.format(colour, other).replace("a orange", "an orange")

    def finished(self, words: str, background: str, style: str) -> str:
        if self.rng.random() < 0.08:
            words = f"{self.rng.choice(('a picture of', 'an emoji of', 'a photo of'))} {words}"
        styled = f", {self.rng.choice(STYLE_NAMES[style])}" if self.rng.random() < 0.1 else ""
        return words + background + styled
