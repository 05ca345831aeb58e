"""What is to be seen on the stage: attributes can say that all is well while the canvas is dead."""

import io

import numpy as np
from PIL import Image
from playwright.sync_api import Page

LEFT, RIGHT = (0xE0, 0x65, 0x3A), (0x1F, 0x85, 0xBD)
"""The light stage's colours of the dancer's left and right."""


def picture(page: Page, index: int = 0) -> np.ndarray:
    """The stage as pixels (height, width, 3), without the controls that lie over it."""
    page.wait_for_timeout(150)  # the last drawing reaches the screen a little after the script is done
    box = page.locator(".mp-stage").nth(index).bounding_box()
    shot = page.screenshot(clip={**box, "y": box["y"] + 60, "height": box["height"] - 100})
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)


def share_of(colour: tuple[int, int, int], picture: np.ndarray) -> float:
    """How much of a picture is nearly of one colour, 0 to 1."""
    return float((np.abs(picture - colour).max(axis=2) < 30).mean())


def middle_of(colour: tuple[int, int, int], picture: np.ndarray) -> tuple[float, float]:
    """Mean (x, y) of the pixels nearly of one colour."""
    rows, columns = np.nonzero(np.abs(picture - colour).max(axis=2) < 30)
    assert len(rows), f"no pixel near {colour}"
    return float(columns.mean()), float(rows.mean())


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Share of pixels that differ visibly, 0 to 1."""
    return float((np.abs(one - other).max(axis=2) > 24).mean())
