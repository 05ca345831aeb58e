"""Jumps: a plié, a push-off, flight by gravity, and a landing that rolls through the foot."""

from collections.abc import Iterable, Mapping

from mariel.motion.demo.barre import NEUTRAL, PASSE
from mariel.motion.demo.notation import STANCES, Draft, movement

PARALLEL, FIRST, SECOND = STANCES["parallel"], STANCES["first"], STANCES["second"]
STRETCHED = {"hip": 0, "open": 9, "turnout": 42, "knee": 5, "point": 62}
"""A leg that hangs straight and pointed in the air."""


def add_jump(
    d: Draft,
    take_off: float,
    landing: float,
    *,
    push: Iterable[str] = "LR",
    land: Iterable[str] = "LR",
    to: Mapping[str, tuple[float, float, float]] | None = None,
    left: dict | None = None,
    right: dict | None = None,
    bend: float = 50.0,
    turnout: float = 42.0,
) -> None:
    """Add a jump from the feet `push` to the feet `land`: the keyframes of both legs around a flight.

    Args:
        d: the draft.
        take_off, landing: in counts.
        push, land: feet on the floor before and after.
        to: where feet land (x, y, yaw); where they were if not given.
        left, right: angles of the legs in the air; stretched down by default.
        bend: bend of the knees before and after.
        turnout: turnout of the legs in the air, where their angles do not set it.
    """
    air = landing - take_off
    for foot, angles in (("L", left), ("R", right)):
        place = (to or {}).get(foot, tuple(d.feet[foot]))
        if foot in push:
            d.add_key(take_off - 0.42, **{f"{foot}_pitch": d.value_at(f"{foot}_pitch", take_off - 0.42)})
            d.add_key(take_off, **{f"{foot}_pitch": 52, f"{foot}_load": 1, f"{foot}_air": 0})
            d.add_key(take_off + 0.2 * air, **{f"{foot}_load": 0})
            d.gesture(foot, take_off - 0.05, hip=0, open=7, turnout=turnout, knee=6, point=30)
            d.hold_foot(foot, take_off)
        d.add_key(take_off + 0.3 * air, **{f"{foot}_air": 1})
        for share in (0.4, 0.55):
            d.gesture(foot, take_off + share * air, **{**STRETCHED, "turnout": turnout, **(angles or {})})
        if foot in land:
            d.place_foot(foot, take_off + 0.35 * air, place)
            d.add_key(take_off + 0.35 * air, **{f"{foot}_pitch": 50})
            d.add_key(take_off + 0.62 * air, **{f"{foot}_air": 1, f"{foot}_load": 0})
            d.gesture(
                foot,
                landing,
                hip=0.25 * max((angles or {}).get("hip", 0), 0),
                open=8,
                turnout=turnout,
                knee=8,
                point=45,
            )
            d.add_key(landing - 0.2 * air, **{f"{foot}_load": 0})
            d.add_key(landing, **{f"{foot}_air": 0, f"{foot}_load": 1, f"{foot}_pitch": 40, f"{foot}_lift": 0})
            d.place_foot(foot, landing, place)
            d.add_key(landing + 0.3, **{f"{foot}_pitch": 0})
    d.pose(take_off - 0.55, bend=bend)
    d.pose(landing + 0.5, bend=bend)
    d.jump(take_off, landing)


@movement("first", 0.5)
def saute(d: Draft) -> None:
    """Four springs in first position, the last one higher, the arms rounded low."""
    d.pose(0.9, arms="low", on="both", bend=20, **NEUTRAL)
    at = 1.8
    for air in (0.84, 0.84, 0.84, 1.0):
        d.pose(at - 0.5, on="both", thorax=(3, 0, 0), pelvis=(3, 0, 0))
        add_jump(d, at, at + air)
        d.pose(at + air / 2, thorax=(-4, 0, 0), pelvis=(0, 0, 0), on="both")
        at += air + 1.06
    d.add_key(at - 2.2, L_fore=20, R_fore=20, L_raise=-66, R_raise=-66)
    d.pose(at - 1.5, arms="side_low")
    d.pose(at + 0.4, arms="low", bend=9, on="both", **NEUTRAL)


