"""From a prompt to a picture: the built-in model in onnxruntime, by the defaults in its own files."""
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image
from tokenizers import Tokenizer

TRAIN_STEPS = 1000
LOWEST_TERMINAL_ALPHA = 2.0 ** -24


class Pipeline:
    def __init__(self, folder: Path, threads: int, spinning: bool = True):
        self.defaults = json.loads((folder / "darkroom.json").read_text("utf-8"))
        encoder = json.loads((folder / "text_encoder" / "config.json").read_text("utf-8"))
        self.width, self.tokens = encoder["hidden_size"], encoder["darkroom"]["max_tokens"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        if not spinning:
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.text_encoder, self.unet, self.decoder = (
            onnxruntime.InferenceSession(str(folder / part / "model.onnx"), options, ["CPUExecutionProvider"])
            for part in ("text_encoder", "unet", "vae_decoder"))
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer" / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(self.tokens)
        self.log_sigmas = np.log(zero_snr_sigmas(json.loads(
            (folder / "scheduler" / "scheduler_config.json").read_text("utf-8"))))
        self.empty = self.encode("")

    def encode(self, text: str) -> np.ndarray:
        ids = np.array([self.tokenizer.encode(text).ids])
        hidden, = self.text_encoder.run(["last_hidden_state"], {
            "input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)})
        padded = np.zeros((self.tokens, self.width), np.float32)
        padded[:ids.shape[1]] = hidden[0]
        return padded

    def generate(self, prompt: str, seed: int, steps: int | None, progress: Callable[[int, int], None]) -> Image.Image:
        """DPM-Solver++(2M), evenly spaced timesteps from the last, classifier-free guidance: two rows a call."""
        steps, guidance = steps or self.defaults["steps"], self.defaults["guidance_scale"]
        texts = np.stack([self.encode(prompt), self.empty])
        last = TRAIN_STEPS - 1
        timesteps = [last - last * i / steps for i in range(steps)]
        sigmas = [math.exp(np.interp(t, np.arange(TRAIN_STEPS), self.log_sigmas)) for t in timesteps] + [0.0]
        latent = noise(seed, (12, self.defaults["height"] // 16, self.defaults["width"] // 16))
        latent = latent * np.float32(math.sqrt(1 + sigmas[0] ** 2))
        previous, last_h = None, 0.0
        for i, (timestep, sigma, following) in enumerate(zip(timesteps, sigmas, sigmas[1:])):
            variance = sigma ** 2 + 1
            scaled = latent / np.float32(math.sqrt(variance))
            v, = self.unet.run(None, {
                "sample": np.stack([scaled, scaled]),
                "timestep": np.full(2, timestep, np.float32),
                "encoder_hidden_states": texts})
            v = v[1] + np.float32(guidance) * (v[0] - v[1])
            clean = latent / np.float32(variance) - v * np.float32(sigma / math.sqrt(variance))
            if following == 0:
                latent = clean
            else:
                h = math.log(sigma / following)
                estimate = clean
                if previous is not None:
                    estimate = clean + (clean - previous) * np.float32(h / (2 * last_h))
                latent = latent * np.float32(following / sigma) - estimate * np.float32(math.expm1(-h))
                last_h = h
            previous = clean
            progress(i + 1, steps)
        picture, = self.decoder.run(None, {"latent_sample": latent[None]})
        return Image.fromarray(((picture[0].transpose(1, 2, 0) + 1) * 127.5).round().clip(0, 255).astype(np.uint8))


def zero_snr_sigmas(config: dict) -> np.ndarray:
    """Scaled-linear betas, rescaled to zero terminal SNR (Lin et al. 2023, algorithm 1), as noise levels."""
    betas = np.linspace(config["beta_start"] ** 0.5, config["beta_end"] ** 0.5, TRAIN_STEPS) ** 2
    signal = np.sqrt(np.cumprod(1 - betas))
    alphas = ((signal - signal[-1]) * signal[0] / (signal[0] - signal[-1])) ** 2
    alphas[-1] = LOWEST_TERMINAL_ALPHA
    return np.sqrt((1 - alphas) / alphas)


def noise(seed: int, shape: tuple[int, ...]) -> np.ndarray:
    """What torch.randn gives for a seed on the CPU, without torch: 24 bits of each number, Box-Muller by sixteens."""
    count = math.prod(shape)
    bits = np.random.RandomState(seed & 0xFFFFFFFF).randint(0, 2 ** 32, count, dtype=np.uint32)
    uniform = ((bits & 0xFFFFFF).astype(np.float32) / np.float32(1 << 24)).reshape(-1, 2, 8)
    radius = np.sqrt(-2 * np.log(1 - uniform[:, 0]))
    angle = np.float32(2 * math.pi) * uniform[:, 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).astype(np.float32).reshape(shape)
