"""Queues a task and asks for it until it has ended: async.py ADDRESS KEY"""
import sys
import time

import requests

address, key = sys.argv[1:3]
headers = {"X-API-KEY": key}

task = requests.post(
    f"{address}/v1/engine/generate",
    json={"prompt": "a cat", "overwrite_step": 4, "async_process": True},
    headers=headers,
).json()
print(task["task_status"])

while task["task_status"] in (None, "pending", "running"):
    time.sleep(0.05)
    task = requests.get(f"{address}/tasks/{task['task_id']}", headers=headers).json()
print(task["task_status"], *task["result"])
