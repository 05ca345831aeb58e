"""Pictures of the stage: what is really drawn, whatever the attributes of elements say."""

import io

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from mariel.stage.palette import PALETTE

_LIGHT = PALETTE["stage"]["light"]


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


LEFT, RIGHT, GHOST = (_rgb(_LIGHT[name]) for name in ("left", "right", "ghost"))
"""Colours of the dancer's left and right, and of a ghost, in the light theme."""

VALUES = [_rgb(colour) for colour in _LIGHT["scale"]]
"""Colours from the lowest to the highest value."""

FIGURE_LEFT, FIGURE_RIGHT = (np.array(_rgb(_LIGHT["figure"][side])) for side in ("left", "right"))
"""Colours of the limbs of a figure with volume, without light and shade."""

_IS_OPAQUE = """(index) => {
  let element = document.querySelectorAll(".mp-stage")[index];
  for (; element; element = element.parentElement) if (getComputedStyle(element).opacity !== "1") return false;
  return true;
}"""


def picture(page: Page, index: int = 0) -> np.ndarray:
    """The stage as pixels (height, width, 3), without the controls that lie over it.

    While a script run takes long, Streamlit fades what the run has not come to yet: the picture is taken after that.
    """
    page.wait_for_function(_IS_OPAQUE, arg=index)
    page.locator(".mp-stage").nth(index).scroll_into_view_if_needed()
    page.wait_for_timeout(150)  # the screen shows the last drawing a little after the script is done
    box = page.locator(".mp-stage").nth(index).bounding_box()
    shot = page.screenshot(clip={**box, "y": box["y"] + 60, "height": box["height"] - 100})
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)


def share_of(colour: tuple[int, int, int], picture: np.ndarray) -> float:
    """Share of a picture's pixels that are close to a colour, 0 to 1."""
    return float((np.abs(picture - colour).max(axis=2) < 30).mean())


def places_of_hue(colour: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """(x, y) of the pixels that have a colour's hue, however light they are: (pixels, 2)."""
    brightness = picture.max(axis=2, keepdims=True)
    same = np.abs(picture / np.maximum(brightness, 1) - colour / colour.max()).max(axis=2) < 0.08
    return np.argwhere(same & (brightness[..., 0] > 60))[:, ::-1]


def share_of_hue(colour: np.ndarray, picture: np.ndarray) -> float:
    """Share of a picture's pixels that have a colour's hue, 0 to 1."""
    return len(places_of_hue(colour, picture)) / picture[..., 0].size


def middle_of(colour: tuple[int, int, int], picture: np.ndarray) -> tuple[float, float]:
    """Mean (x, y) of the pixels that are close to a colour."""
    rows, columns = np.nonzero(np.abs(picture - colour).max(axis=2) < 30)
    assert len(rows), f"no pixel near {colour}"
    return float(columns.mean()), float(rows.mean())


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Share of pixels that differ visibly, 0 to 1."""
    return float((np.abs(one - other).max(axis=2) > 24).mean())
