"""The notation of movements: channels, named arm positions, stances, and a draft that collects keyframes.

Angles are in degrees, lengths in metres, times in counts (each movement defines the duration of a count). Coordinates
on the floor are relative to where the movement begins: x forward, y to the left, the origin below the body's weight.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from mariel.motion.demo.skeleton import HEEL_TO_BALL

TRUNK_JOINTS = ("pelvis", "lumbar", "thorax", "neck")
ARM_CHANNELS = ("raise", "fore", "roll", "elbow", "pron", "wrist", "shrug")
FLOOR_CHANNELS = ("x", "y", "yaw", "pitch", "lift", "load")
AIR_CHANNELS = ("air", "hip", "open", "turnout", "knee", "point")

# raise, fore, roll, elbow, pron, wrist: see skeleton.arm_axes.
ARMS: dict[str, tuple[float, ...]] = {
    "low": (-66, 22, 60, 44, -30, 8),
    "side_low": (-42, 16, 22, 24, -20, 4),
    "hang": (-79, 3, 6, 15, -8, 5),
    "first": (-32, 58, 8, 62, -62, 6),
    "second": (-9, 17, 18, 26, -68, 2),
    "open": (-4, 6, 4, 10, -6, -6),
    "fifth": (74, 22, -62, 41, -62, 4),
    "high": (66, 20, -25, 10, -20, -4),
    "front": (4, 84, 0, 10, 0, -6),
    "back": (-10, -14, 0, 10, 6, -6),
    "diagonal_up": (38, 26, -10, 8, -10, -4),
    "embrace": (-18, 62, 14, 62, -56, 14),
    "hollow": (-32, 72, 22, 38, -20, 20),
    "wing": (-52, -34, 6, 12, 12, -10),
    "ear": (86, 8, -20, 16, -10, -4),
    "down_front": (-30, 74, 6, 10, -4, 6),
    "across": (-14, 108, 10, 34, -20, 8),
    "chest": (-40, 34, 26, 104, -30, 10),
    "drop": (10, 88, 0, 14, 0, 18),
}
"""Named positions of one arm; both arms in "fifth" make fifth position."""


def _stance(heels_apart: float, turnout: float, right_ahead: float = 0.0) -> dict[str, tuple[float, float, float]]:
    """Balls of the feet (x, y, yaw), weight at the origin; the right foot is `right_ahead` metres in front."""
    angle = np.deg2rad(turnout)
    x = 0.05 * np.cos(angle)
    y = heels_apart / 2 + HEEL_TO_BALL * np.sin(angle)
    return {"L": (x - right_ahead / 2, y, turnout), "R": (x + right_ahead / 2, -y, -turnout)}


STANCES = {
    "parallel": _stance(0.15, 5),
    "first": _stance(0.13, 42),
    "second": _stance(0.48, 42),
    "fourth": _stance(0.12, 36, 0.36),
}
"""Positions of the feet in which movements begin: (x, y, yaw) by side."""

_DEFAULTS = {"bend": 9.0, "L_knee": 6.0, "R_knee": 6.0, "L_turnout": 20.0, "R_turnout": 20.0}
_DEFAULTS |= {f"{side}_load": 1.0 for side in "LR"}
_DEFAULTS |= {
    f"{side}_{name}": value for side in "LR" for name, value in zip(ARM_CHANNELS, ARMS["hang"], strict=False)
}

CHANNELS = (
    "heading com_x com_y bend".split()
    + [f"{name}_{way}" for name in TRUNK_JOINTS for way in ("flex", "side", "twist")]
    + [f"{side}_{name}" for side in "LR" for name in (*ARM_CHANNELS, *FLOOR_CHANNELS, *AIR_CHANNELS)]
)
DEFAULTS = {channel: _DEFAULTS.get(channel, 0.0) for channel in CHANNELS}

_LENGTH_SUFFIXES = ("com_x", "com_y", "_x", "_y", "_lift", "_load", "_air", "_shrug")
ANGLE_CHANNELS = tuple(channel for channel in CHANNELS if not channel.endswith(_LENGTH_SUFFIXES))
"""Channels in degrees."""

_SIGN_CHANGING_SUFFIXES = ("_side", "_twist")


def mirror_channel(channel: str) -> tuple[str, float]:
    """The channel that takes a channel's values when left and right are exchanged, and their sign."""
    if channel[:2] in ("L_", "R_"):
        swapped = ("R_" if channel[0] == "L" else "L_") + channel[2:]
        return swapped, -1.0 if channel.endswith(("_y", "_yaw")) else 1.0
    return channel, -1.0 if channel == "heading" or channel.endswith(_SIGN_CHANGING_SUFFIXES) else 1.0


