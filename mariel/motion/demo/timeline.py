"""Movements one after another on the floor: keyframes of a whole take, and the markers they make."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from mariel.motion.demo.body import HEEL_TO_BALL, pelvis_axes, place_markers, upper_body
from mariel.motion.demo.footing import Flight, stand
from mariel.motion.demo.notation import (
    ANGLES,
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
    other,
)
from mariel.motion.demo.timing import drift, through_keys
from mariel.motion.recording import FPS

Place = tuple[float, float, float]
"""The ball of a foot on the floor and the foot's direction: x, y in metres, yaw in degrees."""

STEP_BEYOND, SWIVEL_BEYOND = 0.02, 8.0
"""Metres and degrees by which a foot may miss a movement's stance before it is set right by a small step."""
LEAD_IN = 1.1
"""Seconds ahead of a movement's first key of a channel that the body starts towards it."""
HOMEWARD, TAKE_OVER, OVERLAP = 0.5, 1.2, 0.4
"""Seconds at a movement's end that only bring it home; within how many the next must move a part to take it over; and
how much earlier it may then begin."""
NOT_FAR = 0.2
"""Metres up to which a last shift of weight is mere centring, not travel."""
LAG = {"elbow": 0.03, "pron": 0.05, "wrist": 0.06, "thorax": 0.03, "neck": 0.05}
"""Seconds by which parts further out follow: the overlap that makes a movement read as one."""
MARKER_NOISE = 0.0005
"""Standard deviation of a marker's measured place along each axis, in metres, as optical capture has it."""
_SHORTEST = 0.02


@dataclass(frozen=True)
class Performed:
    """A movement in a take: where it begins, counted in frames, and its working side."""

    movement: str
    frame: int
    side: str


