"""The files of the components, in the folder that Streamlit serves: plotly.js, the player and the chart."""

import hashlib
import os
import shutil
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

from mariel.app.shell.streamlit_adapter import main_script_folder
from mariel.errors import StageError
from mariel.stage.web_files import (
    CHART_MODULE,
    MEMORY_MODULE,
    PLAYER_MODULE,
    PLOTLY_2D,
    PLOTLY_3D,
    SWEEPS_MODULE,
    WEB,
    web_files,
)

_OLD_TIME = 946_684_800  # 2000-01-01
_KEEP_DAYS = 30


def web_assets() -> dict[str, str]:
    """Addresses, relative to the app, of both builds of plotly.js and of the components' modules."""
    return _install_assets(_static_folder())


def module_loader(name: str) -> str:
    """The script of a component that is a module of ours: it loads the module from the address in its data.

    Args:
        name: of the module in `web_assets`, and of its address in the component's data.
    """
    return f"""
export default async function (component) {{
  const module = await import(new URL(component.data.{name}, document.baseURI).href);
  return module.default(component);
}}
"""


def ignore_change() -> None:
    """A callback that does nothing: without one, Streamlit keeps no state of a component."""


def _static_folder() -> Path:
    """The folder that Streamlit serves as app/static: beside the script that was started."""
    return main_script_folder() / "static"


@cache
def _install_assets(static: Path) -> dict[str, str]:
    """Copy plotly.js and the player into the app's static folder and return their addresses, relative to the app.

    File names change with the content. Streamlit sends no Cache-Control header, so browsers cache a file by its age:
    with an old modification time they fetch it once instead of on every load. What an older version has left there is
    removed after `_KEEP_DAYS`; another server may still be running it.
    """
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in web_files())).hexdigest()[:12]
    folder = static / f"player-{digest}"
    copies = {path: folder / path.relative_to(WEB) for path in web_files()}
    try:
        for copy in copies.values():
            copy.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StageError(f"the player needs a folder it can write to, '{static}': {error.strerror}") from error
    libraries = {path: static / path.name for path in (PLOTLY_3D, PLOTLY_2D)}
    for source, target in [*libraries.items(), *copies.items()]:
        if not target.exists() or target.stat().st_size != source.stat().st_size:
            partial = target.with_name(f"{target.name}.{os.getpid()}")
            shutil.copyfile(source, partial)
            os.utime(partial, (_OLD_TIME, _OLD_TIME))
            partial.replace(target)
    _remove_old_assets(static, keep={folder, *libraries.values()})
    modules = {"player": PLAYER_MODULE, "chart": CHART_MODULE, "sweeps": SWEEPS_MODULE, "memory": MEMORY_MODULE}
    addresses = {"plotly_3d": PLOTLY_3D.name, "plotly_2d": PLOTLY_2D.name}
    addresses |= {name: f"{folder.name}/{path}" for name, path in modules.items()}
    return {name: f"app/static/{address}" for name, address in addresses.items()}


def _remove_old_assets(static: Path, keep: set[Path]) -> None:
    """Remove what other versions of the player and of plotly have left in the static folder long ago."""
    oldest = time.time() - _KEEP_DAYS * 24 * 3600
    for path in {*static.glob("player-*"), *static.glob("plotly-*.min.js")} - keep:
        with suppress(OSError):  # it is in use, or another process has removed it
            if path.stat().st_ctime < oldest:  # the modification time is set by us
                shutil.rmtree(path) if path.is_dir() else path.unlink()
