"""Where things are: everything that is not committed lives under work/."""
from pathlib import Path

TRAINING = Path(__file__).resolve().parent
MODEL = TRAINING.parent
WORK = TRAINING / "work"
CONCEPTS = TRAINING / "concepts.txt"
EVERYDAY = TRAINING / "everyday.txt"

NODE_MODULES = WORK / "npm" / "node_modules"
SPRITES = WORK / "sprites.pt"
SHARDS = WORK / "shards"
AUTOENCODER = WORK / "autoencoder.pt"
CAPTIONS = WORK / "captions.pt"
PLANNER = WORK / "planner.pt"
DENOISER = WORK / "denoiser.pt"
CLASSIFIER = WORK / "classifier.pt"

TEXT_ENCODER = MODEL / "text_encoder" / "model.onnx"
TOKENIZER = MODEL / "tokenizer" / "tokenizer.json"
EVALUATION = MODEL / "evaluation"
