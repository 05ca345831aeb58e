"""Export as an animated GIF: for places that show pictures but play no films."""

import io
from collections.abc import Iterator
from itertools import islice

import numpy as np
from PIL import Image

from mariel.export.pictures.composition import Film
from mariel.export.registry import ExportRequest, register_exporter
from mariel.stage.scene import Style

FPS = 20
"""Frames per second: GIFs count in hundredths of a second, and browsers slow faster ones down."""

SIDE = 360
"""Pixels of the shorter side at most: GIFs pack badly."""

COLOURS = 128
SAMPLES = 6
"""Pictures that the palette is made of."""

BYTES_OF_METRE: dict[Style, float] = {"figure": 54.0, "markers": 30.0}
"""See `Film.moving_bytes`; as the demo dancer has been packed."""


def _film(request: ExportRequest) -> Film:
    width, height = request.picture.size
    shrunk = min(1.0, SIDE / min(width, height))
    return Film(request, fps=FPS, size=(round(width * shrunk), round(height * shrunk)), background=False)


def _estimate(request: ExportRequest) -> int:
    return 10_000 + _film(request).moving_bytes(BYTES_OF_METRE)


@register_exporter(
    "gif",
    label="Moving picture (.gif)",
    suffixes=(".gif",),
    media_type="image/gif",
    help="A small film that repeats, for messages, documents and pages that play no films.",
    group="Film",
    estimate=_estimate,
    slow=True,
    drawn=True,
)
def export_gif(request: ExportRequest) -> bytes:
    """A GIF of 20 frames per second that repeats, with one palette for all of it."""
    film = _film(request)
    palette = _palette(film)
    pictures = _quantised(film, palette)
    first = next(pictures)
    content = io.BytesIO()
    first.save(
        content, "GIF", save_all=True, append_images=pictures, duration=1000 // FPS, loop=0, optimize=False,
        comment=f"{request.title}. {request.credit}".encode()[:250].decode(errors="ignore").encode(),
    )  # fmt: skip
    return content.getvalue()


def _quantised(film: Film, palette: Image.Image) -> Iterator[Image.Image]:
    for picture in film.pictures():
        yield Image.fromarray(picture).quantize(palette=palette, dither=Image.Dither.NONE)


def _palette(film: Film) -> Image.Image:
    """A picture whose palette has the colours of all of the film."""
    seconds, film.seconds = film.seconds, film.seconds[:: max(1, len(film) // SAMPLES)]
    report = film.quiet
    film.quiet = True
    sampled = np.concatenate(list(islice(film.pictures(), SAMPLES + 1)))
    film.seconds, film.quiet = seconds, report
    return Image.fromarray(sampled).quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
