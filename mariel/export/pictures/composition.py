"""What a film shows: one scene or several beside each other, over time, with title and credit below."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import ceil

import numpy as np

from mariel.errors import StageError
from mariel.export.registry import ExportRequest
from mariel.stage.render.colours import rgb, theme_of
from mariel.stage.render.raster.parts import Part
from mariel.stage.render.render_options import RenderOptions
from mariel.stage.render.scene_renderer import SceneRenderer
from mariel.stage.render.texts import Text, cut, wrap
from mariel.stage.scene import Style

LOWEST_RATE, HIGHEST_RATE = 24.0, 60.0
"""Frames per second of films."""

TITLE_SIZE, CREDIT_SIZE, MARGIN = 17.0, 11.0, 16.0
"""Pixels of a page, see `mariel.stage.render.render_options.PAGE_PIXELS`."""

CREDIT_LINES = 3
"""A longer credit is cut; the file's metadata have all of it."""

LINE = 1.35
"""Height of a line, letter sizes."""

MAX_FRAMES = 36_000
"""Of one film: ten minutes at 60 frames per second."""


def film_rate(fps: float) -> float:
    """Frames per second of a film: the dance's own, or a whole multiple or part of it that films can have."""
    if fps > HIGHEST_RATE:
        return fps / ceil(fps / HIGHEST_RATE)
    return fps * ceil(LOWEST_RATE / fps)


class Caption:
    """Title and credit at the lower edge of a picture.

    Args:
        title, credit: any text; empty for none.
        options: of the picture, for its size and theme.
    """

    def __init__(self, title: str, credit: str, options: RenderOptions):
        ratio, colours = options.ratio, theme_of(options.theme).colours
        self.bottom = options.height
        self.margin, room = MARGIN * ratio, options.width - 2 * MARGIN * ratio
        self.lines: list[tuple[Text, float]] = []
        if title:
            size = TITLE_SIZE * ratio
            self.lines.append((Text(cut(title, size, room), size, rgb(colours["ink"]), bold=True), size * LINE))
        size = CREDIT_SIZE * ratio
        lines = wrap(credit, size, room)
        if len(lines) > CREDIT_LINES:
            lines[CREDIT_LINES - 1] = cut(f"{lines[CREDIT_LINES - 1]} …", size, room)
        for line in lines[:CREDIT_LINES]:
            self.lines.append((Text(line, size, rgb(colours["soft_ink"])), size * LINE))

    @property
    def height(self) -> float:
        """Pixels, with a margin below; 0 if there is no text."""
        return sum(height for _, height in self.lines) + self.margin if self.lines else 0.0

    def put(self, picture: np.ndarray, left: int = 0, top: int = 0) -> None:
        """Write it into a picture (height, width, 3 or 4), uint8, or a part of one with its corner there."""
        y = self.bottom - self.height
        for text, height in self.lines:
            text.put(picture, self.margin - left, y - top)
            y += height


