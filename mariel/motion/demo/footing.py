"""How the demo dancer stands: feet on the floor, weight over the feet, height from the legs, flight by gravity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mariel.motion.demo.body import (
    BALL,
    BALL_HEIGHT,
    FOREARM,
    HEEL_TO_BALL,
    HIP,
    SHANK,
    SIDES,
    THIGH,
    UPPER_ARM,
    Pose,
    Segment,
    leg_in_air,
    limb_axes,
    mirrored,
)
from mariel.motion.demo.rotations import between, rot_y, rot_z, square_to, turned, unit
from mariel.motion.demo.timing import quintic

GRAVITY = 9.81

# Segment masses as shares of the body's (after de Leva 1996, rounded). A leg's are split between hip and ankle as
# if the knee were half-way, which keeps balance a linear equation.
HIPS_MASS, CHEST_MASS, HEAD_MASS, ARM_MASS, FOREARM_MASS = 0.14, 0.34, 0.08, 0.027, 0.022
LEG_AT_HIP, LEG_AT_ANKLE = 0.10, 0.071

STRAIGHT = np.deg2rad(8.0)
"""Bend of a leg that a dancer calls straight; a weight-bearing knee never opens further."""
TAKE_OFF_BEND = np.deg2rad(16.0)
"""Bend of the legs as the toes leave the floor and meet it again."""
FORESIGHT_FRAMES = 4
"""Frames by which the body goes down before a leg forces it to."""
TOE_MARGIN = 0.006
"""Lowest height, in metres, of the points that must clear the floor in a free foot."""
_TOE_TIP, _HEEL = np.array([0.150, 0.0, -0.060]), np.array([-0.065, 0.0, -0.070])


@dataclass(frozen=True)
class Flight:
    """Seconds in which neither foot touches the floor, with the time to push off before and to give way after."""

    take_off: float
    landing: float
    push: float = 0.26
    cushion: float = 0.30


@dataclass
class Foot:
    """Where a foot ought to be in all frames, before the leg is solved."""

    ankle: np.ndarray
    axes: np.ndarray
    knee: np.ndarray
    free: np.ndarray
    """Offset of the ankle from the hip while the leg is in the air, in the world's axes."""
    air: np.ndarray
    load: np.ndarray


def _foot(pose: Pose, pelvis: np.ndarray, side: str, sign: float) -> Foot:
    yaw, pitch, air = pose[f"{side}_yaw"], pose[f"{side}_pitch"], pose[f"{side}_air"]
    axes = rot_z(yaw) @ rot_y(pitch)
    # A foot with toes up stands on its heel, so the ball rises; rounded, so that it starts to rise smoothly.
    toes_up = np.maximum(-pitch, 0.0)
    height = BALL_HEIGHT + pose[f"{side}_lift"] + HEEL_TO_BALL * np.sin(toes_up**2 / (toes_up + 0.03))
    ball = np.stack([pose[f"{side}_x"], pose[f"{side}_y"], height], axis=1)
    free, knee, free_axes = leg_in_air(pose, side, sign)
    forward = np.stack([np.cos(yaw), np.sin(yaw), np.zeros_like(yaw)], axis=1)
    return Foot(
        ankle=ball - turned(axes, BALL),
        axes=between(axes, pelvis @ free_axes, air),
        knee=unit((1 - air)[:, None] * forward + air[:, None] * turned(pelvis, knee)),
        free=turned(pelvis, free),
        air=air,
        load=pose[f"{side}_load"],
    )


def stand(pose: Pose, upper: Mapping[str, Segment], at: np.ndarray, flights: Sequence[Flight]) -> dict[str, Segment]:
    """Place an upper body over its feet and add the legs.

    The pelvis goes where the whole body's centre of mass comes to lie over the point (`com_x`, `com_y`); its
    height is what the weight-bearing legs allow at the bend asked for, or gravity's in a flight.

    Args:
        pose: channels, radians and metres, (frames,) each.
        upper: segments from the pelvis up, centre of the waist at the origin (`body.upper_body`).
        at: (frames,) seconds.
        flights: when the body is in the air.

    Returns:
        all segments in the world.
    """
    pelvis = upper["pelvis"].axes
    feet = {side: _foot(pose, pelvis, side, sign) for side, sign in SIDES}
    hips = {side: turned(pelvis, mirrored(HIP, sign)) for side, sign in SIDES}
    root = np.zeros((len(at), 3))
    root[:, :2] = _balance(pose, upper, feet, hips)
    root[:, 2] = _foresee(_height(pose["bend"], root, feet, hips))
    stretched = _height(np.full(len(at), TAKE_OFF_BEND), root, feet, hips)
    for flight in flights:
        _fly(root[:, 2], stretched, at, flight)
    segments = {name: Segment(part.axes, part.origin + root) for name, part in upper.items()}
    for side, sign in SIDES:
        segments.update(_leg(side, sign, feet[side], root + hips[side]))
    return segments