@dataclass
class Timeline:
    """A take as it is put together: keyframes in the world, where the feet are, what has been danced.

    Args:
        rng: source of the small differences between one performance of a movement and the next.
        start: (x, y) in metres and heading in degrees of the dancer at the beginning.

    `now` is where the next movement may begin and `settled` the moment from which the feet stand; keys after `homing`
    only bring the last movement home, and are left out where the next one takes over; so is the last shift of weight
    if it was mere `centring`.
    """

    rng: np.random.Generator
    start: tuple[float, float, float] = (0.0, 0.0, 0.0)
    keys: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    flights: list[Flight] = field(default_factory=list)
    score: list[Performed] = field(default_factory=list)
    feet: dict[str, Place] = field(init=False)
    heading: float = field(init=False)
    now: float = 0.0
    settled: float = 0.0
    homing: float = np.inf
    centring: bool = False

    def __post_init__(self) -> None:
        x, y, self.heading = self.start
        frame = Frame((x, y), self.heading)
        self.feet = {side: frame.world(place) for side, place in STANCES["parallel"].items()}
        for channel, value in DEFAULTS.items():
            self._add(channel, 0.0, value)
        for side, (fx, fy, yaw) in self.feet.items():
            for channel, value in zip(("x", "y", "yaw"), (fx, fy, yaw), strict=True):
                self.keys[f"{side}_{channel}"] = [(0.0, value)]
        self.keys["heading"] = [(0.0, self.heading)]
        self.keys["com_x"], self.keys["com_y"] = [(0.0, x)], [(0.0, y)]

    @property
    def place(self) -> tuple[float, float]:
        """Where the weight is, (x, y)."""
        return self.keys["com_x"][-1][1], self.keys["com_y"][-1][1]

    def rest(self, seconds: float) -> None:
        """Come home and stay as one is."""
        self.now += seconds
        self.settled, self.homing = self.now, np.inf

    def perform(self, movement: Movement, side: str = "R", tempo: float = 1.0) -> None:
        """Add a movement with `side` as its working side, `tempo` times as fast as written."""
        draft = movement.draft()
        stance = STANCES[movement.stance]
        if side == "L":
            draft, stance = _mirror(draft), _mirror_stance(stance)
        frame = self._gather(stance)
        self.now = max(self.settled, self.now - OVERLAP)
        self.score.append(Performed(movement.name, round(self.now * FPS), side))
        beat = movement.beat / tempo * self.rng.uniform(0.98, 1.02)
        begin = self.now
        self._note_feet(draft, stance, frame, begin, beat)
        size = 1 + 0.05 * float(np.clip(self.rng.standard_normal(), -1.5, 1.0))
        for channel, keys in draft.keys.items():
            if channel.endswith(("_x", "_y", "_yaw")):
                continue
            placed = [(begin + at * beat, value) for at, value in sorted(keys, key=lambda key: key[0])]
            if channel == "heading":
                placed = [(at, frame.heading + value) for at, value in placed]
                self.heading = placed[-1][1]
            elif channel in ANGLES and channel[2:] not in FLOOR_CHANNELS:
                placed = [(at, self._vary(channel, value, size)) for at, value in placed]
            self._join(channel, placed, begin)
        for take_off, landing in draft.flights:
            self.flights.append(Flight(begin + take_off * beat, begin + landing * beat))
        self.now = begin + draft.length * beat
        self.homing = self.now - HOMEWARD
        feet = [at for channel, keys in draft.keys.items() if not _is_free(channel) for at, _ in keys]
        landings = [flight.landing + flight.cushion for flight in self.flights[-1:]]
        self.settled = max([begin + beat * max(feet, default=0.0), *landings])
        (x, y), (last_x, last_y) = ([self.keys[channel][-i][1] for channel in ("com_x", "com_y")] for i in (2, 1))
        self.centring = bool(np.hypot(last_x - x, last_y - y) < NOT_FAR)
        if not self.centring:
            self.settled = self.now

    def _vary(self, channel: str, value: float, size: float) -> float:
        if channel[:2] in ("L_", "R_"):
            return value + self.rng.normal(0, 1.5)
        return value if channel == "bend" else value * size

    def _note_feet(self, draft: Draft, stance, frame: "Frame", begin: float, beat: float) -> None:
        placed: dict[str, list[tuple[float, Place]]] = {}
        for side in "LR":
            local = _places(draft, side, stance[side])
            placed[side] = [(begin, self.feet[side])]
            moved = False
            for at, place in local:
                moved = moved or max(abs(a - b) for a, b in zip(place, stance[side], strict=True)) > 1e-9
                placed[side].append((begin + at * beat, frame.world(place) if moved else self.feet[side]))
            for i, name in enumerate(("x", "y", "yaw")):
                if f"{side}_{name}" in draft.keys:
                    self._join(f"{side}_{name}", [(at, place[i]) for at, place in placed[side]], begin)
            self.feet[side] = placed[side][-1][1]
        pitch = {side: sorted(draft.keys.get(f"{side}_pitch", ()), key=lambda key: key[0]) for side in "LR"}
        for weight in sorted(draft.weights, key=lambda weight: weight.at):
            at = begin + weight.at * beat
            feet = {side: _last(placed[side], at, self.feet[side]) for side in "LR"}
            heel_up = {side: _last(pitch[side], weight.at, 0.0) for side in "LR"}
            x, y = _support(feet, heel_up, weight.left)
            dx, dy = frame.turned(weight.shift)
            self._join("com_x", [(at, x + dx)], begin)
            self._join("com_y", [(at, y + dy)], begin)

    def _gather(self, stance: dict[str, Place]) -> "Frame":
        """Find the frame of the next movement, bringing feet that are off into its stance by small steps."""
        frame = min((self._fit(stance, keep) for keep in ("LR", "L", "R")), key=lambda f: len(self._off(stance, f)))
        off = self._off(stance, frame)
        if not off:
            return frame
        self.homing = np.inf
        off.sort(key=lambda side: -np.hypot(*np.subtract(self.feet[side][:2], self.place)))
        self.now += 0.08
        for channel in ("bend", "L_pitch", "R_pitch", "L_load", "R_load"):
            self._join(
                channel, [(self.now + 0.25, 15.0 if channel == "bend" else self.keys[channel][-1][1])], self.now
            )
        for side in off:
            draft = Draft("parallel")
            draft.feet = {name: list(place) for name, place in self.feet.items()}
            x, y, yaw = frame.world(stance[side])
            far = np.hypot(x - self.feet[side][0], y - self.feet[side][1])
            shift, width = 0.24, 0.36 + 0.45 * min(far, 0.8)
            draft.key(0, **{f"{other(side)}_pitch": self.keys[f"{other(side)}_pitch"][-1][1]})
            draft.key(0.3, **{f"{other(side)}_pitch": 0.0})
            draft.step(side, shift, shift + width, (x, y), yaw=yaw, lift=0.025 + 0.04 * far, peel=24)
            sign = 1.0 if side == "R" else -1.0
            before, after = (self._lean(other(side), foot) for foot in (self.feet[side], (x, y, yaw)))
            draft.weights = [Weight(shift + 0.04, 0.5 + sign * before, (0, 0))]
            draft.weights.append(Weight(shift + 0.4 * width, 0.5 + sign * 0.43, (0, 0)))
            draft.weights.append(Weight(shift + 0.9 * width, 0.5 + sign * after, (0, 0)))
            begin = self.now
            same = {name: self.feet[name] for name in "LR"}
            self._note_feet(draft, same, Frame((0.0, 0.0), 0.0), begin, 1.0)
            for channel, keys in draft.keys.items():
                if not channel.endswith(("_x", "_y", "_yaw")):
                    self._join(channel, [(begin + at, v) for at, v in sorted(keys, key=lambda k: k[0])], begin)
            self.now = begin + shift + width
        x, y = _support(self.feet, {"L": 0.0, "R": 0.0}, 0.5)
        self._join("com_x", [(self.now + 0.15, x)], self.now)
        self._join("com_y", [(self.now + 0.15, y)], self.now)
        self.now += 0.17
        self.settled = self.now
        return frame

    def _lean(self, standing: str, foot: Place) -> float:
        """How far towards the standing foot the weight can go while the other is there: less in a wide stance."""
        apart = np.hypot(*np.subtract(self.feet[standing][:2], foot[:2]))
        return 0.43 * float(np.clip(1.4 - apart, 0.5, 1.0))

    def _fit(self, stance: dict[str, Place], keep: str) -> "Frame":
        """The frame in which the stance's feet `keep` come to lie on the dancer's, at the present heading."""
        turn = Frame((0.0, 0.0), self.heading)
        local = np.mean([turn.world(stance[side])[:2] for side in keep], axis=0)
        there = np.mean([self.feet[side][:2] for side in keep], axis=0)
        return Frame(tuple(there - local), self.heading)

    def _off(self, stance: dict[str, Place], frame: "Frame") -> list[str]:
        off = []
        for side in "LR":
            x, y, yaw = np.subtract(frame.world(stance[side]), self.feet[side])
            if np.hypot(x, y) > STEP_BEYOND or abs(yaw) > SWIVEL_BEYOND:
                off.append(side)
        return off

    def _join(self, channel: str, keys: list[tuple[float, float]], begin: float) -> None:
        """Append keys, holding the channel where it is until shortly before the first of them."""
        first = keys[0][0]
        noted = self.keys[channel]
        if first < begin + TAKE_OVER and noted[-1][0] > self.homing:
            if channel.startswith("com_") and self.centring:
                noted.pop()
            while _is_free(channel) and len(noted) > 1 and noted[-1][0] > self.homing:
                noted.pop()
        last, value = noted[-1]
        ahead = first - LEAD_IN
        if not _is_free(channel) or channel == "bend":
            ahead = max(ahead, begin)
        if ahead > last and first - ahead > _SHORTEST:
            self._add(channel, ahead, value)
        for at, value in keys:
            self._add(channel, at, value)

    def _add(self, channel: str, at: float, value: float) -> None:
        keys = self.keys[channel]
        while keys and keys[-1][0] > at - _SHORTEST:
            if len(keys) == 1 and keys[0][0] == 0.0 and at > 0:
                break
            keys.pop()
        keys.append((at, value))

    def pose(self, at: np.ndarray) -> dict[str, np.ndarray]:
        """All channels at the given seconds, (frames,) each, in radians and metres."""
        pose = {}
        for channel in CHANNELS:
            lag = next((seconds for part, seconds in LAG.items() if part in channel), 0.0)
            times, values = zip(*self.keys[channel], strict=True)
            curve = through_keys(times, values, at - lag)
            pose[channel] = np.deg2rad(curve) if channel in ANGLES else curve
        return pose

    def markers(self, frames: int, *, noise: float = MARKER_NOISE) -> np.ndarray:
        """Positions (frames, 55, 3), z up, of the first `frames` frames, with breath, sway and marker noise."""
        at = np.arange(frames) / FPS
        pose = self.pose(at)
        self._enliven(pose, at)
        segments = stand(pose, upper_body(pose, pelvis_axes(pose)), at, self.flights)
        positions = place_markers(segments)
        return positions + noise * self.rng.standard_normal(positions.shape)

    def _enliven(self, pose: dict[str, np.ndarray], at: np.ndarray) -> None:
        """Breath, sway, a gaze that is never nailed down, arms that are never quite still; in place."""
        rng = self.rng
        phase = np.cumsum(np.full(len(at), 1 / FPS) * (0.25 + 0.03 * drift(at, rng)))
        breath = np.sin(2 * np.pi * phase)
        pose["thorax_flex"] += np.deg2rad(-0.8) * breath
        pose["neck_flex"] += np.deg2rad(0.6) * breath
        sway = {"thorax_side": 1.0, "thorax_flex": 0.9, "lumbar_side": 0.8, "pelvis_twist": 1.2, "pelvis_side": 0.5}
        sway |= {"neck_flex": 2.2, "neck_side": 1.8, "neck_twist": 4.0, "thorax_twist": 1.2, "bend": 1.0}
        for side in "LR":
            pose[f"{side}_shrug"] += 0.003 * breath
            sway |= {f"{side}_{name}": 2.4 for name in ("raise", "fore", "elbow", "wrist")}
        for channel, degrees in sway.items():
            pose[channel] += np.deg2rad(degrees) * drift(at, rng)
        for channel in ("com_x", "com_y"):
            pose[channel] += 0.008 * drift(at, rng)


