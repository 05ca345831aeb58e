"""Colours of the light and the dark stage as arrays: the same as `web/theme.js`."""

from functools import cache
from typing import Any, Literal

import numpy as np

from mariel.stage.palette import PALETTE

ThemeName = Literal["light", "dark"]

GHOST_FACE = 0.6
"""The face of a ghost with volume, between the backdrop, 0, and the ghost, 1."""

LIGHT = {"light": (0.66, 0.46), "dark": (0.5, 0.58)}
"""The share of a colour that is seen without light, and what the light adds."""

SHADOW_STRENGTH = {"light": 1.0, "dark": 1.9}
"""On a dark floor a shadow is hardly darker than the floor."""

_SCALE_STEPS = 64


def rgb(colour: str) -> np.ndarray:
    """Shares of red, green and blue, 0 to 1, of "#rrggbb"."""
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], np.float32) / 255


def mix(start: np.ndarray, stop: np.ndarray, share: float | np.ndarray) -> np.ndarray:
    """A colour between two, at a share of the second one."""
    return start + (stop - start) * share


class Theme:
    """The colours of one theme.

    Args:
        name: "light" or "dark".
    """

    def __init__(self, name: ThemeName):
        self.name = name
        self.colours: dict[str, Any] = PALETTE["stage"][name]
        self.ambient, self.diffuse = LIGHT[name]
        self.backdrop, self.floor = rgb(self.colours["backdrop"]), rgb(self.colours["floor"])
        self.wire_shadow = rgb(self.colours["shadow"])
        self.shadow = rgb(self.colours["figure"]["shadow"])
        self.shadow_strength = SHADOW_STRENGTH[name]
        self.marker = rgb(self.colours["marker"])
        self.trails = {
            side: rgb(self.colours[key]) for side, key in zip("LRM", ("left", "right", "middle"), strict=True)
        }
        scale = np.stack([rgb(colour) for colour in self.colours["scale"]])
        steps = np.linspace(0, len(scale) - 1, _SCALE_STEPS + 1)
        channels = [np.interp(steps, np.arange(len(scale)), scale[:, channel]) for channel in range(3)]
        self.scale = np.stack(channels, axis=1).astype(np.float32)

    def of_sides(self, ghost: bool, colour: str | None) -> dict[str, np.ndarray]:
        """Colours of a dancer's lines by side: L, R and M."""
        if ghost:
            return dict.fromkeys("LRM", rgb(self.colours["ghost"]))
        if colour is None:
            return self.trails
        edge = mix(rgb(colour), self.trails["M"], 0.12)
        return {"L": edge, "R": edge, "M": rgb(colour)}

    def of_figure(self, ghost: bool, colour: str | None) -> dict[str, np.ndarray]:
        """Colours of a body with volume by side, and of its face and hair."""
        figure = {name: rgb(value) for name, value in self.colours["figure"].items()}
        if ghost:
            neutral = rgb(self.colours["ghost"])
            face = mix(self.backdrop, neutral, GHOST_FACE)
            return {**dict.fromkeys("LRM", neutral), "face": face, "hair": neutral}
        if colour is None:
            return {"L": figure["left"], "R": figure["right"], "M": figure["middle"], "face": figure["face"],
                    "hair": figure["hair"]}  # fmt: skip
        own, tint, shade = rgb(colour), figure["tint"], figure["shade"]
        return {"L": mix(own, tint, 0.28), "R": mix(own, shade, 0.25), "M": own, "face": mix(own, tint, 0.75),
                "hair": mix(own, shade, 0.45)}  # fmt: skip

    def of_values(self, shares: np.ndarray) -> np.ndarray:
        """Colours (…, 3) of values from the lowest, 0, to the highest, 1."""
        return self.scale[np.rint(np.clip(shares, 0, 1) * _SCALE_STEPS).astype(int)]

    def plain(self, width: int, height: int) -> np.ndarray:
        """The backdrop's colour everywhere, as `background` gives the gradient."""
        colour = [*(self.backdrop * 255 + 0.5).astype(np.uint8), 255]
        return np.broadcast_to(np.array(colour, np.uint8), (height, width, 4)).copy()

    def background(self, width: int, height: int) -> np.ndarray:
        """The gradient behind the dancers, (height, width, 4), uint8, the last byte 255: as `.mp-stage` has it."""
        stops = [stop.split() for stop in self.colours["gradient"].split(",")]
        shares = [float(share.rstrip("%")) / 100 for _, share in stops]
        colours = np.stack([rgb(colour) for colour, _ in stops]) * 255
        x = ((np.arange(width, dtype=np.float32) + 0.5) / width - 0.5) / 0.75
        y = ((np.arange(height, dtype=np.float32) + 0.5) / height - 0.42) / 0.85
        radius = np.hypot(x, y[:, None])
        noise = np.random.default_rng(0).random(
            (height, width), np.float32
        )  # a gradient so faint would show its steps
        picture = np.full((height, width, 4), 255, np.uint8)
        for channel in range(3):
            picture[..., channel] = np.interp(radius, shares, colours[:, channel]) + noise
        return picture


@cache
def theme_of(name: ThemeName) -> Theme:
    """The theme of a name."""
    return Theme(name)
