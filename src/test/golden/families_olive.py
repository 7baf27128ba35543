#!/usr/bin/env python3
"""Adds the tiny pipelines of families.py to src/test/resources/families.tar.xz as Olive's Stable Diffusion examples wrote
them, with what diffusers 0.29.2 makes of them. Weights and references are those of families.py, on the libraries of that
time.

    python3.11 -m venv venv
    venv/bin/pip install -r src/test/golden/families_olive.txt
    venv/bin/python src/test/golden/families_olive.py

Olive's own workflow makes the graphs: OnnxConversion of the PyTorch networks to operator set 14, then
OrtTransformersOptimization, with the names, axes, traced inputs and options that the examples of Olive 0.7.1 state, once
for DirectML and once for CUDA. Pipelines are saved as there, so that no config.json lies beside a network. Generations:
  olive     the recipe for DirectML: Stable Diffusion 1.x has 16 bits inside and outside, SDXL 16 bits between 32-bit
            inputs and outputs
  olive-32  the recipe for CUDA, which fuses more, but with 32 bits throughout, so that it can be compared closely

What differs from the examples: fusions that ONNX Runtime has no CPU kernels for are switched off by the pass's own options
(GPU_ONLY), nothing is evaluated, VAE encoders and safety checkers are left out, and darkroom.json says how small the
pictures are, which the graphs do not.
"""

import json
import os
import shutil
import tempfile

import families
import torch
from diffusers import AutoencoderKL, OnnxRuntimeModel, OnnxStableDiffusionPipeline, UNet2DConditionModel
from olive.model import ONNXModelHandler
from olive.workflows import run
from optimum.onnxruntime import ORTStableDiffusionXLPipeline
from transformers import CLIPTextModel, CLIPTextModelWithProjection

# what Olive calls by name: the networks of a saved pipeline, and what each is traced with


def text_encoder(saved):
    return CLIPTextModel.from_pretrained(saved, subfolder="text_encoder")


def text_encoder_2(saved):
    return CLIPTextModelWithProjection.from_pretrained(saved, subfolder="text_encoder_2")


def unet(saved):
    return UNet2DConditionModel.from_pretrained(saved, subfolder="unet")


def vae_decoder(saved):
    model = AutoencoderKL.from_pretrained(saved, subfolder="vae")
    model.forward = model.decode
    return model


def tokens(handler):
    return torch.zeros((1, 77), dtype=torch.int32)


def tokens_and_layers(handler):
    return dict(input_ids=tokens(handler), output_hidden_states=True)


def long_tokens_and_layers(handler):
    return dict(input_ids=tokens(handler).long(), output_hidden_states=True)


def noise(handler):
    # what SDXL adds is given here too, and has no effect
    return denoised(handler, rows=1, added=dict(text_embeds=torch.rand(1, 1280), time_ids=torch.rand(1, 5)), return_dict=False)


def large_noise(handler):
    config = handler.load_model().config
    pooled = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
    return denoised(handler, rows=2, added=dict(text_embeds=torch.rand(2, pooled), time_ids=torch.rand(2, 6)))


def denoised(handler, rows, added, **more):
    config = handler.load_model().config
    sample = torch.rand(rows, config.in_channels, config.sample_size, config.sample_size)
    text = torch.rand(rows, 77, config.cross_attention_dim)
    return sample, torch.rand(1), text, dict(more, added_cond_kwargs=added)


def latent(handler):
    return (torch.rand(1, 4, families.SIDE, families.SIDE),)


def latent_and_form(handler):
    return *latent(handler), False


# the networks as the examples state them


def axes(*names):
    return {str(axis): name for axis, name in enumerate(names)}


class Network:
    """
    A network: its folder, which is what Olive calls to load it too, what the optimizer calls its kind, what it is traced
    with, and its inputs, outputs and open axes.
    """

    def __init__(self, name, kind, traced_with, inputs, outputs, open_axes):
        self.name = name
        self.kind = kind
        self.traced_with = traced_with
        self.contract = dict(input_names=inputs, output_names=outputs, dynamic_axes=open_axes)


