"""Six takes with a character each, put together from the vocabulary by a seeded choreographer."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from zlib import crc32

import numpy as np

from mariel.motion.demo.notation import MOVEMENTS, Draft, Movement, other
from mariel.motion.demo.timeline import MARKER_NOISE, Frame, Performed, Timeline
from mariel.motion.demo.timing import drift
from mariel.motion.recording import FPS

PADDING = 500
"""Frames held at either end of a raw take."""
SPACE = 2.3
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
    "morning_barre": Take(
        "A class begins: pliés, tendus and long balances, with time to breathe.",
        7400,
        (1.05, 1.22),
        0.3,
        _likes(
            """plie grand_plie:2 tendu:3 degage:3 rond_de_jambe:3 releve:2 port_de_bras:2 cambre:2 developpe:2
            grand_battement:4 balance:2 attitude waltz_step:2 arabesque quarter_turn:0.7 half_turn:0.5 walk:0.3"""
        ),
    ),
    "adagio": Take(
        "Slow and sustained: legs unfold, the arms carry the phrase.",
        7400,
        (0.98, 1.12),
        0.4,
        _likes(
            """arabesque:3 attitude:3 developpe:3 port_de_bras:2 cambre:2 side_reach:2 lunge:2 balance:2 pirouette
            rond_de_jambe:2 tilt walk:1.5 spiral waltz_step half_turn quarter_turn releve"""
        ),
    ),
    "waltz_for_one": Take(
        "In three, across the floor and round it.",
        7200,
        (1.05, 1.2),
        0.25,
        _likes(
            """waltz_step:4 triplet:4 chaine_turns:2 pirouette:2 arabesque attitude port_de_bras half_turn:1.5
            quarter_turn:1.5 chasse balance side_reach swing bow:0.5"""
        ),
    ),
    "allegro": Take(
        "Springs, leaps and turns, with a breath between.",
        7000,
        (1.0, 1.12),
        0.4,
        _likes(
            """saute:3 echappe:3 temps_leve:3 chasse:3 leap:3 turning_jump:2 pirouette:3 run:2 degage grand_battement
            half_turn quarter_turn plie waltz_step chaine_turns"""
        ),
    ),
    "undertow": Take(
        "Led by the spine: contractions, spirals, swings and falls.",
        7600,
        (1.0, 1.22),
        0.4,
        _likes(
            """contraction:3 body_wave:3 spiral:3 swing:3 fall_and_catch:3 side_reach:2 tilt:2 roll_down:2
            reach_and_gather:2 low_sweep:2 lunge walk half_turn quarter_turn triplet"""
        ),
    ),
    "floor_and_air": Take(
        "Down to the floor and up into the air again.",
        7400,
        (1.0, 1.2),
        0.4,
        _likes(
            """floor_touch:3 kneel:3 low_sweep:3 crouch_jump:3 turning_jump:2 leap:3 run:2 fall_and_catch:2 roll_down
            swing:2 lunge:2 reach_and_gather tilt half_turn quarter_turn chasse contraction"""
        ),
    ),
}
"""The demo dancer's takes by name: 44,000 raw frames."""

FINALE = "bow"


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
    timeline.rest(0.8)
    tempo = rng.uniform(*take.tempo)
    last = MOVEMENTS[FINALE]
    end -= _written(last).length * last.beat / take.tempo[0] + 2.0  # two steps to prepare
    while found := _choose(take, timeline, end - timeline.now, tempo):
        movement, side = found
        timeline.perform(movement, side, tempo)
        if (
            rng.random() < 0.55
            and not _turn(movement)
            and _fits(movement, other(side), timeline, end - timeline.now, tempo)
        ):
            timeline.perform(movement, other(side), tempo)
        timeline.rest(take.stillness * rng.random() ** 2)
        tempo = float(np.clip(tempo + rng.normal(0, 0.03), *take.tempo))
    timeline.perform(last, "R", tempo)
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
        parts.append(held + MARKER_NOISE * rng.standard_normal(held.shape))
    return np.concatenate([parts[0], positions, parts[1]])


def _choose(take: Take, timeline: Timeline, left: float, tempo: float) -> tuple[Movement, str] | None:
    """A movement and a side that end in time and in the space, or None when it is time to stop."""
    recent = [performed.movement for performed in timeline.score[-5:]]
    stance = MOVEMENTS[recent[-1]].stance if recent else "parallel"
    options, weights = [], []
    for name, liking in take.likes.items():
        for side in "RL":
            if _fits(MOVEMENTS[name], side, timeline, left, tempo):
                options.append((MOVEMENTS[name], side))
                # Rather what has not just been danced, and what begins as the feet stand already.
                fresh = 0.08 if name in recent else 1.0
                same = 3.0 if MOVEMENTS[name].stance == stance else 1.0
                weights.append(liking * fresh * same * _use_of_space(MOVEMENTS[name], side, timeline))
    if not options:
        return None
    weights = np.array(weights) / np.sum(weights)
    return options[timeline.rng.choice(len(options), p=weights)]


def _use_of_space(movement: Movement, side: str, timeline: Timeline) -> float:
    """More for a movement that travels, as the way is not always free, and for a turn that frees the way ahead."""
    draft = _written(movement)
    sign = 1.0 if side == "R" else -1.0
    turn = sign * _turn(movement)
    before, after = (_clear(timeline.place, timeline.heading + angle) for angle in (0.0, turn))
    ahead = np.mean([foot[0] for foot in draft.feet.values()])
    return (5.0 if ahead > 0.6 else 1.0) * (min(after / (before + 0.2), 6.0) if turn else 1.0)


def _turn(movement: Movement) -> float:
    """Degrees that a movement leaves the dancer turned by, whole turns left out."""
    return max(_written(movement).keys.get("heading", [(0.0, 0.0)]))[1] % -360


def _clear(place: tuple[float, float], heading: float) -> float:
    """Metres from a place to the edge of the space in a direction."""
    direction = np.array([np.cos(np.deg2rad(heading)), np.sin(np.deg2rad(heading))])
    ways = (SPACE - np.sign(direction) * place) / np.maximum(np.abs(direction), 1e-6)
    return float(max(ways.min(), 0.0))


@cache
def _written(movement: Movement) -> Draft:
    return movement.draft()


def _fits(movement: Movement, side: str, timeline: Timeline, left: float, tempo: float) -> bool:
    """Whether a movement ends in time (with two steps to prepare) and sets its feet down inside the space."""
    draft = _written(movement)
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
