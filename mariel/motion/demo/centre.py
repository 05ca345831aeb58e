"""Movements in the centre: poses on one leg, turns, and steps that travel."""

import math

from mariel.motion.demo.barre import NEUTRAL, PASSE
from mariel.motion.demo.notation import STANCES, Draft, movement

PARALLEL, FIRST, FOURTH = STANCES["parallel"], STANCES["first"], STANCES["fourth"]


@movement("first", 0.68)
def arabesque(d: Draft) -> None:
    """A step onto the left foot; the right leg rises behind, one arm in front, one to the side."""
    d.pose(0.9, arms="low", on="R", bend=26, thorax=(4, 0, 0))
    d.step("L", 0.9, 1.7, (0.48, 0.03), yaw=22, lift=0.04, strike=25)
    d.pose(1.8, arms="first", bend=20, on=0.8)
    d.lift_leg("R", 2.0, 3.8, hip=-44, open=8, turnout=38, knee=5, point=62)
    d.pose(2.4, on="L", pelvis=(4, 0, 0))
    d.pose(3.8, left="front", right="open", on="L", bend=9)
    d.pose(3.8, pelvis=(38, 4, -6), lumbar=(-22, 0, 2), thorax=(-14, 0, 4), neck=(-10, 0, 0))
    d.gesture("R", 5.6, hip=-46, open=8, turnout=38, knee=5, point=62)
    d.pose(5.6, left="diagonal_up", right="open", on="L")
    d.pose(5.6, pelvis=(39, 4, -6), lumbar=(-24, 0, 2), thorax=(-16, 0, 4), neck=(-14, 0, 0))
    d.lower_leg("R", 5.7, 7.1, (0.48, -0.36), yaw=-42)
    d.gesture("R", 7.1, hip=-6, open=8, turnout=40, knee=8, point=40)
    d.pivot("L", 6.6, 7.3, 42)
    d.pose(7.1, arms="second", on=0.9, bend=20, pelvis=(4, 0, 0), lumbar=(0, 0, 0))
    d.pose(8.2, arms="low", on="both", bend=9, **NEUTRAL)


@movement("first", 0.72)
def attitude(d: Draft) -> None:
    """A step and a lifted bent leg behind, one arm overhead, rising to the ball of the foot."""
    d.pose(0.9, arms="low", on="R", bend=28)
    d.step("L", 0.9, 1.7, (0.40, 0.05), yaw=30, lift=0.04, strike=25)
    d.pose(1.8, arms="first", on=0.8, bend=30)
    d.lift_leg("R", 1.9, 3.4, hip=-40, open=34, turnout=56, knee=78, point=58)
    d.pose(3.4, left="second", right="fifth", on="L", bend=9)
    d.pose(3.4, pelvis=(22, 6, -8), lumbar=(-20, 0, 0), thorax=(-14, 4, 6), neck=(-6, 0, 16))
    d.rise(3.4, 0, "L")
    d.rise(4.2, 46, "L")
    d.pose(4.2, on="L")
    d.rise(5.4, 46, "L")
    d.gesture("R", 5.4, hip=-42, open=34, turnout=56, knee=74, point=58)
    d.pose(5.4, on="L", pelvis=(23, 6, -8))
    d.rise(6.2, 0, "L")
    d.lower_leg("R", 5.7, 7.0, (0.40, -0.34), yaw=-42)
    d.gesture("R", 7.0, hip=-4, open=8, turnout=42, knee=14, point=40)
    d.pivot("L", 6.6, 7.3, 42)
    d.pose(7.0, arms="second", on=0.9, bend=30, pelvis=(2, 0, 0), lumbar=(0, 0, 0))
    d.pose(8.0, arms="low", on="both", bend=9, **NEUTRAL)


