"""Movements of contemporary dance: contractions, swings, falls, floor work."""

from mariel.motion.demo.barre import NEUTRAL
from mariel.motion.demo.notation import STANCES, Draft, movement

PARALLEL, SECOND = STANCES["parallel"], STANCES["second"]


@movement("parallel", 0.56)
def contraction(d: Draft) -> None:
    """The pelvis tucks under and the trunk rounds forward; then the chest lifts and opens."""
    d.pose(1, arms="open", on="both", bend=12, **NEUTRAL)
    d.pose(1.8, pelvis=(-26, 0, 0), lumbar=(24, 0, 0), on="both", shift=(-0.015, 0), bend=46)
    d.pose(2.0, thorax=(26, 0, 0), arms="hollow")
    d.pose(2.3, neck=(28, 0, 0))
    d.pose(3.3, pelvis=(-28, 0, 0), lumbar=(26, 0, 0), thorax=(28, 0, 0), arms="hollow", bend=52)
    d.pose(4.0, pelvis=(6, 0, 0), lumbar=(-6, 0, 0), bend=16)
    d.pose(4.5, thorax=(-18, 0, 0), arms="high", on="both")
    d.pose(5.0, neck=(-20, 0, 0), lumbar=(-14, 0, 0), thorax=(-20, 0, 0))
    d.pose(6.8, arms="hang", on="both", bend=9, **NEUTRAL)


@movement("parallel", 0.62)
def roll_down(d: Draft) -> None:
    """The head drops and the spine follows it down, one part after another, and is stacked up again."""
    down = (("neck", 34, 1.4), ("thorax", 40, 2.2), ("lumbar", 34, 2.9), ("pelvis", 56, 3.6))
    for name, flex, at in down:
        d.bend_trunk(0.4 if name == "neck" else at - 1.5, name)
        d.bend_trunk(at, name, flex)
    d.pose(1.4, arms="hang", on="both", bend=10)
    d.pose(3.7, arms="drop", on="both", bend=22)
    d.pose(4.4, arms="drop", on="both", bend=26, neck=(36, 0, 0))
    for name, flex, at in reversed(down):
        later = 4.4 + (4.0 - at) * 0.8
        d.bend_trunk(later, name, flex)
        d.bend_trunk(later + 1.5, name)
    d.pose(6.8, arms="hang", on="both", bend=9)
    d.pose(8.0, on="both", neck=(-2, 0, 0))


@movement("parallel", 0.6)
def body_wave(d: Draft) -> None:
    """A wave from the knees through pelvis, waist and chest to the head, twice."""
    d.pose(0.9, arms="side_low", on="both", bend=14, **NEUTRAL)
    for start in (0.6, 3.6):
        d.pose(start + 0.7, bend=52, on="both")
        for name, back, over, at in (
            ("pelvis", 20, -16, 0.6),
            ("lumbar", 16, -16, 1.0),
            ("thorax", 24, -24, 1.4),
            ("neck", 22, -18, 1.8),
        ):
            d.bend_trunk(start + at, name, back)
            d.bend_trunk(start + at + 0.9, name, over)
            d.bend_trunk(start + at + 1.7, name)
        d.pose(start + 1.9, bend=14, on="both", arms="diagonal_up" if start < 3 else "high")
        d.pose(start + 3.0, arms="side_low")
    d.pose(7.6, arms="hang", on="both", bend=9, **NEUTRAL)


