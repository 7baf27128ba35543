"""Reads the stream of events: stream.py ADDRESS KEY"""
import json
import sys

import requests

address, key = sys.argv[1:3]

response = requests.post(
    f"{address}/v1/engine/generate/",
    json={"prompt": "a cat", "overwrite_step": 4, "stream_output": "true"},
    headers={"X-API-KEY": key},
    stream=True,
)
response.raise_for_status()

rest = ""
for chunk in response.iter_content(chunk_size=8192):
    rest += chunk.decode("utf-8")
    *lines, rest = rest.split("\n")
    for line in lines:
        try:
            event = json.loads(line[len("data: "):])
        except json.JSONDecodeError:
            continue  # the second data line, the line between events, comments
        preview = "preview" if event["preview"] else ""
        print(event["progress"], event["message"], preview or " ".join(event["images"]))
