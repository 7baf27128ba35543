"""Articles and plurals of the concepts' names."""

UNCOUNTED = ("bread", "bacon", "broccoli", "butter", "cheese", "corn", "honey", "milk", "popcorn", "spaghetti", "sushi",
             "soap", "coffee", "champagne", "chocolate", "ice cream", "fire", "earth", "saturn", "ramen", "poop", "dice",
             "coral", "rice", "money", "confetti", "santa", "santa claus", "toilet paper", "dna", "garlic", "wood", "meat",
             "stew")
PLURAL_ALREADY = ("s", "fries", "sushi", "sheep", "fish", "deer", "bison", "moose", "shrimp", "squid", "popcorn", "spaghetti",
                  "bacon", "money", "rice", "coral", "confetti", "dice", "garlic", "wood", "dna")
IRREGULAR = {"mouse": "mice", "man": "men", "woman": "women", "snowman": "snowmen", "goose": "geese", "tooth": "teeth",
             "foot": "feet", "leaf": "leaves", "hero": "heroes", "tomato": "tomatoes", "potato": "potatoes",
             "volcano": "volcanoes", "tornado": "tornadoes", "superhero": "superheroes", "policeman": "policemen",
             "rhinoceros": "rhinoceroses", "up": "up", "knife": "knives", "wolf": "wolves", "scarf": "scarves", "elf": "elves"}
SINGULAR_WITH_S = ("ss", "us", "os", "is", "as", "lens")
PAIRS = ("glasses", "sunglasses", "scissors", "jeans", "shorts")


def with_article(name: str) -> str:
    if name in UNCOUNTED or is_plural(name):
        return name
    return ("an " if name[0] in "aeiou" and not name.startswith(("unicorn", "ufo")) else "a ") + name


def is_plural(name: str) -> bool:
    name = counted_part(name)[0]
    return name.endswith("s") and not name.endswith(SINGULAR_WITH_S) or name.endswith("french fries") or name in PAIRS


def counted_part(name: str) -> tuple[str, str]:
    """A bouquet of flowers is one thing: the words after the first noun do not count."""
    for link in (" of ", " in ", " with "):
        if link in name:
            counted, _, rest = name.partition(link)
            return counted, link + rest
    return name, ""


def plural(name: str) -> str:
    head, _, last = name.rpartition(" ")
    before = head + " " if head else ""
    counted, rest = counted_part(name)
    if rest:
        return plural(counted) + rest
    if last in IRREGULAR:
        return before + IRREGULAR[last]
    if name in UNCOUNTED or is_plural(name) or last.endswith(PLURAL_ALREADY) and not last.endswith(SINGULAR_WITH_S):
        return name
    if last.endswith(("x", "ch", "sh", "ss", "us")):
        return name + "es"
    if last.endswith("y") and last[-2] not in "aeiou":
        return name[:-1] + "ies"
    return name + "s"
