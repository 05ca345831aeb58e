"""Choreograph the demo dancer's six takes from the vocabulary of movements, by seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from zlib import crc32

import numpy as np

from mariel.motion.demo.keyframe_curves import smooth_noise
from mariel.motion.demo.notation import MOVEMENTS, Draft, Movement, other_side
from mariel.motion.demo.timeline import MARKER_NOISE, FloorFrame, ScoreEntry, Timeline
from mariel.motion.mariel_markers import RAW_PADDING_FRAMES
from mariel.motion.recording import FPS

FLOOR_HALF_WIDTH = 2.3
"""Half the side, in metres, of the square in which feet are set down."""


@dataclass(frozen=True)
class TakePlan:
    """What a take is composed of.

    Args:
        description: one line for people.
        frames: length in raw frames, padding included.
        tempo: slowest and fastest, relative to a movement's own tempo.
        max_rest_seconds: longest rest between two movements.
        movement_weights: relative probability of each movement.
    """

    description: str
    frames: int
    tempo: tuple[float, float]
    max_rest_seconds: float
    movement_weights: Mapping[str, float]


def _parse_weights(text: str) -> dict[str, float]:
    """Weights from text such as "plie:2 tendu"; 1 where no number is given."""
    pairs = (word.partition(":") for word in text.split())
    return {name: float(number or 1) for name, _, number in pairs}


TAKES: dict[str, TakePlan] = {
    "morning_barre": TakePlan(
        "Barre work: pliés, tendus, and long balances.",
        7400,
        (1.05, 1.22),
        0.3,
        _parse_weights(
            """plie grand_plie:2 tendu:3 degage:3 rond_de_jambe:3 releve:2 port_de_bras:2 cambre:2 developpe:2
            grand_battement:4 balance:2 attitude waltz_step:2 arabesque quarter_turn:0.7 half_turn:0.5 walk:0.3"""
        ),
    ),
    "adagio": TakePlan(
        "Slow, sustained movements on one leg: arabesques, attitudes, développés.",
        7400,
        (0.98, 1.12),
        0.4,
        _parse_weights(
            """arabesque:3 attitude:3 developpe:3 port_de_bras:2 cambre:2 side_reach:2 lunge:2 balance:2 pirouette
            rond_de_jambe:2 tilt walk:1.5 spiral waltz_step half_turn quarter_turn releve"""
        ),
    ),
    "waltz_for_one": TakePlan(
        "Waltz steps and turns that travel across the floor.",
        7200,
        (1.05, 1.2),
        0.25,
        _parse_weights(
            """waltz_step:4 triplet:4 chaine_turns:2 pirouette:2 arabesque attitude port_de_bras half_turn:1.5
            quarter_turn:1.5 chasse balance side_reach swing bow:0.5"""
        ),
    ),
    "allegro": TakePlan(
        "Jumps, leaps and turns, with short rests between.",
        7000,
        (1.0, 1.12),
        0.4,
        _parse_weights(
            """saute:3 echappe:3 temps_leve:3 chasse:3 leap:3 turning_jump:2 pirouette:3 run:2 degage grand_battement
            half_turn quarter_turn plie waltz_step chaine_turns"""
        ),
    ),
    "undertow": TakePlan(
        "Movements of the trunk: contractions, spirals, swings and falls.",
        7600,
        (1.0, 1.22),
        0.4,
        _parse_weights(
            """contraction:3 body_wave:3 spiral:3 swing:3 fall_and_catch:3 side_reach:2 tilt:2 roll_down:2
            reach_and_gather:2 low_sweep:2 lunge walk half_turn quarter_turn triplet"""
        ),
    ),
    "floor_and_air": TakePlan(
        "Movements near the floor and jumps: kneeling, sweeps, crouches, leaps.",
        7400,
        (1.0, 1.2),
        0.4,
        _parse_weights(
            """floor_touch:3 kneel:3 low_sweep:3 crouch_jump:3 turning_jump:2 leap:3 run:2 fall_and_catch:2 roll_down
            swing:2 lunge:2 reach_and_gather tilt half_turn quarter_turn chasse contraction"""
        ),
    ),
}
"""The demo dancer's takes by name: 44,000 raw frames."""

FINAL_MOVEMENT = "bow"


def compose(name: str, seed: int = 0) -> Timeline:
    """Choose and place the movements of a take; the same seed gives the same take.

    Raises:
        KeyError: no such take.
    """
    take = TAKES[name]
    rng = np.random.default_rng([seed, crc32(name.encode())])
    x, y = rng.uniform(-0.6, 0.6, 2)
    timeline = Timeline(rng, (x, y, float(rng.uniform(-180, 180))))
    end = (take.frames - 2 * RAW_PADDING_FRAMES) / FPS
    timeline.rest(0.8)
    tempo = rng.uniform(*take.tempo)
    final = MOVEMENTS[FINAL_MOVEMENT]
    end -= _cached_draft(final).length * final.seconds_per_count / take.tempo[0] + 2.0  # two steps to prepare
    while choice := _choose_movement(take, timeline, end - timeline.now, tempo):
        movement, side = choice
        timeline.add_movement(movement, side, tempo)
        if (
            rng.random() < 0.55
            and not _net_turn(movement)
            and _fits(movement, other_side(side), timeline, end - timeline.now, tempo)
        ):
            timeline.add_movement(movement, other_side(side), tempo)
        timeline.rest(take.max_rest_seconds * rng.random() ** 2)
        tempo = float(np.clip(tempo + rng.normal(0, 0.03), *take.tempo))
    timeline.add_movement(final, "R", tempo)
    return timeline


