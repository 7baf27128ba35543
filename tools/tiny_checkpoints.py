#!/usr/bin/env python3
"""Makes tiny checkpoints with random weights, one of each family, to try tools/export_model.py on.

    python tools/tiny_checkpoints.py TARGET

makes the diffusers folders TARGET/sd1, TARGET/sd2v, TARGET/sdxl, TARGET/inpaint, TARGET/lcm, TARGET/turbo, TARGET/edm and
TARGET/taesd, and TARGET/sd1.safetensors and TARGET/sdxl.safetensors, which are two of them as single files.
"""

import json
import os
import sys
from pathlib import Path

import torch
from diffusers import (AutoencoderKL, AutoencoderTiny, DDIMScheduler, EDMDPMSolverMultistepScheduler,
                       EulerAncestralDiscreteScheduler, EulerDiscreteScheduler, LatentConsistencyModelPipeline,
                       LCMScheduler, StableDiffusionInpaintPipeline, StableDiffusionPipeline, StableDiffusionXLPipeline,
                       UNet2DConditionModel)
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer
from transformers.models.clip.tokenization_clip import bytes_to_unicode

SCHEDULE = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000,
                steps_offset=1)


def tokenizer(folder):
    """CLIP's bytes, and what makes two words of some of them."""
    os.makedirs(folder, exist_ok=True)
    characters = list(bytes_to_unicode().values())
    merges = [("c", "a"), ("ca", "t</w>"), ("d", "o"), ("do", "g</w>")]
    words = characters + [c + "</w>" for c in characters] + ["".join(pair) for pair in merges]
    words += ["<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(" ".join(pair) + "\n" for pair in merges))
    made = CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77)
    return made, len(words)


def text_encoder(vocabulary, width, activation, projection=None):
    config = CLIPTextConfig(
        vocab_size=vocabulary, hidden_size=width, intermediate_size=2 * width, num_hidden_layers=3,
        num_attention_heads=4, max_position_embeddings=77, hidden_act=activation, projection_dim=projection or width,
        bos_token_id=vocabulary - 2, eos_token_id=vocabulary - 1, pad_token_id=vocabulary - 1)
    return (CLIPTextModelWithProjection if projection else CLIPTextModel)(config)


def vae(scaling_factor, **more):
    return AutoencoderKL(
        block_out_channels=[32, 64], down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2, latent_channels=4, scaling_factor=scaling_factor, sample_size=32,
        **more)


def unet(width, **more):
    return UNet2DConditionModel(
        block_out_channels=(32, 64), layers_per_block=1, sample_size=16, out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=width, **{"in_channels": 4, **more})


def plain(kind=StableDiffusionPipeline, **parts):
    return kind(
        safety_checker=None, feature_extractor=None, requires_safety_checker=False, **parts)


def sdxl(words, vocabulary, scheduler):
    return StableDiffusionXLPipeline(
        vae=vae(0.13025, force_upcast=True), text_encoder=text_encoder(vocabulary, 32, "quick_gelu"),
        # of another width than the first: diffusers tells them apart by it in a single file
        text_encoder_2=text_encoder(vocabulary, 48, "gelu", 48), tokenizer=words, tokenizer_2=words,
        unet=unet(80, attention_head_dim=(2, 4), use_linear_projection=True, addition_embed_type="text_time",
                  addition_time_embed_dim=8, transformer_layers_per_block=(1, 2),
                  projection_class_embeddings_input_dim=96),
        scheduler=scheduler)


def main():
    target = Path(sys.argv[1])
    torch.manual_seed(0)
    words, vocabulary = tokenizer(target / "tokenizer")
    sd1 = plain(vae=vae(0.18215), text_encoder=text_encoder(vocabulary, 32, "quick_gelu"), tokenizer=words,
                unet=unet(32, attention_head_dim=8),
                scheduler=DDIMScheduler(clip_sample=False, set_alpha_to_one=False, **SCHEDULE))
    sd1.save_pretrained(target / "sd1")
    save_file(single_file(sd1), target / "sd1.safetensors")
    plain(vae=vae(0.18215), text_encoder=text_encoder(vocabulary, 64, "gelu"), tokenizer=words,
          unet=unet(64, attention_head_dim=(2, 4), use_linear_projection=True),
          scheduler=DDIMScheduler(clip_sample=False, set_alpha_to_one=False, prediction_type="v_prediction",
                                  **SCHEDULE)).save_pretrained(target / "sd2v")
    xl = sdxl(words, vocabulary, EulerDiscreteScheduler(timestep_spacing="leading", **SCHEDULE))
    xl.save_pretrained(target / "sdxl")
    save_file(single_file(xl), target / "sdxl.safetensors")
    xl.scheduler = EulerAncestralDiscreteScheduler(timestep_spacing="trailing", **SCHEDULE)
    xl.save_pretrained(target / "turbo")
    xl.scheduler = EDMDPMSolverMultistepScheduler(sigma_min=0.002, sigma_max=80.0, sigma_data=0.5)
    xl.vae.register_to_config(scaling_factor=0.5, latents_mean=[-1.6574, 1.886, -1.383, 2.5155],
                              latents_std=[8.4927, 5.9022, 6.5498, 5.2299])
    xl.save_pretrained(target / "edm")
    plain(StableDiffusionInpaintPipeline, vae=vae(0.18215), text_encoder=text_encoder(vocabulary, 32, "quick_gelu"),
          tokenizer=words, unet=unet(32, attention_head_dim=8, in_channels=9),
          scheduler=DDIMScheduler(clip_sample=False, set_alpha_to_one=False, **SCHEDULE)
          ).save_pretrained(target / "inpaint")
    plain(LatentConsistencyModelPipeline, vae=vae(0.18215), text_encoder=text_encoder(vocabulary, 32, "quick_gelu"),
          tokenizer=words, unet=unet(32, attention_head_dim=8, time_cond_proj_dim=256),
          scheduler=LCMScheduler(**SCHEDULE)).save_pretrained(target / "lcm")
    AutoencoderTiny(encoder_block_out_channels=(16, 16), decoder_block_out_channels=(16, 16),
                    num_encoder_blocks=(1, 1), num_decoder_blocks=(1, 1)).save_pretrained(target / "taesd")


