"""The command `favourites`: lists kept dances, and keeps the dance of a bundle or a file."""

import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from mariel.cli.description_flags import NO_DESCRIPTION, DescriptionFlags, require_motion
from mariel.cli.parameters import Json
from mariel.cli.recordings import load_and_report
from mariel.errors import MarielError, RecordingError

# A command's imports are inside it on purpose, see `mariel.cli`.
# ruff: noqa: PLC0415


def favourites(
    file: Annotated[
        Path | None,
        Parameter(help="a bundle (.mariel.zip) or another file of motion, whose dance is kept; without it, a list"),
    ] = None,
    /,
    *,
    name: Annotated[str | None, Parameter(help="the favourite's name; default: the dance's", metavar="NAME")] = None,
    described: DescriptionFlags = NO_DESCRIPTION,
    as_json: Json = False,
) -> None:
    """List the favourites that everybody sees, or keep the dance of a file among them."""
    from mariel.generation.favourites import list_favourites

    if file is not None:
        kept = [_keep(file, name, described)]
    else:
        require_motion(described, "FILE")
        kept, broken = list_favourites()
        for path, reason in broken:
            print(f"{path.name} cannot be used: {reason}")
    if as_json:
        print(json.dumps([{"name": each.name, "file": str(each.path), "recipe": each.recipe} for each in kept]))
        return
    for each in kept:
        print(f"{each.path}: {each.credit}")


def _keep(file: Path, name: str | None, described: DescriptionFlags):
    """Keep the first dancer of a file; of a bundle with its recipe and credit."""
    import numpy as np

    from mariel.generation.favourites import save_favourite
    from mariel.motion.io.formats.zip_archive import read_bundle_about

    takes = list(load_and_report("favourites", str(file), described=described).values())
    if len(takes) > 1:
        raise MarielError(f"{file}: a favourite is one dancer, found {len(takes)}; export one with --take first")
    (take,) = takes
    try:
        about = read_bundle_about(file) if file.suffix.lower() == ".zip" else {}
    except RecordingError as error:
        raise MarielError(f"{file}: {error}") from None
    if not np.isfinite(take.positions).all() or take.unit != "m":
        raise MarielError(f"{file}: a favourite needs a dance in metres without missing markers")
    saved = about.get("recipe")
    recipe = dict(saved) if isinstance(saved, dict) else {"credit": take.credit or f"opened from {file.name}"}
    wanted = name or take.name
    if name is None:
        wanted = " ".join("".join(c if c.isalnum() or c in "-_. " else " " for c in wanted).split()).strip(". ")[:60]
    return save_favourite(wanted or "dance", take.positions, take.marker_set, take.fps, recipe)
