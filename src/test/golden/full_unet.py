#!/usr/bin/env python3
"""Measures a full-size UNet of Stable Diffusion 1.5 with random weights in Python's onnxruntime and in Darkroom, call
after call in turns, so that whatever else the machine does meets both. Needs 6 GB of disk and 16 GB of memory.

    python3 -m venv venv
    venv/bin/pip install torch diffusers==0.35.2 transformers==4.57.6 onnx onnxruntime==1.29.0
    mvn -q test-compile
    venv/bin/python src/test/golden/full_unet.py FOLDER [--small] [--kinds fp32,fp16] [--threads 2] [--calls 5] [--side 64]

It starts UnetBenchmark with Maven, which runs the same graphs with the same version of ONNX Runtime, threads and session
options, and prints for each kind of weights the median and the least time of a call with two rows in both, the same of the
processor's time, their ratios, and the sum of the output's magnitudes, which must agree. --small makes a UNet of 1/25 of the weights, to try
the way. A second run finds the exported graphs in FOLDER; it needs nothing but onnxruntime and numpy.
"""

import argparse
import gc
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np


def build(small):
    import torch
    from diffusers import UNet2DConditionModel

    torch.manual_seed(0)
    width = 64 if small else 320
    return UNet2DConditionModel(
        sample_size=64,
        block_out_channels=(width, 2 * width, 4 * width, 4 * width),
        layers_per_block=2,
        down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
        attention_head_dim=8,
        cross_attention_dim=768,
    ).eval()


def export(unet, path, half):
    import onnx
    import torch

    kind = torch.float16 if half else torch.float32
    unet = unet.to(kind)

    class Plain(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.unet = unet

        def forward(self, sample, timestep, text):
            return self.unet(sample, timestep, text, return_dict=False)[0]

    inputs = (torch.randn(2, 4, 8, 8, dtype=kind), torch.ones(2, dtype=kind), torch.randn(2, 77, 768, dtype=kind))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(path)) as scratch, torch.no_grad():
        raw = os.path.join(scratch, "raw.onnx")
        torch.onnx.export(
            Plain(),
            inputs,
            raw,
            input_names=["sample", "timestep", "encoder_hidden_states"],
            output_names=["out_sample"],
            dynamic_axes={
                "sample": {0: "batch", 2: "height", 3: "width"},
                "timestep": {0: "batch"},
                "encoder_hidden_states": {0: "batch", 1: "sequence"},
            },
            opset_version=17,
            dynamo=False,
        )
        model = onnx.load(raw)
        onnx.save(
            model, path, save_as_external_data=True, all_tensors_to_one_file=True, location=os.path.basename(path) + "_data"
        )


class Here:
    """The graph in Python's onnxruntime, with the options of Darkroom's OnnxDevice."""

    def __init__(self, path, threads, side):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.version = onnxruntime.__version__
        kind = np.float16 if "float16" in self.session.get_inputs()[0].type else np.float32
        latent = np.cos(np.arange(2 * 4 * side * side, dtype=np.float64)).reshape(2, 4, side, side).astype(kind)
        text = np.sin(np.arange(2 * 77 * 768, dtype=np.float64)).reshape(2, 77, 768).astype(kind)
        self.values = {"sample": latent, "timestep": np.array([500, 500], kind), "encoder_hidden_states": text}

    def call(self):
        begun, worked = time.perf_counter(), time.process_time()
        out = self.session.run(None, self.values)[0]
        seconds = time.perf_counter() - begun, time.process_time() - worked
        return *seconds, float(np.abs(out.astype(np.float64)).sum())


class There:
    """The graph in Darkroom: a process that makes one call for each line that it reads."""

    def __init__(self, path, threads, side):
        arguments = "-Dexec.args=%s %d %d" % (path, threads, side)
        main = "-Dmain.class=dev.darkroom.model.UnetBenchmark"
        command = ["mvn", "-o", "-q", "-B", "exec:java", "-Dexec.classpathScope=test", main, arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.version = self.answer("ONNX Runtime")[0]

    def answer(self, beginning):
        for line in self.process.stdout:
            # Maven may put a colour's end before a line
            if beginning in line:
                return line.split(beginning)[1].split()
        sys.exit("UnetBenchmark ended with %d" % self.process.wait())

    def call(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return tuple(float(number) for number in self.answer("call"))

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def compare(name, path, arguments):
    here = Here(path, arguments.threads, arguments.side)
    there = There(path, arguments.threads, arguments.side)
    print("%s: Python onnxruntime %s, Darkroom ONNX Runtime %s" % (name, here.version, there.version), flush=True)
    calls = {here: [], there: []}
    for turn in range(arguments.calls + 1):
        # whoever is second in one turn is first in the next
        for runtime in (here, there) if turn % 2 == 0 else (there, here):
            calls[runtime].append(runtime.call())
    there.close()
    for title, runtime in (("Python", here), ("Darkroom", there)):
        times = ["%.3f" % call[0] for call in calls[runtime]]
        print("  %-8s first %s s, then %s" % (title, times[0], " ".join(times[1:])))
    for column, title in enumerate(("time", "processor time")):
        taken = [[call[column] for call in calls[runtime][1:]] for runtime in (here, there)]
        for word, choice in (("median", statistics.median), ("least", min)):
            ours, theirs = choice(taken[0]), choice(taken[1])
            print("  %s %s: %.3f and %.3f s, ratio %.4f" % (word, title, ours, theirs, theirs / ours))
    print("  sums: %.6g and %.6g" % (calls[here][-1][2], calls[there][-1][2]), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--kinds", default="fp32,fp16")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--calls", type=int, default=5)
    parser.add_argument("--side", type=int, default=64)
    arguments = parser.parse_args()
    for name in arguments.kinds.split(","):
        path = os.path.abspath(os.path.join(arguments.folder, name, "model.onnx"))
        if not os.path.exists(path):
            shutil.rmtree(os.path.dirname(path), ignore_errors=True)
            export(build(arguments.small), path, name == "fp16")
            gc.collect()
        compare(name, path, arguments)


if __name__ == "__main__":
    main()
