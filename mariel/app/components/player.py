"""The skeleton player as a Streamlit component: `show_player` shows a scene that plays in the browser.

A page sends a few hundred bytes: the address of the scene's binary block, and options. The browser fetches the block,
the player's JavaScript and plotly.js once, from addresses that change with their content, and keeps camera, frame,
speed and loop. It sends a message only when the viewer pauses, seeks, or chooses a marker or a dancer.
"""

import hashlib
import math
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from threading import Lock
from typing import Any, Literal, get_args

import numpy as np
import streamlit as st
import streamlit.components.v2 as components

from mariel.app.components.assets import ignore_change, module_loader, web_assets
from mariel.app.shell.query_params import QUERY_PARAMS, check_in_browser
from mariel.app.shell.streamlit_adapter import publish_file
from mariel.stage.packing import pack
from mariel.stage.scene import Scene
from mariel.stage.sweep import Dial

_PACKED_SCENES = 16
_CAMERA = re.compile(r"(-?[\d.]+(?:,-?[\d.]+){5})((?:,[fm])*)", re.ASCII)

Preset = Literal["front", "left", "right", "top", "three-quarter"]


@dataclass(frozen=True)
class PlayerState:
    """The state that the player sent last.

    Args:
        frame: the frame shown.
        time: the same in seconds.
        playing: whether the scene plays.
        speed: playback speed; 1 is the recorded speed.
        selected: label of the chosen marker, or None.
        dancer: number of the dancer that was just clicked, where dancers can be chosen; None in later reruns.
        camera: the camera; pass it as `camera=` to get the same view again.
        style: how bodies are drawn, see `mariel.stage.scene.Style`.
    """

    frame: int = 0
    time: float = 0.0
    playing: bool = False
    speed: float = 1.0
    selected: str | None = None
    dancer: int | None = None
    camera: Mapping[str, Any] | None = None
    style: str | None = None

    @classmethod
    def parse(cls, message: Mapping[str, Any]) -> "PlayerState":
        """The state in the browser's message; an entry of the wrong type keeps its default."""
        types = {
            "frame": int, "time": (int, float), "playing": bool, "speed": (int, float), "selected": str,
            "dancer": int, "camera": Mapping, "style": str,
        }  # fmt: skip
        return cls(**{name: message[name] for name, type_ in types.items() if isinstance(message.get(name), type_)})


def show_player(
    scene: Scene,
    *,
    key: str,
    height: int = 480,
    linked: str | None = None,
    camera: Preset | Mapping[str, Any] | None = None,
    follow: bool = False,
    frame: int | None = None,
    autoplay: bool = False,
    pick: Literal["markers", "dancers"] = "markers",
    chosen: str | None = None,
    address: str | None = None,
    on_change: Callable[[], None] | None = None,
    dial: Dial | None = None,
    on_dial: Callable[[float], None] | None = None,
    force_public_path: bool = False,
) -> PlayerState:
    """Show a scene in the skeleton player and return the player's state.

    The viewer controls camera, frame, speed, loop and playback: reruns, other data under the same key and page
    switches do not change them.

    Args:
        scene: what to show, see `mariel.stage.scene`.
        key: of the player; its state is remembered under it.
        height: of the stage without its controls, in pixels.
        linked: players with the same name here share clock and camera.
        camera: a preset or a `PlayerState.camera` to move to; applied once, and again when it changes.
        follow: let the camera follow the dancer at first.
        frame: a frame to go to; applied once, and again when it changes.
        autoplay: start playing when first shown, unless the viewer's system asks for reduced motion.
        pick: what a click chooses.
        chosen: label of the dancer that is marked as chosen.
        address: name of the query parameter that holds the camera; the camera of a link is applied first.
        on_change: called before the rerun when the viewer pauses, seeks, or chooses a marker or a dancer.
        dial: a number that the viewer changes in the player; `mariel.app.components.sweep` sends its sweep.
        on_dial: called before the rerun with the dial's value when it is let go.
        force_public_path: draw through plotly's public functions only, for tests and comparisons.
    """
    assets = web_assets()
    block = pack_cached(scene)
    if address:
        check_in_browser(QUERY_PARAMS[address], _is_camera, "the usual view")
    data = {
        "key": key,
        "block": publish_file(block, "application/octet-stream", f"skeleton-player-{key}"),
        "height": height,
        "linked": linked,
        "camera": dict(camera) if isinstance(camera, Mapping) else camera,
        "frame": frame,
        "follow": follow,
        "autoplay": autoplay,
        "pick": pick,
        "chosen": chosen,
        "address": address,
        "force": "public" if force_public_path else None,
        "plotly": assets["plotly_3d"],
        "player": assets["player"],
    }
    if dial is not None:
        data["dial"] = asdict(dial)

    def handle_dial() -> None:
        value = st.session_state[key].get("dial")
        if dial is not None and on_dial and _is_number(value):
            on_dial(min(max(float(value), dial.minimum), dial.maximum))

    component = _component()(
        key=key, data=data, on_state_change=on_change or ignore_change, on_dial_change=handle_dial
    )
    state = component.state
    return PlayerState.parse(state) if state else PlayerState(frame=frame or 0)


def _is_camera(text: str) -> bool:
    """Whether a link's text is a camera, by the rules of `web/player/address.js`."""
    presets = (*get_args(Preset), "side")  # the name of "left" in older links
    found = _CAMERA.fullmatch(text)
    if found is None:
        return text in presets
    try:
        azimuth, elevation, distance, *pan = map(float, found[1].split(","))
    except ValueError:  # such as 1.2.3
        return False
    return max(map(abs, (azimuth, elevation, *pan))) < 100 and (distance == 0 or 0.6 <= distance <= 60)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


@cache
def _component() -> Callable[..., Any]:
    # Plotly writes its styles into the document; inside a shadow root they would not apply.
    return components.component("mariel_skeleton_player", js=module_loader("player"), html=" ", isolate_styles=False)


_packed: OrderedDict[str, bytes] = OrderedDict()
_packed_lock = Lock()


def pack_cached(scene: Scene) -> bytes:
    """The scene's binary block, packed once for scenes with the same content: each rerun makes a new scene."""
    digest = hashlib.blake2b(digest_size=16)
    plain = (scene.fps, scene.title, scene.trails, scene.floor, scene.style, scene.markers, scene.front, scene.unit)
    plain = (*plain, scene.tiles)
    curves = [(curve.label, curve.colour, np.asarray(curve.values).tobytes()) for curve in scene.curves]
    digest.update(repr((plain, curves)).encode())
    for dancer in scene.dancers:
        plain = (dancer.label, dancer.skeleton, dancer.ghost, dancer.offset, dancer.colour)
        plain = (*plain, dancer.value_range, dancer.colour_bones)
        digest.update(repr((plain, hash(dancer.marker_set))).encode())
        for given in (dancer.positions, dancer.marker_values, dancer.body_positions):
            if given is not None:
                array = np.ascontiguousarray(given)
                digest.update(f"{array.dtype}{array.shape}".encode())
                digest.update(array.data.cast("B"))
    name = digest.hexdigest()
    with _packed_lock:
        if name in _packed:
            _packed.move_to_end(name)
            return _packed[name]
    block = pack(scene)
    with _packed_lock:
        _packed[name] = block
        while len(_packed) > _PACKED_SCENES:
            _packed.popitem(last=False)
    return block