@movement("second", 0.62)
def swing(d: Draft) -> None:
    """The upper body drops and swings from side to side like a pendulum, and is thrown up at the end."""
    d.pose(1.2, left="ear", right="high", on=0.36, bend=9, lumbar=(0, -8, 0), thorax=(-4, -12, 0), neck=(0, -10, 0))
    for at, left, sign in ((2.1, 0.5, 0), (3.0, 0.72, 1), (3.9, 0.5, 0), (4.8, 0.28, -1), (5.7, 0.5, 0)):
        low = sign == 0
        d.pose(at, on=left, bend=46 if low else 14)
        d.pose(at, pelvis=(40, 0, 0) if low else (22, 6 * sign, 8 * sign))
        d.pose(at + 0.08, lumbar=(24, 0, 0) if low else (6, 16 * sign, 8 * sign))
        d.pose(at + 0.14, thorax=(24, 0, 0) if low else (2, 18 * sign, 16 * sign))
        d.pose(at + 0.22, neck=(28, 0, 0) if low else (10, 10 * sign, 14 * sign))
        if low:
            d.pose(at + 0.1, arms="drop")
        else:
            d.pose(at + 0.1, left="open" if sign > 0 else "across", right="across" if sign > 0 else "open")
    d.pose(6.7, left="high", right="ear", on=0.64, bend=9, pelvis=(0, 0, 0), lumbar=(0, 8, 0), thorax=(-5, 12, 0))
    d.pose(6.9, neck=(-6, 10, 0))
    d.pose(8.4, arms="side_low", on="both", bend=9, **NEUTRAL)


@movement("second", 0.68)
def side_reach(d: Draft) -> None:
    """The weight shifts over the right foot and the left arm reaches over the head, then down and across."""
    d.pose(0.8, arms="side_low", on="both", bend=12, **NEUTRAL)
    d.pose(2.2, left="ear", right="side_low", on=0.22, bend=9, pelvis=(0, -6, 0), lumbar=(0, -16, 0))
    d.pose(2.5, thorax=(-2, -26, -6), neck=(0, -14, 10))
    d.add_key(2.5, L_fore=26)
    d.pose(3.4, left="ear", right="side_low", on=0.22, lumbar=(0, -18, 0), thorax=(-2, -28, -6), neck=(0, -16, 10))
    d.pose(4.6, left="down_front", right="drop", on=0.45, bend=42, pelvis=(30, 0, 0), lumbar=(20, 0, 0))
    d.pose(4.7, thorax=(20, 0, 8), neck=(14, 0, 0))
    d.pose(5.8, left="open", right="across", on=0.72, bend=14, pelvis=(8, 4, 8), lumbar=(4, 4, 8), thorax=(0, 4, 14))
    d.pose(6.0, neck=(-4, 0, 18))
    d.pose(7.2, arms="side_low", on="both", bend=9, **NEUTRAL)


@movement("parallel", 0.62)
def tilt(d: Draft) -> None:
    """The right leg lifts to the side while the whole body tilts away from it in one line."""
    d.pose(0.9, arms="low", on="L", bend=22, **NEUTRAL)
    d.lift_leg("R", 1.0, 2.0, hip=46, open=20, turnout=30, knee=96, point=50)
    d.pose(2.0, arms="chest", on="L", bend=18, thorax=(6, 0, 0), neck=(8, 0, 0))
    d.gesture("R", 3.1, hip=14, open=62, turnout=48, knee=6, point=62)
    d.pose(3.1, left="side_low", right="ear", on="L", bend=9, pelvis=(0, 34, 0), lumbar=(0, 12, 0), thorax=(0, 10, 0))
    d.pose(3.3, neck=(0, -6, 20))
    d.gesture("R", 4.5, hip=14, open=64, turnout=48, knee=6, point=62)
    d.pose(4.5, left="side_low", right="ear", on="L", bend=9, pelvis=(0, 36, 0), lumbar=(0, 13, 0), thorax=(0, 11, 0))
    d.lower_leg("R", 4.6, 6.1, settle=0.25)
    d.gesture("R", 6.1, hip=4, open=10, turnout=14, knee=20, point=40)
    d.pose(6.1, arms="open", on=0.85, bend=28, pelvis=(4, 0, 0), lumbar=(0, 0, 0), thorax=(4, 0, 0), neck=(4, 0, 0))
    d.pose(7.2, arms="hang", on="both", bend=9, **NEUTRAL)


