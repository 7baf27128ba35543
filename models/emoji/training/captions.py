"""What people type, and the scene that it asks for."""
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from .colours import COLOURS
from .grammar import plural, with_article
from .layouts import LAYOUTS, PLACES, placement, shifted
from .scenes import Scene
from .sprites import STYLES, Concept, Sprites
from .synonyms import never_taught

STYLE_NAMES = {
    "3d": ("3d render", "3d style", "glossy 3d", "3d"), "flat": ("flat design", "flat vector style", "flat"),
    "noto": ("cartoon style", "soft cartoon", "cartoon"), "twemoji": ("simple icon", "sticker style", "icon style"),
}
SIZES = {"small": "small", "tiny": "small", "little": "small", "big": "big", "large": "big", "huge": "big", "giant": "big"}
SIDE_BY_SIDE = (
    "{a} next to {b}", "{a} and {b}", "{a} beside {b}", "{a} with {b}", "{a} playing with {b}", "{a} looking at {b}",
    "{a} on the left and {b} on the right", "{a} to the left of {b}", "{a}, {b}", "{a} near {b}", "{a} holding {b}",
    "{a} eating {b}", "{a} chasing {b}")
# asked for as often; apart, so that the evaluation's questions stay the same
OTHER_SIDE_BY_SIDE = (
    "{a} in front of {b}", "{a} behind {b}", "{a} by {b}", "{a} in {b}", "{a} at {b}", "{a} & {b}", "{a} + {b}", "{a} versus {b}",
    "{a} fighting {b}", "{a} kicking {b}", "{a} watching {b}", "{a} carrying {b}", "{a} drinking {b}", "{a} reading {b}",
    "{a} using {b}", "{a} meets {b}", "{a} hugging {b}", "{a} dancing with {b}", "{a} is eating {b}", "{a} plays with {b}",
    "{a} and {b} together", "{a} is next to {b}", "{a} painting {b}", "{a} playing {b}", "{a} driving {b}")
RIGHT_OF = ("{a} to the right of {b}", "{a} on the right and {b} on the left")
ABOVE = ("{a} above {b}", "{a} over {b}", "{a} on top of {b}", "{a} riding {b}", "{a} sitting on {b}", "{a} standing on {b}")
OTHER_ABOVE = ("{a} on {b}", "{a} flying over {b}", "{a} jumping over {b}", "{a} sleeping on {b}", "{a} rides {b}",
               "{a} is on top of {b}", "{a} at the top and {b} at the bottom", "{a} climbing {b}")
BELOW = ("{a} below {b}", "{a} under {b}", "{a} beneath {b}")
OTHER_BELOW = ("{a} wearing {b}", "{a} with {b} on its head", "{a} underneath {b}", "{a} is under {b}", "{a} in {b} costume")
TRIOS = ("{a}, {b} and {c}", "{a}, {b}, {c}", "{a} and {b} and {c}", "{a} above {b} and {c}", "{a} with {b} and {c}")
COUNTS = {"two": "side by side", "three": "three"}
OTHER_COUNTS = {"2": "side by side", "a pair of": "side by side", "a couple of": "side by side", "3": "three", "some": "three",
                "a few": "three", "several": "three", "many": "three", "": "three"}
PREFIXES = ("a picture of", "an emoji of", "a photo of", "an icon of", "a drawing of", "an image of", "a painting of", "draw",
            "please draw", "show me", "I want", "generate", "paint", "a portrait of", "a cartoon of", "a close-up of", "there is")
# a model that knows one drawing of each thing hears past these
ADJECTIVES = ("cute", "happy", "fluffy", "funny", "beautiful", "old", "young", "angry", "sad", "fast", "shiny", "tasty", "delicious",
              "fresh", "lovely", "scary", "wild", "new", "wooden", "magical", "colorful", "sleepy", "furry", "fat", "nice",
              "baby", "adorable", "hungry", "flying", "running", "smiling", "sleeping", "dancing", "golden", "metal", "modern")
PRAISE = ("cute", "highly detailed", "masterpiece", "best quality", "4k", "digital art", "high quality", "emoji", "minimalist",
          "realistic", "professional photo", "centered", "sharp focus", "beautiful", "on a plain background", "kawaii", "trending")
