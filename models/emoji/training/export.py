"""Writes the checkpoints as ONNX graphs with their configurations, and checks the graphs."""
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.export import Dim

from . import train_denoiser, train_planner
from .autoencoder import BLOCK, CHANNELS
from .latents import load_autoencoder
from .paths import DENOISER, MODEL
from .unet import UNet, UNetConfig

OPSET = 18
SMALL = 64


def export() -> None:
    cpu = torch.device("cpu")
    autoencoder, unet = load_autoencoder(cpu), load_unet()
    # tracing must see neither ones nor equal dimensions, or it takes them for constants
    latent, picture = torch.randn(2, CHANNELS, 12, 20), torch.randn(2, 3, 96, 160)
    batch = Dim("batch")
    space = {2: Dim("height"), 3: Dim("width")}
    # picture sizes are multiples of the block
    pixels = {2: BLOCK * Dim("rows"), 3: BLOCK * Dim("columns")}
    write(autoencoder.decoder, "vae_decoder", {"latent_sample": latent}, "sample", {"latent_sample": {0: batch, **space}})
    write(autoencoder.encoder, "vae_encoder", {"sample": picture}, "latent_sample", {"sample": {0: batch, **pixels}})
    write(unet, "unet",
          {"sample": latent, "timestep": torch.tensor([999.0, 3.0]), "encoder_hidden_states": torch.randn(2, 9, 384)},
          "out_sample",
          {"sample": {0: batch, **space}, "timestep": {0: batch},
           "encoder_hidden_states": {0: batch, 1: Dim("tokens")}})
    write_configs(unet.config, autoencoder.encoder)
    check_rows()


def load_unet(path: Path = DENOISER) -> UNet:
    """The denoiser with the planner that there is now, which may have learned more words since the denoiser was trained."""
    state, planner = torch.load(path, map_location="cpu", weights_only=False), train_planner.load(torch.device("cpu"))
    unet = UNet(UNetConfig(**{**state["config"], "concepts": planner.concepts, "styles": planner.styles})).eval()
    unet.load_state_dict(train_denoiser.without_planner(state["average"]), strict=False)
    unet.planner = planner
    return unet


def write(module: nn.Module, folder: str, inputs: dict[str, torch.Tensor], output: str,
          dynamic: dict[str, dict[int, Dim]]) -> None:
    module = module.to(memory_format=torch.contiguous_format)
    program = torch.onnx.export(module, kwargs=inputs, input_names=list(inputs), output_names=[output],
                                dynamic_shapes=dynamic, opset_version=OPSET, dynamo=True, verbose=False)
    program.optimize()
    model = program.model_proto
    del model.metadata_props[:]
    for node in model.graph.node:
        # the exporter notes source lines of the machine that it ran on
        del node.metadata_props[:]
        node.doc_string = ""
    for value in [*model.graph.input, *model.graph.output, *model.graph.value_info, *model.graph.initializer]:
        del value.metadata_props[:]
    del model.graph.value_info[:]
    halve(model)
    onnx.checker.check_model(model)
    path = MODEL / folder / "model.onnx"
    path.parent.mkdir(exist_ok=True)
    onnx.save(model, path)
    with torch.no_grad():
        expected = module(**inputs).numpy()
    actual, = session(path).run([output], {name: value.numpy() for name, value in inputs.items()})
    print(f"{folder}: {path.stat().st_size / 2 ** 20:.1f} MiB, largest difference from torch {np.abs(expected - actual).max():.1e}")


def halve(model: onnx.ModelProto) -> None:
    """Weights lie in the file as fp16 and are cast to fp32 once, when the session is made."""
    casts = []
    for initializer in model.graph.initializer:
        if initializer.data_type == TensorProto.FLOAT and numpy_helper.to_array(initializer).size >= SMALL:
            half = numpy_helper.from_array(numpy_helper.to_array(initializer).astype(np.float16), initializer.name + ".fp16")
            casts.append(helper.make_node("Cast", [half.name], [initializer.name], initializer.name + ".cast", to=TensorProto.FLOAT))
            initializer.CopyFrom(half)
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(casts + nodes)


def write_configs(unet: UNetConfig, encoder: nn.Module) -> None:
    write_json("unet/config.json", {
        "_class_name": "UNet2DConditionModel", "in_channels": CHANNELS, "out_channels": CHANNELS, "sample_size": 256 // BLOCK,
        "cross_attention_dim": unet.text, "block_out_channels": [unet.outer, unet.inner]})
    autoencoder = {
        "_class_name": "AutoencoderKL", "in_channels": 3, "out_channels": 3, "latent_channels": CHANNELS, "sample_size": 256,
        "scaling_factor": 1.0, "block_out_channels": [12, 16, 64, 96, 128]}
    write_json("vae_decoder/config.json", autoencoder)
    write_json("vae_encoder/config.json", autoencoder)
    defaults = json.loads((MODEL / "darkroom.json").read_text("utf-8"))
    # the first three latents are the mean colours: the encoder turned round, and [-1, 1] made [0, 1]
    std = [1 / float(encoder.weight[c, c].sum()) for c in range(3)]
    defaults["latent_rgb"] = {
        "weights": [[round(std[c] / 2, 5) if c == rgb else 0.0 for rgb in range(3)] for c in range(CHANNELS)],
        "bias": [round(0.5 - float(encoder.bias[c]) * std[c] / 2, 5) for c in range(3)], "range": [0, 1]}
    write_json("darkroom.json", defaults)


def write_json(path: str, content: dict[str, object]) -> None:
    (MODEL / path).write_text(json.dumps(content, indent=2) + "\n", "utf-8")


def session(path: Path, threads: int = 2) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def check_rows() -> None:
    """The server mixes rows of different requests: none may feel its neighbours."""
    unet = session(MODEL / "unet" / "model.onnx")
    for height, width in ((16, 16), (20, 12), (12, 20), (17, 24)):
        rng = np.random.default_rng(0)
        rows = {"sample": rng.standard_normal((3, CHANNELS, height, width), np.float32),
                "timestep": np.array([999, 500, 20], np.float32),
                "encoder_hidden_states": rng.standard_normal((3, 32, 384), np.float32)}
        together, = unet.run(None, rows)
        alone = np.concatenate([unet.run(None, {k: v[i:i + 1] for k, v in rows.items()})[0] for i in range(3)])
        print(f"unet at {height}x{width}: a batch of 3 and single rows differ by {np.abs(together - alone).max():.1e}")
