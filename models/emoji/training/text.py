"""Prompts as the server encodes them: bit for bit what the denoiser will be given."""
import json
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from .paths import MODEL, TEXT_ENCODER, TOKENIZER


class TextEncoder:
    """One prompt per call and no padding inside it: the int8 graph's output depends on all rows of a call."""

    def __init__(self, model: Path = TEXT_ENCODER, tokenizer: Path = TOKENIZER, threads: int = 1):
        config = json.loads((MODEL / "text_encoder" / "config.json").read_text("utf-8"))
        self.max_tokens: int = config["darkroom"]["max_tokens"]
        self.width: int = config["hidden_size"]
        self.tokenizer = Tokenizer.from_file(str(tokenizer))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(self.max_tokens)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])

    def encode(self, prompt: str) -> np.ndarray:
        """[max_tokens, width], zeros after the prompt's own tokens."""
        ids = np.array([self.tokenizer.encode(prompt).ids])
        hidden, = self.session.run(["last_hidden_state"], {
            "input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)})
        padded = np.zeros((self.max_tokens, self.width), np.float32)
        padded[:ids.shape[1]] = hidden[0]
        return padded
