"""How a scene is drawn, as whoever asks for a picture chooses it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mariel.stage.render.colours import ThemeName
from mariel.stage.scene import Style

PAGE_PIXELS = 540
"""Height or width of a picture, whichever is less, in pixels of a page, in which lines and letters are measured."""


@dataclass(frozen=True)
class RenderOptions:
    """How a scene is drawn.

    Args:
        width, height: pixels.
        theme: of the stage.
        style: how bodies are drawn; None for the scene's own.
        camera: name of a view, or the state of the player's camera, or None for the three-quarter view.
        follow: let the camera follow the dancer, also where the camera's state does not say so.
        mirror: likewise, as in a mirror.
        names: write the dancers' labels below them.
        background: draw the stage's gradient; else the picture is of the backdrop's colour.
        margins: shares of the height that are kept free above and below.
    """

    width: int
    height: int
    theme: ThemeName = "light"
    style: Style | None = None
    camera: str | Mapping[str, Any] | None = None
    follow: bool = False
    mirror: bool = False
    names: bool = True
    background: bool = True
    margins: tuple[float, float] = (0.0, 0.0)

    @property
    def ratio(self) -> float:
        """Pixels per pixel of a page."""
        return min(self.width, self.height) / PAGE_PIXELS
