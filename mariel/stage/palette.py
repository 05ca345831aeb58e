"""The colours of the stage and of charts, read from `web/palette.json`, which the player in the browser reads too.

Colours are "#rrggbb", or "rgba(…)" where something shows through. Streamlit's own theme, in `.streamlit/config.toml`,
has the colours of "page"; a test compares them.
"""

import json
from dataclasses import dataclass
from typing import Any

from mariel.stage.web_files import WEB

PALETTE = json.loads((WEB / "palette.json").read_text("utf-8"))
"""The whole file: "stage" and "page", each for light and dark, "charts", and "qr_code", which has no theme."""

CHART_COLOURS = PALETTE["charts"]
ACCENT = CHART_COLOURS["accent"]
SECONDARY = CHART_COLOURS["secondary"]


@dataclass(frozen=True)
class Palette:
    """Colours of a stage; left and right are the dancer's own, `scale` goes from the lowest to the highest value."""

    backdrop: str
    floor: str
    left: str
    right: str
    middle: str
    ghost: str
    marker: str
    text: str
    scale: tuple[str, ...]

    @property
    def colour_scale(self) -> list[list[float | str]]:
        """The colours of values, from the lowest to the highest, as plotly takes them."""
        return [[step / (len(self.scale) - 1), colour] for step, colour in enumerate(self.scale)]


def _palette(colours: dict[str, Any]) -> Palette:
    names = ("backdrop", "floor", "left", "right", "middle", "ghost", "marker")
    return Palette(**{name: colours[name] for name in names}, text=colours["ink"], scale=tuple(colours["scale"]))


PALETTES = {name: _palette(colours) for name, colours in PALETTE["stage"].items()}
"""The "light" and the "dark" stage."""