@dataclass(frozen=True)
class Frame:
    """A place and direction on the floor, from which a movement sees it."""

    origin: tuple[float, float]
    heading: float

    def turned(self, vector: tuple[float, float]) -> tuple[float, float]:
        """A horizontal vector of the movement's in the world."""
        c, s = np.cos(np.deg2rad(self.heading)), np.sin(np.deg2rad(self.heading))
        return float(c * vector[0] - s * vector[1]), float(s * vector[0] + c * vector[1])

    def world(self, place: Place) -> Place:
        """A foot's place of the movement's in the world."""
        x, y = self.turned(place[:2])
        return self.origin[0] + x, self.origin[1] + y, self.heading + place[2]


def _is_free(channel: str) -> bool:
    """Whether a channel moves the trunk or an arm, or bends the legs: what need not wait for the feet."""
    arm = channel[0] in "LR" and channel[2:] in ARM_CHANNELS
    return arm or channel == "bend" or channel.startswith(TRUNK_JOINTS)


def _mirror(draft: Draft) -> Draft:
    mirrored = Draft(draft.stance, length=draft.length, flights=draft.flights)
    for channel, keys in draft.keys.items():
        name, sign = mirror_channel(channel)
        mirrored.keys[name] = [(at, sign * value) for at, value in keys]
    mirrored.weights = [Weight(w.at, 1 - w.left, (w.shift[0], -w.shift[1])) for w in draft.weights]
    return mirrored


