"""The backgrounds that captions name."""

COLOURS = {
    "white": (255, 255, 255), "black": (24, 24, 28), "gray": (158, 160, 166), "red": (222, 62, 62),
    "orange": (247, 152, 62), "yellow": (252, 222, 92), "green": (92, 184, 96), "light blue": (172, 218, 248),
    "blue": (66, 120, 226), "purple": (142, 92, 206), "pink": (250, 178, 208), "brown": (146, 102, 70),
    "teal": (48, 158, 156), "beige": (242, 228, 198),
}
