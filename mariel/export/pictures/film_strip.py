"""Export as a film strip: some poses of the dance in a row, with their times, for posters."""

import io
from dataclasses import replace

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mariel.export.pictures.composition import Caption, Film
from mariel.export.registry import ExportRequest, register_exporter
from mariel.stage.render.colours import rgb, theme_of
from mariel.stage.render.render_options import RenderOptions
from mariel.stage.render.scene_renderer import SceneRenderer
from mariel.stage.render.texts import Text

POSE_WIDTH = 0.62
"""Of a pose that the camera follows, in heights of the strip; of a pose on a floor that all poses share: the same
shape as a square."""

TIME_SIZE = 13.0
"""Pixels of a page."""

BYTES_PER_PIXEL = 0.11


def _cell(request: ExportRequest) -> tuple[int, int]:
    """Width and height of one pose, pixels."""
    side = request.picture.side
    return (round(side * POSE_WIDTH) if _follows(request) else side), side


def _follows(request: ExportRequest) -> bool:
    """Whether there is one dancer, who is then in the middle of each pose."""
    (scene, *others) = request.all_scenes
    return not others and len(scene.dancers) == 1


def _estimate(request: ExportRequest) -> int:
    width, height = _cell(request)
    return 20_000 + int(width * height * request.picture.poses * BYTES_PER_PIXEL)


@register_exporter(
    "strip",
    label="Film strip (.png)",
    suffixes=(".png",),
    media_type="image/png",
    help="Some poses of the dance in a row, with their times, for posters.",
    why_not=lambda request: "" if len(request.all_scenes) == 1 else "a film strip shows one stage",
    group="Picture",
    estimate=_estimate,
    drawn=True,
)
def export_film_strip(request: ExportRequest) -> bytes:
    """A PNG with poses at even steps of time, from the beginning to the end of the part that is requested."""
    (scene,) = request.all_scenes
    chosen, film = request.picture, Film(request)
    (width, height), poses = _cell(request), request.picture.poses
    whole = RenderOptions(width * poses, height, theme=chosen.theme)
    caption = (
        Caption(request.title or scene.title, request.credit, whole) if chosen.caption else Caption("", "", whole)
    )
    below = caption.height + 3 * TIME_SIZE * whole.ratio
    options = replace(
        whole, width=width, style=chosen.style, camera=_without_distance(request), mirror=chosen.mirror,
        follow=chosen.follow or _follows(request), background=False, margins=(0.03, min(0.4, below / height)),
    )  # fmt: skip
    seconds = np.linspace(film.seconds[0], film.seconds[-1], poses)
    renderer = SceneRenderer(scene, options, float(seconds[0] * scene.fps))
    strip = np.empty((height, width * poses, 3), np.uint8)
    ink = rgb(theme_of(chosen.theme).colours["soft_ink"])
    for number, picture in enumerate(renderer.frames(np.minimum(seconds * scene.fps, len(scene) - 1))):
        strip[:, number * width : (number + 1) * width] = picture
        text = Text(f"{seconds[number]:.2f} s", TIME_SIZE * whole.ratio, ink)
        text.put(strip, (number + 0.5) * width - text.width / 2, height - below + TIME_SIZE * whole.ratio / 2)
        request.report((number + 1) / poses)
    caption.put(strip)
    content, words = io.BytesIO(), PngInfo()
    for name, value in (("Title", request.title), ("Copyright", request.credit), ("Software", "Mariel")):
        words.add_itxt(name, value)
    Image.fromarray(strip).save(content, "PNG", pnginfo=words)
    return content.getvalue()


def _without_distance(request: ExportRequest) -> object:
    """The camera's direction: each pose fills its part of the strip."""
    camera = request.camera
    return camera if camera is None or isinstance(camera, str) else {**camera, "distance": None, "pan": [0, 0, 0]}