# places, as far as a background can show them: its colours at the top and at the bottom
PLACES_OF_SCENES = {
    "at night": ("black", "black"), "in space": ("black", "black"), "in the dark": ("black", "black"),
    "in the sky": ("light blue", "light blue"), "under a blue sky": ("light blue", "light blue"),
    "in a forest": ("green", "green"), "in the forest": ("green", "green"), "on the grass": ("green", "green"),
    "in the grass": ("green", "green"), "in a garden": ("green", "green"), "in a meadow": ("green", "green"),
    "in the jungle": ("green", "green"), "in the park": ("green", "green"), "on the beach": ("light blue", "beige"),
    "at the beach": ("light blue", "beige"), "in the desert": ("light blue", "beige"), "on sand": ("beige", "beige"),
    "in the ocean": ("blue", "blue"), "in the sea": ("blue", "blue"), "in the water": ("blue", "blue"),
    "underwater": ("blue", "blue"), "under water": ("blue", "blue"), "in the snow": ("white", "white"),
    "at sunset": ("purple", "orange"), "at sunrise": ("pink", "orange"), "at dawn": ("pink", "orange"),
}


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
        self.sprite_of = {(style, sprites.concept[i]): i for style, own in self.by_style.items() for i in own}
        self.synonyms = [taught(concept.synonyms) for concept in sprites.concepts]
        self.words = [(i, word) for i, own in enumerate(self.synonyms) for word in own]
        self.tags = [taught(concept.tags) for concept in sprites.concepts]
        self.telling = telling(sprites.concepts, self.tags)

    def next(self, rows: int = 16, columns: int = 16) -> Example:
        """For a picture of so many latent cells. The style is named half of the time, otherwise it is the first one."""
        named = self.rng.random() < 0.5
        style = self.rng.choice(list(self.by_style)) if named else next(iter(self.by_style))
        make: Callable[[str], tuple[str, str, tuple[int, ...]]] = self.rng.choices(
            (self.single, self.pair, self.trio, self.count), (0.54, 0.26, 0.12, 0.08))[0]
        words, layout, chosen = make(style)
        if self.rng.random() < 0.1:
            words = f"{self.rng.choice(PREFIXES)} {words}"
        colours, background = self.background(chosen)
        placements = tuple(placement(chosen[spot.role], spot, rows, columns, shifted(spot, self.rng), self.mirrored(chosen[spot.role]))
                           for spot in LAYOUTS[layout])
        styled = f", {self.rng.choice(STYLE_NAMES[style])}" if named else ""
        for _ in range(self.rng.choices((0, 1, 2, 3), (0.85, 0.08, 0.05, 0.02))[0]):
            styled += f", {self.rng.choice(PRAISE)}"
        scene = Scene(placements, *(COLOURS[colour] for colour in colours))
        return Example(words + background + styled, scene, chosen, layout, colours)

    def single(self, style: str) -> tuple[str, str, tuple[int, ...]]:
        (sprite, name), chance = self.thing(style, with_tags=True), self.rng.random()
        if chance < 0.2:
            size = self.rng.choice(list(SIZES))
            return f"a {size} {name}", SIZES[size], (sprite,)
        words = self.described(name) if self.rng.random() < 0.6 else name
        if chance < 0.3:
            place = self.rng.choice(list(PLACES))
            small = f"a small {name}" if self.rng.random() < 0.5 else words
            return f"{small} {place}", place, (sprite,)
        return words, "single", (sprite,)

    def pair(self, style: str) -> tuple[str, str, tuple[int, ...]]:
        chosen, (a, b) = self.things(style, 2)
        templates, others, layout, turned = self.rng.choices(
            ((SIDE_BY_SIDE, OTHER_SIDE_BY_SIDE, "side by side", False), (RIGHT_OF, RIGHT_OF, "side by side", True),
             (ABOVE, OTHER_ABOVE, "one above the other", False), (BELOW, OTHER_BELOW, "one above the other", True)),
            (0.55, 0.08, 0.25, 0.12))[0]
        words = self.rng.choice(others if self.rng.random() < 0.35 else templates).format(a=a, b=b)
        return words, layout, chosen[::-1] if turned else chosen

    def trio(self, style: str) -> tuple[str, str, tuple[int, ...]]:
        if self.rng.random() < 0.15:
            (sprite, name), (other, its) = self.thing(style), self.thing(style)
            return f"two {plural(name)} and {with_article(its)}", "three", (other, sprite, sprite)
        chosen, (a, b, c) = self.things(style, 3)
        return self.rng.choice(TRIOS).format(a=a, b=b, c=c), "three", chosen

    def count(self, style: str) -> tuple[str, str, tuple[int, ...]]:
        sprite, name = self.thing(style)
        numbers = OTHER_COUNTS if plural(name) != name and self.rng.random() < 0.3 else COUNTS
        number = self.rng.choice(list(numbers))
        return f"{number} {plural(name)}".strip(), numbers[number], (sprite,) * 3

    def mirrored(self, sprite: int) -> bool:
        return not self.sprites.concepts[self.sprites.concept[sprite]].one_way and self.rng.random() < 0.5

    def things(self, style: str, count: int) -> tuple[tuple[int, ...], list[str]]:
        chosen = [self.thing(style) for _ in range(count)]
        return tuple(sprite for sprite, _ in chosen), [self.described(name) for _, name in chosen]

    def thing(self, style: str, with_tags: bool = False) -> tuple[int, str]:
        """A sprite and what it is called: its own name, a synonym, its name with a tag, or a tag that tells it alone."""
        chance = self.rng.random()
        if chance < 0.2 and self.words:
            concept, word = self.rng.choice(self.words)
            if (style, concept) in self.sprite_of:
                return self.sprite_of[style, concept], word
        sprite = self.rng.choice(self.by_style[style])
        concept = self.sprites.concept[sprite]
        if chance < 0.4 and self.synonyms[concept]:
            return sprite, self.rng.choice(self.synonyms[concept])
        names = self.sprites.concepts[concept].names
        if with_tags and chance < 0.45 and self.telling[concept]:
            return sprite, self.rng.choice(self.telling[concept])
        if with_tags and chance < 0.5 and self.tags[concept]:
            return sprite, f"{names[0]}, {self.rng.choice(self.tags[concept])}"
        return sprite, self.rng.choice(names)

    def described(self, name: str) -> str:
        """With an article, and sometimes with what cannot be shown: an adjective, or a colour that things do not take."""
        chance = self.rng.random()
        if chance < 0.1:
            return with_article(f"{self.rng.choice(ADJECTIVES)} {name}")
        if chance < 0.14 and not name.startswith((*COLOURS, "polar")):
            return with_article(f"{self.rng.choice(list(COLOURS))} {name}")
        return f"the {name}" if chance < 0.17 else f"my {name}" if chance < 0.18 else with_article(name)

    def background(self, sprites: tuple[int, ...]) -> tuple[tuple[str, str], str]:
        """A colour that is not named is white: a bare prompt gives a clean picture."""
        allowed = [c for c in COLOURS if not any(held_out(self.sprites.concept[s], c, self.sprites.style[s]) for s in sprites)]
        chance = self.rng.random()
        if chance < 0.3:
            return ("white", "white"), ""
        if chance < 0.36:
            place, colours = self.rng.choice(list(PLACES_OF_SCENES.items()))
            return (colours, f" {place}") if all(colour in allowed for colour in colours) else (("white", "white"), "")
        colour = self.rng.choice(allowed)
        if chance < 0.82:
            phrase = self.rng.choice((" on {a} background", " on {colour}", ", {colour} background", ", {colour}"))
            return (colour, colour), phrase.format(a=with_article(colour), colour=colour)
        other = self.rng.choice([c for c in allowed if c != colour])
        phrase = self.rng.choice((" on {a} to {other} gradient background", ", gradient from {colour} to {other}",
                                  ", {colour} to {other} gradient background"))
        return (colour, other), phrase.format(a=with_article(colour), colour=colour, other=other)


def taught(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if not never_taught(word))


def telling(concepts: list[Concept], tags: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The tags that no other concept has, and that are no other's name and no adjective of captions."""
    count = Counter(tag.lower() for own in tags for tag in set(own))
    other = {word.lower() for concept in concepts for word in (*concept.names, *concept.synonyms)}.union(ADJECTIVES, PRAISE, COLOURS, SIZES)
    return [tuple(tag for tag in own if count[tag.lower()] == 1 and tag.lower() not in other and len(tag) > 2
                  and tag.replace(" ", "").isalpha()) for own in tags]
