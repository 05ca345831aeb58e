"""Inverse kinematics of the demo dancer: root from balance, leg length and gravity, and legs from the feet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mariel.motion.demo.keyframe_curves import quintic_hermite
from mariel.motion.demo.rotations import blend_axes, normalise, perpendicular_direction, rot_y, rot_z, rotate
from mariel.motion.demo.skeleton import (
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
    mirror_offset,
)

GRAVITY = 9.81
"""Metres per second squared."""

# Segment masses as shares of body mass (after de Leva 1996, rounded). A leg's mass is split between hip and ankle as
# if the knee were half-way between them, which keeps balance a linear equation.
HIPS_MASS, CHEST_MASS, HEAD_MASS, ARM_MASS, FOREARM_MASS = 0.14, 0.34, 0.08, 0.027, 0.022
LEG_AT_HIP, LEG_AT_ANKLE = 0.10, 0.071

MIN_KNEE_BEND = np.deg2rad(8.0)
"""Smallest bend of a knee that carries weight; a dancer calls such a leg straight."""
TAKE_OFF_BEND = np.deg2rad(16.0)
"""Bend of the knees when the toes leave the floor and when they touch it again."""
LOOK_AHEAD_FRAMES = 4
"""Frames by which the body is lowered before leg length requires it."""
FLOOR_CLEARANCE = 0.006
"""Lowest height, in metres, of toe tip and heel of a foot without load."""
_TOE_TIP, _HEEL = np.array([0.150, 0.0, -0.060]), np.array([-0.065, 0.0, -0.070])


@dataclass(frozen=True)
class Flight:
    """Times, in seconds, between which no foot touches the floor, with the durations of push-off and landing."""

    take_off: float
    landing: float
    push: float = 0.26
    cushion: float = 0.30


@dataclass
class FootTarget:
    """Target of one foot in all frames, before the leg is solved."""

    ankle: np.ndarray
    axes: np.ndarray
    knee_direction: np.ndarray
    free_offset: np.ndarray
    """Offset of the ankle from the hip when the leg is in the air, in world axes."""
    air: np.ndarray
    load: np.ndarray


def _foot_target(pose: Pose, pelvis: np.ndarray, side: str, sign: float) -> FootTarget:
    """A blend of the foot on the floor and the foot in the air, by the channel `air`."""
    yaw, pitch, air = pose[f"{side}_yaw"], pose[f"{side}_pitch"], pose[f"{side}_air"]
    axes = rot_z(yaw) @ rot_y(pitch)
    # With toes up the foot rests on its heel, so the ball rises; smoothed near zero pitch.
    toes_up = np.maximum(-pitch, 0.0)
    height = BALL_HEIGHT + pose[f"{side}_lift"] + HEEL_TO_BALL * np.sin(toes_up**2 / (toes_up + 0.03))
    ball = np.stack([pose[f"{side}_x"], pose[f"{side}_y"], height], axis=1)
    free, knee, free_axes = leg_in_air(pose, side, sign)
    forward = np.stack([np.cos(yaw), np.sin(yaw), np.zeros_like(yaw)], axis=1)
    return FootTarget(
        ankle=ball - rotate(axes, BALL),
        axes=blend_axes(axes, pelvis @ free_axes, air),
        knee_direction=normalise((1 - air)[:, None] * forward + air[:, None] * rotate(pelvis, knee)),
        free_offset=rotate(pelvis, free),
        air=air,
        load=pose[f"{side}_load"],
    )


def solve_full_body(
    pose: Pose, upper: Mapping[str, Segment], times: np.ndarray, flights: Sequence[Flight]
) -> dict[str, Segment]:
    """Position an upper body over its feet and add the legs.

    The pelvis is placed so that the centre of mass of the whole body is above the point (`com_x`, `com_y`). Its
    height follows from the legs that carry weight and the channel `bend`, or from gravity during a flight.

    Args:
        pose: channels in radians and metres, (frames,) each.
        upper: segments from the pelvis up, centre of the waist at the origin (`skeleton.upper_body_segments`).
        times: (frames,) seconds.
        flights: when the body is in the air.

    Returns:
        All segments by name, in world coordinates.
    """
    pelvis = upper["pelvis"].axes
    feet = {side: _foot_target(pose, pelvis, side, sign) for side, sign in SIDES}
    hips = {side: rotate(pelvis, mirror_offset(HIP, sign)) for side, sign in SIDES}
    root = np.zeros((len(times), 3))
    root[:, :2] = _balanced_root(pose, upper, feet, hips)
    root[:, 2] = _smooth_lower_envelope(_supported_height(pose["bend"], root, feet, hips))
    stretched = _supported_height(np.full(len(times), TAKE_OFF_BEND), root, feet, hips)
    for flight in flights:
        _apply_flight(root[:, 2], stretched, times, flight)
    segments = {name: Segment(part.axes, part.origin + root) for name, part in upper.items()}
    for side, sign in SIDES:
        segments.update(_leg_segments(side, sign, feet[side], root + hips[side]))
    return segments


def _balanced_root(pose: Pose, upper: Mapping[str, Segment], feet: Mapping[str, FootTarget], hips) -> np.ndarray:
    """Horizontal position (frames, 2) of the waist at which the centre of mass is above (`com_x`, `com_y`)."""
    chest, head = upper["chest"], upper["head"]
    moment = HIPS_MASS * chest.origin * 0.1 + CHEST_MASS * chest.point_at([-0.02, 0, -0.16]) + HEAD_MASS * head.origin
    fixed = HIPS_MASS + CHEST_MASS + HEAD_MASS
    for side, _ in SIDES:
        moment = moment + ARM_MASS * upper[f"{side}_upper_arm"].point_at([0, 0, 0.55 * UPPER_ARM])
        moment = moment + FOREARM_MASS * upper[f"{side}_forearm"].point_at([0, 0, 0.75 * FOREARM])
        fixed += ARM_MASS + FOREARM_MASS
    moment, moving = moment[:, :2], np.full(len(chest.origin), fixed)
    for side, foot in feet.items():
        air = foot.air[:, None]
        hip = hips[side][:, :2]
        moment = moment + LEG_AT_HIP * hip
        moment = moment + LEG_AT_ANKLE * ((1 - air) * foot.ankle[:, :2] + air * (hip + foot.free_offset[:, :2]))
        moving = moving + LEG_AT_HIP + LEG_AT_ANKLE * foot.air
    target = np.stack([pose["com_x"], pose["com_y"]], axis=1)
    total = fixed + 2 * (LEG_AT_HIP + LEG_AT_ANKLE)
    return (total * target - moment) / moving[:, None]


def _supported_height(bend: np.ndarray, root: np.ndarray, feet: Mapping[str, FootTarget], hips) -> np.ndarray:
    """Height (frames,) of the waist at which the straighter of the legs that carry weight is bent by `bend`."""
    reach = np.sqrt(THIGH**2 + SHANK**2 + 2 * THIGH * SHANK * np.cos(np.maximum(bend, MIN_KNEE_BEND)))
    softness = 0.012
    allowed = {}
    for side, foot in feet.items():
        away = foot.ankle[:, :2] - root[:, :2] - hips[side][:, :2]
        square = reach**2 - np.sum(away**2, axis=1)
        rise = np.sqrt(0.5 * (square + np.sqrt(square**2 + 0.002**2)) + 1e-6)
        allowed[side] = foot.ankle[:, 2] + rise - hips[side][:, 2]
    # A leg limits the height in proportion to its load; without load not at all.
    allowed = {side: height + 0.12 * (1 / np.maximum(feet[side].load, 1e-3) - 1) for side, height in allowed.items()}
    lowest = np.minimum(allowed["L"], allowed["R"])
    return lowest - softness * np.log(sum(np.exp((lowest - height) / softness) for height in allowed.values()))


def _smooth_lower_envelope(height: np.ndarray) -> np.ndarray:
    """A smooth height (frames,) that is never above the given one.

    The minimum over LOOK_AHEAD_FRAMES to either side, then averaged over as many frames with Hann weights.
    """
    radius = LOOK_AHEAD_FRAMES
    weights = np.hanning(2 * radius + 3)[1:-1]
    padded = np.pad(height, 2 * radius, mode="edge")
    minima = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1).min(axis=1)
    return np.convolve(minima, weights / weights.sum(), mode="valid")


def _apply_flight(height: np.ndarray, stretched: np.ndarray, times: np.ndarray, flight: Flight) -> None:
    """Replace the height around a flight by push-off, parabola and landing, in place."""
    begin, end = flight.take_off - flight.push, flight.landing + flight.cushion
    if begin <= times[0] or end >= times[-1]:
        return
    step = times[1] - times[0]
    velocity = np.gradient(height, step)
    acceleration = np.gradient(velocity, step)
    before, after = (
        tuple(float(np.interp(time, times, values)) for values in (height, velocity, acceleration))
        for time in (begin, end)
    )
    up, down = (float(np.interp(time, times, stretched)) for time in (flight.take_off, flight.landing))
    air = flight.landing - flight.take_off
    speed = (down - up) / air + GRAVITY * air / 2
    pushing = (times > begin) & (times < flight.take_off)
    flying = (times >= flight.take_off) & (times <= flight.landing)
    landing = (times > flight.landing) & (times < end)
    height[pushing] = quintic_hermite(
        before, (up, speed, -GRAVITY), flight.push, (times[pushing] - begin) / flight.push
    )
    t = times[flying] - flight.take_off
    height[flying] = up + speed * t - GRAVITY * t**2 / 2
    touchdown = (down, speed - GRAVITY * air, -GRAVITY)
    height[landing] = quintic_hermite(
        touchdown, after, flight.cushion, (times[landing] - flight.landing) / flight.cushion
    )


def _leg_segments(side: str, sign: float, foot: FootTarget, hip: np.ndarray) -> dict[str, Segment]:
    """Thigh, shank and foot by two-bone inverse kinematics, with the knee over the toes."""
    air = foot.air[:, None]
    ankle = (1 - air) * foot.ankle + air * (hip + foot.free_offset)
    # A foot without load stays above the floor.
    lowest = np.minimum(*(ankle[:, 2] + rotate(foot.axes, tip)[:, 2] for tip in (_TOE_TIP, _HEEL)))
    unloaded = 1 - foot.load
    ankle[:, 2] += unloaded * 0.01 * np.logaddexp(0, (FLOOR_CLEARANCE - lowest) / 0.01)
    # The distance from hip to ankle is limited to the leg's length by a smooth maximum, so that the knee never jerks.
    line = ankle - hip
    distance = np.linalg.norm(line, axis=1)
    longest = 0.9995 * (THIGH + SHANK)
    softness = 0.0008 + 0.006 * unloaded
    reach = longest - softness * np.logaddexp(0, (longest - distance) / softness)
    line = line / distance[:, None]
    ankle = hip + line * reach[:, None]
    along = (THIGH**2 - SHANK**2 + reach**2) / (2 * reach)
    out = np.sqrt(np.maximum(THIGH**2 - along**2, 0.0))
    knee = hip + line * along[:, None] + perpendicular_direction(foot.knee_direction, line) * out[:, None]
    outer = sign * np.cross(perpendicular_direction(foot.knee_direction, line), line)
    return {
        f"{side}_thigh": Segment(limb_axes((knee - hip) / THIGH, outer, sign), hip),
        f"{side}_shank": Segment(limb_axes((ankle - knee) / SHANK, outer, sign), knee),
        f"{side}_foot": Segment(foot.axes, ankle),
    }
