#!/usr/bin/env python3
"""Measures a full-size UNet of Stable Diffusion 1.5 with random weights in Python's onnxruntime, for UnetBenchmark to be
measured beside. Needs 8 GB of disk and 16 GB of memory.

    python3 -m venv venv
    venv/bin/pip install torch diffusers==0.35.2 transformers==4.57.6 onnx onnxruntime==1.29.0
    venv/bin/python src/test/golden/full_unet.py FOLDER [--small] [--threads 2] [--steps 5] [--side 64]
    mvn -q test-compile exec:java -Dexec.classpathScope=test -Dmain.class=dev.darkroom.model.UnetBenchmark \\
        -Dexec.args="FOLDER 2 5 64"

Both print the median and the fastest time of a call with two rows, for 32-bit and for 16-bit weights, and the sum of the
output's magnitudes, which must agree. --small makes a UNet of 1/25 of the weights, to try the way. Nothing else should
run on the machine. A second run finds the exported graphs in FOLDER and measures only.
"""

import argparse
import gc
import os
import shutil
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


def measure(path, threads, steps, side):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    kind = np.float16 if "float16" in session.get_inputs()[0].type else np.float32
    latent = np.cos(np.arange(2 * 4 * side * side, dtype=np.float64)).reshape(2, 4, side, side).astype(kind)
    text = np.sin(np.arange(2 * 77 * 768, dtype=np.float64)).reshape(2, 77, 768).astype(kind)
    values = {"sample": latent, "timestep": np.array([500, 500], kind), "encoder_hidden_states": text}
    times = []
    for _ in range(steps + 1):
        begun = time.perf_counter()
        out = session.run(None, values)[0]
        times.append(time.perf_counter() - begun)
    times = sorted(times[1:])
    return times[len(times) // 2], times[0], float(np.abs(out.astype(np.float64)).sum())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--side", type=int, default=64)
    arguments = parser.parse_args()
    for name, half in (("fp32", False), ("fp16", True)):
        path = os.path.join(arguments.folder, name, "model.onnx")
        if not os.path.exists(path):
            shutil.rmtree(os.path.dirname(path), ignore_errors=True)
            export(build(arguments.small), path, half)
            gc.collect()
        median, fastest, total = measure(path, arguments.threads, arguments.steps, arguments.side)
        print("%s: median %.3f s, fastest %.3f s, sum %.6g" % (name, median, fastest, total), flush=True)


if __name__ == "__main__":
    main()
