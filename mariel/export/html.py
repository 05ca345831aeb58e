"""Export as one HTML file that contains the player, plotly.js and the motion, and plays without a network.

A page that is opened by a double click may not load other files. So the player's modules are data: URLs in an import
map, plotly.js is deflated (0.7 MB of text instead of 1.8), and the motion is the binary block that the app sends.
"""

import html
import json
import re
import zlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from posixpath import dirname, join, normpath
from string import Template
from typing import Any

import numpy as np

from mariel.errors import StageError
from mariel.export.registry import ExportRequest, register_exporter
from mariel.motion.recording import Recording
from mariel.stage.packing import pack
from mariel.stage.palette import PALETTE
from mariel.stage.scene import Scene
from mariel.stage.sweep import Dial
from mariel.stage.web_files import PLAYER_MODULE, PLOTLY_3D, SWEEPS_MODULE, WEB

PAGE = Path(__file__).parent / "html_page"

MAX_SCENES = 4
"""Scenes in one file at most: each needs a graphics context, and browsers give a page only a few."""

FEW_DANCERS = 3
"""A scene with more dancers than this is wide, so on a phone its stage is not made taller."""

PACKED_SHARE = 0.45
"""Of the bytes of 16-bit positions, when they are packed."""

PLAYER_BYTES = 1_080_000
"""Of a page without its dance: nobody should wait for plotly.js to be packed to be told a size."""

SWEEP_POSITIONS = 5
"""A dance with a dial has about so many times the positions of the dance alone."""

SYNTHETIC_CREDIT = "This is the synthetic demo dancer, choreographed by a program; nobody has danced this."

_IMPORT = re.compile(r'(?<=from )"(\.\.?/[\w./-]+\.js)"')


def render_html(
    scenes: Scene | Sequence[Scene],
    *,
    title: str = "",
    credit: str = "",
    camera: str | Mapping[str, Any] | None = None,
    dial: Dial | None = None,
    sweep: bytes = b"",
) -> bytes:
    """A complete HTML page, UTF-8, that plays motion offline in any browser of 2023 or later.

    It starts to play by itself, fills the window and follows the viewer's preference for light or dark. The same
    arguments give the same bytes.

    Args:
        scenes: to play; several are shown side by side with a common clock and camera.
        title: the page's heading; the first scene's title if empty. Any text: it is escaped.
        credit: what this is and where it comes from, shown under the stage; escaped too.
        camera: name of a view, or a camera state as the player gives it.
        dial: a number of the first scene that the viewer can change.
        sweep: its packed sweep, see `mariel.stage.sweep`; without one there is no dial.

    Raises:
        StageError: no scene, or more than 4.
    """
    scenes = [scenes] if isinstance(scenes, Scene) else list(scenes)
    if not 1 <= len(scenes) <= MAX_SCENES:
        raise StageError(f"an HTML page needs 1 to {MAX_SCENES} scenes, found {len(scenes)}")
    players = [
        {
            "key": f"dance {number}",
            "block": _data_url(pack(scene), "application/octet-stream"),
            "linked": "dance" if len(scenes) > 1 else None,
            "camera": dict(camera) if isinstance(camera, Mapping) else camera,
            "frame": None,
            "autoplay": True,
            "plotly": "",
        }
        for number, scene in enumerate(scenes, start=1)
    ]
    sweeps = []
    if dial is not None and sweep:
        players[0]["dial"] = asdict(dial)
        sweeps = [{"sweep": dial.sweep, "block": _data_url(sweep, "application/octet-stream")}]
    page = Template((PAGE / "page.html").read_text("utf-8")).substitute(
        title=html.escape(title or scenes[0].title or "A dance"),
        credit=html.escape(credit),
        shape=_stage_classes(scenes),
        # A text in it, such as a name in the camera's state, must not close the script element around it.
        players=json.dumps(players).replace("<", "\\u003c"),
        sweeps=json.dumps(sweeps).replace("<", "\\u003c"),
        palette=json.dumps(PALETTE),
        style=_page_colours() + (WEB / "player.css").read_text("utf-8") + (PAGE / "page.css").read_text("utf-8"),
        start=(PAGE / "page.js").read_text("utf-8"),
        modules=_import_map(),
        plotly=_plotly(),
    )
    return page.encode("utf-8", "replace")  # file names may contain lone surrogates