@movement("parallel", 0.56)
def spiral(d: Draft) -> None:
    """A twist that begins in the head and passes to chest and hips, then the same to the other side."""
    d.pose(0.8, arms="side_low", on="both", bend=12, **NEUTRAL)
    for at, sign, size in ((0.8, 1, 1.0), (3.8, -1, 0.9)):
        d.pose(at + 0.9, neck=(4, 6 * sign, 46 * sign * size))
        d.pose(at + 1.4, thorax=(6, 8 * sign, 30 * sign * size))
        d.pose(at + 1.8, lumbar=(4, 4 * sign, 16 * sign * size), bend=34, on=0.5 + 0.16 * sign)
        d.pose(at + 2.2, pelvis=(6, 0, 26 * sign * size))
        first, second = ("open", "across") if sign > 0 else ("across", "open")
        d.pose(at + 2.0, left=first, right=second)
        d.pose(at + 2.6, neck=(-8, 6 * sign, 40 * sign * size), bend=24)
    d.pose(7.9, arms="hang", on="both", bend=9, **NEUTRAL)


@movement("parallel", 0.58)
def fall_and_catch(d: Draft) -> None:
    """Lean until the balance is lost; a long low step catches the fall, and the body rebounds upright."""
    x, y, _ = PARALLEL["R"]
    d.pose(0.8, arms="open", on="both", bend=9, thorax=(-6, 0, 0), neck=(-6, 0, 0))
    d.rise(0.8, 0)
    d.rise(1.9, 22)
    d.pose(1.9, arms="wing", on="both", shift=(0.07, 0), pelvis=(3, 0, 0), thorax=(-8, 0, 0))
    d.pose(2.1, on=0.6, shift=(0.10, 0))
    d.step("R", 2.0, 2.6, (x + 0.78, y - 0.03), lift=0.07, strike=-6)
    d.pose(2.75, on=0.36, bend=16, pelvis=(16, 0, 0), thorax=(10, 0, 0), lumbar=(8, 0, 0), neck=(4, 0, 0))
    d.rise(2.8, 44, "L")
    d.pose(3.2, on=0.25, bend=22, arms="embrace", thorax=(22, 0, 0), neck=(18, 0, 0), pelvis=(20, 0, 0))
    d.pose(4.0, on=0.25, bend=16)
    d.pose(4.5, on=0.10, bend=14, arms="diagonal_up", pelvis=(2, 0, 0), lumbar=(-6, 0, 0), thorax=(-12, 0, 0))
    d.pose(4.6, neck=(-12, 0, 0))
    d.step("L", 4.0, 5.1, (x + 0.78, PARALLEL["L"][1]), lift=0.06, toe_off=50)
    d.pose(6.2, arms="hang", on="both", bend=9, **NEUTRAL)


@movement("parallel", 0.6)
def floor_touch(d: Draft) -> None:
    """Down through the legs until the hands brush the floor, a turn of the head, and up through a curved back."""
    d.pose(0.7, arms="open", on="both", bend=12, **NEUTRAL)
    d.rise(1.2, 0)
    d.rise(2.6, 30)
    d.pose(2.6, arms="drop", on="both", bend=113, pelvis=(34, 0, 0), lumbar=(26, 0, 0), thorax=(20, 0, 0))
    d.pose(2.8, neck=(4, 0, 0))
    d.pose(3.5, neck=(2, 0, 34), thorax=(20, 0, 6))
    d.rise(4.2, 30)
    d.pose(4.2, arms="drop", on="both", bend=113, pelvis=(34, 0, 0), lumbar=(26, 0, 0), thorax=(20, 0, 0))
    d.rise(5.2, 0)
    d.pose(5.6, pelvis=(58, 0, 0), lumbar=(32, 0, 0), thorax=(34, 0, 0), neck=(30, 0, 0), bend=30, on="both")
    d.pose(5.6, arms="drop")
    d.pose(6.7, pelvis=(6, 0, 0), lumbar=(26, 0, 0), bend=14, on="both")
    d.pose(7.2, thorax=(20, 0, 0), lumbar=(6, 0, 0), arms="hang")
    d.pose(8.2, on="both", bend=9, **NEUTRAL)