TEXT = ["last_hidden_state", "pooler_output"]
PROJECTED_TEXT = ["text_embeds", "last_hidden_state"]
UNET_INPUTS = ["sample", "timestep", "encoder_hidden_states"]
UNET_AXES = dict(
    sample=axes("unet_sample_batch", "unet_sample_channels", "unet_sample_height", "unet_sample_width"),
    timestep=axes("unet_time_batch"),
    encoder_hidden_states=axes("unet_hidden_batch", "unet_hidden_sequence"),
)
ADDED_AXES = dict(
    text_embeds=axes("unet_text_embeds_batch", "unet_text_embeds_size"),
    time_ids=axes("unet_time_ids_batch", "unet_time_ids_size"),
)
VAE_INPUTS = ["latent_sample", "return_dict"]
VAE_AXES = dict(latent_sample=axes("batch", "channels", "height", "width"))
LARGE_VAE_AXES = dict(
    latent_sample=axes("batch_size", "num_channels_latent", "height_latent", "width_latent"),
    sample=axes("batch_size", "num_channels", "height", "width"),
)


def networks(pipeline):
    return (
        Network("text_encoder", "clip", "tokens", ["input_ids"], TEXT, dict(input_ids=axes("batch", "sequence"))),
        Network("unet", "unet", "noise", UNET_INPUTS + ["return_dict"], ["out_sample"], UNET_AXES),
        Network("vae_decoder", "vae", "latent", VAE_INPUTS, ["sample"], VAE_AXES),
    )


def large_networks(pipeline):
    inputs, open_axes = UNET_INPUTS + list(ADDED_AXES), dict(UNET_AXES, **ADDED_AXES)
    return (
        layered("text_encoder", "tokens_and_layers", TEXT, pipeline.text_encoder),
        layered("text_encoder_2", "long_tokens_and_layers", PROJECTED_TEXT, pipeline.text_encoder_2),
        Network("unet", "unet", "large_noise", inputs, ["out_sample"], open_axes),
        Network("vae_decoder", "vae", "latent_and_form", VAE_INPUTS, ["sample"], LARGE_VAE_AXES),
    )


def layered(name, traced_with, outputs, encoder):
    """A text encoder that gives all of its layers."""
    layers = range(encoder.config.num_hidden_layers + 1)
    outputs = outputs + ["hidden_states.%d" % layer for layer in layers]
    open_axes = {output: axes("batch_size", "sequence_length") for output in ["input_ids"] + outputs}
    for output in ("text_embeds", "pooler_output"):
        if output in open_axes:
            open_axes[output] = axes("batch_size")
    return Network(name, "clip", traced_with, ["input_ids", "output_hidden_states"], outputs, open_axes)


# the two recipes

GPU_ONLY = dict(
    enable_group_norm=False,
    enable_skip_group_norm=False,
    enable_nhwc_conv=False,
    enable_bias_splitgelu=False,
    enable_bias_add=False,
    enable_packed_qkv=False,
    enable_packed_kv=False,
)


def directml(keep):
    """The recipe for DirectML; keep tells whether inputs and outputs stay in 32 bits."""
    return "DmlExecutionProvider", dict(
        float16=True,
        keep_io_types=keep,
        optimization_options=dict(
            GPU_ONLY,
            enable_gelu=True,
            enable_layer_norm=True,
            enable_attention=True,
            use_multi_head_attention=True,
            enable_skip_layer_norm=False,
            enable_embed_layer_norm=True,
            enable_bias_skip_layer_norm=False,
            enable_bias_gelu=True,
            enable_gelu_approximation=False,
            enable_qordered_matmul=False,
            enable_shape_inference=True,
            enable_gemm_fast_gelu=False,
            group_norm_channels_last=False,
        ),
        force_fp32_ops=["RandomNormalLike"],
        force_fp16_inputs={"GroupNorm": [0, 1, 2]},
    )


