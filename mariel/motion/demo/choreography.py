"""Six takes with a character each, put together from the vocabulary by a seeded choreographer."""

from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from mariel.motion.demo.notation import MOVEMENTS, Movement
from mariel.motion.demo.timeline import Frame, Performed, Timeline
from mariel.motion.demo.timing import drift
from mariel.motion.recording import FPS

PADDING = 500
"""Frames held at either end of a raw take."""
SPACE = 2.1
"""Half the side, in metres, of the square in which feet are set down."""


@dataclass(frozen=True)
class Take:
    """What a take is like.

    Args:
        about: one line for people.
        frames: length in raw frames, padding included.
        tempo: slowest and fastest, as multiples of a movement's own.
        stillness: longest rest between two movements, in seconds.
        likes: how willingly each movement is chosen.
    """

    about: str
    frames: int
    tempo: tuple[float, float]
    stillness: float
    likes: Mapping[str, float]


def _likes(text: str) -> dict[str, float]:
    """Likes from "plie:2 tendu": 1 where no number is given."""
    pairs = (word.partition(":") for word in text.split())
    return {name: float(number or 1) for name, _, number in pairs}


TAKES: dict[str, Take] = {
    "morning_barre": Take("A quiet warm-up", 7400, (0.9, 1.05), 1.0, _likes("plie port_de_bras walk")),
    "adagio": Take("Slow and sustained", 7400, (0.85, 1.0), 1.2, _likes("plie port_de_bras walk")),
    "waltz": Take("In three, across the floor", 7200, (0.95, 1.1), 0.4, _likes("plie port_de_bras walk")),
    "allegro": Take("Jumps and turns", 7000, (0.98, 1.12), 0.6, _likes("plie port_de_bras walk")),
    "undertow": Take("Contractions, swings and spirals", 7600, (0.9, 1.1), 0.8, _likes("plie port_de_bras walk")),
    "floor_and_air": Take("From the floor into the air", 7400, (0.92, 1.08), 0.8, _likes("plie port_de_bras walk")),
}
"""The demo dancer's takes by name: 44,000 raw frames."""

_TURNS = ("quarter_turn", "half_turn")


def compose(name: str, seed: int = 0) -> Timeline:
    """Choose and place the movements of a take; the same seed gives the same dance.

    Raises:
        KeyError: no such take.
    """
    take = TAKES[name]
    rng = np.random.default_rng([seed, crc32(name.encode())])
    x, y = rng.uniform(-0.6, 0.6, 2)
    timeline = Timeline(rng, (x, y, float(rng.uniform(-180, 180))))
    end = (take.frames - 2 * PADDING) / FPS
    timeline.rest(1.0)
    tempo = rng.uniform(*take.tempo)
    while found := _choose(take, timeline, end - timeline.now, tempo):
        movement, side = found
        timeline.perform(movement, side, tempo)
        if rng.random() < 0.55 and _fits(movement, _turned(side), timeline, end - timeline.now, tempo):
            timeline.perform(movement, _turned(side), tempo)
        timeline.rest(take.stillness * rng.random() ** 3)
        tempo = float(np.clip(tempo + rng.normal(0, 0.03), *take.tempo))
    return timeline


def choreograph(name: str, seed: int = 0) -> np.ndarray:
    """A take in the raw layout: positions (55, frames, 3), float32, metres, z down, as the recordings are stored.

    Raises:
        KeyError: no such take.
    """
    return dance(name, seed)[0]


def dance(name: str, seed: int = 0) -> tuple[np.ndarray, list[Performed]]:
    """A take in the raw layout and its score; frames in the score count from the first useful frame."""
    timeline = compose(name, seed)
    useful = timeline.markers(TAKES[name].frames - 2 * PADDING)
    return as_stored(_padded(useful, timeline.rng)), timeline.score


def as_stored(positions: np.ndarray) -> np.ndarray:
    """Positions (frames, 55, 3), z up, as (55, frames, 3) float32 with the body turned over: y and z negated."""
    return np.ascontiguousarray(positions.transpose(1, 0, 2) * [1.0, -1.0, -1.0], dtype=np.float32)


def _padded(positions: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The first and last pose held for 500 frames, swaying by a few millimetres about the feet."""
    at = np.arange(PADDING) / FPS
    parts = []
    for pose, ramp in ((positions[0], at[::-1]), (positions[-1], at)):
        ease = np.minimum(ramp / 1.5, 1.0) ** 2 * (3 - 2 * np.minimum(ramp / 1.5, 1.0))
        sway = np.stack([drift(at, rng) * ease, drift(at, rng) * ease, np.zeros(PADDING)], axis=1)
        held = pose + 0.003 * sway[:, None, :] * np.maximum(pose[:, 2] - 0.1, 0)[None, :, None]
        parts.append(held + 0.0004 * rng.standard_normal(held.shape))
    return np.concatenate([parts[0], positions, parts[1]])


def _turned(side: str) -> str:
    return "L" if side == "R" else "R"


def _choose(take: Take, timeline: Timeline, left: float, tempo: float) -> tuple[Movement, str] | None:
    """A movement and a side that end in time and in the space, or None when it is time to stop."""
    recent = {performed.movement for performed in timeline.score[-4:]}
    options, weights = [], []
    for name, liking in take.likes.items():
        for side in "RL":
            if _fits(MOVEMENTS[name], side, timeline, left, tempo):
                options.append((MOVEMENTS[name], side))
                weights.append(liking * (0.08 if name in recent else 1.0))
    if not options:
        return None
    weights = np.array(weights) / np.sum(weights)
    return options[timeline.rng.choice(len(options), p=weights)]


def _fits(movement: Movement, side: str, timeline: Timeline, left: float, tempo: float) -> bool:
    """Whether a movement ends in time (with two steps to prepare) and sets its feet down inside the space."""
    draft = movement.draft()
    if draft.length * movement.beat / tempo * 1.03 + 1.8 > left:
        return False
    frame = Frame(timeline.place, timeline.heading)
    sign = 1.0 if side == "R" else -1.0
    for foot in "LR":
        ahead = [x for _, x in draft.keys.get(f"{foot}_x", ())]
        across = [y for _, y in draft.keys.get(f"{foot}_y", ())]
        for x, y in zip(ahead, across, strict=True):
            if max(map(abs, frame.world((x, sign * y, 0.0))[:2])) > SPACE:
                return False
    return True
