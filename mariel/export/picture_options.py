"""How films and pictures of a dance are drawn, as a person chooses it."""

from dataclasses import dataclass
from typing import Literal, get_args

from mariel.errors import StageError
from mariel.stage.render.colours import ThemeName
from mariel.stage.scene import Style

Shape = Literal["landscape", "square", "portrait"]
"""The shape of a picture: 16 to 9, 1 to 1, or 9 to 16."""

SPEEDS = (0.1, 4.0)
"""Slowest and fastest."""

LARGEST_SIDE = 2160
"""Pixels of the shorter side."""

POSES = (2, 12)
"""Fewest and most poses of a film strip."""


@dataclass(frozen=True)
class PictureOptions:
    """How a film or a picture is drawn.

    Args:
        shape: of the picture.
        theme: of the stage.
        style: how bodies are drawn; None for the scene's own.
        caption: whether title and credit are written below the dancers.
        speed: 1 is the recorded speed.
        mirror: draw the dancers as in a mirror, also where the camera does not say so.
        follow: let the camera follow the dancer, also where the camera does not say so.
        start: seconds of the dance that are left out at its beginning.
        stop: where it ends, seconds; None for its end.
        side: pixels of the shorter side; even, as films need it.
        poses: of a film strip.

    Raises:
        StageError: an option is out of its range.
    """

    shape: Shape = "landscape"
    theme: ThemeName = "light"
    style: Style | None = None
    caption: bool = True
    speed: float = 1.0
    mirror: bool = False
    follow: bool = False
    start: float = 0.0
    stop: float | None = None
    side: int = 1080
    poses: int = 6

    def __post_init__(self) -> None:
        for name, choices in (("shape", Shape), ("theme", ThemeName)):
            if getattr(self, name) not in get_args(choices):
                raise StageError(f"{name}: expected {' or '.join(get_args(choices))}, found {getattr(self, name)!r}")
        if not SPEEDS[0] <= self.speed <= SPEEDS[1]:
            raise StageError(f"speed: expected {SPEEDS[0]:g} to {SPEEDS[1]:g}, found {self.speed:g}")
        if not 16 <= self.side <= LARGEST_SIDE or self.side % 2:
            raise StageError(f"side: expected an even number from 16 to {LARGEST_SIDE}, found {self.side}")
        if not POSES[0] <= self.poses <= POSES[1]:
            raise StageError(f"poses: expected {POSES[0]} to {POSES[1]}, found {self.poses}")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels, even."""
        long = self.side * 16 // 9 // 2 * 2
        return {"landscape": (long, self.side), "square": (self.side, self.side), "portrait": (self.side, long)}[
            self.shape
        ]