def single_file(pipeline):
    """Returns the weights under the names that the original implementation gave them."""
    named = {}
    xl = hasattr(pipeline, "text_encoder_2")
    for name, weight in pipeline.text_encoder.state_dict().items():
        named[("conditioner.embedders.0." if xl else "cond_stage_model.") + "transformer." + name] = weight
    if xl:
        for name, weight in open_clip(pipeline.text_encoder_2.state_dict()).items():
            named["conditioner.embedders.1.model." + name] = weight
    for name, weight in pipeline.unet.state_dict().items():
        named["model.diffusion_model." + unet_name(name)] = weight
    for name, weight in pipeline.vae.state_dict().items():
        original = vae_name(name)
        if ".attn_1." in original and original.endswith("weight") and weight.dim() == 2:
            weight = weight[:, :, None, None]
        named["first_stage_model." + original] = weight
    return {name: weight.contiguous().clone() for name, weight in named.items()}


def open_clip(weights):
    """Gives the second text encoder the names of OpenCLIP, which keeps queries, keys and values in one."""
    named = {}
    for name, weight in weights.items():
        if name == "text_projection.weight":
            named["text_projection"] = weight.T
            continue
        for ours, theirs in (("text_model.encoder.layers.", "transformer.resblocks."),
                             ("text_model.embeddings.token_embedding", "token_embedding"),
                             ("text_model.embeddings.position_embedding.weight", "positional_embedding"),
                             ("text_model.final_layer_norm", "ln_final"), ("layer_norm1", "ln_1"),
                             ("layer_norm2", "ln_2"), ("mlp.fc1", "mlp.c_fc"), ("mlp.fc2", "mlp.c_proj"),
                             ("self_attn.out_proj", "attn.out_proj")):
            name = name.replace(ours, theirs)
        named[name] = weight
    for layer in {name.split(".self_attn.")[0] for name in named if ".self_attn." in name}:
        for kind in ("weight", "bias"):
            three = [named.pop(f"{layer}.self_attn.{part}_proj.{kind}") for part in "qkv"]
            named[f"{layer}.attn.in_proj_{kind}"] = torch.cat(three)
    return named


def unet_name(name):
    """Two blocks of one layer each: the original numbers all layers through."""
    for ours, theirs in (("norm1.", "in_layers.0."), ("conv1.", "in_layers.2."), ("time_emb_proj.", "emb_layers.1."),
                         ("norm2.", "out_layers.0."), ("conv2.", "out_layers.3."), ("conv_shortcut.", "skip_connection.")):
        if ".resnets." in name:
            name = name.replace(ours, theirs)
    for ours, theirs in (("time_embedding.linear_1", "time_embed.0"), ("time_embedding.linear_2", "time_embed.2"),
                         ("add_embedding.linear_1", "label_emb.0.0"), ("add_embedding.linear_2", "label_emb.0.2"),
                         ("conv_in", "input_blocks.0.0"), ("conv_norm_out", "out.0"), ("conv_out", "out.2"),
                         ("down_blocks.0.resnets.0", "input_blocks.1.0"),
                         ("down_blocks.0.downsamplers.0.conv", "input_blocks.2.0.op"),
                         ("down_blocks.1.resnets.0", "input_blocks.3.0"),
                         ("down_blocks.1.attentions.0", "input_blocks.3.1"),
                         ("mid_block.resnets.0", "middle_block.0"), ("mid_block.attentions.0", "middle_block.1"),
                         ("mid_block.resnets.1", "middle_block.2"),
                         ("up_blocks.0.resnets.0", "output_blocks.0.0"),
                         ("up_blocks.0.attentions.0", "output_blocks.0.1"),
                         ("up_blocks.0.resnets.1", "output_blocks.1.0"),
                         ("up_blocks.0.attentions.1", "output_blocks.1.1"),
                         ("up_blocks.0.upsamplers.0.conv", "output_blocks.1.2.conv"),
                         ("up_blocks.1.resnets.0", "output_blocks.2.0"),
                         ("up_blocks.1.resnets.1", "output_blocks.3.0")):
        if name.startswith(ours + "."):
            return theirs + name[len(ours):]
    raise KeyError(name)


def vae_name(name):
    for ours, theirs in (("conv_norm_out", "norm_out"), ("conv_shortcut", "nin_shortcut"),
                         ("mid_block.resnets.0", "mid.block_1"), ("mid_block.resnets.1", "mid.block_2"),
                         ("mid_block.attentions.0.group_norm", "mid.attn_1.norm"),
                         ("mid_block.attentions.0.to_q", "mid.attn_1.q"),
                         ("mid_block.attentions.0.to_k", "mid.attn_1.k"),
                         ("mid_block.attentions.0.to_v", "mid.attn_1.v"),
                         ("mid_block.attentions.0.to_out.0", "mid.attn_1.proj_out"),
                         ("down_blocks.0.resnets", "down.0.block"), ("down_blocks.1.resnets", "down.1.block"),
                         ("down_blocks.0.downsamplers.0", "down.0.downsample"),
                         ("up_blocks.0.resnets", "up.1.block"), ("up_blocks.1.resnets", "up.0.block"),
                         ("up_blocks.0.upsamplers.0", "up.1.upsample")):
        name = name.replace(ours, theirs)
    return name


if __name__ == "__main__":
    main()