@movement("first", 0.5)
def echappe(d: Draft) -> None:
    """A spring from first to second position, and another back."""
    d.pose(0.9, arms="low", on="both", bend=20, **NEUTRAL)
    wide = {foot: (FIRST[foot][0], SECOND[foot][1], FIRST[foot][2]) for foot in "LR"}
    d.pose(1.4, on="both")
    add_jump(d, 2.0, 2.86, to=wide, left={"open": 20}, right={"open": 20})
    d.pose(2.9, arms="second", on="both")
    add_jump(d, 4.3, 5.16, to=FIRST, left={"open": 12}, right={"open": 12}, bend=56)
    d.pose(5.4, arms="low", on="both")
    d.pose(6.6, bend=9, on="both", **NEUTRAL)


@movement("parallel", 0.5)
def chasse(d: Draft) -> None:
    """A sliding gallop forward: in the air the back foot comes up to the front one."""
    x, y, _ = PARALLEL["R"]
    d.pose(0.6, on="L", bend=24)
    d.pose(1.0, arms="side_low")
    d.step("R", 0.7, 1.4, (x + 0.46, y), lift=0.03, strike=10)
    d.pose(1.5, on=0.2, bend=34, pelvis=(5, 0, 0), thorax=(0, -4, 0), neck=(-4, 0, 0))
    d.lift_leg("L", 1.7, 2.3, hip=-8, open=2, turnout=12, knee=24, point=50)
    d.pose(2.1, on=0.1, shift=(0.02, 0))
    land = {"L": (x + 0.72, PARALLEL["L"][1], 5), "R": (x + 1.10, y, -5)}
    legs = {"open": 2, "turnout": 12}
    add_jump(
        d,
        2.5,
        3.2,
        push="R",
        land="L",
        to=land,
        turnout=12,
        left={**legs, "hip": 2},
        right={**legs, "hip": 16},
        bend=36,
    )
    d.pose(2.5, on=0.0, shift=(0.10, 0.05))
    d.pose(2.8, arms="open", thorax=(-3, 0, 0))
    d.pose(3.22, on=1.0, shift=(-0.04, 0))
    d.gesture("R", 3.25, hip=24, open=2, turnout=12, knee=10, point=40)
    d.lower_leg("R", 3.25, 3.9, land["R"][:2], strike=10, settle=0.2)
    d.gesture("R", 3.9, hip=26, open=2, turnout=12, knee=6, point=20)
    d.pose(4.2, on=0.3, bend=30)
    d.step("L", 4.3, 5.1, (land["R"][0], PARALLEL["L"][1]), lift=0.05)
    d.pose(4.7, on=0.12, bend=14)
    d.pose(6.0, arms="hang", on="both", bend=9, **NEUTRAL)


@movement("parallel", 0.48)
def leap(d: Draft) -> None:
    """A run of two steps into a grand jeté, legs split in the air, and a step to close."""
    x, y, _ = PARALLEL["R"]
    left_y = PARALLEL["L"][1]
    d.pose(0.5, on=0.7, pelvis=(5, 0, 0))
    d.pose(1.1, arms="side_low")
    d.step("R", 0.6, 1.3, (x + 0.40, y), lift=0.06, strike=4)
    d.pose(1.0, on=0.85, bend=18)
    d.step("L", 1.6, 2.2, (x + 1.0, left_y), lift=0.08, strike=4)
    d.pose(1.9, on=0.2, bend=22)
    land = {"R": (x + 2.12, y, -5), "L": (x + 2.12, left_y, 5)}
    d.lift_leg("R", 2.35, 3.0, hip=40, open=4, turnout=25, knee=40, point=55)
    split = {
        "right": {"hip": 60, "open": 4, "turnout": 28, "knee": 5},
        "left": {"hip": -52, "open": 6, "turnout": 34},
    }
    add_jump(d, 3.0, 4.12, push="L", land="R", to=land, bend=46, turnout=20, **split)
    d.gesture("L", 4.2, hip=-40, open=8, turnout=30, knee=16, point=55)
    d.pose(2.75, on=0.8, shift=(0.10, 0), thorax=(4, 0, 0))
    d.pose(3.5, left="diagonal_up", right="second", pelvis=(6, 0, -4), lumbar=(-8, 0, 0), thorax=(-10, 0, 4))
    d.pose(4.14, on=0.12, shift=(-0.10, 0))
    d.pose(4.8, on=0.1, left="second", right="second", pelvis=(10, 0, 0), neck=(0, 0, 0))
    d.place_foot("L", 4.9, land["L"])
    d.lower_leg("L", 4.9, 5.8, land["L"][:2], settle=0.2)
    d.gesture("L", 5.8, hip=0, open=6, turnout=15, knee=10, point=30)
    d.pose(6.6, arms="hang", on="both", bend=9, **NEUTRAL)