def cuda_in_full_precision():
    """The recipe for CUDA, which fuses what the pass does of itself, but for the 16 bits."""
    return "CUDAExecutionProvider", dict(float16=False, optimization_options=GPU_ONLY)


def with_olive(network, saved, work, recipe):
    """Returns the graph as it was converted and as it was optimized."""
    provider, options = recipe
    conversion = dict(type="OnnxConversion", target_opset=14)
    if network.kind == "unet":
        conversion.update(save_as_external_data=True, all_tensors_to_one_file=True, external_data_name="weights.pb")
    optimization = dict(type="OrtTransformersOptimization", model_type=network.kind, opt_level=0, use_gpu=True, **options)
    output = os.path.join(work, network.name)
    run(
        dict(
            input_model=dict(
                type="PyTorchModel",
                model_path=saved,
                model_loader=network.name,
                model_script=os.path.abspath(__file__),
                io_config=network.contract,
                dummy_inputs_func=network.traced_with,
            ),
            systems=dict(
                local=dict(type="LocalSystem", accelerators=[dict(device="gpu", execution_providers=[provider])])
            ),
            passes=dict(convert=conversion, optimize=optimization),
            host="local",
            target="local",
            evaluate_input_model=False,
            cache_dir=os.path.join(work, "cache"),
            output_dir=output,
        )
    )
    with open(os.path.join(output, "footprints.json")) as file:
        made = {step["from_pass"]: step["model_config"] for step in json.load(file).values()}
    return tuple(ONNXModelHandler(**made[step]["config"]).model_path for step in ("OnnxConversion", optimization["type"]))


# pipelines, saved as converted; then the optimized graphs take the places of the others


def onnx_pipeline(pipeline, graphs):
    return OnnxStableDiffusionPipeline(
        vae_encoder=None,
        tokenizer=pipeline.tokenizer,
        scheduler=pipeline.scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
        **{name: OnnxRuntimeModel.from_pretrained(os.path.dirname(graph)) for name, graph in graphs.items()},
    )


def large_onnx_pipeline(pipeline, graphs):
    return ORTStableDiffusionXLPipeline(
        config=dict(pipeline.config),
        tokenizer=pipeline.tokenizer,
        tokenizer_2=pipeline.tokenizer_2,
        scheduler=pipeline.scheduler,
        **{name + "_session": OnnxRuntimeModel.load_model(graph) for name, graph in graphs.items()},
    )


def optimized(made, folder, recipe):
    pipeline, pipeline.scheduler, expected = made
    large = hasattr(pipeline, "text_encoder_2")
    with tempfile.TemporaryDirectory() as work:
        saved = os.path.join(work, "saved")
        pipeline.save_pretrained(saved)
        graphs = {
            network.name: with_olive(network, saved, work, recipe)
            for network in (large_networks if large else networks)(pipeline)
        }
        converted = {name: before for name, (before, _) in graphs.items()}
        (large_onnx_pipeline if large else onnx_pipeline)(pipeline, converted).save_pretrained(folder)
        for name, (_, after) in graphs.items():
            place = os.path.join(folder, name)
            shutil.rmtree(place)
            os.makedirs(place)
            shutil.copy(after, os.path.join(place, "model.onnx"))
    families.smaller_tokenizers(folder)
    families.save_json(folder + "/darkroom.json", families.SQUARE)
    families.save_json(folder + "/expected.json", expected)


def exported(out):
    for family, make, keep in (("sd15", families.version_one, False), ("sdxl", families.large, True)):
        optimized(make(), "%s/%s-olive" % (out, family), directml(keep))
        optimized(make(), "%s/%s-olive-32" % (out, family), cuda_in_full_precision())


if __name__ == "__main__":
    families.main(exported)