class Film:
    """The pictures of a dance, in order.

    Args:
        request: the dance, and how it is drawn.
        fps: frames per second of the film; None for the dance's, see `film_rate`.
        size: width and height, pixels; None for what the request says.
        background: whether the stage's gradient is drawn, or only the colour of its backdrop.

    Raises:
        StageError: the part of the dance that is requested has no frames, or too many.
    """

    def __init__(
        self,
        request: ExportRequest,
        *,
        fps: float | None = None,
        size: tuple[int, int] | None = None,
        background: bool = True,
    ):
        self.request, options = request, request.picture
        scenes = request.all_scenes
        self.fps, self.background = fps or film_rate(scenes[0].fps), background
        duration = max(scene.duration for scene in scenes)
        stop = duration if options.stop is None else min(options.stop, duration)
        if not 0 <= options.start < stop:
            raise StageError(f"the dance lasts {duration:.2f} s: it has no part from {options.start:g} to {stop:g} s")
        count = max(1, round((stop - options.start) / options.speed * self.fps))
        if count > MAX_FRAMES:
            raise StageError(
                f"a film has at most {MAX_FRAMES:,} pictures, found {count:,}: choose a part of the dance"
            )
        self.seconds = options.start + np.arange(count) / self.fps * options.speed
        self.size = size or options.size
        self.frame_caption = Caption("", "", self._options(*self.size))
        self.renderers: list[tuple[SceneRenderer, int, int]] = []
        self.quiet = False

    def __len__(self) -> int:
        return len(self.seconds)

    def _options(self, width: int, height: int) -> RenderOptions:
        """How a scene is drawn in a picture of this size."""
        chosen = self.request.picture
        return RenderOptions(
            width, height, theme=chosen.theme, style=chosen.style, camera=self.request.camera, follow=chosen.follow,
            mirror=chosen.mirror, background=self.background,
        )  # fmt: skip

    def prepare(self) -> None:
        """Place the scenes: one fills the picture; several stand beside each other, or below where it is narrow."""
        width, height = self.size
        request, scenes = self.request, self.request.all_scenes
        whole = self._options(width, height)
        if request.picture.caption:
            self.frame_caption = Caption(request.title or scenes[0].title, request.credit, whole)
        columns = 1 if width < height else 2 if len(scenes) == 4 or width == height else len(scenes)
        columns = min(columns, len(scenes))
        rows = ceil(len(scenes) / columns)
        cell_width, cell_height = width // columns, height // rows
        for number, scene in enumerate(scenes):
            row, column = divmod(number, columns)
            below = self.frame_caption.height / cell_height if row == rows - 1 else 0.0
            options = replace(self._options(cell_width, cell_height), margins=(0.02, min(0.3, below)))
            start = float(request.picture.start * scene.fps)
            self.renderers.append((SceneRenderer(scene, options, start), column * cell_width, row * cell_height))

    def moving_bytes(self, of_metre: Mapping[Style, float]) -> int:
        """How large the film is about: what takes room is edges that move, so it grows as they are longer.

        Args:
            of_metre: bytes per frame, per pixel that a metre of a dancer is long, by how the dancer is drawn.
        """
        if not self.renderers:
            self.prepare()
        size = 0.0
        for renderer, _, _ in self.renderers:
            figures, dancers = len(renderer.figures), len(renderer.dancers)
            each = of_metre["figure"] * figures + of_metre["markers"] * (dancers - figures)
            size += len(self) * renderer.projection.pixels_per_metre * each
        return int(size)

    def still(self) -> np.ndarray:
        """The picture without dancers (height, width, 4), uint8; what the parts do not show stays like this."""
        if not self.renderers:
            self.prepare()
        picture = theme_of(self.request.picture.theme).plain(*self.size)
        for renderer, left, top in self.renderers:
            Part(renderer.still, left, top).put(picture)
        self.frame_caption.put(picture)
        return picture

    def parts(self) -> Iterator[list[Part]]:
        """What differs from `still` in every picture; the request's `report` hears of each, unless it is `quiet`."""
        if not self.renderers:
            self.prepare()
        streams = [renderer.parts(self._frames(renderer, self.seconds)) for renderer, _, _ in self.renderers]
        for number in range(len(self)):
            parts = []
            for stream, (_, left, top) in zip(streams, self.renderers, strict=True):
                drawn = next(stream)
                parts.append(Part(drawn.pixels, drawn.left + left, drawn.top + top))
                self.frame_caption.put(drawn.pixels, parts[-1].left, parts[-1].top)
            yield parts
            if not self.quiet:
                self.request.report((number + 1) / len(self))

    def pictures(self) -> Iterator[np.ndarray]:
        """Every picture (height, width, 3), uint8."""
        still = self.still()
        for parts in self.parts():
            picture = still.copy()
            for part in parts:
                part.put(picture)
            yield picture[..., :3]

    def _frames(self, renderer: SceneRenderer, seconds: np.ndarray) -> np.ndarray:
        """The frames of a scene at some times; a scene that is over holds its last frame."""
        return np.minimum(seconds * renderer.scene.fps, len(renderer.scene) - 1)
