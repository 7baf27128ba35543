#!/usr/bin/env python3
"""Exports a Stable Diffusion checkpoint to a folder that Darkroom runs.

    python tools/export_model.py SOURCE TARGET [--fp16] [--config FOLDER] [--tiny-vae FOLDER]

SOURCE is a diffusers folder, the name of a repository on the Hugging Face hub, or a single .safetensors or .ckpt
file. TARGET is the new model folder, such as models/my-model. See docs/models.md, and tools/requirements.txt for what
must be installed.
"""

import argparse
import json
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import numpy
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper

# above this a protobuf file can't hold its weights itself
LARGEST_FILE = 1_900_000_000
TOLERANCE = 2e-3


def main():
    options = arguments()
    source, target = options.source, Path(options.target)
    if target.exists():
        sys.exit(f"{target} exists already")
    warnings.filterwarnings("ignore", category=torch.jit.TracerWarning)
    unfinished = Path(tempfile.mkdtemp(prefix="." + target.name + "-", dir=target.parent))
    try:
        with tempfile.TemporaryDirectory() as scratch:
            folder = as_folder(source, options.config, Path(scratch))
            export(folder, unfinished)
        if options.tiny_vae:
            export_tiny_decoder(options.tiny_vae, unfinished)
        finish(unfinished, options.fp16)
        check(unfinished)
        unfinished.chmod(0o755)
        unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    report(target)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--fp16", action="store_true",
                        help="weights as 16-bit floats: half the size; for GPUs, slower on a CPU")
    parser.add_argument("--config", help="for a single file: a diffusers folder of the same family, whose configuration "
                                         "and tokenizers are taken; without it they come from the Hugging Face hub")
    parser.add_argument("--tiny-vae", help="a diffusers folder of a tiny autoencoder (TAESD), for sharper previews")
    return parser.parse_args()


def as_folder(source, config, scratch):
    """Returns a diffusers folder, or the hub's name, of whatever the source is."""
    if not Path(source).is_file():
        return source
    from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline

    kind = StableDiffusionXLPipeline if is_xl(source) else StableDiffusionPipeline
    more = {"config": config, "local_files_only": True} if config else {}
    pipeline = kind.from_single_file(source, torch_dtype=torch.float32, **more)
    if hasattr(pipeline, "safety_checker"):
        pipeline.safety_checker = None
    pipeline.save_pretrained(scratch / "diffusers", safe_serialization=True)
    return str(scratch / "diffusers")


def is_xl(file):
    """SDXL checkpoints have a second text encoder."""
    if file.endswith(".safetensors"):
        from safetensors import safe_open

        with safe_open(file, framework="pt") as tensors:
            names = set(tensors.keys())
    else:
        loaded = torch.load(file, map_location="cpu", weights_only=True)
        names = set(loaded.get("state_dict", loaded))
    return any(name.startswith("conditioner.embedders.1.") for name in names)


def export(folder, target):
    from optimum.exporters.onnx import main_export

    main_export(folder, target, task="text-to-image", do_validation=False, library_name="diffusers")


