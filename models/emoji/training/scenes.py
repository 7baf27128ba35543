"""Pictures composed from sprites, on the device that trains."""
from dataclasses import dataclass

import torch
import torch.nn.functional as F


@dataclass(frozen=True)
class Placement:
    """A sprite in a picture: centre as a fraction of width and height, size as a fraction of the shorter side."""
    sprite: int
    x: float
    y: float
    size: float
    mirrored: bool = False


@dataclass(frozen=True)
class Scene:
    """What a picture shows: the background runs from one colour (top) to another (bottom)."""
    placements: tuple[Placement, ...]
    top: tuple[int, int, int]
    bottom: tuple[int, int, int]


class Renderer:
    """Draws scenes as [-1, 1] tensors; sprites are kept at three sizes so that small ones do not alias."""

    def __init__(self, pixels: torch.Tensor, device: torch.device | str):
        self.device = torch.device(device)
        self.levels = [pixels.to(self.device)]
        for _ in range(2):
            half = [F.avg_pool2d(chunk.float(), 2).round().byte() for chunk in self.levels[-1].split(64)]
            self.levels.append(torch.cat(half))

    def draw(self, scenes: list[Scene], height: int, width: int) -> torch.Tensor:
        tops, bottoms = (torch.tensor([getattr(s, end) for s in scenes], device=self.device).float().div(255)
                         for end in ("top", "bottom"))
        ramp = torch.linspace(0, 1, height, device=self.device)[None, None, :, None]
        canvas = torch.lerp(tops[:, :, None, None], bottoms[:, :, None, None], ramp).repeat(1, 1, 1, width)
        for layer in range(max(len(s.placements) for s in scenes)):
            for level, sprites in enumerate(self.levels):
                rows = [i for i, s in enumerate(scenes)
                        if layer < len(s.placements) and self.level_of(s.placements[layer], height, width) == level]
                if rows:
                    placed = [scenes[i].placements[layer] for i in rows]
                    rgba = self.placed(sprites, placed, height, width)
                    canvas[rows] = canvas[rows] * (1 - rgba[:, 3:]) + rgba[:, :3]
        return canvas.mul_(2).sub_(1)

    def level_of(self, placement: Placement, height: int, width: int) -> int:
        shrink = self.levels[0].shape[-1] / (placement.size * min(height, width))
        return 0 if shrink < 1.4 else 1 if shrink < 2.8 else 2

    def placed(self, sprites: torch.Tensor, placements: list[Placement], height: int, width: int) -> torch.Tensor:
        side = min(height, width)
        theta = torch.zeros(len(placements), 2, 3)
        for i, p in enumerate(placements):
            sx, sy = width / (p.size * side), height / (p.size * side)
            sx = -sx if p.mirrored else sx
            theta[i, 0, 0], theta[i, 0, 2] = sx, -(2 * p.x - 1) * sx
            theta[i, 1, 1], theta[i, 1, 2] = sy, -(2 * p.y - 1) * sy
        chosen = sprites[torch.tensor([p.sprite for p in placements], device=self.device)].float().div(255)
        grid = F.affine_grid(theta.to(self.device), [len(placements), 4, height, width], align_corners=False)
        return F.grid_sample(chosen, grid, align_corners=False)
