"""The words in which movements are written: channels, arm positions, stances, and a draft that notes keyframes.

Angles are degrees, lengths metres, times counts (a movement says how long its count is). Places on the floor are
seen from where the movement begins: x forward, y to the left, the origin under the body's weight.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from mariel.motion.demo.body import HEEL_TO_BALL

TRUNK_JOINTS = ("pelvis", "lumbar", "thorax", "neck")
ARM_CHANNELS = ("raise", "fore", "roll", "elbow", "pron", "wrist", "shrug")
FLOOR_CHANNELS = ("x", "y", "yaw", "pitch", "lift", "load")
AIR_CHANNELS = ("air", "hip", "open", "turnout", "knee", "point")

# raise, fore, roll, elbow, pron, wrist: see body.arm_axes.
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


def _stance(heels_apart: float, turnout: float, ahead: float = 0.0) -> dict[str, tuple[float, float, float]]:
    """Balls of the feet (x, y, yaw) with the weight at the origin; `ahead`: the right foot before the left."""
    angle = np.deg2rad(turnout)
    x = 0.05 * np.cos(angle)
    y = heels_apart / 2 + HEEL_TO_BALL * np.sin(angle)
    return {"L": (x - ahead / 2, y, turnout), "R": (x + ahead / 2, -y, -turnout)}


STANCES = {
    "parallel": _stance(0.15, 5),
    "first": _stance(0.13, 42),
    "second": _stance(0.48, 42),
    "fourth": _stance(0.12, 36, 0.36),
}
"""Places of the feet in which movements begin."""

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

_LENGTHS = ("com_x", "com_y", "_x", "_y", "_lift", "_load", "_air", "_shrug")
ANGLES = tuple(channel for channel in CHANNELS if not channel.endswith(_LENGTHS))
"""Channels noted in degrees."""

_MIRROR_SIGN = ("_side", "_twist")


def mirror_channel(channel: str) -> tuple[str, float]:
    """The channel that carries a channel's part when left and right are exchanged, and the sign it takes."""
    if channel[:2] in ("L_", "R_"):
        swapped = ("R_" if channel[0] == "L" else "L_") + channel[2:]
        return swapped, -1.0 if channel.endswith(("_y", "_yaw")) else 1.0
    return channel, -1.0 if channel == "heading" or channel.endswith(_MIRROR_SIGN) else 1.0


def other(side: str) -> str:
    """R for L, L for R."""
    return "R" if side == "L" else "L"


@dataclass
class Weight:
    """Where the weight is at a moment: the left foot's share, moved by (x, y)."""

    at: float
    left: float
    shift: tuple[float, float]


