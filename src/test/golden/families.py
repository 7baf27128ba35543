#!/usr/bin/env python3
"""Makes src/test/resources/families.tar.xz: tiny random-weight pipelines of every family, exported the ways that people's
folders were, with what the reference pipelines make of them.

    python3 -m venv venv
    venv/bin/pip install torch diffusers==0.35.2 transformers==4.57.6 optimum-onnx==0.1.0 onnxruntime safetensors
    venv/bin/python src/test/golden/families.py

The weights are random and rounded to bfloat16, so that they compress. Generations:
  optimum   optimum-onnx 0.1.0 as installed: the timestep is a scalar, vae_encoder gives latent_parameters
  half      16-bit floats inside and outside, as `optimum-cli export onnx --dtype fp16` writes it

Folders of the archive that are not made here stay as they are: families_optimum_1_23.py makes those of older exporters,
families_olive.py those of Olive.
"""

import io
import json
import lzma
import math
import os
import shutil
import statistics
import sys
import tarfile
import tempfile
import warnings

warnings.filterwarnings("ignore")
os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import onnx
import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EDMDPMSolverMultistepScheduler,
    EDMEulerScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    LatentConsistencyModelPipeline,
    LCMScheduler,
    PNDMScheduler,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from diffusers.schedulers import scheduling_edm_dpmsolver_multistep, scheduling_euler_ancestral_discrete, scheduling_lcm
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
VOCABULARY = os.path.join(TESTS, "resources", "dev", "darkroom", "text", "clip")
TARGET = os.path.join(TESTS, "resources", "families.tar.xz")
SIDE = 8  # of a latent
SCALE = 2  # pixels per latent position
STEPS = 6
SEED = 42
GUIDANCE = 5.0
PROMPT = "a red cat on the house"
NEGATIVE = "blurry"
LONG = " ".join(["a red cat on the house with two dogs"] * 20)  # four chunks
BETAS = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000)


# networks


def rounded(module):
    for parameter in module.parameters():
        parameter.data = parameter.data.to(torch.bfloat16).to(torch.float32)
    return module.eval()


def louder(module, names, factor):
    """Random networks hardly listen to what they are told; these layers are made to."""
    for name, parameter in module.named_parameters():
        if any(part in name for part in names):
            parameter.data *= factor


def tokenizer(pad="<|endoftext|>"):
    return CLIPTokenizer(
        os.path.join(VOCABULARY, "vocab.json"), os.path.join(VOCABULARY, "merges.txt"), pad_token=pad, model_max_length=77
    )


def text_config(width, layers, act, projection):
    tokens = tokenizer()
    return CLIPTextConfig(
        vocab_size=len(tokens),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=layers,
        num_attention_heads=2,
        hidden_act=act,
        projection_dim=projection,
        initializer_factor=3.0,
        bos_token_id=tokens.bos_token_id,
        eos_token_id=tokens.eos_token_id,
        pad_token_id=tokens.pad_token_id,
    )


def clip(seed, width=16, layers=3, act="quick_gelu"):
    torch.manual_seed(seed)
    model = CLIPTextModel(text_config(width, layers, act, width))
    louder(model, ["embedding"], 10)
    # a final normalisation that leaves a mark
    norm = model.text_model.final_layer_norm
    norm.weight.data = 1 + 0.3 * torch.randn(width)
    norm.bias.data = 0.2 * torch.randn(width)
    return rounded(model)


def projected_clip(seed, width=24, layers=3):
    torch.manual_seed(seed)
    model = CLIPTextModelWithProjection(text_config(width, layers, "gelu", width))
    louder(model, ["embedding", "projection"], 10)
    return rounded(model)


def unet(seed, **changes):
    torch.manual_seed(seed)
    arguments = dict(
        sample_size=SIDE,
        in_channels=4,
        out_channels=4,
        block_out_channels=(8, 16),
        layers_per_block=1,
        norm_num_groups=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        attention_head_dim=4,
        cross_attention_dim=16,
    )
    arguments.update(changes)
    model = UNet2DConditionModel(**arguments)
    louder(model, ["attn2.to_v", "attn2.to_out", "time_emb_proj", "add_embedding", "cond_proj"], 3)
    return rounded(model)