@movement("first", 0.5)
def temps_leve(d: Draft) -> None:
    """Two hops on the left foot with the right at the knee, the arms over one side."""
    d.pose(0.9, arms="low", on="L", bend=34, **NEUTRAL)
    d.lift_leg("R", 1.0, 2.0, **{**PASSE, "hip": 52})
    d.pose(1.6, on="L", bend=46)
    at = 2.3
    for _ in range(2):
        add_jump(d, at, at + 0.72, push="L", land="L", right={**PASSE, "hip": 54}, bend=42)
        d.pose(at + 0.3, left="fifth", right="second", thorax=(-3, 5, 0), neck=(-3, 4, 18), on="L")
        at += 1.76
    d.pose(at - 0.6, on="L")
    d.lower_leg("R", at - 0.9, at + 0.2)
    d.gesture("R", at - 0.9, **PASSE)
    d.gesture("R", at + 0.2, hip=2, open=8, turnout=42, knee=14, point=40)
    d.pose(at + 1.0, arms="low", on="both", bend=9, **NEUTRAL)


@movement("parallel", 0.54)
def turning_jump(d: Draft) -> None:
    """A jump with half a turn in the air, the arms at the chest, landing with deeply bent knees."""
    d.pose(1.2, left="open", right="first", on="both", bend=20, thorax=(0, 0, 14), neck=(0, 0, -14))
    d.pose(2.0, thorax=(4, 0, 16), neck=(4, 0, -20))
    d.add_key(1.9, heading=0)
    around = {foot: (-x, -y, yaw - 180) for foot, (x, y, yaw) in PARALLEL.items()}
    close = {"open": 2, "turnout": 8}
    add_jump(d, 2.7, 3.6, to=around, left=close, right=close, bend=58, turnout=8)
    d.add_key(2.55, heading=-22)
    d.add_key(3.62, heading=-172)
    d.add_key(4.0, heading=-180)
    d.pose(3.1, arms="chest", thorax=(-3, 0, -8), neck=(-2, 0, -24))
    d.pose(3.5, on="both")
    d.pose(4.3, arms="side_low", thorax=(10, 0, 0), pelvis=(8, 0, 0), neck=(4, 0, 0), on="both")
    d.pose(5.6, arms="hang", on="both", bend=9, **NEUTRAL)


@movement("parallel", 0.54)
def crouch_jump(d: Draft) -> None:
    """From a deep crouch, the hands near the floor, straight up into the air, the arms thrown high."""
    d.pose(1.9, arms="drop", on="both", bend=104, pelvis=(30, 0, 0), lumbar=(22, 0, 0), thorax=(18, 0, 0))
    d.pose(1.9, neck=(6, 0, 0))
    d.rise(1.0, 0)
    d.rise(1.9, 22)
    d.pose(2.5, on="both", bend=104)
    add_jump(d, 3.3, 4.22, left={"open": 14, "turnout": 20}, right={"open": 14, "turnout": 20}, bend=74, turnout=8)
    d.pose(3.5, arms="high", pelvis=(-2, 0, 0), lumbar=(-5, 0, 0), thorax=(-8, 0, 0), neck=(-12, 0, 0), on="both")
    d.pose(5.0, arms="open", pelvis=(14, 0, 0), lumbar=(8, 0, 0), thorax=(6, 0, 0), neck=(0, 0, 0), on="both")
    d.pose(6.6, arms="hang", on="both", bend=9, **NEUTRAL)
