"""Chain movements into the keyframes of a whole take and compute its marker positions."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from mariel.motion.demo.inverse_kinematics import Flight, solve_full_body
from mariel.motion.demo.keyframe_curves import interpolate_keys, smooth_noise
from mariel.motion.demo.notation import (
    ANGLE_CHANNELS,
    ARM_CHANNELS,
    CHANNELS,
    DEFAULTS,
    FLOOR_CHANNELS,
    STANCES,
    TRUNK_JOINTS,
    Draft,
    Movement,
    Weight,
    mirror_channel,
    other_side,
)
from mariel.motion.demo.skeleton import HEEL_TO_BALL, marker_positions, pelvis_axes, upper_body_segments
from mariel.motion.recording import FPS

FootPlacement = tuple[float, float, float]
"""The ball of a foot on the floor and the foot's direction: x, y in metres, yaw in degrees."""

MAX_FOOT_OFFSET, MAX_FOOT_YAW_OFFSET = 0.02, 8.0
"""Metres and degrees by which a foot may be off a movement's stance before a small step corrects it."""
LEAD_IN_SECONDS = 1.1
"""Seconds before a movement's first key of a channel at which the channel starts to change towards it."""
RETURN_SECONDS, TAKE_OVER_SECONDS, OVERLAP_SECONDS = 0.5, 1.2, 0.4
"""Three durations in seconds: of the return to a neutral pose that ends a movement; from the start of the next
movement, within which it must have a key of a channel to replace that return; and by which it begins earlier."""
MAX_CENTRING_DISTANCE = 0.2
"""Metres up to which the last shift of weight of a movement only centres it between the feet."""
LAG_SECONDS = {"elbow": 0.03, "pron": 0.05, "wrist": 0.06, "thorax": 0.03, "neck": 0.05}
"""Seconds by which outer joints follow inner ones, as overlapping action in animation."""
MARKER_NOISE = 0.0005
"""Standard deviation of the measurement noise along each axis, in metres, as in optical motion capture."""
_MIN_KEY_INTERVAL = 0.02


@dataclass(frozen=True)
class ScoreEntry:
    """A movement of a take: its name, the frame in which it begins and its working side, L or R."""

    movement: str
    frame: int
    side: str


@dataclass(frozen=True)
class FloorFrame:
    """Origin (x, y) in metres and heading in degrees, on the floor, of the coordinates of one movement."""

    origin: tuple[float, float]
    heading: float

    def rotate(self, vector: tuple[float, float]) -> tuple[float, float]:
        """A horizontal vector of the movement, in world coordinates."""
        c, s = np.cos(np.deg2rad(self.heading)), np.sin(np.deg2rad(self.heading))
        return float(c * vector[0] - s * vector[1]), float(s * vector[0] + c * vector[1])

    def to_world(self, placement: FootPlacement) -> FootPlacement:
        """A foot placement of the movement, in world coordinates."""
        x, y = self.rotate(placement[:2])
        return self.origin[0] + x, self.origin[1] + y, self.heading + placement[2]