class TinyDecoder(torch.nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.decoder = vae.decoder

    def forward(self, latent_sample):
        return self.decoder(latent_sample)


def export_tiny_decoder(folder, target):
    from diffusers import AutoencoderTiny

    vae = AutoencoderTiny.from_pretrained(folder, torch_dtype=torch.float32).eval()
    part = target / "vae_decoder_tiny"
    part.mkdir()
    axes = {"latent_sample": {0: "batch", 2: "height", 3: "width"}, "sample": {0: "batch", 2: "rows", 3: "columns"}}
    torch.onnx.export(TinyDecoder(vae), (torch.randn(1, vae.config.latent_channels, 16, 16),),
                      str(part / "model.onnx"), input_names=["latent_sample"], output_names=["sample"],
                      dynamic_axes=axes, opset_version=17, dynamo=False)
    (part / "config.json").write_text(json.dumps({
        "_class_name": "AutoencoderTiny",
        "latent_channels": vae.config.latent_channels,
        # the tiny autoencoder takes latents as the denoiser has them
        "scaling_factor": 1.0,
    }, indent=2))


def finish(target, half):
    """Gives each row of a call its own timestep, and makes the weights as small as was asked for."""
    for part in sorted(path.parent for path in target.glob("*/model.onnx")):
        file = part / "model.onnx"
        model = onnx.load(str(file))
        changed = part.name == "unet" and free_timestep(model)
        if half and not stays_whole(part):
            from onnxruntime.transformers.float16 import convert_float_to_float16

            name_constants(model)
            # what goes in and comes out stays as it is: timesteps beyond 2048 and images need the digits
            model = convert_float_to_float16(model, keep_io_types=True, disable_shape_infer=True)
            changed = True
        if changed:
            save(model, file)


def name_constants(model):
    """Makes constants initialisers: the conversion leaves those alone that an operator needs as they are."""
    graph = model.graph
    kept = []
    for node in graph.node:
        value = next((a.t for a in node.attribute if a.name == "value"), None) if node.op_type == "Constant" else None
        if value is None:
            kept.append(node)
        else:
            tensor = graph.initializer.add()
            tensor.CopyFrom(value)
            tensor.name = node.output[0]
    del graph.node[:]
    graph.node.extend(kept)


def stays_whole(part):
    """The VAE of SDXL overflows 16-bit floats: its pictures would be black."""
    if not part.name.startswith("vae"):
        return False
    config = part / "config.json"
    return config.exists() and bool(json.loads(config.read_text()).get("force_upcast", False))


def free_timestep(model):
    """Makes the timestep a list, one for each row, where the exporter made it a single number."""
    graph = model.graph
    timestep = next((value for value in graph.input if value.name == "timestep"), None)
    if timestep is None or len(timestep.type.tensor_type.shape.dim) > 0:
        return False
    users = [node for node in graph.node if "timestep" in node.input]
    if not users or any(node.op_type != "Unsqueeze" for node in users):
        return False
    for node in users:
        node.op_type = "Identity"
        del node.input[1:]
        del node.attribute[:]
    element = timestep.type.tensor_type.elem_type
    timestep.CopyFrom(helper.make_tensor_value_info("timestep", element, ["batch_size"]))
    # shapes that the exporter noted down may be wrong now
    del graph.value_info[:]
    return True


def save(model, file):
    for old in file.parent.glob("model.onnx*"):
        old.unlink()
    if model.ByteSize() > LARGEST_FILE:
        onnx.save_model(model, str(file), save_as_external_data=True, all_tensors_to_one_file=True,
                        location="model.onnx_data", size_threshold=1024)
    else:
        onnx.save_model(model, str(file))


def check(target):
    """Runs the denoiser with three rows at once and one after another, which must come to the same."""
    config = json.loads((target / "unet" / "config.json").read_text())
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(target / "unet" / "model.onnx"), options,
                                           providers=["CPUExecutionProvider"])
    types = {"tensor(float)": numpy.float32, "tensor(float16)": numpy.float16, "tensor(int64)": numpy.int64,
             "tensor(int32)": numpy.int32, "tensor(double)": numpy.float64}
    random = numpy.random.default_rng(0)
    side = 16
    widths = {"text_embeds": None, "time_ids": 6}
    rows = {}
    for given in session.get_inputs():
        if given.name == "sample":
            value = random.standard_normal((3, config["in_channels"], side, side))
        elif given.name == "timestep":
            if not given.shape:
                print("the denoiser takes one timestep for all rows; Darkroom changes that when it loads it")
                return
            value = numpy.array([999.0, 500.0, 20.0])
        elif given.name == "encoder_hidden_states":
            value = random.standard_normal((3, 77, config["cross_attention_dim"]))
        else:
            width = widths.get(given.name) or given.shape[-1]
            if not isinstance(width, int):
                width = projected_width(target, config)
            value = random.standard_normal((3, width))
        rows[given.name] = value.astype(types[given.type])
    together = session.run(None, rows)[0]
    for row in range(3):
        alone = session.run(None, {name: value[row:row + 1] for name, value in rows.items()})[0]
        size = float(numpy.abs(alone).mean())
        error = float(numpy.abs(together[row:row + 1].astype(numpy.float32) - alone).mean())
        if not numpy.isfinite(together).all():
            sys.exit("the denoiser answers with something that is no number")
        if error > TOLERANCE * max(size, 1e-6) * 10:
            sys.exit(f"the denoiser mixes the rows of a call up (row {row} differs by {error / size:.2g})")


def projected_width(target, config):
    encoder = target / "text_encoder_2" / "config.json"
    return json.loads(encoder.read_text())["projection_dim"] if encoder.exists() else config["time_cond_proj_dim"]


def report(target):
    print(f"{target} is ready:")
    for file in sorted(target.glob("*/model.onnx")):
        size = sum(path.stat().st_size for path in file.parent.glob("model.onnx*"))
        model = onnx.load(str(file), load_external_data=False)
        inputs = ", ".join(
            f"{value.name} {TensorProto.DataType.Name(value.type.tensor_type.elem_type).lower()}"
            for value in model.graph.input)
        print(f"  {file.parent.name:18} {size / 1e6:9.1f} MB  {inputs}")


if __name__ == "__main__":
    main()
