"""The command `app`: opens the app in a browser."""

import os
import runpy
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mariel.cli.description_flags import NO_DESCRIPTION, DescriptionFlags, keep_description, require_motion
from mariel.cli.parameters import OptionalWhole
from mariel.errors import MarielError

PACKAGED_APP = Path(__file__).resolve().parents[1] / "app_root"
"""The app's entry script, pages, theme and shipped model in an installed package; in the repository, its top."""


def app(
    data: Annotated[
        str | None,
        Parameter(
            help="recordings to open with: a folder, a glob in quotes or one file; by default the synthetic "
            "demo dancer"
        ),
    ] = None,
    /,
    *,
    home: Annotated[
        Path | None,
        Parameter(
            metavar="DIR",
            help="the folder for runs, favourites and generated files; by default $MARIEL_HOME, else the system's "
            "folders for a user's data and caches",
        ),
    ] = None,
    port: Annotated[
        OptionalWhole, Parameter(help="the port to listen on; default: 8501, or the next one that is free")
    ] = None,
    address: Annotated[
        str,
        Parameter(
            metavar="HOST",
            help="the address to listen on; default: localhost, for this computer alone; 0.0.0.0 for its "
            "whole network",
            show_default=False,
        ),
    ] = "localhost",
    browser: Annotated[
        bool, Parameter(help="open the page in a browser (default yes, where there is one)", show_default=False)
    ] = True,
    described: DescriptionFlags = NO_DESCRIPTION,
) -> None:
    """Open the app in a browser.

    It runs until ctrl-C, which also saves and stops a training; the Training page can resume it. What is said about
    the files is kept beside them; the app asks for the rest.
    """
    from mariel.files import HOME_VARIABLE  # noqa: PLC0415 - see `mariel.cli`

    if port is not None and not 1 <= port <= 65_535:
        raise MarielError(f"--port must be from 1 to 65535 (got {port})")
    if home is not None:
        home = home.expanduser().absolute()
        if home.exists() and not home.is_dir():
            raise MarielError(f"--home {home}: expected a folder, found a file")
        os.environ[HOME_VARIABLE] = str(home)
    if data is None:
        require_motion(described, "DATA")
    elif described != NO_DESCRIPTION:
        keep_description("app", data, described)
    script = app_script()
    options = ["--server.address", address]
    if port is not None:
        options += ["--server.port", str(port)]
    if not browser:
        options += ["--server.headless", "true"]
    sys.argv = ["streamlit", "run", str(script), *options, "--", *([] if data is None else [data])]
    runpy.run_module("streamlit", run_name="__main__")  # as `python -m streamlit`, in this process


def app_script() -> Path:
    """The app's entry script, in a folder that can be written to: Streamlit serves the player from beside it.

    In a copy of the repository it is the one at its top. An installed app is copied to the user's cache, because
    nothing is written beside an installed package.

    Raises:
        MarielError: the package lacks the app.
        WriteError: the cache cannot be written.
    """
    from mariel.files import cache_folder, is_repository, write_atomically, write_error  # noqa: PLC0415

    if is_repository():
        return PACKAGED_APP.parents[1] / "streamlit_app.py"
    if not PACKAGED_APP.is_dir():
        raise MarielError(f"the app is missing: there is no '{PACKAGED_APP}'; install the package again")
    from mariel import __version__  # noqa: PLC0415

    folder = cache_folder() / f"app-{__version__}"
    try:
        (folder / "static").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(folder, error) from error
    for name in _app_files():
        content, copy = (PACKAGED_APP / name).read_bytes(), folder / name
        try:
            if copy.exists() and copy.read_bytes() == content:
                continue
            copy.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(copy, error) from error
        write_atomically(copy, content, durable=False)
    return folder / "streamlit_app.py"


def _app_files() -> list[Path]:
    """The files to copy, relative to `PACKAGED_APP`; the shipped model is read where it is."""
    pages = [path.relative_to(PACKAGED_APP) for path in PACKAGED_APP.joinpath("pages").rglob("*.py")]
    beside = [path.relative_to(PACKAGED_APP) for path in PACKAGED_APP.iterdir() if path.is_file()]
    return [Path(".streamlit", "config.toml"), *beside, *pages]
