"""An image server as they are usually written in Python: FastAPI, one worker, jobs in memory, one at a time."""
import argparse
import asyncio
import io
import json
import random
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, Field

from pipeline import Pipeline


class Generate(BaseModel):
    prompt: str = ""
    image_seed: int | None = Field(None, ge=0)
    image_number: int = Field(1, ge=1, le=32)
    overwrite_step: int | None = Field(None, ge=1, le=200)
    async_process: bool = False
    stream_output: bool = False


@dataclass
class Task:
    request: Generate
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    status: str = "pending"
    progress: int = 0
    files: list[str] = field(default_factory=list)
    picture: bytes = b""
    done: asyncio.Event = field(default_factory=asyncio.Event)
    listeners: list[asyncio.Queue] = field(default_factory=list)

    def record(self) -> dict:
        return {"task_id": self.id, "status": self.status, "progress": self.progress, "result": self.files}

    def tell(self) -> None:
        for listener in self.listeners:
            listener.put_nowait(self.record())


class Worker:
    """Takes one task after the other from a queue and computes it on a thread."""

    def __init__(self, pipeline: Pipeline, outputs: Path):
        self.pipeline, self.outputs = pipeline, outputs
        self.queue: asyncio.Queue[Task] = asyncio.Queue()
        self.tasks: dict[str, Task] = {}
        self.thread = ThreadPoolExecutor(1)

    def submit(self, request: Generate) -> Task:
        task = Task(request)
        self.tasks[task.id] = task
        self.queue.put_nowait(task)
        return task

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            task = await self.queue.get()
            task.status = "running"
            task.tell()
            try:
                await loop.run_in_executor(self.thread, self.compute, task, loop)
                task.status, task.progress = "finished", 100
            except Exception as failure:  # a task that fails must not end the worker
                print(f"task {task.id} failed: {failure}", flush=True)
                task.status = "failed"
            task.tell()
            task.done.set()

    def compute(self, task: Task, loop: asyncio.AbstractEventLoop) -> None:
        request = task.request
        seed = random.getrandbits(32) if request.image_seed is None else request.image_seed

        for image in range(request.image_number):
            def progress(step: int, steps: int) -> None:
                task.progress = 100 * (image * steps + step) // (request.image_number * steps)
                loop.call_soon_threadsafe(task.tell)

            picture = self.pipeline.generate(request.prompt, seed + image, request.overwrite_step, progress)
            file = io.BytesIO()
            picture.save(file, "PNG")
            task.picture = file.getvalue()
            path = self.outputs / f"{task.id}_{image}.png"
            path.write_bytes(task.picture)
            task.files.append(path.name)


def application(pipeline: Pipeline, outputs: Path, paused: bool) -> FastAPI:
    worker = Worker(pipeline, outputs)

    @asynccontextmanager
    async def lifespan(_: FastAPI):
        running = None if paused else asyncio.create_task(worker.run())
        yield
        if running:
            running.cancel()

    app = FastAPI(lifespan=lifespan)

    async def events(task: Task, heard: asyncio.Queue):
        record = task.record()
        yield f"data: {json.dumps(record)}\n\n"
        while record["status"] not in ("finished", "failed"):
            record = await heard.get()
            yield f"data: {json.dumps(record)}\n\n"

    @app.post("/v1/engine/generate")
    async def generate(body: Generate, request: Request):
        task = worker.submit(body)
        if body.async_process:
            return task.record()
        if body.stream_output:
            heard: asyncio.Queue = asyncio.Queue()
            task.listeners.append(heard)
            return StreamingResponse(events(task, heard), media_type="text/event-stream")
        await task.done.wait()
        if task.status == "failed":
            raise HTTPException(500, "the task failed")
        if request.headers.get("accept", "").startswith("image/"):
            return Response(task.picture, media_type="image/png")
        return task.record()

    @app.get("/tasks/{task_id}")
    async def find(task_id: str):
        if task_id not in worker.tasks:
            raise HTTPException(404, "no such task")
        return worker.tasks[task_id].record()

    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/emoji"))
    parser.add_argument("--outputs", type=Path, default=Path("outputs"))
    parser.add_argument("--port", type=int, default=7870)
    parser.add_argument("--threads", type=int, default=2, help="of one model call")
    parser.add_argument("--no-spinning", action="store_true", help="threads that wait for work give their cores away")
    parser.add_argument("--paused", action="store_true", help="take tasks, and run none")
    given = parser.parse_args()
    given.outputs.mkdir(parents=True, exist_ok=True)
    uvicorn.run(application(Pipeline(given.model, given.threads, not given.no_spinning), given.outputs, given.paused),
                host="127.0.0.1", port=given.port, access_log=False)
