"""Export of one pose as a vector picture: limbs as paths, for posters of any size and for drawing programs."""

from dataclasses import replace
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from mariel.export.pictures.composition import CREDIT_SIZE, MARGIN, TITLE_SIZE
from mariel.export.registry import ExportRequest, register_exporter
from mariel.stage.render.colours import theme_of
from mariel.stage.render.outlines import Shape, outline_pose
from mariel.stage.render.render_options import PAGE_PIXELS, RenderOptions
from mariel.stage.render.scene_renderer import SceneRenderer

FONT = "font-family='system-ui, sans-serif'"


def _estimate(request: ExportRequest) -> int:
    return 6_000 + 34_000 * len(request.dancers)


@register_exporter(
    "svg",
    label="Pose as a drawing (.svg)",
    suffixes=(".svg",),
    media_type="image/svg+xml",
    help="The pose that is shown, as a vector drawing of any size for posters and drawing programs.",
    why_not=lambda request: "" if len(request.all_scenes) == 1 else "a drawing shows one stage",
    group="Picture",
    estimate=_estimate,
    drawn=True,
)
def export_svg(request: ExportRequest) -> bytes:
    """An SVG file, its size in pixels; title and credit are in its metadata, and if asked in the picture."""
    (scene,) = request.all_scenes
    chosen = request.picture
    width, height = replace(chosen, side=PAGE_PIXELS).size
    frame = min(request.frame, len(scene) - 1)
    below = (TITLE_SIZE + CREDIT_SIZE + MARGIN) * 1.4 / height if chosen.caption else 0.02
    options = RenderOptions(
        width, height, theme=chosen.theme, style=chosen.style, camera=request.camera, follow=chosen.follow,
        mirror=chosen.mirror, names=False, background=False, margins=(0.02, below),
    )  # fmt: skip
    pose = outline_pose(SceneRenderer(scene, options, frame), frame)
    colours = theme_of(chosen.theme).colours
    parts = [
        f"<rect width='{width}' height='{height}' fill='url(#stage)'/>",
        f"<g stroke='{colours['floor']}' stroke-width='0.75'>",
        *(_line(ends, strength) for ends, strength in zip(pose.floor, pose.strength, strict=True)),
        "</g>",
        *(_spot(*spot) for spot in pose.shadows),
        *map(_shape, pose.shapes),
        *(
            f"<text x='{x:.1f}' y='{y + 26:.1f}' text-anchor='middle' font-size='12' {FONT} "
            f"fill='{colours['soft_ink']}'>{_text(name)}</text>"
            for name, x, y in pose.names
        ),
    ]
    if chosen.caption:
        parts += _caption(request, height, colours)
    title, credit = _text(request.title or scene.title), _text(request.credit)
    return "\n".join(
        [
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' "
            f"width='{width}' height='{height}'>",
            f"<title>{title}</title>",
            f"<desc>{credit}</desc>",
            "<metadata><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
            "xmlns:dc='http://purl.org/dc/elements/1.1/'><rdf:Description rdf:about=''>"
            f"<dc:title>{title}</dc:title><dc:rights>{credit}</dc:rights></rdf:Description></rdf:RDF></metadata>",
            _definitions(colours),
            *parts,
            "</svg>\n",
        ]
    ).encode("utf-8", "replace")


def _text(words: str) -> str:
    """Text of an element: without the control characters that no XML may have."""
    return escape("".join(letter for letter in words if letter.isprintable() or letter == "\n"))


def _definitions(colours: dict) -> str:
    stops = (stop.split() for stop in colours["gradient"].split(","))
    inner = "".join(f"<stop offset={quoteattr(share)} stop-color={quoteattr(colour)}/>" for colour, share in stops)
    shadow = colours["figure"]["shadow"]
    return (
        "<defs><radialGradient id='stage' cx='0.5' cy='0.42' r='1' gradientTransform='translate(0.5 0.42) "
        f"scale(0.75 0.85) translate(-0.5 -0.42)'>{inner}</radialGradient>"
        f"<radialGradient id='shadow'><stop offset='0' stop-color='{shadow}'/>"
        f"<stop offset='1' stop-color='{shadow}' stop-opacity='0'/></radialGradient></defs>"
    )


def _line(ends: np.ndarray, strength: float) -> str:
    (a, b), (c, d) = ends.tolist()
    return f"<path d='M{a:.1f} {b:.1f}L{c:.1f} {d:.1f}' opacity='{strength:.2f}'/>"


def _spot(x: float, y: float, half_width: float, half_height: float, opacity: float) -> str:
    return (
        f"<ellipse cx='{x:.1f}' cy='{y:.1f}' rx='{half_width:.1f}' ry='{half_height:.1f}' fill='url(#shadow)' "
        f"opacity='{opacity:.2f}'/>"
    )


def _shape(shape: Shape) -> str:
    colour = "#" + "".join(f"{round(float(value) * 255):02x}" for value in np.clip(shape.colour, 0, 1))
    if shape.kind == "dot":
        ((x, y),) = shape.polygons[0].tolist()
        return f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{shape.width / 2:.1f}' fill='{colour}'/>"
    if shape.kind == "bone":
        (a, b), (c, d) = shape.polygons[0].tolist()
        return (
            f"<path class='bone' d='M{a:.1f} {b:.1f}L{c:.1f} {d:.1f}' stroke='{colour}' "
            f"stroke-width='{shape.width:.1f}' stroke-linecap='round'/>"
        )
    paths = "".join(
        "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in outline.tolist()) + "Z" for outline in shape.polygons
    )
    return f"<path class={quoteattr(shape.kind)} d='{paths}' fill='{colour}'/>"


def _caption(request: ExportRequest, height: int, colours: dict) -> list[str]:
    title = request.title or request.all_scenes[0].title
    return [
        f"<text x='{MARGIN:g}' y='{height - MARGIN - CREDIT_SIZE * 1.5:g}' font-size='{TITLE_SIZE:g}' "
        f"font-weight='600' {FONT} fill='{colours['ink']}'>{_text(title)}</text>",
        f"<text x='{MARGIN:g}' y='{height - MARGIN:g}' font-size='{CREDIT_SIZE:g}' {FONT} "
        f"fill='{colours['soft_ink']}'>{_text(request.credit)}</text>",
    ]
