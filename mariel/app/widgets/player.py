"""The skeleton player as a Streamlit component: one call on a page shows a scene that plays in the browser.

The page is sent some hundred bytes: where the scene's binary block is, and how to show it. The browser fetches the
block, the player's JavaScript and plotly.js once, by addresses that change with their content, and keeps camera,
frame, speed and loop to itself. A message comes back only when the dance is paused, sought in, or a marker chosen.
"""

import hashlib
import os
import shutil
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np
import plotly
import streamlit as st
from streamlit.runtime import get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from mariel.errors import StageError
from mariel.export.html import WEB
from mariel.stage.packing import pack
from mariel.stage.scene import Scene

_OLD = 946_684_800  # 2000-01-01
_PACKED_SCENES = 16

LOADER = """
export default async function (component) {
  const player = await import(new URL(component.data.player, document.baseURI).href);
  return player.default(component);
}
"""

Preset = Literal["front", "side", "top", "three-quarter"]


@dataclass(frozen=True)
class PlayerState:
    """What the player said last.

    Args:
        frame: the frame shown.
        time: the same in seconds.
        playing: whether it was left playing.
        speed: 1 is the true tempo.
        selected: label of the chosen marker, or None.
        dancer: the number of the dancer that was just clicked, where dancers are picked; said once, else None.
        camera: where the viewer stands; pass it as `camera=` to stand there again.
    """

    frame: int = 0
    time: float = 0.0
    playing: bool = False
    speed: float = 1.0
    selected: str | None = None
    dancer: int | None = None
    camera: Mapping[str, Any] | None = None


def show_player(
    scene: Scene,
    *,
    key: str,
    height: int = 480,
    linked: str | None = None,
    camera: Preset | Mapping[str, Any] | None = None,
    frame: int | None = None,
    autoplay: bool = False,
    pick: Literal["markers", "dancers"] = "markers",
    chosen: str | None = None,
    address: str | None = None,
    on_change: Callable[[], None] | None = None,
    force_public_path: bool = False,
) -> PlayerState:
    """Show a scene in the skeleton player and give back what was last done to it.

    Camera, frame, speed, loop and whether it plays are the viewer's: reruns, other data under the same key and page
    switches leave them alone.

    Args:
        scene: who dances, see `mariel.stage.scene`.
        key: names the player; what the viewer did is remembered under it.
        height: of the stage without its controls, in pixels.
        linked: players with the same name here share clock and camera.
        camera: a preset or a `PlayerState.camera` to move to; followed once, and again when it changes.
        frame: a frame to go to; followed once, and again when it changes.
        autoplay: start playing when first shown.
        pick: what a click chooses.
        chosen: the label of a dancer that is marked as chosen.
        address: name of the query parameter that keeps the camera in the page's address; a link's is followed first.
        on_change: called before the rerun when the player is paused, sought in, or a marker or dancer is chosen.
        force_public_path: draw through plotly's public functions only, to test or compare.
    """
    assets = web_assets()
    block = pack_cached(scene)
    url = get_instance().media_file_mgr.add(block, "application/octet-stream", f"skeleton-player-{key}")
    data = {
        "key": key,
        "block": url.lstrip("/"),
        "height": height,
        "linked": linked,
        "camera": dict(camera) if isinstance(camera, Mapping) else camera,
        "frame": frame,
        "autoplay": autoplay,
        "pick": pick,
        "chosen": chosen,
        "address": address,
        "force": "public" if force_public_path else None,
        "plotly": assets["plotly"],
        "player": assets["player"],
    }
    said = _component()(key=key, data=data, on_state_change=on_change or _nothing).state
    return PlayerState(**said) if said else PlayerState(frame=frame or 0)


def _nothing() -> None:
    """Streamlit keeps a component's state only if there is something to call when it changes."""


@cache
def _component() -> Callable[..., Any]:
    # Plotly writes its styles into the document, so a shadow root would draw it unstyled.
    return st.components.v2.component("mariel_skeleton_player", js=LOADER, html=" ", isolate_styles=False)


def web_assets() -> dict[str, str]:
    """Addresses below the app of plotly.js, of the player and of the chart that takes new data in place."""
    return _install_assets(_static_folder())


def _static_folder() -> Path:
    """The folder that Streamlit serves as app/static: beside the script it was started with."""
    return Path(get_script_run_ctx().main_script_path).parent / "static"


@cache
def _install_assets(static: Path) -> dict[str, str]:
    """Copy plotly.js and the player into the app's static folder; their addresses below the app.

    Names change with the content. Streamlit sends no Cache-Control, and browsers keep a file the longer the older it
    says it is: with an old modification time it is fetched once instead of on every load.
    """
    bundle = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(WEB.iterdir()))).hexdigest()[:12]
    folder = static / f"player-{digest}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StageError(f"the player needs a folder it can write to, '{static}': {error.strerror}") from error
    plotly_copy = static / f"plotly-{version('plotly')}.min.js"
    for source, target in [(bundle, plotly_copy), *((path, folder / path.name) for path in WEB.iterdir())]:
        if not target.exists() or target.stat().st_size != source.stat().st_size:
            partial = target.with_name(f"{target.name}.{os.getpid()}")
            shutil.copyfile(source, partial)
            os.utime(partial, (_OLD, _OLD))
            partial.replace(target)
    own = {name: f"app/static/{folder.name}/{name}.js" for name in ("player", "chart")}
    return {"plotly": f"app/static/{plotly_copy.name}", **own}


_packed: OrderedDict[str, bytes] = OrderedDict()
_packed_lock = Lock()


def pack_cached(scene: Scene) -> bytes:
    """The scene's binary block; packed once for scenes of equal content, which pages make anew in every rerun."""
    digest = hashlib.blake2b(digest_size=16)
    plain = (scene.fps, scene.title, scene.trails, scene.floor, scene.markers, scene.front, scene.unit)
    curves = [(curve.label, curve.colour, np.asarray(curve.values).tobytes()) for curve in scene.curves]
    digest.update(repr((plain, curves)).encode())
    for dancer in scene.dancers:
        plain = (dancer.label, dancer.skeleton, dancer.ghost, dancer.offset, dancer.colour)
        plain = (*plain, dancer.value_range, dancer.painted)
        digest.update(repr((plain, hash(dancer.marker_set))).encode())
        for given in (dancer.positions, dancer.marker_values):
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