@dataclass
class Timeline:
    """The keyframes of a take in world coordinates, extended one movement at a time.

    Args:
        rng: source of the small differences between two performances of one movement.
        start: (x, y) in metres and heading in degrees of the dancer at the beginning.
        keys: (time in seconds, value) pairs by channel, degrees and metres.
        flights: when the body is in the air.
        score: the movements so far.
        feet: where each foot is, by side.
        heading: present direction of the dancer in degrees.
        now: seconds at which the next movement may begin.
        feet_settled_at: seconds from which the feet no longer move.
        return_start: seconds from which the last movement only returns to a neutral pose; the next movement replaces
            such keys of the channels it uses.
        ends_centring: whether the last shift of weight only centres it; then the next movement replaces it too.
    """

    rng: np.random.Generator
    start: tuple[float, float, float] = (0.0, 0.0, 0.0)
    keys: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    flights: list[Flight] = field(default_factory=list)
    score: list[ScoreEntry] = field(default_factory=list)
    feet: dict[str, FootPlacement] = field(init=False)
    heading: float = field(init=False)
    now: float = 0.0
    feet_settled_at: float = 0.0
    return_start: float = np.inf
    ends_centring: bool = False

    def __post_init__(self) -> None:
        x, y, self.heading = self.start
        frame = FloorFrame((x, y), self.heading)
        self.feet = {side: frame.to_world(placement) for side, placement in STANCES["parallel"].items()}
        for channel, value in DEFAULTS.items():
            self._add_key(channel, 0.0, value)
        for side, (fx, fy, yaw) in self.feet.items():
            for channel, value in zip(("x", "y", "yaw"), (fx, fy, yaw), strict=True):
                self.keys[f"{side}_{channel}"] = [(0.0, value)]
        self.keys["heading"] = [(0.0, self.heading)]
        self.keys["com_x"], self.keys["com_y"] = [(0.0, x)], [(0.0, y)]

    @property
    def weight_position(self) -> tuple[float, float]:
        """The point that carries the weight at the end, (x, y) in metres."""
        return self.keys["com_x"][-1][1], self.keys["com_y"][-1][1]

    def rest(self, seconds: float) -> None:
        """Complete the return to the neutral pose and hold it for some seconds."""
        self.now += seconds
        self.feet_settled_at, self.return_start = self.now, np.inf

    def add_movement(self, movement: Movement, side: str = "R", tempo: float = 1.0) -> None:
        """Add a movement with `side` as its working side, `tempo` times as fast as it is written."""
        draft = movement.draft()
        stance = STANCES[movement.stance]
        if side == "L":
            draft, stance = _mirror_draft(draft), _mirror_stance(stance)
        frame = self._step_into_stance(stance)
        self.now = max(self.feet_settled_at, self.now - OVERLAP_SECONDS)
        self.score.append(ScoreEntry(movement.name, round(self.now * FPS), side))
        seconds_per_count = movement.seconds_per_count / tempo * self.rng.uniform(0.98, 1.02)
        start = self.now
        self._add_foot_keys(draft, stance, frame, start, seconds_per_count)
        amplitude = 1 + 0.05 * float(np.clip(self.rng.standard_normal(), -1.5, 1.0))
        for channel, keys in draft.keys.items():
            if channel.endswith(("_x", "_y", "_yaw")):
                continue
            world_keys = [
                (start + time * seconds_per_count, value) for time, value in sorted(keys, key=lambda key: key[0])
            ]
            if channel == "heading":
                world_keys = [(time, frame.heading + value) for time, value in world_keys]
                self.heading = world_keys[-1][1]
            elif channel in ANGLE_CHANNELS and channel[2:] not in FLOOR_CHANNELS:
                world_keys = [(time, self._perturb(channel, value, amplitude)) for time, value in world_keys]
            self._append_keys(channel, world_keys, start)
        for take_off, landing in draft.flights:
            self.flights.append(Flight(start + take_off * seconds_per_count, start + landing * seconds_per_count))
        self.now = start + draft.length * seconds_per_count
        self.return_start = self.now - RETURN_SECONDS
        feet = [
            time for channel, keys in draft.keys.items() if not _is_independent_of_feet(channel) for time, _ in keys
        ]
        landings = [flight.landing + flight.cushion for flight in self.flights[-1:]]
        self.feet_settled_at = max([start + seconds_per_count * max(feet, default=0.0), *landings])
        (x, y), (last_x, last_y) = ([self.keys[channel][-i][1] for channel in ("com_x", "com_y")] for i in (2, 1))
        self.ends_centring = bool(np.hypot(last_x - x, last_y - y) < MAX_CENTRING_DISTANCE)
        if not self.ends_centring:
            self.feet_settled_at = self.now

    def _perturb(self, channel: str, value: float, amplitude: float) -> float:
        """A key's value in degrees with the small differences of one performance."""
        if channel[:2] in ("L_", "R_"):
            return value + self.rng.normal(0, 1.5)
        return value if channel == "bend" else value * amplitude

    def _add_foot_keys(self, draft: Draft, stance, frame: FloorFrame, start: float, seconds_per_count: float) -> None:
        """Append the keys of both feet and of the weight, given in counts and the movement's coordinates."""
        placements: dict[str, list[tuple[float, FootPlacement]]] = {}
        for side in "LR":
            noted = _foot_placements(draft, side, stance[side])
            placements[side] = [(start, self.feet[side])]
            has_moved = False
            for time, placement in noted:
                has_moved = has_moved or max(abs(a - b) for a, b in zip(placement, stance[side], strict=True)) > 1e-9
                placements[side].append(
                    (start + time * seconds_per_count, frame.to_world(placement) if has_moved else self.feet[side])
                )
            for i, channel in enumerate(("x", "y", "yaw")):
                if f"{side}_{channel}" in draft.keys:
                    self._append_keys(
                        f"{side}_{channel}", [(time, placement[i]) for time, placement in placements[side]], start
                    )
            self.feet[side] = placements[side][-1][1]
        pitch = {side: sorted(draft.keys.get(f"{side}_pitch", ()), key=lambda key: key[0]) for side in "LR"}
        for weight in sorted(draft.weights, key=lambda weight: weight.time):
            time = start + weight.time * seconds_per_count
            feet = {side: _last_value(placements[side], time, self.feet[side]) for side in "LR"}
            heel_up = {side: _last_value(pitch[side], weight.time, 0.0) for side in "LR"}
            x, y = _support_point(feet, heel_up, weight.left_share)
            dx, dy = frame.rotate(weight.shift)
            self._append_keys("com_x", [(time, x + dx)], start)
            self._append_keys("com_y", [(time, y + dy)], start)

    def _step_into_stance(self, stance: dict[str, FootPlacement]) -> FloorFrame:
        """The floor frame of the next movement; small steps bring misplaced feet into its stance first."""
        frame = min(
            (self._align_stance(stance, sides) for sides in ("LR", "L", "R")),
            key=lambda candidate: len(self._misplaced_feet(stance, candidate)),
        )
        misplaced = self._misplaced_feet(stance, frame)
        if not misplaced:
            return frame
        self.return_start = np.inf
        misplaced.sort(key=lambda side: -np.hypot(*np.subtract(self.feet[side][:2], self.weight_position)))
        self.now += 0.08
        for channel in ("bend", "L_pitch", "R_pitch", "L_load", "R_load"):
            self._append_keys(
                channel, [(self.now + 0.25, 15.0 if channel == "bend" else self.keys[channel][-1][1])], self.now
            )
        for side in misplaced:
            draft = Draft("parallel")
            draft.feet = {name: list(place) for name, place in self.feet.items()}
            x, y, yaw = frame.to_world(stance[side])
            distance = np.hypot(x - self.feet[side][0], y - self.feet[side][1])
            leave, duration = 0.24, 0.36 + 0.45 * min(distance, 0.8)
            draft.add_key(0, **{f"{other_side(side)}_pitch": self.keys[f"{other_side(side)}_pitch"][-1][1]})
            draft.add_key(0.3, **{f"{other_side(side)}_pitch": 0.0})
            draft.step(side, leave, leave + duration, (x, y), yaw=yaw, lift=0.025 + 0.04 * distance, toe_off=24)
            sign = 1.0 if side == "R" else -1.0
            before, after = (
                self._max_weight_shift(other_side(side), foot) for foot in (self.feet[side], (x, y, yaw))
            )
            draft.weights = [Weight(leave + 0.04, 0.5 + sign * before, (0, 0))]
            draft.weights.append(Weight(leave + 0.4 * duration, 0.5 + sign * 0.43, (0, 0)))
            draft.weights.append(Weight(leave + 0.9 * duration, 0.5 + sign * after, (0, 0)))
            start = self.now
            current_stance = {name: self.feet[name] for name in "LR"}
            self._add_foot_keys(draft, current_stance, FloorFrame((0.0, 0.0), 0.0), start, 1.0)
            for channel, keys in draft.keys.items():
                if not channel.endswith(("_x", "_y", "_yaw")):
                    self._append_keys(
                        channel, [(start + time, value) for time, value in sorted(keys, key=lambda k: k[0])], start
                    )
            self.now = start + leave + duration
        x, y = _support_point(self.feet, {"L": 0.0, "R": 0.0}, 0.5)
        self._append_keys("com_x", [(self.now + 0.15, x)], self.now)
        self._append_keys("com_y", [(self.now + 0.15, y)], self.now)
        self.now += 0.17
        self.feet_settled_at = self.now
        return frame

    def _max_weight_shift(self, standing: str, foot: FootPlacement) -> float:
        """Share of weight, beyond one half, that can shift to the standing foot while the other foot is at `foot`.

        It is less in a wide stance.
        """
        distance = np.hypot(*np.subtract(self.feet[standing][:2], foot[:2]))
        return 0.43 * float(np.clip(1.4 - distance, 0.5, 1.0))

    def _align_stance(self, stance: dict[str, FootPlacement], sides: str) -> FloorFrame:
        """The floor frame at the present heading that puts the stance's feet `sides` where the dancer's are."""
        rotation = FloorFrame((0.0, 0.0), self.heading)
        stance_centre = np.mean([rotation.to_world(stance[side])[:2] for side in sides], axis=0)
        feet_centre = np.mean([self.feet[side][:2] for side in sides], axis=0)
        return FloorFrame(tuple(feet_centre - stance_centre), self.heading)

    def _misplaced_feet(self, stance: dict[str, FootPlacement], frame: FloorFrame) -> list[str]:
        """The sides whose foot is too far from its placement in a stance at a floor frame."""
        misplaced = []
        for side in "LR":
            x, y, yaw = np.subtract(frame.to_world(stance[side]), self.feet[side])
            if np.hypot(x, y) > MAX_FOOT_OFFSET or abs(yaw) > MAX_FOOT_YAW_OFFSET:
                misplaced.append(side)
        return misplaced

    def _append_keys(self, channel: str, keys: list[tuple[float, float]], start: float) -> None:
        """Append keys to a channel, which keeps its last value until shortly before the first of them."""
        first_time = keys[0][0]
        existing = self.keys[channel]
        if first_time < start + TAKE_OVER_SECONDS and existing[-1][0] > self.return_start:
            if channel.startswith("com_") and self.ends_centring:
                existing.pop()
            while _is_independent_of_feet(channel) and len(existing) > 1 and existing[-1][0] > self.return_start:
                existing.pop()
        last_time, value = existing[-1]
        hold_until = first_time - LEAD_IN_SECONDS
        if not _is_independent_of_feet(channel) or channel == "bend":
            hold_until = max(hold_until, start)
        if hold_until > last_time and first_time - hold_until > _MIN_KEY_INTERVAL:
            self._add_key(channel, hold_until, value)
        for time, value in keys:
            self._add_key(channel, time, value)

    def _add_key(self, channel: str, time: float, value: float) -> None:
        """Append a key (seconds, degrees or metres) to a channel; later keys, and one just before it, are removed."""
        keys = self.keys[channel]
        while keys and keys[-1][0] > time - _MIN_KEY_INTERVAL:
            if len(keys) == 1 and keys[0][0] == 0.0 and time > 0:
                break
            keys.pop()
        keys.append((time, value))

    def pose_at(self, times: np.ndarray) -> dict[str, np.ndarray]:
        """All channels at `times`, (frames,) seconds: (frames,) each, in radians and metres."""
        pose = {}
        for channel in CHANNELS:
            lag = next((seconds for part, seconds in LAG_SECONDS.items() if part in channel), 0.0)
            key_times, key_values = zip(*self.keys[channel], strict=True)
            curve = interpolate_keys(key_times, key_values, times - lag)
            pose[channel] = np.deg2rad(curve) if channel in ANGLE_CHANNELS else curve
        return pose

    def marker_positions(self, frames: int, *, noise: float = MARKER_NOISE) -> np.ndarray:
        """Positions (frames, 55, 3), z up, of the first `frames` frames, with breathing, sway and marker noise."""
        times = np.arange(frames) / FPS
        pose = self.pose_at(times)
        self._add_idle_motion(pose, times)
        segments = solve_full_body(pose, upper_body_segments(pose, pelvis_axes(pose)), times, self.flights)
        positions = marker_positions(segments)
        return positions + noise * self.rng.standard_normal(positions.shape)

    def _add_idle_motion(self, pose: dict[str, np.ndarray], times: np.ndarray) -> None:
        """Add breathing, sway and small movements of head and arms to a pose, in place."""
        rng = self.rng
        phase = np.cumsum(np.full(len(times), 1 / FPS) * (0.25 + 0.03 * smooth_noise(times, rng)))
        breath = np.sin(2 * np.pi * phase)
        pose["thorax_flex"] += np.deg2rad(-0.8) * breath
        pose["neck_flex"] += np.deg2rad(0.6) * breath
        sway = {"thorax_side": 1.0, "thorax_flex": 0.9, "lumbar_side": 0.8, "pelvis_twist": 1.2, "pelvis_side": 0.5}
        sway |= {"neck_flex": 2.2, "neck_side": 1.8, "neck_twist": 4.0, "thorax_twist": 1.2, "bend": 1.0}
        for side in "LR":
            pose[f"{side}_shrug"] += 0.003 * breath
            sway |= {f"{side}_{name}": 2.4 for name in ("raise", "fore", "elbow", "wrist")}
        for channel, degrees in sway.items():
            pose[channel] += np.deg2rad(degrees) * smooth_noise(times, rng)
        for channel in ("com_x", "com_y"):
            pose[channel] += 0.008 * smooth_noise(times, rng)


