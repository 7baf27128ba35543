"""What each concept looks like, and where a noisy picture seems to show it.

An object may lie a cell beside its place and may be mirrored: the noise decides. Which of these the noisy picture
shows is a question with an exact answer: for x = signal * z + sigma * noise, the probability of a candidate g goes with
exp(signal / sigma^2 * <x, g>), as all candidates are equally large. At full noise all are equally likely, and the guess
is their blurred mean; a few steps later it is one of them, and sharp. The latents' zero is the mean colour of all
pictures, and objects are kept on that colour: so a background, of which nothing is known here, speaks for none.
"""
import torch
import torch.nn.functional as F
from torch import nn

from .autoencoder import CHANNELS
from .layouts import BIG, HALF, LAYOUTS, MIDDLE, NAMES, ROLES, SHIFTS, WHOLE

# an object's outline: how much of a block it covers, and the three strongest components of that, see `measure`
OUTLINE = 4
GUESS = CHANNELS + OUTLINE
IMPOSSIBLE = 1e-6


class Objects(nn.Module):
    def __init__(self, concepts: int, styles: int):
        super().__init__()
        for name, tile in (("wholes", WHOLE), ("bigs", BIG), ("halves", HALF)):
            self.register_buffer(name, torch.zeros(styles * concepts, GUESS, tile.cells, tile.cells))
        # mirroring a tile turns round its cells; this does the same inside of the cells
        self.register_buffer("mirror", torch.zeros(GUESS, GUESS))
        # which latents an outline speaks of
        self.register_buffer("outlined", torch.zeros(OUTLINE, CHANNELS))
        self.register_buffer("mirrored", torch.zeros(concepts))
        # which of the places start, middle and end (down, across) a role's half-size object takes in a layout
        board = torch.zeros(len(LAYOUTS), ROLES, 3, 3)
        # in which directions (down, across) it may lie beside its place
        free = torch.zeros(len(LAYOUTS), ROLES, 2)
        for i, spots in enumerate(LAYOUTS.values()):
            for spot in spots:
                board[i, spot.role, spot.down, spot.across] = float(spot.tile is HALF)
                free[i, spot.role] = torch.tensor(spot.free, dtype=torch.float32)
        self.register_buffer("board", board)
        self.register_buffer("free", free)
        self.register_buffer("shifts", torch.tensor([SHIFTS.count(s) / len(SHIFTS) for s in (-1, 0, 1)]))

    def forward(self, roles: torch.Tensor, layout: torch.Tensor, style: torch.Tensor, sample: torch.Tensor,
                certainty: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
        """[batch, GUESS, height, width]; zero is an empty picture.

        `roles` [batch, role, concept], `layout` and `style` are probabilities, `sample` is the noisy picture,
        `certainty` is signal / sigma^2 of each row, `rows` and `columns` count from zero to the picture's size.
        """
        # [batch, role, mirrored or not, channel, height, width]
        objects = self.in_places(roles, layout, style, rows, columns)
        height, width = sample.shape[2:]
        padded = F.pad(objects, (1, 1, 1, 1))
        candidates = [padded[..., 2 - down:2 - down + height, 2 - across:2 - across + width]
                      for down in range(3) for across in range(3)]
        noisy = sample[:, None, None]
        agreement = torch.stack([(noisy * c[:, :, :, :CHANNELS]).sum((3, 4, 5)) for c in candidates], 3)
        share = (self.prior(roles, layout) + certainty[:, None, None] * agreement.flatten(2)).softmax(2)
        share = share.unflatten(2, (2, 9))[..., None, None, None]
        return sum((share[:, :, :, i] * c).sum((1, 2)) for i, c in enumerate(candidates))

    def prior(self, roles: torch.Tensor, layout: torch.Tensor) -> torch.Tensor:
        """[batch, role, mirrored x down x across]: logarithms of how likely each candidate is beforehand."""
        free = (layout @ self.free.flatten(1)).unflatten(1, (ROLES, 2, 1))
        stays = torch.tensor([0.0, 1.0, 0.0], device=layout.device)
        down, across = (free * self.shifts + (1 - free) * stays).unbind(2)
        mirrored = (roles @ self.mirrored)[..., None] / 2
        mirrored = torch.cat([1 - mirrored, mirrored], 2)
        both = mirrored[..., None, None] * down[:, :, None, :, None] * across[:, :, None, None]
        return both.clamp(min=IMPOSSIBLE).log().flatten(2)

    def in_places(self, roles: torch.Tensor, layout: torch.Tensor, style: torch.Tensor, rows: torch.Tensor,
                  columns: torch.Tensor) -> torch.Tensor:
        # a role's share of every style's every concept
        shares = (style[:, None, :, None] * roles[:, :, None]).flatten(2)
        boards = (layout @ self.board.flatten(1)).unflatten(1, (ROLES, 1, 1, 3, 1, 3, 1))
        halves = (self.placed(self.both_ways(shares, self.halves), rows, columns) * boards).sum((4, 6))
        first = torch.zeros_like(halves[:, :1])
        for name, table in (("single", self.wholes), ("big", self.bigs)):
            tile = self.placed(self.both_ways(shares[:, :1], table), rows, columns)[:, :, :, :, MIDDLE, :, MIDDLE]
            first = first + tile * layout[:, NAMES.index(name), None, None, None, None, None]
        return torch.cat([halves[:, :1] + first, halves[:, 1:]], 1)

    def both_ways(self, shares: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
        """[batch, role, mirrored or not, channel, cells, cells]"""
        tile = (shares @ table.flatten(1)).unflatten(2, table.shape[1:])
        turned = (self.mirror @ tile.flip(4).flatten(3)).unflatten(3, tile.shape[3:])
        return torch.stack([tile, turned], 2)

    def placed(self, tile: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
        """[batch, role, mirrored or not, channel, 3, height, 3, width]: the tile at each of the nine places."""
        cells = tile.shape[-1]
        height, width = rows[-1] + 1, columns[-1] + 1
        down, across = (self.rulers(cells, index, size) for index, size in ((rows, height), (columns, width)))
        return (down @ tile @ across.transpose(0, 1)).unflatten(4, (3, -1)).unflatten(6, (3, -1))

    def rulers(self, cells: int, index: torch.Tensor, size: torch.Tensor) -> torch.Tensor:
        """[3 * grid, cells]: which of a tile's cells lies where, at the start, in the middle, at the end (`first_cell`)."""
        start = ((size / 4).floor() - 3).clamp(min=0)
        rest = size - cells
        firsts = torch.stack([start, (rest / 2).floor(), rest - start])
        wanted = torch.arange(cells, device=index.device, dtype=index.dtype)
        return ((index - firsts[:, None])[:, :, None] == wanted).to(index.dtype).flatten(0, 1)

    def on_ground(self, objects: torch.Tensor, ground: torch.Tensor) -> torch.Tensor:
        """The objects' latents on a background, [batch, 3, height, 1 or width] in mean colours, instead of on the neutral one.

        Where an object ends inside a block, a darker or lighter background changes the block's components too.
        """
        latents, cover, edges = objects.split((CHANNELS, 1, OUTLINE - 1), 1)
        shown = F.pad((1 - cover) * ground, (0, 0, 0, 0, 0, CHANNELS - 3))
        changed = (self.outlined[1:].T @ edges.flatten(2)).unflatten(2, edges.shape[2:])
        return latents + shown - changed * ground.mean(1, keepdim=True)
