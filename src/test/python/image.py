"""Asks for the bytes of an image: image.py ADDRESS KEY FILE"""
import sys

import requests

address, key, file = sys.argv[1:4]

response = requests.post(
    f"{address}/v1/engine/generate",
    json={"prompt": "a cat", "overwrite_step": 4},
    headers={"Accept": "image/png", "X-API-KEY": key},
)
response.raise_for_status()
with open(file, "wb") as picture:
    picture.write(response.content)