def _is_independent_of_feet(channel: str) -> bool:
    """Whether a channel moves the trunk or an arm or bends the legs, which can begin before the feet are in place."""
    arm = channel[0] in "LR" and channel[2:] in ARM_CHANNELS
    return arm or channel == "bend" or channel.startswith(TRUNK_JOINTS)


def _mirror_draft(draft: Draft) -> Draft:
    """The movement with left and right exchanged."""
    mirrored = Draft(draft.stance, length=draft.length, flights=draft.flights)
    for channel, keys in draft.keys.items():
        name, sign = mirror_channel(channel)
        mirrored.keys[name] = [(time, sign * value) for time, value in keys]
    mirrored.weights = [Weight(w.time, 1 - w.left_share, (w.shift[0], -w.shift[1])) for w in draft.weights]
    return mirrored


def _mirror_stance(stance: dict[str, FootPlacement]) -> dict[str, FootPlacement]:
    """A stance with left and right exchanged."""
    return {
        side: (stance[other_side(side)][0], -stance[other_side(side)][1], -stance[other_side(side)][2])
        for side in "LR"
    }


def _foot_placements(draft: Draft, side: str, start: FootPlacement) -> list[tuple[float, FootPlacement]]:
    """A foot's keys as (time, placement), sorted; x and y always have keys together, yaw may have its own."""
    keys_by_name = {name: dict(draft.keys.get(f"{side}_{name}", [])) for name in ("x", "y", "yaw")}
    placement: dict[str, float] = dict(zip(("x", "y", "yaw"), start, strict=True))
    placements = []
    for time in sorted({time for values in keys_by_name.values() for time in values}):
        placement.update({name: values[time] for name, values in keys_by_name.items() if time in values})
        placements.append((time, (placement["x"], placement["y"], placement["yaw"])))
    return placements


def _last_value(keys: list, time: float, default):
    """The value of the last key up to a time, or `default` if there is none."""
    value = default
    for key_time, key_value in keys:
        if key_time > time + 1e-9:
            break
        value = key_value
    return value


def _support_point(
    feet: dict[str, FootPlacement], heel_up: dict[str, float], left_share: float
) -> tuple[float, float]:
    """The point (x, y) above which the body balances: mid-foot of a flat foot, the ball of a raised one."""
    point = np.zeros(2)
    for side, share in (("L", left_share), ("R", 1 - left_share)):
        x, y, yaw = feet[side]
        distance_behind_ball = 0.27 * HEEL_TO_BALL * (1 - min(max(heel_up[side] / 45, 0.0), 1.0))
        point += share * np.array(
            [x - distance_behind_ball * np.cos(np.deg2rad(yaw)), y - distance_behind_ball * np.sin(np.deg2rad(yaw))]
        )
    return float(point[0]), float(point[1])