def _too_many_scenes(request: ExportRequest) -> str:
    return "" if len(request.all_scenes) <= MAX_SCENES else f"an HTML page has at most {MAX_SCENES} scenes"


def _estimate(request: ExportRequest) -> int:
    """The player and plotly.js, and positions, packed; and a dial's sweep."""
    positions = sum(np.size(dancer.positions) for dancer in request.dancers)
    moving = SWEEP_POSITIONS if request.dial is not None and request.sweep is not None else 1
    return PLAYER_BYTES + int(positions * 2 * PACKED_SHARE * 4 / 3 * moving)


@register_exporter(
    "html",
    label="Web page (.html)",
    suffixes=(".html", ".htm"),
    media_type="text/html",
    help="The dance as one HTML file that any browser plays, also offline; a new dance has its dial.",
    why_not=_too_many_scenes,
    group="Page",
    estimate=_estimate,
)
def export_html(request: ExportRequest) -> bytes:
    """A page that plays the dance; see `render_html`."""
    dial, sweep = request.dial, request.sweep
    moving = {"dial": dial, "sweep": sweep()} if dial is not None and dial.sweep and sweep is not None else {}
    return render_html(request.scenes, title=request.title, credit=request.credit, camera=request.camera, **moving)


def take_credit(take: Recording, phrase: Recording | None = None) -> str:
    """A credit for a take, or for a phrase of it; it says so if the dancer is synthetic.

    Args:
        take: the take.
        phrase: a part of it; None for all of it.
    """
    phrase = take if phrase is None else phrase
    first = phrase.start - take.start
    part = "All" if len(phrase) == len(take) else f"Frames {first:,} to {first + len(phrase) - 1:,}"
    credit = f"{part} of the take {take.name.replace('_', ' ')}, {take.fps:g} frames per second."
    own = [take.credit] if take.credit else []
    terms = [f"Licence: {take.licence}."] if take.licence else []
    return " ".join([credit, *own, *terms, *([SYNTHETIC_CREDIT] if take.synthetic else [])])


def _stage_classes(scenes: Sequence[Scene]) -> str:
    """CSS classes of the page's stage: one scene or several, and whether a scene has many dancers."""
    many = max(len(scene.dancers) for scene in scenes) > FEW_DANCERS
    return " ".join(["several-scenes" if len(scenes) > 1 else "single-scene"] + ["many-dancers"] * many)


def _page_colours() -> str:
    """CSS variables for the page around the player, light and dark; the player's own are set by its theme."""

    def rule(theme: str) -> str:
        colours = PALETTE["stage"][theme]
        variables = {"st-background-color": "surround", "page-ink": "ink", "page-soft-ink": "soft_ink"}
        return f":root {{ {' '.join(f'--{name}: {colours[key]};' for name, key in variables.items())} }}\n"

    return f"{rule('light')}@media (prefers-color-scheme: dark) {{\n{rule('dark')}}}\n"


def _data_url(content: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{b64encode(content).decode()}"


@cache
def _plotly() -> str:
    return b64encode(zlib.compress(PLOTLY_3D.read_bytes(), 9)).decode()


@cache
def _import_map() -> str:
    """An import map from "mariel/player/component.js" and the modules that it imports to data: URLs.

    A relative address such as "./block.js" has no meaning in a data: URL, so imports are rewritten to these names.
    """
    sources: dict[str, str] = {}
    pending = [PLAYER_MODULE, SWEEPS_MODULE]
    while pending:
        name = pending.pop()
        if name in sources:
            continue
        text = (WEB / name).read_text("utf-8")
        imported = {address: normpath(join(dirname(name), address)) for address in _IMPORT.findall(text)}
        sources[name] = _IMPORT.sub(lambda match, imported=imported: f'"mariel/{imported[match[1]]}"', text)
        pending += imported.values()
    modules = {f"mariel/{name}": _data_url(sources[name].encode(), "text/javascript") for name in sorted(sources)}
    return json.dumps({"imports": modules})