def vae(seed, scaling):
    torch.manual_seed(seed)
    model = AutoencoderKL(
        block_out_channels=(8, 8),
        norm_num_groups=4,
        layers_per_block=1,
        latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        sample_size=SIDE * SCALE,
        scaling_factor=scaling,
    )
    louder(model, ["decoder.conv_out", "encoder.conv_out"], 3)
    return rounded(model)


# noise, as Darkroom draws it: the first as PyTorch does, later ones from a stream of its own (NoiseSource)

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def first_noise(seed):
    return torch.randn((1, 4, SIDE, SIDE), generator=torch.Generator().manual_seed(seed))


def later_noise(seed, index):
    state = mix((seed + index * GOLDEN) & MASK)
    normal = statistics.NormalDist()
    numbers = []
    for _ in range(4 * SIDE * SIDE):
        state = (state + GOLDEN) & MASK
        numbers.append(normal.inv_cdf(((mix(state) >> 12) + 0.5) * 2.0**-52))
    return torch.tensor(numbers, dtype=torch.float32).reshape(1, 4, SIDE, SIDE)


# samplers


def sigma_of(scheduler, timestep):
    # 0 in pure noise, where diffusers' own sigmas use this too
    alpha = max(float(scheduler.alphas_cumprod[int(timestep)]), 2.0**-24)
    return math.sqrt((1 - alpha) / alpha)


