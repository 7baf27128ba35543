#!/usr/bin/env python3
"""Exports a Stable Diffusion checkpoint to a folder that Darkroom runs.

    python tools/export_model.py SOURCE TARGET [--fp16] [--config FOLDER] [--tiny-vae FOLDER] [--debug]

SOURCE is a diffusers folder, the name of a repository on the Hugging Face hub, or a single .safetensors or .ckpt
file. TARGET is the new model folder, such as models/my-model. See docs/models.md, and tools/requirements.txt for what
must be installed.
"""

import argparse
import importlib.util
import json
import os
import pickle
import re
import shutil
import signal
import sys
import tempfile
import warnings
from pathlib import Path

NEEDED = ("accelerate", "diffusers", "numpy", "onnx", "onnxruntime", "optimum", "safetensors", "torch", "transformers")
ABSENT = [name for name in NEEDED if importlib.util.find_spec(name) is None]
if ABSENT:
    sys.exit(f"{', '.join(ABSENT)} must be installed first: pip install -r tools/requirements.txt")

import numpy
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper

SINGLE_FILES = (".safetensors", ".ckpt")
PARTS = ("unet", "vae", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2", "scheduler")
NAME_ON_HUB = re.compile(r"[\w.-]+(/[\w.-]+)?", re.ASCII)

# above this a protobuf file can't hold its weights itself
LARGEST_FILE = 1_900_000_000
TOLERANCE = 2e-3


def main():
    options = arguments()
    source, target = options.source, Path(options.target)
    refuse_mistakes(options)
    missing = [folder for folder in target.parents if not folder.exists()]
    unfinished = None
    try:
        unfinished = begin(target)
        make(source, options, unfinished)
        unfinished.rename(target)
        missing = []
    except Exception as failure:
        if options.debug:
            raise
        sys.exit(f"{source} can't be exported: {type(failure).__name__}: {failure}")
    finally:
        if unfinished:
            shutil.rmtree(unfinished, ignore_errors=True)
        remove_empty(missing)
    report(target)


def make(source, options, unfinished):
    warnings.filterwarnings("ignore", category=torch.jit.TracerWarning)
    with tempfile.TemporaryDirectory() as scratch:
        folder = as_folder(source, options.config, Path(scratch))
        export(folder, unfinished)
    if options.tiny_vae:
        export_tiny_decoder(options.tiny_vae, unfinished)
    finish(unfinished, options.fp16)
    check(unfinished)
    unfinished.chmod(0o755)


def begin(target):
    """Makes the hidden folder beside the target that becomes it, and the folders above."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="." + target.name + "-", dir=target.parent))
    except OSError as failure:
        sys.exit(f"{target} can't be written: {failure.filename}: {failure.strerror}")


def remove_empty(folders):
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--fp16", action="store_true",
                        help="weights as 16-bit floats: half the size; for GPUs, slower on a CPU")
    parser.add_argument("--config", help="for a single file: a diffusers folder of the same family, whose configuration "
                                         "and tokenizers are taken; without it they come from the Hugging Face hub")
    parser.add_argument("--tiny-vae", help="a diffusers folder of a tiny autoencoder (TAESD), for sharper previews")
    parser.add_argument("--debug", action="store_true", help="tell where in the libraries an export failed")
    return parser.parse_args()


def refuse_mistakes(options):
    """Ends with a sentence on what can't work, before anything is written and before minutes have gone by."""
    if os.path.lexists(options.target):
        sys.exit(f"{options.target} exists already")
    source = Path(options.source)
    if source.is_file():
        weights = shapes(options.source)
        refuse_other_kinds(options.source, weights)
        if options.config:
            refuse_other_family(options.source, weights, options.config)
    else:
        if options.source.endswith(SINGLE_FILES):
            sys.exit(f"{source} does not exist")
        if (source / "unet" / "model.onnx").is_file() and not any(source.glob("unet/diffusion_pytorch_model*")):
            sys.exit(f"{source} is in ONNX already: bring it with darkroom models add")
        index = described(options.source, "model_index.json")
        if "unet" not in index:
            sys.exit(f"{source} is a {index.get('_class_name')}, which Darkroom can't run")
        if not states(index, "text_encoder"):
            sys.exit(f"{source} has no first text encoder, as SDXL's refiner, and Darkroom can't run it")
        refuse_incomplete(source, index)
        refuse_damaged_weights(source / part for part in PARTS)
    if options.tiny_vae:
        kind = described(options.tiny_vae, "config.json").get("_class_name")
        if kind != "AutoencoderTiny":
            sys.exit(f"{options.tiny_vae} is no tiny autoencoder, but {kind or 'something else'}")
        refuse_damaged_weights([Path(options.tiny_vae)])


def refuse_other_kinds(file, weights):
    if not any(name.startswith("model.diffusion_model.input_blocks.") for name in weights):
        sys.exit(f"{file} holds no whole Stable Diffusion checkpoint; a LoRA, a VAE or another kind of model "
                 "can't be exported")
    if any(name.startswith("conditioner.embedders.0.model.") for name in weights):
        sys.exit(f"{file} is SDXL's refiner, which Darkroom can't run")


def refuse_other_family(file, weights, config):
    if not Path(config).is_dir():
        sys.exit(f"--config needs a diffusers folder, and {config} is none")
    unet = described(config, "unet/config.json")
    described(config, "vae/config.json")
    xl = "text_encoder_2" in described(config, "model_index.json")
    if xl != is_xl(weights):
        sys.exit(f"{config} is {'one' if xl else 'none'} of SDXL and {file} is {'none' if xl else 'one'}: "
                 "--config needs a folder of the same family")
    for of, ending, stated in (("texts", ".attn2.to_k.weight", "cross_attention_dim"),
                               ("latents", "model.diffusion_model.input_blocks.0.0.weight", "in_channels")):
        found = next((shape[1] for name, shape in weights.items() if name.endswith(ending)), None)
        if found and isinstance(unet.get(stated), int) and found != unet[stated]:
            sys.exit(f"{config} is of another family than {file}: its UNet takes {of} {unet[stated]} wide, and the "
                     f"file's {found}")


def states(index, part):
    """Tells whether an index has a part: one that is left out is missing there, or null."""
    return (index.get(part) or [None])[0] is not None


def refuse_incomplete(folder, index):
    for part in PARTS:
        if folder.is_dir() and states(index, part) and not (folder / part).is_dir():
            sys.exit(f"{folder} is incomplete: {part} is missing")


def refuse_damaged_weights(folders):
    for folder in folders:
        for file in sorted(folder.glob("*model*.safetensors")):
            # variants such as model.fp16.safetensors are not read, and need not have been downloaded
            if file.suffixes == [".safetensors"]:
                shapes(str(file))


def described(source, name):
    """Returns what a JSON file says of a diffusers folder, or of a repository on the Hugging Face hub."""
    folder = Path(source)
    if folder.is_dir():
        if not (folder / name).is_file():
            sys.exit(f"{source} is no diffusers folder: {name} is missing")
        file = folder / name
    elif folder.exists() or not NAME_ON_HUB.fullmatch(source) or source.startswith("."):
        sys.exit(f"{source} does not exist" if not folder.exists() else f"{source} is no folder")
    else:
        file = Path(from_hub(source, name))
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as failure:
        sys.exit(f"{file} can't be read: {failure}")
    return content if isinstance(content, dict) else sys.exit(f"{file} can't be read: it is no JSON object")


def from_hub(repository, name):
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import (EntryNotFoundError, GatedRepoError, HFValidationError, LocalEntryNotFoundError,
                                        RepositoryNotFoundError)
    from huggingface_hub.utils import logging

    # each of its attempts to reach the hub would be a line
    logging.set_verbosity_error()
    try:
        return hf_hub_download(repository, name)
    except LocalEntryNotFoundError:
        sys.exit(f"there is no folder {repository}, and the Hugging Face hub can't be reached")
    except EntryNotFoundError:
        sys.exit(f"{repository} on the Hugging Face hub has no {name}, as diffusers' repositories have")
    except GatedRepoError:
        sys.exit(f"{repository} on the Hugging Face hub wants you to agree to its terms there, and to log in with "
                 "huggingface-cli login")
    except (RepositoryNotFoundError, HFValidationError):
        sys.exit(f"there is no folder {repository}, and nothing of that name on the Hugging Face hub")
    except OSError as failure:
        sys.exit(f"{repository} can't be had from the Hugging Face hub: {failure}")


def as_folder(source, config, scratch):
    """Returns a diffusers folder, or the hub's name, of whatever the source is."""
    if not Path(source).is_file():
        return source
    from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline
    from huggingface_hub.utils import logging

    logging.set_verbosity_error()
    kind = StableDiffusionXLPipeline if is_xl(shapes(source)) else StableDiffusionPipeline
    more = {"config": config, "local_files_only": True} if config else {}
    try:
        pipeline = kind.from_single_file(source, torch_dtype=torch.float32, **more)
    except OSError as failure:
        if config:
            raise
        sys.exit(f"the configuration of {source} can't be had from the Hugging Face hub: give --config, a diffusers "
                 f"folder of the same family ({str(failure).strip().partition(chr(10))[0]})")
    if hasattr(pipeline, "safety_checker"):
        pipeline.safety_checker = None
    pipeline.save_pretrained(scratch / "diffusers", safe_serialization=True)
    return str(scratch / "diffusers")


def shapes(file):
    """Returns the shapes of a checkpoint's weights by their names."""
    if not file.endswith(SINGLE_FILES):
        sys.exit(f"{file} is neither a .safetensors nor a .ckpt file, nor a diffusers folder")
    try:
        # the readers say of a file that may not be read that it is not there
        open(file, "rb").close()
        if file.endswith(".safetensors"):
            from safetensors import safe_open

            with safe_open(file, framework="pt") as tensors:
                return {name: tensors.get_slice(name).get_shape() for name in tensors.keys()}
        loaded = torch.load(file, map_location="cpu", weights_only=True)
        while "state_dict" in loaded:
            loaded = loaded["state_dict"]
        return {name: list(weight.shape) for name, weight in loaded.items() if isinstance(weight, torch.Tensor)}
    except OSError as failure:
        sys.exit(f"{file} can't be read: {failure.strerror}")
    except pickle.UnpicklingError:
        sys.exit(f"{file} is damaged, or holds more than weights, which could run programs and is not read")
    except Exception as failure:
        # what the readers throw at a damaged file is of many kinds, and the first line tells it
        sys.exit(f"{file} is damaged, or is no checkpoint: {str(failure).strip().partition(chr(10))[0]}")


def is_xl(weights):
    """SDXL checkpoints have a second text encoder."""
    return any(name.startswith("conditioner.embedders.1.") for name in weights)


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
    # what is unfinished goes away then, too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted")