@movement("fourth", 0.6)
def pirouette(d: Draft) -> None:
    """From a wide fourth position one turn on the ball of the left foot, the right foot at the knee."""
    d.pose(0.8, left="second", right="first", on=0.55, bend=20, **NEUTRAL)
    d.pose(1.9, left="second", right="first", on=0.62, bend=52, thorax=(2, 0, 10))
    d.rise(1.9, 0, "L")
    d.add_key(1.7, heading=0)
    d.lift_leg("R", 2.0, 2.7, **PASSE)
    d.rise(2.6, 54, "L")
    d.pose(2.6, arms="first", on="L", bend=9, thorax=(-2, 0, 0), pelvis=(0, 0, 0))
    for share, at in ((0.16, 2.4), (0.86, 3.5)):
        d.add_key(at, heading=-360 * share)
    d.add_key(2.1, L_yaw=FOURTH["L"][2])
    for share, at in ((0.16, 2.4), (0.86, 3.5)):
        d.add_key(at, L_yaw=FOURTH["L"][2] - 360 * share)
    d.pivot("L", 2.1, 3.9, FOURTH["L"][2] - 360)
    d.add_key(2.1, L_yaw=FOURTH["L"][2])
    d.add_key(3.9, heading=-360)
    for at, look in ((2.1, 0), (2.65, 62), (2.95, 20), (3.15, -58), (3.8, 0)):
        d.add_key(at, neck_twist=look)
    d.gesture("R", 3.7, **PASSE)
    d.pose(3.7, arms="first", on="L")
    d.rise(3.8, 54, "L")
    d.rise(4.4, 0, "L")
    d.lower_leg("R", 3.7, 4.7, (FOURTH["R"][0] - 0.36, FOURTH["R"][1] - 0.06), yaw=FOURTH["R"][2] - 360)
    d.gesture("R", 4.7, hip=0, open=10, turnout=40, knee=20, point=40)
    d.pose(4.7, arms="second", on=0.7, bend=42)
    d.pose(5.8, arms="low", on="both", bend=9, **NEUTRAL)


@movement("parallel", 0.46)
def half_turn(d: Draft) -> None:
    """A half turn to the right in place, in six small steps."""
    _turn_in_place(d, -180, 3)


@movement("parallel", 0.46)
def quarter_turn(d: Draft) -> None:
    """A quarter turn to the right in place, in four small steps."""
    _turn_in_place(d, -90, 2)