def timesteps(spacing, offset, steps):
    if spacing == "trailing":
        return [int(t) for t in np.round(np.arange(1000, 0, -1000 / steps)) - 1]
    return [int(t) * (1000 // steps) + offset for t in reversed(range(steps))]


def scheduler(name, prediction, spacing, offset, zero):
    common = dict(BETAS, prediction_type=prediction, timestep_spacing=spacing, steps_offset=offset)
    if zero:
        common["rescale_betas_zero_snr"] = True
    if name == "euler":
        return EulerDiscreteScheduler(**common)
    if name == "euler_ancestral":
        return EulerAncestralDiscreteScheduler(**common)
    if name == "dpmpp_2m":
        return DPMSolverMultistepScheduler(**common)
    if name == "ddim":
        return DDIMScheduler(**common, clip_sample=False, set_alpha_to_one=True)
    raise ValueError(name)


class Sampling:
    """One run of a pipeline: what goes in, and what is recorded on the way."""

    def __init__(self, name, prediction, spacing, offset, steps, zero):
        self.name = name
        self.steps = steps
        self.scheduler = scheduler(name, prediction, spacing, offset, zero)
        self.timesteps = timesteps(spacing, offset, steps)
        self.sigmas = [sigma_of(self.scheduler, t) for t in self.timesteps] + [0.0]
        self.latents = []
        self.scaled = name in ("ddim", "dpmpp_2m")  # these hold latents of variance one

    def settings(self):
        """Sets the timesteps and tells how the pipeline is to be called."""
        if self.name == "dpmpp_2m":
            self.scheduler.set_timesteps(timesteps=self.timesteps)
            settings = dict(timesteps=self.timesteps)
        else:
            self.scheduler.set_timesteps(self.steps)
            settings = dict(num_inference_steps=self.steps)
        assert [int(t) for t in self.scheduler.timesteps] == self.timesteps, (self.scheduler.timesteps, self.timesteps)
        start = first_noise(SEED) * math.sqrt(1 + self.sigmas[0] ** 2)
        if self.scaled:
            start = start / math.sqrt(1 + self.sigmas[0] ** 2)
        settings["latents"] = start / float(self.scheduler.init_noise_sigma)
        settings["callback_on_step_end"] = self.record
        return settings

    def record(self, pipeline, step, timestep, values):
        latent = values["latents"]
        if self.scaled:
            latent = latent * math.sqrt(1 + self.sigmas[step + 1] ** 2)
        self.latents.append(latent.detach().clone())
        return values

    def run(self, call):
        draws = iter(range(self.steps))
        noisy = (scheduling_euler_ancestral_discrete, scheduling_edm_dpmsolver_multistep, scheduling_lcm)
        originals = [module.randn_tensor for module in noisy]
        for module in noisy:
            module.randn_tensor = lambda *_, **__: later_noise(SEED, 1 + 2 * next(draws))
        try:
            settings = self.settings()
            with torch.no_grad():
                image = call(self.scheduler, settings)
        finally:
            for module, original in zip(noisy, originals):
                module.randn_tensor = original
        middle = self.steps // 2
        return dict(
            sampler=self.name,
            steps=self.steps,
            first=flat(self.latents[0]),
            middle=flat(self.latents[middle - 1]),
            last=flat(self.latents[-1]),
            image=[int(v) for v in (image.clip(0, 1) * 255).round().reshape(-1)],
        )


# as Playground v2.5 states it
EDM = dict(sigma_min=0.002, sigma_max=80.0, sigma_data=0.5, sigma_schedule="karras", rho=7.0)
PLAYGROUND_VAE = dict(
    scaling_factor=0.5, latents_mean=[-1.6574, 1.886, -1.383, 2.5155], latents_std=[8.4927, 5.9022, 6.5498, 5.2299]
)


def edm_scheduler(name):
    if name == "euler":
        return EDMEulerScheduler(**EDM)
    if name == "euler_ancestral":
        # of the first order the stochastic solver's step is the ancestral one
        return EDMDPMSolverMultistepScheduler(**EDM, algorithm_type="sde-dpmsolver++", solver_order=1)
    if name == "dpmpp_2m":
        return EDMDPMSolverMultistepScheduler(**EDM)
    if name == "dpmpp_2m_sde":
        return EDMDPMSolverMultistepScheduler(**EDM, algorithm_type="sde-dpmsolver++")
    raise ValueError(name)


class EdmSampling(Sampling):
    """A run on continuous noise levels; latents are recorded at variance one."""

    def __init__(self, name, steps):
        self.name = name
        self.steps = steps
        self.scheduler = edm_scheduler(name)
        self.latents = []

    def settings(self):
        self.scheduler.set_timesteps(self.steps)
        start = first_noise(SEED) * math.sqrt(EDM["sigma_data"] ** 2 + float(self.scheduler.sigmas[0]) ** 2)
        return dict(
            num_inference_steps=self.steps,
            latents=start / float(self.scheduler.init_noise_sigma),
            callback_on_step_end=self.record,
        )

    def record(self, pipeline, step, timestep, values):
        self.latents.append(values["latents"].detach().clone() / EDM["sigma_data"])
        return values


class ConsistencySampling(Sampling):
    """
    A run of a consistency model as its own pipeline does it. Of 7 steps Fooocus' schedule, which divides the range of the
    50 distilled timesteps evenly, meets whole ones; diffusers' own choice, which rounds, is another one.
    """

    def __init__(self):
        self.name = "lcm"
        self.steps = 7
        self.scheduler = LCMScheduler(**BETAS, steps_offset=1)
        self.timesteps = [999 - 980 * i // self.steps for i in range(self.steps)]
        self.sigmas = [sigma_of(self.scheduler, t) for t in self.timesteps] + [0.0]
        self.latents = []
        self.scaled = True

    def settings(self):
        return dict(timesteps=self.timesteps, latents=first_noise(SEED), callback_on_step_end=self.record)


def flat(tensor):
    return [float("%.8g" % v) for v in tensor.detach().to(torch.float32).reshape(-1).tolist()]


SAMPLERS = ("euler", "euler_ancestral", "dpmpp_2m", "ddim")
EDM_SAMPLERS = ("euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_sde")


# references


def reference(
    pipeline, prediction, spacing, offset, steps=STEPS, guidance=GUIDANCE, extra=None, samplers=SAMPLERS, zero=False
):
    """Runs a pipeline with every sampler; zero is for schedules that end in pure noise."""
    runs = []
    for name in samplers:
        sampling = Sampling(name, prediction, spacing, offset, steps, zero)

        def call(chosen, settings):
            pipeline.scheduler = chosen
            keywords = dict(settings, guidance_scale=guidance, output_type="np", **(extra or {}))
            return pipeline(PROMPT, negative_prompt=NEGATIVE if guidance > 1 else None, **keywords).images[0]

        runs.append(sampling.run(call))
    return runs


def hidden(pipeline, prompt, skip=0):
    tokens = pipeline.tokenizer(prompt, padding="max_length", max_length=77, truncation=True, return_tensors="pt")
    with torch.no_grad():
        out = pipeline.text_encoder(tokens.input_ids, output_hidden_states=True)
        if skip:
            states = out.hidden_states[-(skip + 1)]
            return flat(pipeline.text_encoder.text_model.final_layer_norm(states))
        return flat(out.last_hidden_state)


def texts(pipeline):
    cases = []
    for prompt in (PROMPT, "", "Two DOGS, 3 trees & a café!"):
        cases.append(dict(text=prompt, clip_skip=1, states=hidden(pipeline, prompt)))
        cases.append(dict(text=prompt, clip_skip=2, states=hidden(pipeline, prompt, 1)))
    weighted, chunks = weighted_states(pipeline)
    cases.append(dict(text=weighted, clip_skip=1, states=chunks))
    ids = pipeline.tokenizer(LONG, add_special_tokens=False).input_ids
    cases.append(dict(text=LONG, clip_skip=1, states=flat(torch.cat([chunk_states(pipeline, c) for c in chunked(ids)], 1))))
    return cases


def chunked(ids):
    """Every word of the vocabulary at hand has fewer than 8 tokens; they are kept whole by their end marks."""
    return [ids[i : i + 75] for i in range(0, len(ids), 75)] or [[]]


def padded(tokens, ids):
    row = [tokens.bos_token_id] + ids + [tokens.eos_token_id]
    return torch.tensor([row + [tokens.pad_token_id] * (77 - len(row))])


def chunk_states(pipeline, ids):
    with torch.no_grad():
        return pipeline.text_encoder(padded(pipeline.tokenizer, ids)).last_hidden_state


WEIGHTED = "a (red:1.3)( cat (on) the [house])"


def weighted_tokens(tokens):
    pieces = [("a ", 1.0), ("red", 1.3), (" cat ", 1.1), ("on", 1.1 * 1.1), (" the ", 1.1), ("house", 1.1 * (1 / 1.1))]
    ids, weights = [], []
    for text, weight in pieces:
        own = tokens(text, add_special_tokens=False).input_ids
        ids += own
        weights += [weight] * len(own)
    return ids, weights


def weighed(states, empty, weights):
    """Weights as Fooocus applies them, written from its description: away from the empty text, the mean kept."""
    states, empty = states.double(), empty.double()
    before = states.mean()
    for position, weight in enumerate(weights, 1):
        states[0, position] = (states[0, position] - empty[0, position]) * weight + empty[0, position]
    return states * (before / states.mean())


def weighted_states(pipeline):
    ids, weights = weighted_tokens(pipeline.tokenizer)
    return WEIGHTED, flat(weighed(chunk_states(pipeline, ids), chunk_states(pipeline, []), weights))


def large_texts(xl):
    """With SDXL's encoders each weighs its own states; the pooled text is the first chunk's, without weights."""
    sides = ((xl.tokenizer, xl.text_encoder), (xl.tokenizer_2, xl.text_encoder_2))

    def read(tokens, encoder, ids):
        with torch.no_grad():
            out = encoder(padded(tokens, ids), output_hidden_states=True)
        return out.hidden_states[-2], out[0]

    ids, weights = weighted_tokens(xl.tokenizer)
    heavy = [weighed(read(*side, ids)[0], read(*side, [])[0], weights) for side in sides]
    cases = [dict(text=WEIGHTED, clip_skip=2, states=flat(torch.cat(heavy, 2)), pooled=flat(read(*sides[1], ids)[1]))]
    chunks = chunked(xl.tokenizer(LONG, add_special_tokens=False).input_ids)
    long = [torch.cat([read(*side, chunk)[0] for chunk in chunks], 1) for side in sides]
    pooled = read(*sides[1], chunks[0])[1]
    cases.append(dict(text=LONG, clip_skip=2, states=flat(torch.cat(long, 2)), pooled=flat(pooled)))
    return cases


# exports


def save_tokenizer(folder, pad="<|endoftext|>"):
    os.makedirs(folder, exist_ok=True)
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(os.path.join(VOCABULARY, name), folder)
    with open(os.path.join(folder, "tokenizer_config.json"), "w") as out:
        json.dump({"tokenizer_class": "CLIPTokenizer", "model_max_length": 77, "pad_token": pad}, out)


def save_json(path, values):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as out:
        json.dump(values, out, indent=1)


def save_scheduler(folder, scheduler):
    scheduler.save_config(os.path.join(folder, "scheduler"))


def halved(path):
    from onnxruntime.transformers.float16 import convert_float_to_float16

    onnx.save(convert_float_to_float16(onnx.load(path), keep_io_types=False, disable_shape_infer=False), path)


def smaller_tokenizers(folder):
    """Leaves the vocabulary once in the archive, and nothing that Darkroom does not read."""
    for name, pad in (("tokenizer", "<|endoftext|>"), ("tokenizer_2", "!")):
        if os.path.isdir(os.path.join(folder, name)):
            shutil.rmtree(os.path.join(folder, name))
            save_tokenizer(os.path.join(folder, name), pad)


def with_optimum(pipeline, folder, scheduler):
    from optimum.exporters.onnx import main_export

    with tempfile.TemporaryDirectory() as saved:
        pipeline.scheduler = scheduler
        pipeline.save_pretrained(saved)
        main_export(
            saved, output=folder, library_name="diffusers", task="text-to-image", do_validation=False, no_dynamic_axes=False
        )
    smaller_tokenizers(folder)
    for name in ("vae_encoder",):
        if not isinstance(pipeline, StableDiffusionInpaintPipeline):
            shutil.rmtree(os.path.join(folder, name), ignore_errors=True)


# families


def stable_diffusion(kind, text, denoiser, decoder, **extra):
    return kind(
        vae=decoder,
        text_encoder=text,
        tokenizer=tokenizer(),
        unet=denoiser,
        scheduler=DDIMScheduler(**BETAS),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
        **extra,
    )


def quiet(pipeline):
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def stable_diffusion_xl(decoder):
    large = unet(
        6,
        cross_attention_dim=40,
        transformer_layers_per_block=(1, 2),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=24 + 6 * 8,
    )
    return quiet(
        StableDiffusionXLPipeline(
            vae=decoder,
            text_encoder=clip(2),
            text_encoder_2=projected_clip(7),
            tokenizer=tokenizer(),
            tokenizer_2=tokenizer("!"),
            unet=large,
            scheduler=EulerDiscreteScheduler(**BETAS),
            force_zeros_for_empty_prompt=True,
            add_watermarker=False,
        )
    )


def with_continuous_levels(out):
    """As Playground v2.5: SDXL's graphs, but EDM's levels and preconditioning, and a scale for each of the VAE's channels."""
    decoder = vae(1, 0.13025)
    decoder.register_to_config(**PLAYGROUND_VAE)
    xl = stable_diffusion_xl(decoder)
    runs = []
    for name in EDM_SAMPLERS:
        sampling = EdmSampling(name, STEPS)

        def call(chosen, settings):
            xl.scheduler = chosen
            more = dict(guidance_scale=GUIDANCE, output_type="np", height=SIDE * SCALE, width=SIDE * SCALE)
            return xl(PROMPT, negative_prompt=NEGATIVE, **settings, **more).images[0]

        runs.append(sampling.run(call))
    folder = out + "/sdxl-edm"
    shutil.copytree(out + "/sdxl-optimum", folder)
    save_scheduler(folder, EDMDPMSolverMultistepScheduler(**EDM))
    with open(folder + "/vae_decoder/config.json") as file:
        config = json.load(file)
    save_json(folder + "/vae_decoder/config.json", dict(config, **PLAYGROUND_VAE))
    save_json(folder + "/expected.json", dict(texts=[], runs=runs, guidance=GUIDANCE, scheduler="karras"))


SQUARE = dict(height=SIDE * SCALE, width=SIDE * SCALE)
LEADING = dict(spacing="leading", offset=1)
TURBO_SCHEDULER = EulerDiscreteScheduler(**BETAS, timestep_spacing="trailing", steps_offset=1)


def usual_scheduler():
    return PNDMScheduler(**BETAS, steps_offset=1, skip_prk_steps=True, set_alpha_to_one=False)


# each gives a pipeline, the scheduler that its folder is to have, and what the reference makes of it


def version_one():
    one = quiet(stable_diffusion(StableDiffusionPipeline, clip(2), unet(3), vae(1, 0.18215)))
    runs = reference(one, "epsilon", **LEADING)
    return one, usual_scheduler(), dict(texts=texts(one), runs=runs, guidance=GUIDANCE, scheduler="ddim_uniform")


def version_two():
    denoiser = unet(5, use_linear_projection=True, attention_head_dim=(2, 4))
    two = quiet(stable_diffusion(StableDiffusionPipeline, clip(4, act="gelu"), denoiser, vae(1, 0.18215)))
    usual = DDIMScheduler(**BETAS, steps_offset=1, prediction_type="v_prediction", set_alpha_to_one=False)
    runs = reference(two, "v_prediction", **LEADING)
    return two, usual, dict(texts=texts(two), runs=runs, guidance=GUIDANCE, scheduler="ddim_uniform")


def large():
    xl = stable_diffusion_xl(vae(1, 0.13025))
    with torch.no_grad():
        states, nothing, pooled, pooled_nothing = xl.encode_prompt(PROMPT, do_classifier_free_guidance=True)
        written, _, pooled_written, _ = xl.encode_prompt("", do_classifier_free_guidance=False)
    assert float(nothing.abs().max()) == 0 and float(pooled_nothing.abs().max()) == 0
    cases = [
        dict(text=PROMPT, clip_skip=2, states=flat(states), pooled=flat(pooled)),
        dict(text="", clip_skip=2, states=flat(written), pooled=flat(pooled_written)),
        dict(text="", clip_skip=2, negative=True, states=flat(nothing), pooled=flat(pooled_nothing)),
    ]
    cases += large_texts(xl)
    runs = reference(xl, "epsilon", extra=SQUARE, **LEADING)
    usual = EulerDiscreteScheduler(**BETAS, steps_offset=1, timestep_spacing="leading")
    return xl, usual, dict(texts=cases, runs=runs, guidance=GUIDANCE, scheduler="ddim_uniform")


def consistency():
    taught = quiet(
        LatentConsistencyModelPipeline(
            vae=vae(1, 0.18215),
            text_encoder=clip(2),
            tokenizer=tokenizer(),
            unet=unet(8, time_cond_proj_dim=256),
            scheduler=LCMScheduler(**BETAS),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
    )
    usual = LCMScheduler(**BETAS, steps_offset=1)
    guidance = 8.5
    # the consistency pipeline scales no inputs, so that it can't run other schedulers; this one knows timestep_cond too
    same = quiet(stable_diffusion(StableDiffusionPipeline, taught.text_encoder, taught.unet, taught.vae))
    runs = reference(same, "epsilon", guidance=guidance, **LEADING)

    def call(chosen, settings):
        taught.scheduler = chosen
        return taught(PROMPT, guidance_scale=guidance, output_type="np", **settings).images[0]

    # a group of its own: Darkroom runs a group's samplers in the same calls, and these take another number of steps
    own = dict(scheduler="lcm", runs=[ConsistencySampling().run(call)])
    return taught, usual, dict(texts=[], runs=runs, own=own, guidance=guidance, scheduler="ddim_uniform")


def painter():
    decoder = vae(1, 0.18215)
    nine = quiet(stable_diffusion(StableDiffusionInpaintPipeline, clip(2), unet(9, in_channels=9), decoder))
    picture = torch.zeros(1, 3, SIDE * SCALE, SIDE * SCALE)
    with torch.no_grad():
        grey = decoder.encode(picture).latent_dist.mean * 0.18215
    whole = torch.ones(1, 1, SIDE * SCALE, SIDE * SCALE)
    everything = dict(image=picture, mask_image=whole, masked_image_latents=grey, strength=1.0, **SQUARE)
    torch.manual_seed(5)
    half = torch.zeros(1, 1, SIDE * SCALE, SIDE * SCALE)
    half[:, :, :, SIDE:] = 1
    kept = torch.randn(1, 4, SIDE, SIDE)
    partly = dict(everything, mask_image=half, masked_image_latents=kept)
    mask = torch.nn.functional.interpolate(half, size=(SIDE, SIDE))
    expected = dict(
        texts=[],
        runs=reference(nine, "epsilon", extra=everything, **LEADING),
        masked=dict(
            channels=flat(torch.cat([mask, kept], 1)),
            runs=reference(nine, "epsilon", extra=partly, samplers=("euler",), **LEADING),
        ),
        guidance=GUIDANCE,
        scheduler="ddim_uniform",
    )
    return nine, usual_scheduler(), expected


def turbo(pipeline, source, folder, scheduler, cases, extra=None):
    """The same graphs, distilled: few steps, no guidance."""
    shutil.copytree(source, folder)
    save_scheduler(folder, scheduler)
    runs = reference(pipeline, "epsilon", "trailing", 1, steps=4, guidance=0.0, extra=extra)
    save_json(folder + "/expected.json", dict(texts=cases, runs=runs, guidance=1.0, scheduler="normal"))


def families(out):
    one, usual, expected = version_one()
    with_optimum(one, out + "/sd15-optimum", usual)
    save_json(out + "/sd15-optimum/expected.json", expected)
    turbo(one, out + "/sd15-optimum", out + "/sd-turbo", TURBO_SCHEDULER, expected["texts"])
    shutil.copytree(out + "/sd15-optimum", out + "/sd15-half")
    for name in ("text_encoder", "unet", "vae_decoder"):
        halved(out + "/sd15-half/%s/model.onnx" % name)

    two, usual, expected = version_two()
    with_optimum(two, out + "/sd21-optimum", usual)
    save_json(out + "/sd21-optimum/expected.json", expected)

    # as models were tuned to be that begin in pure noise (Lin et al. 2023), with their rescaled guidance
    shutil.copytree(out + "/sd21-optimum", out + "/sd21-zero-snr")
    pure = dict(BETAS, prediction_type="v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing")
    save_scheduler(out + "/sd21-zero-snr", DDIMScheduler(**pure, clip_sample=False, set_alpha_to_one=False))
    save_json(out + "/sd21-zero-snr/darkroom.json", {"guidance_rescale": 0.7})
    save_json(
        out + "/sd21-zero-snr/expected.json",
        dict(
            texts=[],
            # of 6 steps DDIMScheduler, which divides by whole numbers, would miss the timesteps
            runs=reference(two, "v_prediction", "trailing", 0, steps=5, extra=dict(guidance_rescale=0.7), zero=True),
            guidance=GUIDANCE,
            scheduler="normal",
        ),
    )

    xl, usual, expected = large()
    with_optimum(xl, out + "/sdxl-optimum", usual)
    save_json(out + "/sdxl-optimum/expected.json", expected)
    with_continuous_levels(out)
    ancestral = EulerAncestralDiscreteScheduler(**BETAS, timestep_spacing="trailing", steps_offset=1)
    turbo(xl, out + "/sdxl-optimum", out + "/sdxl-turbo", ancestral, expected["texts"], SQUARE)

    for family, made in (("lcm", consistency), ("inpaint", painter)):
        pipeline, usual, expected = made()
        with_optimum(pipeline, out + "/%s-optimum" % family, usual)
        save_json(out + "/%s-optimum/expected.json" % family, expected)


def packed(folder):
    """Puts these folders in the archive, in place of those of the same names, and leaves the others there."""
    with tempfile.TemporaryDirectory() as everything:
        with tarfile.open(TARGET) as before:
            before.extractall(everything)
        for name in os.listdir(folder):
            shutil.rmtree(os.path.join(everything, name), ignore_errors=True)
            shutil.copytree(os.path.join(folder, name), os.path.join(everything, name))
        compressed(everything)


def compressed(folder):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for base, folders, files in os.walk(folder):
            folders.sort()
            for name in sorted(files):
                path = os.path.join(base, name)
                entry = tarfile.TarInfo(os.path.relpath(path, folder))
                entry.size = os.path.getsize(path)
                with open(path, "rb") as data:
                    tar.addfile(entry, data)
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 64 << 20}]
    with open(TARGET, "wb") as out:
        out.write(lzma.compress(raw.getvalue(), format=lzma.FORMAT_XZ, filters=filters))


def main(make):
    if len(sys.argv) > 1:
        make(sys.argv[1])
        packed(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory() as folder:
            make(folder)
            packed(folder)
    print(TARGET, os.path.getsize(TARGET))


if __name__ == "__main__":
    main(families)
