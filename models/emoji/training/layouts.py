"""Where objects lie: shared by what composes scenes, what guesses them, and what judges them.

Objects lie on the latent grid, whose cells are blocks of 16x16 pixels, in tiles of three sizes. Places are reckoned on
the picture's own grid, so a wide picture has its objects further apart, never wider.
"""
import random
from dataclasses import dataclass

from .autoencoder import BLOCK
from .scenes import Placement


@dataclass(frozen=True)
class Tile:
    """A square of latent cells with an object in its middle."""
    cells: int
    pixels: int


WHOLE, BIG, HALF = Tile(12, 192), Tile(14, 224), Tile(7, 104)
START, MIDDLE, END = range(3)


@dataclass(frozen=True)
class Spot:
    """`role` says which of a caption's objects lies here: from left to right, from top to bottom."""
    tile: Tile
    down: int = MIDDLE
    across: int = MIDDLE
    role: int = 0

    @property
    def free(self) -> tuple[bool, bool]:
        """Whether there is room above and below, and at the sides."""
        return tuple(self.tile is not BIG and anchor == MIDDLE for anchor in (self.down, self.across))


PLACES = {
    "in the top left corner": (START, START), "at the top": (START, MIDDLE), "in the top right corner": (START, END),
    "on the left": (MIDDLE, START), "on the right": (MIDDLE, END),
    "in the bottom left corner": (END, START), "at the bottom": (END, MIDDLE), "in the bottom right corner": (END, END),
}
LAYOUTS: dict[str, tuple[Spot, ...]] = {
    "nothing": (), "single": (Spot(WHOLE),), "big": (Spot(BIG),), "small": (Spot(HALF),),
    **{name: (Spot(HALF, down, across),) for name, (down, across) in PLACES.items()},
    "side by side": (Spot(HALF, MIDDLE, START, 0), Spot(HALF, MIDDLE, END, 1)),
    "one above the other": (Spot(HALF, START, MIDDLE, 0), Spot(HALF, END, MIDDLE, 1)),
    "three": (Spot(HALF, START, MIDDLE, 0), Spot(HALF, END, START, 1), Spot(HALF, END, END, 2)),
}
NAMES = tuple(LAYOUTS)
ROLES = 3
SHIFTS = (-1, 0, 0, 1)


def first_cell(anchor: int, cells: int, grid: int) -> int:
    """The first of a tile's cells on a grid. Half-size tiles at start and end share the grid evenly."""
    start = max(0, grid // 4 - 3)
    return (start, (grid - cells) // 2, grid - cells - start)[anchor]


def placement(sprite: int, spot: Spot, rows: int, columns: int, shift: tuple[int, int] = (0, 0), mirrored: bool = False) -> Placement:
    """The spot on a grid, so many cells (down, across) beside it."""
    down, across = ((first_cell(anchor, spot.tile.cells, grid) + moved + spot.tile.cells / 2) / grid
                    for anchor, grid, moved in ((spot.down, rows, shift[0]), (spot.across, columns, shift[1])))
    return Placement(sprite, across, down, spot.tile.pixels / (BLOCK * min(rows, columns)), mirrored)


def shifted(spot: Spot, rng: random.Random) -> tuple[int, int]:
    """By how many cells an object lies beside its place: only where there is room, and nothing else."""
    down, across = (rng.choice(SHIFTS) if free else 0 for free in spot.free)
    return down, across
