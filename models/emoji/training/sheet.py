"""The contact sheet: fixed prompts, fixed seeds, nothing picked by hand."""
import numpy as np
from PIL import Image

from .paths import EVALUATION
from .pipeline import Pipeline

COLUMNS = 8
CELL = 136
PROMPTS = (
    "a red apple", "a dog on a light blue background", "a rocket on a purple background", "a panda on a green background",
    "a birthday cake on a pink background", "a robot, teal background", "a sunflower", "a pizza on a red background",
    "a penguin on a blue to teal gradient background", "a car on a yellow background", "a guitar", "a fox on beige",
    "a ghost on a black background", "a burger on an orange background", "an astronaut, gradient from blue to purple",
    "an owl on a brown background",
    "a dog playing with a ball", "a cat next to a tree on a light blue background", "a hat above a snowman",
    "two strawberries on pink", "three lemons", "a bee and a rose on a light blue background", "a lion with a crown",
    "a small frog on a teal background",
    "a puppy, a kitten and a bunny on beige", "a wizard riding a dragon on a purple background",
    "a cup of coffee on beige", "a happy face, purple background", "a unicorn, gradient from pink to purple",
    "a big whale on a blue background", "a small moon in the top right corner on black", "a dinosaur eating a donut",
)


def draw() -> None:
    pictures = Pipeline().generate(list(PROMPTS), list(range(len(PROMPTS))))
    rows = -(-len(pictures) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * CELL, rows * CELL), "white")
    for i, picture in enumerate(pictures):
        cell = Image.fromarray(np.asarray(picture)).resize((CELL, CELL), Image.LANCZOS)
        sheet.paste(cell, (i % COLUMNS * CELL, i // COLUMNS * CELL))
    EVALUATION.mkdir(exist_ok=True)
    sheet.save(EVALUATION / "contact-sheet.png", optimize=True)
