"""The phrase and the path that are chosen on the map: in the session, in links, and as texts."""

import re
from contextlib import suppress

import numpy as np

from mariel.app.latent_map.map_view import MapView
from mariel.app.shell.messages import quoted
from mariel.app.shell.query_params import MAP_OF, MAP_PATH, MAP_PHRASE, PATH, PATH_OF, PHRASE, requested, write
from mariel.errors import PhraseError, SettingsError
from mariel.generation.latent_map.phrases import MapPhrases

MAX_WAYPOINTS = 64
LINE_WAYPOINTS = 16
"""Waypoints along a drawn line, so that its link stays short."""

DEFAULT_PATH = ((-1.4, -0.6), (-0.5, 0.9), (0.5, -0.8), (1.4, 0.6))
"""Waypoints of the first path, in standard deviations."""

NO_PATH = "none"

_NUMBER = r"-?[0-9]{1,6}(?:\.[0-9]{1,4})?"
_PATH = re.compile(rf"{_NUMBER},{_NUMBER}(?:;{_NUMBER},{_NUMBER}){{0,{MAX_WAYPOINTS - 1}}}")


def forget_other_map(run: str, method: str) -> None:
    """Forget the choices made on another map: those of another model, and a path on the map by another method."""
    if MAP_OF.get(run) != run:
        MAP_PHRASE.pop()
    if PATH_OF.get((run, method)) != (run, method):
        MAP_PATH.pop()
    MAP_OF.set(run)
    PATH_OF.set((run, method))


def format_phrase(phrases: MapPhrases, number: int) -> str:
    """A phrase as links have it, take:frame."""
    return f"{phrases.takes[number]}:{phrases.starts[number]}"


def chosen_phrase(view: MapView) -> int:
    """The phrase that a link asks for, or that was chosen last; else an active one near the middle of the map."""
    number = requested(PHRASE, check=lambda text: _find_phrase(view, text))
    if number is None and MAP_PHRASE.exists:
        with suppress(PhraseError):  # the model was trained on other recordings meanwhile
            number = _find_phrase(view, MAP_PHRASE.get())
    if number is None:
        near = np.square(view.latent_map.points / view.latent_map.standard_deviations.clip(1e-9)).sum(axis=1) < 2
        number = int(np.where(near, view.phrases.speeds, -1).argmax())
    text = format_phrase(view.phrases, number)
    MAP_PHRASE.set(text)
    write(PHRASE, text, shown=quoted(view.labels[number]))
    return number


def _find_phrase(view: MapView, text: str) -> int:
    take, _, start = text.rpartition(":")
    number = view.phrases.find(take, int(start)) if re.fullmatch(r"\d{1,9}", start, re.ASCII) else None
    if number is None:
        raise PhraseError(
            f"it is not on this map: expected a take that {view.checkpoint.run} has learned from and a frame, "
            f"such as “{format_phrase(view.phrases, 0)}”"
        )
    return number


def format_path(path: np.ndarray) -> str:
    """Waypoints (waypoints, 2) as links have them."""
    return ";".join(f"{x:.1f},{y:.1f}" for x, y in path) or NO_PATH


def parse_path(text: str) -> np.ndarray | None:
    """The waypoints (waypoints, 2) in a text; None if it is no path."""
    if text == NO_PATH:
        return np.empty((0, 2))
    if not _PATH.fullmatch(text):
        return None
    return np.array([waypoint.split(",") for waypoint in text.split(";")], np.float64)


def chosen_path(view: MapView) -> np.ndarray:
    """The path that a link asks for, or that was made last; else a path across the map."""
    linked = requested(PATH, check=_read_path)
    if linked is not None:
        MAP_PATH.set(format_path(view.latent_map.clip_to_map(linked)))
    path = remembered_path(view)
    text = format_path(path)
    MAP_PATH.set(text)
    write(PATH, text, shown="another path")
    return path


def remembered_path(view: MapView) -> np.ndarray:
    """The path in the session, else a path across the map."""
    path = parse_path(MAP_PATH.get(""))
    if path is None:
        points = view.latent_map.nearest_phrases(np.array(DEFAULT_PATH) * view.latent_map.standard_deviations)[:, 0]
        path = view.latent_map.points[points]
    return view.latent_map.clip_to_map(path)


def _read_path(text: str) -> np.ndarray:
    path = parse_path(text)
    if path is None:
        raise SettingsError(f"it cannot be read: expected up to {MAX_WAYPOINTS} points such as “12.5,-3;4,8”")
    return path