def _balance(pose: Pose, upper: Mapping[str, Segment], feet: Mapping[str, Foot], hips) -> np.ndarray:
    """Horizontal place (frames, 2) of the waist that brings the centre of mass over the point asked for."""
    chest, head = upper["chest"], upper["head"]
    moment = HIPS_MASS * chest.origin * 0.1 + CHEST_MASS * chest.point([-0.02, 0, -0.16]) + HEAD_MASS * head.origin
    fixed = HIPS_MASS + CHEST_MASS + HEAD_MASS
    for side, _ in SIDES:
        moment = moment + ARM_MASS * upper[f"{side}_upper_arm"].point([0, 0, 0.55 * UPPER_ARM])
        moment = moment + FOREARM_MASS * upper[f"{side}_forearm"].point([0, 0, 0.75 * FOREARM])
        fixed += ARM_MASS + FOREARM_MASS
    moment, moving = moment[:, :2], np.full(len(chest.origin), fixed)
    for side, foot in feet.items():
        air = foot.air[:, None]
        hip = hips[side][:, :2]
        moment = moment + LEG_AT_HIP * hip
        moment = moment + LEG_AT_ANKLE * ((1 - air) * foot.ankle[:, :2] + air * (hip + foot.free[:, :2]))
        moving = moving + LEG_AT_HIP + LEG_AT_ANKLE * foot.air
    target = np.stack([pose["com_x"], pose["com_y"]], axis=1)
    total = fixed + 2 * (LEG_AT_HIP + LEG_AT_ANKLE)
    return (total * target - moment) / moving[:, None]


def _height(bend: np.ndarray, root: np.ndarray, feet: Mapping[str, Foot], hips) -> np.ndarray:
    """Height (frames,) of the waist at which the more stretched of the weight-bearing legs is bent by `bend`."""
    reach = np.sqrt(THIGH**2 + SHANK**2 + 2 * THIGH * SHANK * np.cos(np.maximum(bend, STRAIGHT)))
    softness = 0.012
    allowed = {}
    for side, foot in feet.items():
        away = foot.ankle[:, :2] - root[:, :2] - hips[side][:, :2]
        square = reach**2 - np.sum(away**2, axis=1)
        rise = np.sqrt(0.5 * (square + np.sqrt(square**2 + 0.002**2)) + 1e-6)
        allowed[side] = foot.ankle[:, 2] + rise - hips[side][:, 2]
    # A leg gains its say with its load; without load it has none.
    allowed = {side: height + 0.12 * (1 / np.maximum(feet[side].load, 1e-3) - 1) for side, height in allowed.items()}
    lowest = np.minimum(allowed["L"], allowed["R"])
    return lowest - softness * np.log(sum(np.exp((lowest - height) / softness) for height in allowed.values()))


def _foresee(height: np.ndarray) -> np.ndarray:
    """The height as a body takes it: smooth, and low in time, never above what the legs allow at any frame.

    The lowest height within a reach of frames to either side, averaged over the same reach (Hann weights).
    """
    reach = FORESIGHT_FRAMES
    weights = np.hanning(2 * reach + 3)[1:-1]
    padded = np.pad(height, 2 * reach, mode="edge")
    low = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(axis=1)
    return np.convolve(low, weights / weights.sum(), mode="valid")


def _fly(height: np.ndarray, stretched: np.ndarray, at: np.ndarray, flight: Flight) -> None:
    """Replace the height around a flight by push, parabola and landing, in place."""
    begin, end = flight.take_off - flight.push, flight.landing + flight.cushion
    if begin <= at[0] or end >= at[-1]:
        return
    step = at[1] - at[0]
    velocity = np.gradient(height, step)
    acceleration = np.gradient(velocity, step)
    before, after = (
        tuple(float(np.interp(moment, at, values)) for values in (height, velocity, acceleration))
        for moment in (begin, end)
    )
    up, down = (float(np.interp(moment, at, stretched)) for moment in (flight.take_off, flight.landing))
    air = flight.landing - flight.take_off
    speed = (down - up) / air + GRAVITY * air / 2
    push = (at > begin) & (at < flight.take_off)
    fall = (at >= flight.take_off) & (at <= flight.landing)
    give = (at > flight.landing) & (at < end)
    height[push] = quintic(before, (up, speed, -GRAVITY), flight.push, (at[push] - begin) / flight.push)
    t = at[fall] - flight.take_off
    height[fall] = up + speed * t - GRAVITY * t**2 / 2
    landing = (down, speed - GRAVITY * air, -GRAVITY)
    height[give] = quintic(landing, after, flight.cushion, (at[give] - flight.landing) / flight.cushion)


def _leg(side: str, sign: float, foot: Foot, hip: np.ndarray) -> dict[str, Segment]:
    """Thigh, shank and foot by two-bone inverse kinematics, the knee over the toes."""
    air = foot.air[:, None]
    ankle = (1 - air) * foot.ankle + air * (hip + foot.free)
    # A free foot keeps clear of the floor.
    lowest = np.minimum(*(ankle[:, 2] + turned(foot.axes, tip)[:, 2] for tip in (_TOE_TIP, _HEEL)))
    free = 1 - foot.load
    ankle[:, 2] += free * 0.01 * np.logaddexp(0, (TOE_MARGIN - lowest) / 0.01)
    # It is reached for, but not beyond the leg's length: softly, so that no knee snaps.
    line = ankle - hip
    distance = np.linalg.norm(line, axis=1)
    longest = 0.9995 * (THIGH + SHANK)
    soft = 0.0008 + 0.006 * free
    reach = longest - soft * np.logaddexp(0, (longest - distance) / soft)
    line = line / distance[:, None]
    ankle = hip + line * reach[:, None]
    along = (THIGH**2 - SHANK**2 + reach**2) / (2 * reach)
    out = np.sqrt(np.maximum(THIGH**2 - along**2, 0.0))
    knee = hip + line * along[:, None] + square_to(foot.knee, line) * out[:, None]
    outer = sign * np.cross(square_to(foot.knee, line), line)
    return {
        f"{side}_thigh": Segment(limb_axes((knee - hip) / THIGH, outer, sign), hip),
        f"{side}_shank": Segment(limb_axes((ankle - knee) / SHANK, outer, sign), knee),
        f"{side}_foot": Segment(foot.axes, ankle),
    }