def other_side(side: str) -> str:
    """R for L, L for R."""
    return "R" if side == "L" else "L"


@dataclass
class Weight:
    """Where the weight is at a time in counts: the left foot's share, and a shift (x, y) in metres."""

    time: float
    left_share: float
    shift: tuple[float, float]


@dataclass
class Draft:
    """Keyframes of one movement in counts, degrees and metres, with the right side as the working side.

    The draft tracks where the feet are, so `step`, `brush` and `lower_leg` must be called in order of time.
    """

    stance: str
    keys: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    weights: list[Weight] = field(default_factory=list)
    flights: list[tuple[float, float]] = field(default_factory=list)
    length: float = 0.0
    feet: dict[str, list[float]] = field(init=False)

    def __post_init__(self) -> None:
        self.feet = {side: list(placement) for side, placement in STANCES[self.stance].items()}

    def add_key(self, at: float, **channels: float) -> None:
        """Add a keyframe to each named channel.

        Raises:
            KeyError: no such channel.
        """
        self.length = max(self.length, at)
        for channel, value in channels.items():
            if channel not in DEFAULTS:
                raise KeyError(f"no channel {channel!r}")
            self.keys[channel].append((at, float(value)))

    def pose(
        self,
        at: float,
        *,
        arms: str | None = None,
        left: str | None = None,
        right: str | None = None,
        on: float | str | None = None,
        shift: tuple[float, float] = (0.0, 0.0),
        **more: float | tuple[float, float, float],
    ) -> None:
        """Add the keyframes of a pose.

        Args:
            at: when it is reached, in counts.
            arms, left, right: named arm positions of both arms or of one, see ARMS.
            on: which foot carries the weight: "L", "R", "both", or the left foot's share.
            shift: offset of the weight from there, (x, y) in metres.
            more: trunk joints as (flex, side, twist), any other channel as a number.
        """
        for side, name in (("L", left or arms), ("R", right or arms)):
            if name:
                self.add_key(at, **{f"{side}_{k}": v for k, v in zip(ARM_CHANNELS, ARMS[name], strict=False)})
        if on is not None:
            share = {"L": 1.0, "R": 0.0, "both": 0.5}[on] if isinstance(on, str) else on
            self.weights.append(Weight(at, share, shift))
        for name, value in more.items():
            if isinstance(value, tuple):
                self.bend_trunk(at, name, *value)
            else:
                self.add_key(at, **{name: value})

    def bend_trunk(self, at: float, joint: str, flex: float = 0, side: float = 0, twist: float = 0) -> None:
        """Add keyframes of one trunk joint, see TRUNK_JOINTS: forward, to the side, and turned to the left."""
        self.add_key(at, **{f"{joint}_flex": flex, f"{joint}_side": side, f"{joint}_twist": twist})

    def step(
        self,
        foot: str,
        leave: float,
        land: float,
        to: tuple[float, float] | str = "home",
        *,
        yaw: float | None = None,
        lift: float = 0.05,
        toe_off: float = 38.0,
        strike: float = 6.0,
        heel: float = 0.0,
        settle: float = 0.14,
    ) -> None:
        """A step: the heel rises, the toes leave the floor, the foot lands and rolls down.

        Args:
            foot: L or R.
            leave, land: when the ball of the foot leaves the floor and when it touches again.
            to: where the ball lands (x, y), or "home" for its position in the stance.
            yaw: direction of the foot; as it is if not given.
            lift: height of the ball half-way.
            toe_off, strike: pitch of the foot when it leaves the floor and when it lands; positive is heel up.
            heel: final pitch after landing; 0 is flat.
            settle: counts from landing to the final pitch.
        """
        placement = self._destination(foot, to, yaw)
        duration = land - leave
        self.hold_foot(foot, leave)
        pitch = self.value_at(f"{foot}_pitch", leave)
        self.add_key(leave - min(0.3, 0.45 * duration), **{f"{foot}_pitch": pitch})
        self.add_key(leave, **{f"{foot}_pitch": max(toe_off, pitch), f"{foot}_lift": 0.0, f"{foot}_load": 1.0})
        self.add_key(leave + 0.35 * duration, **{f"{foot}_load": 0.0})
        self.add_key(
            leave + 0.5 * duration, **{f"{foot}_lift": lift, f"{foot}_pitch": 0.6 * max(toe_off, pitch, 20.0)}
        )
        self.add_key(land - 0.3 * duration, **{f"{foot}_load": 0.0})
        self.add_key(land, **{f"{foot}_pitch": strike, f"{foot}_lift": 0.0, f"{foot}_load": 1.0})
        if strike != heel:
            self.add_key(land + settle, **{f"{foot}_pitch": heel})
        self.place_foot(foot, land, placement)

    def brush(
        self, foot: str, leave: float, reach: float, to: tuple[float, float] | str, *, pitch=50.0, lift=0.0, yaw=None
    ) -> None:
        """Slide a foot without load along the floor (tendu), or just above it (dégagé), and keep it there."""
        placement = self._destination(foot, to, yaw)
        self.hold_foot(foot, leave)
        pitch_before = self.value_at(f"{foot}_pitch", leave)
        load_before = self.value_at(f"{foot}_load", leave)
        self.add_key(leave, **{f"{foot}_load": load_before, f"{foot}_pitch": pitch_before})
        self.add_key(leave, **{f"{foot}_lift": self.value_at(f"{foot}_lift", leave)})
        self.add_key(leave + 0.3 * (reach - leave), **{f"{foot}_load": 0.0})
        self.add_key(reach, **{f"{foot}_pitch": pitch, f"{foot}_lift": lift})
        self.place_foot(foot, reach, placement)

    def take_weight(self, foot: str, start: float, at: float, *, pitch: float = 0.0) -> None:
        """Let a foot that touches the floor carry weight again; it rolls to `pitch`."""
        self.add_key(start, **{f"{foot}_load": 0.0})
        self.add_key(at, **{f"{foot}_load": 1.0, f"{foot}_pitch": pitch, f"{foot}_lift": 0.0})

    def lift_leg(self, foot: str, leave: float, at: float, **angles: float) -> None:
        """Lift a leg off the floor to the angles hip, open, turnout, knee, point (see `skeleton.leg_in_air`)."""
        self.hold_foot(foot, leave)
        self.add_key(leave, **{f"{foot}_air": 0.0, f"{foot}_load": self.value_at(f"{foot}_load", leave)})
        self.add_key(leave + 0.3 * (at - leave), **{f"{foot}_load": 0.0})
        self.add_key(at, **{f"{foot}_air": 1.0, f"{foot}_load": 0.0})
        self.gesture(foot, leave, hip=0, open=4, knee=8, point=20)
        self.gesture(foot, at, **angles)

    def gesture(self, foot: str, at: float, **angles: float) -> None:
        """Angles of a leg that is in the air."""
        self.add_key(at, **{f"{foot}_{name}": value for name, value in angles.items()})

    def lower_leg(
        self,
        foot: str,
        start: float,
        land: float,
        to: tuple[float, float] | str = "home",
        *,
        yaw: float | None = None,
        strike: float = 28.0,
        heel: float = 0.0,
        settle: float = 0.3,
    ) -> None:
        """Lower a lifted leg to the floor, toes first; the foot rolls to the pitch `heel`."""
        placement = self._destination(foot, to, yaw)
        self.add_key(start, **{f"{foot}_air": 1.0, f"{foot}_load": 0.0, f"{foot}_pitch": strike})
        self.place_foot(foot, start, placement)
        self.add_key(land - 0.25 * (land - start), **{f"{foot}_load": 0.0})
        self.add_key(land, **{f"{foot}_air": 0.0, f"{foot}_load": 1.0, f"{foot}_pitch": strike, f"{foot}_lift": 0.0})
        self.add_key(land + settle, **{f"{foot}_pitch": heel})
        self.place_foot(foot, land, placement)

    def rise(self, at: float, pitch: float, feet: str = "LR", since: float | None = None) -> None:
        """Raise the heels to `pitch` degrees (relevé) or lower them with 0, from the count `since` to `at`."""
        for foot in feet:
            if since is not None:
                self.add_key(since, **{f"{foot}_pitch": self.value_at(f"{foot}_pitch", since)})
            self.add_key(at, **{f"{foot}_pitch": pitch})

    def pivot(self, foot: str, start: float, stop: float, yaw: float) -> None:
        """Rotate a standing foot about its ball to the direction `yaw`."""
        self.add_key(start, **{f"{foot}_yaw": self.feet[foot][2]})
        self.add_key(stop, **{f"{foot}_yaw": yaw})
        self.feet[foot][2] = yaw

    def jump(self, take_off: float, landing: float) -> None:
        """Both feet are off the floor from `take_off` to `landing`; the height follows from gravity."""
        self.flights.append((take_off, landing))
        self.length = max(self.length, landing)

    def value_at(self, channel: str, at: float) -> float:
        """The value of the last key of a channel up to a time."""
        earlier = [key for key in self.keys.get(channel, ()) if key[0] <= at + 1e-9]
        return max(earlier, key=lambda key: key[0])[1] if earlier else DEFAULTS[channel]

    def _destination(self, foot: str, to: tuple[float, float] | str, yaw: float | None) -> list[float]:
        """The placement [x, y, yaw] where a foot lands; `to` and `yaw` as in `step`."""
        home = STANCES[self.stance][foot]
        if isinstance(to, str):
            return [home[0], home[1], home[2] if yaw is None else yaw]
        return [to[0], to[1], self.feet[foot][2] if yaw is None else yaw]

    def hold_foot(self, foot: str, at: float) -> None:
        """Add a keyframe that keeps a foot where it is."""
        x, y, yaw = self.feet[foot]
        self.add_key(at, **{f"{foot}_x": x, f"{foot}_y": y, f"{foot}_yaw": yaw})

    def place_foot(self, foot: str, at: float, placement: Sequence[float]) -> None:
        """Add a keyframe of a new placement (x, y, yaw) of a foot."""
        self.feet[foot] = list(placement)
        self.hold_foot(foot, at)


@dataclass(frozen=True)
class Movement:
    """One movement of the vocabulary.

    Args:
        name: its name in MOVEMENTS.
        description: one line for people.
        stance: position of the feet at the beginning, see STANCES.
        seconds_per_count: duration of one count.
        write: adds its keyframes to a draft, with the right side as the working side.
    """

    name: str
    description: str
    stance: str
    seconds_per_count: float
    write: Callable[[Draft], None]

    def draft(self) -> Draft:
        """The movement's keyframes."""
        draft = Draft(self.stance)
        self.write(draft)
        return draft


MOVEMENTS: dict[str, Movement] = {}
"""The vocabulary by name; filled when the modules of movements are imported."""


def movement(stance: str, seconds_per_count: float) -> Callable[[Callable[[Draft], None]], Callable[[Draft], None]]:
    """Decorator that adds a function, which writes a draft, to the vocabulary under its name and docstring."""

    def register(write: Callable[[Draft], None]) -> Callable[[Draft], None]:
        about = (write.__doc__ or "").strip().splitlines()[0]
        MOVEMENTS[write.__name__] = Movement(write.__name__, about, stance, seconds_per_count, write)
        return write

    return register
