"""The command `favourites`: lists kept dances, and opens a bundle: keeps its dances, and installs its model."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from cyclopts import Parameter

from mariel.cli.description_flags import NO_DESCRIPTION, DescriptionFlags, require_motion
from mariel.cli.parameters import Json, Switch
from mariel.cli.recordings import load_and_report
from mariel.errors import MarielError, RecordingError, RunError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mariel.generation.favourites import Favourite

# A command's imports are inside it on purpose, see `mariel.cli`.
# ruff: noqa: PLC0415


def favourites(
    file: Annotated[
        Path | None,
        Parameter(help="a bundle (.mariel.zip) or another file of motion, whose dances are kept; without it, a list"),
    ] = None,
    /,
    *,
    name: Annotated[
        str | None,
        Parameter(help="the favourite's name; default: the dance's. Several get numbers", metavar="NAME"),
    ] = None,
    model_name: Annotated[
        str | None,
        Parameter(help="what the model of a bundle is called here; default: as where it was packed", metavar="NAME"),
    ] = None,
    without_model: Annotated[Switch, Parameter(help="do not install the model that a bundle carries")] = False,
    described: DescriptionFlags = NO_DESCRIPTION,
    as_json: Json = False,
) -> None:
    """List the favourites that everybody sees, or open a bundle: keep its dances, and install the model it carries.

    A bundle is what Download and 'export' make for another copy of this program. A model is installed among the runs,
    unless one of its name is there: the same weights are not installed twice, and others are never replaced.
    """
    from mariel.generation.favourites import list_favourites

    model = None
    if file is not None:
        model = _install_model(file, model_name, without=without_model)
        kept = _keep(file, name, described, model)
    else:
        require_motion(described, "FILE")
        kept, broken = list_favourites()
        for path, reason in broken:
            print(f"{path.name} cannot be used: {reason}")
    if as_json:
        model = {} if file is None else {"model": model and model.name}
        about = [{"name": each.name, "file": str(each.path), "recipe": each.recipe, **model} for each in kept]
        print(json.dumps(about))
        return
    for each in kept:
        print(f"{each.path}: {each.credit}")
    if model is not None:
        state = "installed; sample from it by this name" if model.is_new else "here already, with the same weights"
        print(f"model {model.name}: {state}")


class _InstalledModel(NamedTuple):
    """The model of a bundle: its name here and where it was packed, and whether it was not here before."""

    name: str
    packed_as: str
    is_new: bool


def _install_model(file: Path, name: str | None, *, without: bool) -> _InstalledModel | None:
    """Install the model of a bundle; None if it carries none."""
    from mariel.export.archives.packed_model import install_model, read_packed_model

    try:
        model = read_packed_model(file) if _is_zip(file) and not without else None
    except RecordingError as error:
        raise MarielError(f"{file}: {error}") from None
    if model is None:
        if name is not None:
            why = "--without-model installs none" if without else f"{file} carries none"
            raise MarielError(f"--model-name names the model of a bundle: {why}")
        return None
    try:
        return _InstalledModel(name or model.name, model.name, install_model(model, name or ""))
    except RunError as error:
        raise MarielError(
            f"{error}: give it another name with --model-name NAME, or keep the dances alone with --without-model"
        ) from None


def _is_zip(file: Path) -> bool:
    return file.suffix.lower() == ".zip" and file.is_file()


def _keep(
    file: Path, name: str | None, described: DescriptionFlags, model: _InstalledModel | None
) -> "list[Favourite]":
    """Keep the dances of a file; of a bundle with its recipe and credit."""
    import numpy as np

    from mariel.generation.favourites import save_favourite
    from mariel.motion.io.formats.zip_archive import read_bundle_about

    takes = list(load_and_report("favourites", str(file), described=described).values())
    if any(not np.isfinite(take.positions).all() or take.unit != "m" for take in takes):
        raise MarielError(f"{file}: a favourite needs a dance in metres without missing markers")
    saved = read_bundle_about(file).get("recipe") if _is_zip(file) else None
    kept = []
    for number, take in enumerate(takes, start=1):
        wanted = name or _plain_name(take.name)
        if name and len(takes) > 1:
            wanted = f"{name} {number}"
        recipe = {"credit": take.credit or f"opened from {file.name}"}
        if isinstance(saved, dict):
            recipe = _with_model_name(saved, model)
        kept.append(save_favourite(wanted, take.positions, take.marker_set, take.fps, recipe))
    return kept


def _plain_name(name: str) -> str:
    """A take's name as a favourite can have it."""
    letters = "".join(letter if letter.isalnum() or letter in "-_. " else " " for letter in name)
    return " ".join(letters.split()).strip(". ")[:60] or "dance"


def _with_model_name(recipe: "Mapping[str, Any]", model: _InstalledModel | None) -> dict:
    """A recipe in which the model has the name that it has here."""
    changed = dict(recipe)
    if model is not None and changed.get("checkpoint") == model.packed_as:
        changed["checkpoint"] = model.name
        if isinstance(link := changed.get("link"), dict) and "model" in link:
            changed["link"] = {**link, "model": model.name}
    return changed
