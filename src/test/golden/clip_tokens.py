#!/usr/bin/env python3
"""Makes clip-merges.txt.xz and clip-strings.jsonl.xz below src/test/resources/dev/darkroom/text: CLIP's own byte pairs, and
10,000 odd texts with a checksum of the tokens that transformers' CLIPTokenizerFast gives for each.

    python3 -m venv venv
    venv/bin/pip install transformers==4.57.6 tokenizers==0.22.2
    venv/bin/pip download --no-deps open_clip_torch==3.3.0
    venv/bin/python src/test/golden/clip_tokens.py open_clip_torch-3.3.0-py3-none-any.whl

The byte pairs are those of OpenAI's CLIP (MIT licence), which open_clip_torch carries.
"""

import gzip
import io
import json
import lzma
import os
import random
import sys
import tempfile
import zipfile
import zlib

from transformers import CLIPTokenizerFast

TARGET = os.path.join(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "resources", "dev", "darkroom", "text"
)
COUNT = 10_000
MERGES = 49152 - 256 - 2

EMOJI = "😀😂🥰😎🤖👍👩🧑🐱🐶🦊🍎🍕🚀✈️⚽🎨🏠🌳🌈☀️❤️🔥💯⭐🇩🇪🇯🇵🇺🇸"
MODIFIERS = ["\u200d", "\ufe0f", "\U0001f3fb", "\U0001f3ff", "\u20e3", ""]
ACCENTED = "àáâãäåāăąçćčďéèêëēěğíìîïłñńňóòôõöøőřśşšțúùûüůýÿžßÆæŒœÐðÞþĐđİıŁĦħŊŋ"
COMBINING = "".join(map(chr, list(range(0x300, 0x330)) + [0x342, 0x345, 0x3099, 0x309A, 0x5B0, 0x651, 0x94D]))
SCRIPTS = [(0x4E00, 0x9FA5), (0x3041, 0x3096), (0x30A1, 0x30FA), (0xAC00, 0xD7A3), (0x627, 0x64A), (0x905, 0x939),
           (0xE01, 0xE2E), (0x3B1, 0x3C9), (0x430, 0x44F), (0x5D0, 0x5EA), (0x10A0, 0x10C5), (0x20000, 0x20200)]
CONTROL = [chr(c) for c in list(range(0x20)) + [0x7F, 0x85, 0xA0, 0xAD, 0x1680, 0x180E, 0x2003, 0x2009, 0x200B, 0x200C,
           0x200E, 0x2028, 0x2029, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF, 0xFFFD, 0xFFFE, 0xE000, 0xF8FF]]
NUMBERS = "0123456789²³¹½¾⅓ⅧⅳⅫ①⑳٣४๓㊿"
MARKS = list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~«»“”‘’…–—¿¡§¶†•€£¥™©®") + ["...", "!!!", ":)", "<3", "->", "--"]
SHORTENED = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'LL", "’s", "'x", "''s"]
SPECIAL = ["<|startoftext|>", "<|endoftext|>", "<|endoftext|", "|>", "<|STARTOFTEXT|>", "<start>", "</w>", "!</w>"]


def pieces(merges):
    return [merge.replace(" ", "") for merge in merges]


def strings(words, source):
    """Texts of nine kinds, in turn."""

    def word():
        text = source.choice(words)
        return source.choice([text, text.upper(), text.capitalize(), text])

    def span(make, least, most, glue=""):
        return glue.join(make() for _ in range(source.randint(least, most)))

    def script():
        low, high = source.choice(SCRIPTS)
        return span(lambda: chr(source.randint(low, high)), 1, 6)

    def anything():
        while True:
            code = source.choice([source.randint(0, 0x2FF), source.randint(0, 0xFFFF), source.randint(0, 0x10FFFF)])
            if not 0xD800 <= code <= 0xDFFF:
                return chr(code)

    def mixed():
        return source.choice([word, word, script, lambda: source.choice(MARKS), lambda: source.choice(NUMBERS),
                              lambda: source.choice(EMOJI), lambda: source.choice(SHORTENED)])()

    kinds = [
        lambda: span(word, 1, 12, source.choice([" ", " ", ", ", "", "  "])),
        lambda: span(lambda: source.choice(EMOJI) + source.choice(MODIFIERS), 1, 10),
        lambda: span(lambda: source.choice(ACCENTED + "aeiounc") + source.choice(["", "", source.choice(COMBINING)]), 1, 14),
        lambda: span(script, 1, 5, source.choice(["", " ", "、"])),
        lambda: span(lambda: source.choice([word(), source.choice(CONTROL), source.choice(CONTROL)]), 1, 10),
        lambda: span(lambda: source.choice([word(), source.choice(NUMBERS), source.choice(SHORTENED), source.choice(MARKS)]),
                     1, 12, source.choice(["", " "])),
        lambda: span(anything, 1, 12),
        lambda: span(lambda: source.choice([source.choice(SPECIAL), word(), " "]), 1, 6),
        lambda: span(mixed, 3, 30, source.choice(["", " "])),
    ]
    texts = ["", " ", "\n", "\t \n"]
    while len(texts) < COUNT:
        kind = kinds[len(texts) % len(kinds)]
        text = kind()
        if len(texts) % 97 == 0:
            text *= 2000 // max(1, len(text)) + 1
        texts.append(text)
    return texts


def pack(name, text):
    with open(os.path.join(TARGET, name), "wb") as out:
        out.write(lzma.compress(text.encode("utf-8"), preset=9 | lzma.PRESET_EXTREME))


def letters():
    printable = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    others = [value for value in range(256) if value not in printable]
    return [chr(value) for value in printable] + [chr(256 + i) for i in range(len(others))]


def main(wheel):
    data = zipfile.ZipFile(wheel).read("open_clip/bpe_simple_vocab_16e6.txt.gz")
    lines = gzip.decompress(data).decode("utf-8").split("\n")
    merges = lines[1 : MERGES + 1]
    vocabulary = letters() + [letter + "</w>" for letter in letters()] + pieces(merges)
    vocabulary += ["<|startoftext|>", "<|endoftext|>"]
    assert len(vocabulary) == 49408, len(vocabulary)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "vocab.json"), "w", encoding="utf-8") as out:
            json.dump({piece: number for number, piece in enumerate(vocabulary)}, out)
        with open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8") as out:
            out.write("#version: 0.2\n" + "\n".join(merges) + "\n")
        reference = CLIPTokenizerFast(os.path.join(folder, "vocab.json"), os.path.join(folder, "merges.txt"))
    assert reference("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]
    words = [merge.replace(" ", "")[:-4] for merge in merges if merge.endswith("</w>")]
    words = [word for word in words if word.isascii() and word.isalpha()]
    rows = []
    for text in strings(words, random.Random(20)):
        ids = reference(text).input_ids
        rows.append(json.dumps([text, len(ids), zlib.crc32(",".join(map(str, ids)).encode())], ensure_ascii=False))
    pack("clip-merges.txt.xz", "\n".join(merges) + "\n")
    pack("clip-strings.jsonl.xz", "\n".join(rows) + "\n")
    for name in ("clip-merges.txt.xz", "clip-strings.jsonl.xz"):
        print(name, os.path.getsize(os.path.join(TARGET, name)))


if __name__ == "__main__":
    main(sys.argv[1])