@movement("parallel", 0.62)
def kneel(d: Draft) -> None:
    """A step back and down until the right knee almost rests on the floor, the arms opening, and up again."""
    x, y, _ = PARALLEL["R"]
    d.pose(0.7, arms="side_low", on="L", bend=16, **NEUTRAL)
    d.step("R", 0.8, 1.6, (x - 0.52, y - 0.02), lift=0.05, toe_off=20, strike=50, heel=50)
    d.pose(1.8, on=0.66, bend=40)
    d.rise(2.8, 66, "R")
    d.pose(3.0, on=0.5, bend=112, pelvis=(2, 0, 0), thorax=(8, 0, 0), neck=(14, 0, 0), arms="embrace")
    d.pose(4.4, on=0.5, bend=112, thorax=(-12, 0, -8), neck=(-10, 0, -14), left="second", right="high")
    d.pose(4.9, on=0.52, bend=110)
    d.rise(5.0, 66, "R")
    d.rise(6.2, 58, "R")
    d.pose(6.1, on=0.85, bend=30, pelvis=(10, 0, 0), thorax=(4, 0, 0), neck=(0, 0, 0), arms="side_low")
    d.step("R", 6.2, 7.0, lift=0.05, toe_off=60)
    d.pose(6.6, on=0.92, bend=20)
    d.pose(7.9, arms="hang", on="both", bend=9, **NEUTRAL)


@movement("second", 0.66)
def low_sweep(d: Draft) -> None:
    """A deep side lunge over the right foot, one hand sweeping along the floor to the other side."""
    x, y, _ = SECOND["R"]
    d.pose(0.7, arms="open", on=0.96, bend=18, **NEUTRAL)
    d.pose(1.1, on=0.9)
    d.pose(1.55, on=0.66)
    d.step("R", 0.7, 1.5, (x, y - 0.26), lift=0.05, strike=18)
    d.pose(2.6, on=0.14, bend=10, pelvis=(40, 0, -12), lumbar=(16, -6, -6))
    d.pose(2.7, thorax=(16, -6, -10), neck=(8, 0, -16), left="drop", right="wing")
    d.pose(4.0, on=0.5, bend=62, pelvis=(44, 0, 0), lumbar=(26, 0, 0), thorax=(24, 0, 10), left="drop", right="drop")
    d.pose(5.3, on=0.84, bend=10, pelvis=(30, 0, 14), lumbar=(12, 8, 6), thorax=(8, 10, 16), neck=(0, 0, 20))
    d.pose(5.4, left="diagonal_up", right="drop")
    d.pose(6.0, on=0.8)
    d.pose(6.35, on=0.95)
    d.step("R", 6.0, 6.8, lift=0.04, toe_off=20)
    d.pose(6.7, arms="open", on=0.8, bend=16, pelvis=(4, 0, 0), lumbar=(0, 0, 0), thorax=(-6, 0, 0))
    d.pose(7.7, arms="side_low", on="both", bend=9, **NEUTRAL)


@movement("parallel", 0.58)
def reach_and_gather(d: Draft) -> None:
    """Both arms reach up and out as far as they can, then are drawn in to the chest."""
    d.pose(0.8, arms="low", on="both", bend=22, thorax=(6, 0, 0), neck=(8, 0, 0))
    d.rise(1.2, 0)
    d.rise(2.5, 34)
    d.pose(2.5, arms="diagonal_up", on="both", bend=9, thorax=(-12, 0, 0), lumbar=(-6, 0, 0), neck=(-14, 0, 0))
    d.rise(3.2, 34)
    d.pose(3.2, arms="diagonal_up", on="both")
    d.rise(4.2, 0)
    d.pose(4.6, arms="embrace", on="both", bend=34, thorax=(16, 0, 0), lumbar=(10, 0, 0), neck=(16, 0, 0))
    d.pose(5.4, arms="chest", thorax=(20, 0, 0), lumbar=(12, 0, 0), neck=(22, 0, 0), bend=38)
    d.pose(7.0, arms="hang", on="both", bend=9, **NEUTRAL)