def choreograph(name: str, seed: int = 0) -> np.ndarray:
    """A take in the raw layout: positions (55, frames, 3), float32, metres, z down, as the recordings are stored.

    Raises:
        KeyError: no such take.
    """
    return choreograph_with_score(name, seed)[0]


def choreograph_with_score(name: str, seed: int = 0) -> tuple[np.ndarray, list[ScoreEntry]]:
    """A take in the raw layout and its score; frames of the score count from the first frame after the padding.

    Raises:
        KeyError: no such take.
    """
    timeline = compose(name, seed)
    positions = timeline.marker_positions(TAKES[name].frames - 2 * RAW_PADDING_FRAMES)
    return to_raw_layout(_add_padding(positions, timeline.rng)), timeline.score


def to_raw_layout(positions: np.ndarray) -> np.ndarray:
    """Positions (frames, 55, 3), z up, as (55, frames, 3) float32, z down: y and z are negated."""
    return np.ascontiguousarray(positions.transpose(1, 0, 2) * [1.0, -1.0, -1.0], dtype=np.float32)


def _add_padding(positions: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Positions with the first and the last pose held for `RAW_PADDING_FRAMES` each, with millimetres of sway."""
    times = np.arange(RAW_PADDING_FRAMES) / FPS
    parts = []
    for pose, ramp in ((positions[0], times[::-1]), (positions[-1], times)):
        ease = np.minimum(ramp / 1.5, 1.0) ** 2 * (3 - 2 * np.minimum(ramp / 1.5, 1.0))
        sway = np.stack(
            [smooth_noise(times, rng) * ease, smooth_noise(times, rng) * ease, np.zeros(RAW_PADDING_FRAMES)], axis=1
        )
        held = pose + 0.003 * sway[:, None, :] * np.maximum(pose[:, 2] - 0.1, 0)[None, :, None]
        parts.append(held + MARKER_NOISE * rng.standard_normal(held.shape))
    return np.concatenate([parts[0], positions, parts[1]])


def _choose_movement(
    take: TakePlan, timeline: Timeline, remaining_seconds: float, tempo: float
) -> tuple[Movement, str] | None:
    """A movement and a side that fit into the remaining time and the floor, or None if none fits."""
    recent = [performed.movement for performed in timeline.score[-5:]]
    stance = MOVEMENTS[recent[-1]].stance if recent else "parallel"
    options, weights = [], []
    for name, weight in take.movement_weights.items():
        for side in "RL":
            if _fits(MOVEMENTS[name], side, timeline, remaining_seconds, tempo):
                options.append((MOVEMENTS[name], side))
                # Prefer movements that are not recent, and those that begin in the present stance.
                novelty = 0.08 if name in recent else 1.0
                continuity = 3.0 if MOVEMENTS[name].stance == stance else 1.0
                weights.append(weight * novelty * continuity * _floor_space_weight(MOVEMENTS[name], side, timeline))
    if not options:
        return None
    weights = np.array(weights) / np.sum(weights)
    return options[timeline.rng.choice(len(options), p=weights)]


def _floor_space_weight(movement: Movement, side: str, timeline: Timeline) -> float:
    """A weight that is larger for a movement that travels, and for a turn towards more free floor."""
    draft = _cached_draft(movement)
    sign = 1.0 if side == "R" else -1.0
    turn = sign * _net_turn(movement)
    free_before, free_after = (
        _free_distance(timeline.weight_position, timeline.heading + angle) for angle in (0.0, turn)
    )
    travel = np.mean([foot[0] for foot in draft.feet.values()])
    return (5.0 if travel > 0.6 else 1.0) * (min(free_after / (free_before + 0.2), 6.0) if turn else 1.0)


def _net_turn(movement: Movement) -> float:
    """Degrees by which a movement changes the heading, without whole turns."""
    return max(_cached_draft(movement).keys.get("heading", [(0.0, 0.0)]))[1] % -360


def _free_distance(position: tuple[float, float], heading: float) -> float:
    """Metres from a position to the edge of the floor in the direction `heading`, in degrees."""
    direction = np.array([np.cos(np.deg2rad(heading)), np.sin(np.deg2rad(heading))])
    distances = (FLOOR_HALF_WIDTH - np.sign(direction) * position) / np.maximum(np.abs(direction), 1e-6)
    return float(max(distances.min(), 0.0))


@cache
def _cached_draft(movement: Movement) -> Draft:
    return movement.draft()


def _fits(movement: Movement, side: str, timeline: Timeline, remaining_seconds: float, tempo: float) -> bool:
    """Whether a movement ends in time, with two steps to prepare, and its feet stay on the floor's square."""
    draft = _cached_draft(movement)
    if draft.length * movement.seconds_per_count / tempo * 1.03 + 1.8 > remaining_seconds:
        return False
    frame = FloorFrame(timeline.weight_position, timeline.heading)
    sign = 1.0 if side == "R" else -1.0
    for foot in "LR":
        xs = [x for _, x in draft.keys.get(f"{foot}_x", ())]
        ys = [y for _, y in draft.keys.get(f"{foot}_y", ())]
        for x, y in zip(xs, ys, strict=True):
            if max(map(abs, frame.to_world((x, sign * y, 0.0))[:2])) > FLOOR_HALF_WIDTH:
                return False
    return True
