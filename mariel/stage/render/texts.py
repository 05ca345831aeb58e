"""Texts in pictures: names, titles and credits, written with Pillow."""

from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

OTHER_FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial Unicode.ttf", "arial.ttf")
"""Of the system, for letters that the font inside Pillow lacks."""

_LAST_OWN = 0x17F
"""The last letter that the font inside Pillow has for certain, of Latin Extended-A; of punctuation it has these:"""
_PUNCTUATION = "–—‘’“”…·×"


@cache
def find_font(size: int, own: bool) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A font of so many pixels: Pillow's own, or a system's with more letters where there is one."""
    for name in () if own else OTHER_FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def font_for(text: str, size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font for a text."""
    return find_font(max(1, round(size)), all(ord(letter) <= _LAST_OWN or letter in _PUNCTUATION for letter in text))


def wrap(text: str, size: float, width: float) -> list[str]:
    """A text in lines of at most so many pixels; a word that is wider is cut."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font_for(text, size).getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(cut(word, size, width))
    return lines


def cut(text: str, size: float, width: float) -> str:
    """A text that is at most so many pixels wide, with an ellipsis where it has been cut."""
    font = font_for(text, size)
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"


class Text:
    """A line of text as a mask.

    Args:
        words: the line.
        size: of its letters, pixels.
        colour: (3,), 0 to 1.
        bold: with heavier strokes.
    """

    def __init__(self, words: str, size: float, colour: np.ndarray, *, bold: bool = False):
        font = font_for(words, size)
        heavier = max(1, round(size / 28)) if bold else 0
        left, top, right, bottom = font.getbbox(words, stroke_width=0)
        self.width, self.height = int(right - left) + 2 + 2 * heavier, int(bottom) + 2
        image = Image.new("L", (max(1, self.width), max(1, self.height)))
        drawing = ImageDraw.Draw(image)
        for by in range(heavier + 1):
            drawing.text((1 + by - left, 0), words, fill=255, font=font)
        self.mask = np.asarray(image, np.float32)[..., None] / 255
        self.colour = np.asarray(colour, np.float32) * 255
        self.top = int(top)

    def put(self, picture: np.ndarray, left: float, top: float) -> None:
        """Write it into a picture, (height, width, 3 or 4), uint8; what lies outside is left out."""
        height, width = picture.shape[:2]
        x, y = round(left), round(top)
        x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + self.mask.shape[1], width), min(y + self.mask.shape[0], height)
        if x0 >= x1 or y0 >= y1:
            return
        mask = self.mask[y0 - y : y1 - y, x0 - x : x1 - x]
        part = picture[y0:y1, x0:x1, :3]
        part[:] = part * (1 - mask) + self.colour * mask + 0.5