def _turn_in_place(d: Draft, degrees: float, pairs: int) -> None:
    """Small steps of right and left foot, each rotated to the body's next heading; the head turns first."""
    d.add_key(0.4, heading=0)
    d.pose(0.9, arms="hang")
    d.pose(0.5, neck=(0, 0, 0))
    for i in range(2 * pairs):
        foot = "RL"[i % 2]
        angle = degrees * (i // 2 + 1) / pairs
        x, y, yaw = PARALLEL[foot]
        c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        d.pose(0.55 + i, on=0.88 if foot == "R" else 0.12, bend=15)
        d.step(foot, 0.5 + i, 1.15 + i, (c * x - s * y, s * x + c * y), yaw=yaw + angle, lift=0.04, toe_off=24)
    for i in range(1, 2 * pairs + 1):
        d.add_key(0.4 + i, heading=degrees * i / (2 * pairs), neck_twist=-24 if i < 2 * pairs else 0, thorax_twist=-8)
    d.pose(1.0 + 2 * pairs, on="both", bend=9, arms="hang", **NEUTRAL)


@movement("parallel", 0.56)
def walk(d: Draft) -> None:
    """Four walking steps, the arms swinging against the legs."""
    _walk(d, 4, 0.56)


@movement("parallel", 0.42)
def run(d: Draft) -> None:
    """A light run of four steps, low, the arms trailing behind."""
    d.pose(0.5, pelvis=(6, 0, 0))
    _walk(d, 4, 0.52, bend=24, arms=("wing", 10), toe_off=56, strike=14, lift=0.10)


def _walk(
    d: Draft, steps: int, length: float, *, bend=9.0, arms=("hang", 19), toe_off=44.0, strike=-14.0, lift=0.05
) -> None:
    """Some steps of `length` metres; `arms` are a named position and the degrees by which they swing."""
    position, swing = arms
    x = PARALLEL["R"][0] - length / 2
    d.pose(0.35, on=0.68)
    d.pose(0.9, arms=position)
    for i in range(steps):
        foot = "RL"[i % 2]
        sign = 1 if foot == "R" else -1
        x += length if i < steps - 1 else length / 2
        last = i == steps - 1
        if last:
            x = d.feet["L" if foot == "R" else "R"][0]
        d.step(
            foot, 0.42 + i, 1.18 + i, (x, PARALLEL[foot][1]), lift=lift, toe_off=toe_off, strike=2 if last else strike
        )
        d.pose(0.82 + i, on=0.5 + 0.36 * sign, bend=bend)
        if not last:
            d.pose(1.16 + i, pelvis=(2, 0, 6 * sign), thorax=(-1, 0, -9 * sign), neck=(0, 0, 3 * sign))
            d.pose(0.82 + i, lumbar=(0, 2.5 * sign, 0))
            d.add_key(1.2 + i, L_fore=3 + swing * sign, R_fore=3 - swing * sign)
            d.add_key(1.2 + i, L_elbow=18 + 0.5 * swing * sign, R_elbow=18 - 0.5 * swing * sign)
    d.pose(steps + 0.6, on="both", bend=9, arms="hang", **NEUTRAL)


@movement("parallel", 0.5)
def triplet(d: Draft) -> None:
    """Down, up, up: two running waltz steps that travel, low on the first and high on the others."""
    x = PARALLEL["R"][0]
    d.pose(0.3, on=0.7)
    d.pose(0.9, arms="side_low")
    foot = "R"
    for i in range(6):
        down = i % 3 == 0
        last = i >= 4
        sign = 1 if foot == "R" else -1
        x += (0.5 if down else 0.34) if not last else 0.0
        if i == 4:
            x += 0.2
        heel = 0.0 if down or last else 34.0
        place = (x, PARALLEL[foot][1])
        d.step(foot, 0.45 + i, 1.05 + i, place, lift=0.05, toe_off=46, strike=max(heel, 8), heel=heel)
        d.pose(0.78 + i, on=0.5 + 0.34 * sign)
        d.pose(1.2 + i, bend=36 if down and not last else 10)
        if down:
            d.pose(1.4 + i, left="side_low", right="side_low", thorax=(5, -5 * sign, 7 * sign), neck=(7, 0, 0))
            d.pose(2.9 + i, left="open", right="open", thorax=(-4, 4 * sign, 0), neck=(-4, 0, 8 * sign))
        foot = "L" if foot == "R" else "R"
    d.pose(7, on="both", arms="hang", bend=9, **NEUTRAL)


@movement("first", 0.52)
def waltz_step(d: Draft) -> None:
    """Balancé to the right and to the left: side, behind on the ball, in place."""
    right, left = FIRST["R"], FIRST["L"]
    d.pose(0.8, arms="low", on=0.75, bend=24)
    shift = 0.40
    d.step("R", 0.9, 1.6, (right[0], right[1] - shift), lift=0.05, strike=25)
    d.pose(
        1.7, on=0.12, bend=40, left="first", right="second", pelvis=(0, -3, 0), thorax=(2, -9, -8), neck=(4, -6, -20)
    )
    d.step("L", 1.8, 2.5, (right[0] - 0.20, right[1] - shift + 0.20), lift=0.04, strike=40, heel=40, settle=0.1)
    d.pose(2.6, on=0.75, bend=10)
    d.step("R", 2.75, 3.2, (right[0], right[1] - shift), lift=0.025, toe_off=20)
    d.pose(3.3, on=0.2, bend=22)
    d.step("L", 3.8, 4.6, (left[0], left[1] - 0.10), lift=0.05, strike=25)
    d.pose(4.7, on=0.88, bend=40, left="second", right="first", pelvis=(0, 3, 0), thorax=(2, 9, 8), neck=(4, 6, 20))
    d.step("R", 4.8, 5.5, (left[0] - 0.20, left[1] - 0.10 - 0.20), lift=0.04, strike=40, heel=40, settle=0.1)
    d.pose(5.6, on=0.25, bend=10)
    d.step("L", 5.75, 6.2, (left[0], left[1] - 0.10), lift=0.025, toe_off=20)
    d.pose(6.3, on=0.8, bend=22, arms="second")
    d.step("R", 6.6, 7.3, (left[0], left[1] - 0.10 - 2 * left[1]), lift=0.03)
    d.pose(7.8, on="both", bend=9, arms="low", **NEUTRAL)


@movement("first", 0.6)
def chaine_turns(d: Draft) -> None:
    """A travelling turn to the side: two half turns on the balls of the feet, arms closed."""
    right = FIRST["R"]
    # Seen from above: the right foot steps out, the body turns over it while the left foot comes round to the far
    # side, then turns over the left while the right comes round and closes.
    out, beyond, side = right[1] - 0.24, right[1] - 0.60, FIRST["L"][1]
    d.pose(0.9, left="first", right="second", on=0.8, bend=36, **NEUTRAL)
    d.add_key(0.9, heading=0, neck_twist=-45)
    d.step("R", 0.9, 1.6, (right[0], out), yaw=-80, lift=0.04, strike=42, heel=48)
    d.pose(1.65, on=0.1, bend=10, arms="first")
    d.add_key(1.6, heading=-80, neck_twist=10)
    d.pivot("R", 1.6, 2.5, -215)
    d.add_key(2.1, heading=-150)
    d.step("L", 1.7, 2.5, (right[0], beyond), yaw=-170, lift=0.05, toe_off=48, strike=45, heel=48)
    d.add_key(2.5, heading=-210, neck_twist=-40)
    d.pose(2.1, on=0.15)
    d.pose(2.6, on=0.85)
    d.pivot("L", 2.5, 3.4, FIRST["L"][2] - 360)
    d.step("R", 2.65, 3.4, (right[0], beyond - side + right[1]), yaw=right[2] - 360, lift=0.04, toe_off=48, strike=35)
    d.add_key(3.0, neck_twist=30)
    d.add_key(3.4, heading=-360, neck_twist=0)
    d.rise(3.4, 48, "L")
    d.rise(3.9, 0, "L")
    d.pose(3.0, on=0.9)
    d.pose(4.0, on=0.45, bend=34, arms="second")
    d.pose(5.0, on="both", bend=9, arms="low", **NEUTRAL)


@movement("parallel", 0.58)
def lunge(d: Draft) -> None:
    """A long step forward into a lunge, the arms reaching on the diagonal, and back."""
    x, y, _ = PARALLEL["R"]
    d.pose(0.8, arms="low", on="L", bend=14, neck=(4, 0, 0))
    d.step("R", 0.8, 1.7, (x + 0.74, y - 0.02), lift=0.08, strike=-8)
    d.rise(1.9, 24, "L", since=1.2)
    d.pose(2.0, on=0.40, bend=12, pelvis=(8, 0, 8), lumbar=(-4, 0, 0), thorax=(-6, 0, 4))
    d.pose(2.5, left="diagonal_up", right="back", on=0.36, bend=12, neck=(-10, 0, 0), thorax=(-8, 0, -4))
    d.rise(4.2, 24, "L")
    d.pose(4.2, left="diagonal_up", right="back", on=0.36, bend=12)
    d.step("R", 4.6, 5.5, lift=0.06, toe_off=10, strike=12)
    d.rise(5.0, 0, "L")
    d.pose(4.55, on=0.6)
    d.pose(5.2, on=0.92, bend=14, arms="side_low", pelvis=(0, 0, 0))
    d.pose(6.2, on="both", bend=9, arms="hang", **NEUTRAL)


@movement("first", 0.6)
def bow(d: Draft) -> None:
    """A révérence: one foot drawn behind, the arms opened, a deep inclination and up again."""
    d.pose(0.9, arms="second", on="L", bend=12, **NEUTRAL)
    d.brush("R", 1.0, 2.0, (-0.26, -0.06), pitch=40, yaw=-36)
    d.pose(2.2, on=0.92, bend=16)
    d.pose(3.8, arms="side_low", on=0.8, bend=40, pelvis=(26, 0, 0), lumbar=(14, 0, 0), thorax=(14, 0, 0))
    d.pose(3.8, neck=(26, 0, 0))
    d.pose(4.6, neck=(26, 0, 0), bend=40)
    d.pose(6.2, arms="second", on="L", bend=10, **NEUTRAL)
    d.brush("R", 6.2, 7.1, "home", pitch=0, yaw=-42)
    d.take_weight("R", 6.7, 7.2)
    d.pose(7.8, arms="low", on="both", bend=9)