def _mirror_stance(stance: dict[str, Place]) -> dict[str, Place]:
    return {side: (stance[other(side)][0], -stance[other(side)][1], -stance[other(side)][2]) for side in "LR"}


def _places(draft: Draft, side: str, start: Place) -> list[tuple[float, Place]]:
    """A foot's keys as places, in order of time; x and y are always noted together, yaw may come alone."""
    noted = {name: dict(draft.keys.get(f"{side}_{name}", [])) for name in ("x", "y", "yaw")}
    place = dict(zip(("x", "y", "yaw"), start, strict=True))
    places = []
    for at in sorted({moment for values in noted.values() for moment in values}):
        place.update({name: values[at] for name, values in noted.items() if at in values})
        places.append((at, (place["x"], place["y"], place["yaw"])))
    return places


def _last(keys: list, at: float, otherwise):
    """The value of the last key up to a moment."""
    found = otherwise
    for moment, value in keys:
        if moment > at + 1e-9:
            break
        found = value
    return found


def _support(feet: dict[str, Place], heel_up: dict[str, float], left: float) -> tuple[float, float]:
    """The point over which the weight balances: mid-foot of a flat foot, the ball of a raised one."""
    point = np.zeros(2)
    for side, share in (("L", left), ("R", 1 - left)):
        x, y, yaw = feet[side]
        back = 0.27 * HEEL_TO_BALL * (1 - min(max(heel_up[side] / 45, 0.0), 1.0))
        point += share * np.array([x - back * np.cos(np.deg2rad(yaw)), y - back * np.sin(np.deg2rad(yaw))])
    return float(point[0]), float(point[1])
