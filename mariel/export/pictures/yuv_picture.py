"""The picture of a film in the colours of films, brightness and two differences of colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mariel.stage.render.raster.parts import Part

if TYPE_CHECKING:
    import av

BT709 = 1
"""FFmpeg's number of the colours of high-definition films."""


class YuvPicture:
    """A picture as the encoder takes it, yuv420p; of each frame only what changes is converted.

    Args:
        still: the picture without dancers, (height, width, 4), uint8; height and width even.
    """

    def __init__(self, still: np.ndarray):
        self.still, self.picture = still, still.copy()
        height, width = still.shape[:2]
        self.yuv = np.empty((height * 3 // 2, width), np.uint8)
        self.shown: list[Part] = []
        self._convert(0, 0, width, height)

    def show(self, parts: list[Part]) -> av.VideoFrame:
        """The frame that differs from the still picture in these parts; it is valid until the next call."""
        import av  # noqa: PLC0415 (takes a tenth of a second, and few need it)

        for part in self.shown:
            self.picture[part.place] = self.still[part.place]
        for part in parts:
            part.put(self.picture)
        for number, part in enumerate(parts):
            boxes = [each.box for each in (part, *self.shown[number : number + 1]) if each.pixels.size]
            if boxes:
                left, top = (np.min(boxes, axis=0)[:2] // 2 * 2).tolist()
                right, bottom = ((np.max(boxes, axis=0)[2:] + 1) // 2 * 2).tolist()
                self._convert(left, top, right, bottom)
        self.shown = parts
        return av.VideoFrame.from_numpy_buffer(self.yuv, "yuv420p")

    def _convert(self, left: int, top: int, right: int, bottom: int) -> None:
        """Convert a part, whose edges are even."""
        import av  # noqa: PLC0415

        colours = av.VideoFrame.from_numpy_buffer(self.picture[top:bottom, left:right], "rgba")
        converted = colours.reformat(format="yuv420p", dst_colorspace=BT709, threads=1).to_ndarray()
        for values, plane, step in zip(_planes(converted), _planes(self.yuv), (1, 2, 2), strict=True):
            plane[top // step : bottom // step, left // step : right // step] = values


def _planes(yuv: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Brightness (height, width) and the differences of colour (height / 2, width / 2) of (height * 3 / 2, width)."""
    height, width = len(yuv) * 2 // 3, yuv.shape[1]
    differences = yuv[height:].reshape(2, height // 2, width // 2)
    return yuv[:height], differences[0], differences[1]
