"""A dance to take home: one HTML file with the player, plotly.js and the motion in it, played without a network.

Opened by a double click, a page may fetch nothing, not even a file beside it. So the player's modules stand in an
import map as data: URLs under names of their own, plotly.js is deflated (1.9 MB of text in place of 4.8), and the
motion is the same binary block that the app sends.
"""

import html
import json
import re
import zlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from plotly.offline import get_plotlyjs

from mariel.errors import StageError
from mariel.motion.recording import Recording
from mariel.stage.packing import pack
from mariel.stage.scene import Scene

WEB = Path(__file__).parents[1] / "stage" / "web"
"""The player's modules and its style sheet, the same for the app and for a file."""

PAGE = Path(__file__).parent / "html_page"

MOST_PLAYERS = 4
"""Most scenes in one file: each needs a graphics context, of which browsers give a page few."""

MANY = 3
"""Dancers of which a scene may have more only in width: on a phone its stage is not made high."""

SYNTHETIC = "This is the synthetic demo dancer, choreographed by a program; nobody has danced this."

_IMPORT = re.compile(r'(?<=from )"\./([\w-]+\.js)"')


def html_of(
    scenes: Scene | Sequence[Scene],
    *,
    title: str = "",
    credit: str = "",
    camera: str | Mapping[str, Any] | None = None,
) -> bytes:
    """A whole HTML page, UTF-8, that plays a dance offline in any browser of 2023 or later.

    It begins to play by itself, fills the window, follows the viewer's preference for light or dark, and is the same
    for the same arguments, byte for byte.

    Args:
        scenes: who dances; several scenes stand side by side under one clock and one camera.
        title: the page's heading; the first scene's title if none is given. Any text: it is escaped.
        credit: what this is and where it comes from, a sentence or two under the stage; escaped too.
        camera: a preset or where the viewer stands, as `mariel.app.widgets.player.show_player` takes and gives it.

    Raises:
        StageError: no scene, or more than 4.
    """
    scenes = [scenes] if isinstance(scenes, Scene) else list(scenes)
    if not 1 <= len(scenes) <= MOST_PLAYERS:
        raise StageError(f"a page to take home needs 1 to {MOST_PLAYERS} scenes, found {len(scenes)}")
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
    page = Template((PAGE / "page.html").read_text("utf-8")).substitute(
        title=html.escape(title or scenes[0].title or "A dance"),
        credit=html.escape(credit),
        shape=_shape(scenes),
        # A text in it, such as a name in the camera's state, must not end the script that it stands in.
        players=json.dumps(players).replace("<", "\\u003c"),
        style=(WEB / "player.css").read_text("utf-8") + (PAGE / "page.css").read_text("utf-8"),
        start=(PAGE / "page.js").read_text("utf-8"),
        modules=_import_map(),
        plotly=_plotly(),
    )
    return page.encode("utf-8", "replace")  # names of files may hold halves of characters


def take_credit(take: Recording, phrase: Recording | None = None) -> str:
    """A credit line for a take, or for a phrase of it; the demo dancer is called synthetic.

    Args:
        take: the take.
        phrase: a window of it; all of it if none is given.
    """
    phrase = take if phrase is None else phrase
    first = phrase.start - take.start
    which = "All" if len(phrase) == len(take) else f"Frames {first:,} to {first + len(phrase) - 1:,}"
    credit = f"{which} of the take {take.name.replace('_', ' ')}, {take.fps:g} frames a second."
    return f"{credit} {SYNTHETIC}" if take.synthetic else credit


def _shape(scenes: Sequence[Scene]) -> str:
    """What the style sheet goes by: scenes beside each other, a stage with many dancers, or neither."""
    crowd = max(len(scene.dancers) for scene in scenes) > MANY
    return " ".join(["beside" if len(scenes) > 1 else "alone"] + ["crowd"] * crowd)


def _data_url(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{b64encode(content).decode()}"


@cache
def _plotly() -> str:
    return b64encode(zlib.compress(get_plotlyjs().encode(), 9)).decode()


@cache
def _import_map() -> str:
    """The player's modules as an import map: "mariel/player.js" and all that it imports, to data: URLs.

    Within a data: URL "./block.js" leads nowhere, so modules call each other by these names too.
    """
    sources: dict[str, str] = {}
    waiting = ["player.js"]
    while waiting:
        name = waiting.pop()
        if name not in sources:
            text = (WEB / name).read_text("utf-8")
            sources[name] = _IMPORT.sub(r'"mariel/\1"', text)
            waiting += _IMPORT.findall(text)
    modules = {f"mariel/{name}": _data_url(sources[name].encode(), "text/javascript") for name in sorted(sources)}
    return json.dumps({"imports": modules})
