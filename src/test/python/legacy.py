"""Asks the older API for results, bytes, and a job: legacy.py ADDRESS KEY"""
import sys
import time

import requests

address, key = sys.argv[1:3]
headers = {"X-API-KEY": key}
text_to_image = f"{address}/v1/generation/text-to-image"
request = {"prompt": "a cat", "image_seed": 7, "advanced_params": {"overwrite_step": 4}}

result = requests.post(text_to_image, json=request, headers=headers).json()[0]
print(result["finish_reason"], result["seed"], result["url"])

picture = requests.post(text_to_image, json=request, headers={**headers, "accept": "image/png"}).content
print(picture[1:4].decode("ascii"))

job = requests.post(text_to_image, json={**request, "async_process": True}, headers=headers).json()
print(job["job_stage"])
while job["job_stage"] in ("WAITING", "RUNNING"):
    time.sleep(0.05)
    job = requests.get(
        f"{address}/v1/generation/query-job",
        params={"job_id": job["job_id"], "require_step_preview": "true"},
        headers=headers,
    ).json()
print(job["job_stage"], job["job_progress"], *(image["url"] for image in job["job_result"]))