@dataclass
class Draft:
    """Keyframes of one movement as they are noted down, in counts, degrees and metres, always right-handed.

    Feet are followed along: `step`, `lift` and `lower` must be noted in the order in which they happen.
    """

    stance: str
    keys: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    weights: list[Weight] = field(default_factory=list)
    flights: list[tuple[float, float]] = field(default_factory=list)
    length: float = 0.0
    feet: dict[str, list[float]] = field(init=False)

    def __post_init__(self) -> None:
        self.feet = {side: list(place) for side, place in STANCES[self.stance].items()}

    def key(self, at: float, **channels: float) -> None:
        """Note values of channels by their own names."""
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
        """Note a pose.

        Args:
            at: when it is reached, in counts.
            arms, left, right: named arm positions, see ARMS.
            on: where the weight is: "L", "R", "both", or the left foot's share.
            shift: moves the weight from there, in metres.
            more: trunk joints as (flex, side, twist), any other channel as a number.
        """
        for side, name in (("L", left or arms), ("R", right or arms)):
            if name:
                self.key(at, **{f"{side}_{k}": v for k, v in zip(ARM_CHANNELS, ARMS[name], strict=False)})
        if on is not None:
            self.weights.append(Weight(at, {"L": 1.0, "R": 0.0, "both": 0.5}.get(on, on), shift))
        for name, value in more.items():
            if name in TRUNK_JOINTS:
                ways = zip(("flex", "side", "twist"), value, strict=True)
                self.key(at, **{f"{name}_{way}": degrees for way, degrees in ways})
            else:
                self.key(at, **{name: value})

    def step(
        self,
        foot: str,
        leave: float,
        land: float,
        to: tuple[float, float] | str = "home",
        *,
        yaw: float | None = None,
        lift: float = 0.05,
        peel: float = 38.0,
        strike: float = 6.0,
        heel: float = 0.0,
        settle: float = 0.14,
    ) -> None:
        """A step: the heel peels off, the ball follows, the foot lands and is rolled down.

        Args:
            foot: L or R.
            leave, land: when the ball of the foot leaves the floor and when it touches again.
            to: where the ball lands, or "home" for its place in the stance.
            yaw: direction of the foot; as it is if not given.
            lift: height of the ball half-way.
            peel, strike: pitch of the foot at leaving and landing; positive is heel up.
            heel: pitch it settles to; 0 is flat.
            settle: counts from landing to settled.
        """
        place = self._destination(foot, to, yaw)
        width = land - leave
        self.hold_foot(foot, leave)
        pitch = self.value(f"{foot}_pitch", leave)
        self.key(leave - min(0.3, 0.45 * width), **{f"{foot}_pitch": pitch})
        self.key(leave, **{f"{foot}_pitch": max(peel, pitch), f"{foot}_lift": 0.0, f"{foot}_load": 1.0})
        self.key(leave + 0.35 * width, **{f"{foot}_load": 0.0})
        self.key(leave + 0.5 * width, **{f"{foot}_lift": lift, f"{foot}_pitch": 0.6 * max(peel, pitch, 20.0)})
        self.key(land - 0.3 * width, **{f"{foot}_load": 0.0})
        self.key(land, **{f"{foot}_pitch": strike, f"{foot}_lift": 0.0, f"{foot}_load": 1.0})
        if strike != heel:
            self.key(land + settle, **{f"{foot}_pitch": heel})
        self.place_foot(foot, land, place)

    def brush(
        self, foot: str, leave: float, reach: float, to: tuple[float, float] | str, *, pitch=50.0, lift=0.0, yaw=None
    ) -> None:
        """Slide an unloaded foot along the floor (tendu), or just above it (dégagé), and leave it there."""
        place = self._destination(foot, to, yaw)
        self.hold_foot(foot, leave)
        was = self.value(f"{foot}_pitch", leave)
        loaded = self.value(f"{foot}_load", leave)
        self.key(leave, **{f"{foot}_load": loaded, f"{foot}_pitch": was})
        self.key(leave, **{f"{foot}_lift": self.value(f"{foot}_lift", leave)})
        self.key(leave + 0.3 * (reach - leave), **{f"{foot}_load": 0.0})
        self.key(reach, **{f"{foot}_pitch": pitch, f"{foot}_lift": lift})
        self.place_foot(foot, reach, place)

    def bear(self, foot: str, start: float, at: float, *, pitch: float = 0.0) -> None:
        """Let a foot that touches the floor take weight again, rolling through to `pitch`."""
        self.key(start, **{f"{foot}_load": 0.0})
        self.key(at, **{f"{foot}_load": 1.0, f"{foot}_pitch": pitch, f"{foot}_lift": 0.0})

    def leg(self, foot: str, leave: float, at: float, **angles: float) -> None:
        """Lift a leg off the floor into the angles hip, open, turnout, knee, point (see body.leg_in_air)."""
        self.hold_foot(foot, leave)
        self.key(leave, **{f"{foot}_air": 0.0, f"{foot}_load": self.value(f"{foot}_load", leave)})
        self.key(leave + 0.3 * (at - leave), **{f"{foot}_load": 0.0})
        self.key(at, **{f"{foot}_air": 1.0, f"{foot}_load": 0.0})
        self.gesture(foot, leave, hip=0, open=4, knee=8, point=20)
        self.gesture(foot, at, **angles)

    def gesture(self, foot: str, at: float, **angles: float) -> None:
        """Angles of a leg that is in the air."""
        self.key(at, **{f"{foot}_{name}": value for name, value in angles.items()})

    def lower(
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
        """Bring a lifted leg down, toes first, rolling through to `heel`."""
        place = self._destination(foot, to, yaw)
        self.key(start, **{f"{foot}_air": 1.0, f"{foot}_load": 0.0, f"{foot}_pitch": strike})
        self.place_foot(foot, start, place)
        self.key(land - 0.25 * (land - start), **{f"{foot}_load": 0.0})
        self.key(land, **{f"{foot}_air": 0.0, f"{foot}_load": 1.0, f"{foot}_pitch": strike, f"{foot}_lift": 0.0})
        self.key(land + settle, **{f"{foot}_pitch": heel})
        self.place_foot(foot, land, place)

    def rise(self, at: float, pitch: float, feet: str = "LR", since: float | None = None) -> None:
        """Heels to `pitch` degrees at a moment: relevé, or down again with 0; begins at `since`."""
        for foot in feet:
            if since is not None:
                self.key(since, **{f"{foot}_pitch": self.value(f"{foot}_pitch", since)})
            self.key(at, **{f"{foot}_pitch": pitch})

    def pivot(self, foot: str, start: float, stop: float, yaw: float) -> None:
        """Turn a standing foot about its ball to the direction `yaw`."""
        self.key(start, **{f"{foot}_yaw": self.feet[foot][2]})
        self.key(stop, **{f"{foot}_yaw": yaw})
        self.feet[foot][2] = yaw

    def jump(self, take_off: float, landing: float) -> None:
        """Both feet are off the floor from `take_off` to `landing`; gravity does the rest."""
        self.flights.append((take_off, landing))
        self.length = max(self.length, landing)

    def value(self, channel: str, at: float) -> float:
        """The value of the last key of a channel up to a moment."""
        earlier = [key for key in self.keys.get(channel, ()) if key[0] <= at + 1e-9]
        return max(earlier, key=lambda key: key[0])[1] if earlier else DEFAULTS[channel]

    def _destination(self, foot: str, to: tuple[float, float] | str, yaw: float | None) -> list[float]:
        home = STANCES[self.stance][foot]
        if to == "home":
            return [home[0], home[1], home[2] if yaw is None else yaw]
        return [to[0], to[1], self.feet[foot][2] if yaw is None else yaw]

    def hold_foot(self, foot: str, at: float) -> None:
        """Note that a foot is still where it was."""
        x, y, yaw = self.feet[foot]
        self.key(at, **{f"{foot}_x": x, f"{foot}_y": y, f"{foot}_yaw": yaw})

    def place_foot(self, foot: str, at: float, place: Sequence[float]) -> None:
        """Note a new place (x, y, yaw) of a foot."""
        self.feet[foot] = list(place)
        self.hold_foot(foot, at)


@dataclass(frozen=True)
class Movement:
    """One movement of the vocabulary.

    Args:
        name: what it is called.
        about: one line for people.
        stance: how the feet must be placed to begin, see STANCES.
        beat: seconds a count.
        write: notes its keyframes into a draft, right side as the working side.
    """

    name: str
    about: str
    stance: str
    beat: float
    write: Callable[[Draft], None]

    def draft(self) -> Draft:
        """The movement's keyframes."""
        draft = Draft(self.stance)
        self.write(draft)
        return draft


MOVEMENTS: dict[str, Movement] = {}
"""The vocabulary, by name; filled by the modules that write movements."""


def movement(stance: str, beat: float) -> Callable[[Callable[[Draft], None]], Callable[[Draft], None]]:
    """Enter a function that writes a draft into the vocabulary under its own name and docstring."""

    def enter(write: Callable[[Draft], None]) -> Callable[[Draft], None]:
        about = (write.__doc__ or "").strip().splitlines()[0]
        MOVEMENTS[write.__name__] = Movement(write.__name__, about, stance, beat, write)
        return write

    return enter
