"""Words that are known, and how near to them is what a prompt says.

The planner's own heads are sure of what captions said often. What they said seldom or never is more likely what the
words mean that the text encoder puts beside it: here each known word has its direction, and votes for its concept.
This is a kernel density; it is measured, not trained, and a word more costs one encoding.
"""
import torch
import torch.nn.functional as F
from torch import nn

DIMENSIONS = 40
# of two words, the one whose cosine is larger by a twentieth counts e times as much
SHARPNESS = 20.0
# no word is near: as likely as all others
FLOOR = 1e-9
UNIT = 127


class Vocabulary(nn.Module):
    def __init__(self, words: int, concepts: int, text: int):
        super().__init__()
        self.concepts = concepts
        self.register_buffer("mean", torch.zeros(text))
        self.register_buffer("axes", torch.zeros(text, DIMENSIONS))
        self.register_buffer("directions", torch.zeros(words, DIMENSIONS, dtype=torch.int8))
        self.register_buffer("meaning", torch.zeros(words, dtype=torch.int32))

    @classmethod
    def of(cls, said: torch.Tensor, meaning: torch.Tensor, concepts: int) -> "Vocabulary":
        """`said` [word, text] is what the planner hears of each word, `meaning` its concept."""
        vocabulary = cls(len(said), concepts, said.shape[1]).to(said.device)
        vocabulary.mean.copy_(said.mean(0))
        centred = F.normalize(said - vocabulary.mean, dim=1)
        vocabulary.axes.copy_(torch.linalg.eigh(centred.T @ centred)[1][:, -DIMENSIONS:])
        vocabulary.directions.copy_((UNIT * vocabulary.direction(said)).round())
        vocabulary.meaning.copy_(meaning)
        return vocabulary

    def direction(self, said: torch.Tensor) -> torch.Tensor:
        return F.normalize((said - self.mean) @ self.axes, dim=-1)

    def forward(self, said: torch.Tensor) -> torch.Tensor:
        """[role, batch, concept]: logits, from what is heard for each role, [role, batch, text]."""
        cosines = self.direction(said) @ self.directions.to(said.dtype).T / UNIT
        votes = (SHARPNESS * (cosines - 1)).exp()
        none = torch.zeros(*said.shape[:2], self.concepts, dtype=votes.dtype, device=votes.device)
        return none.scatter_add(2, self.meaning.long().expand_as(votes), votes).clamp(min=FLOOR).log()
