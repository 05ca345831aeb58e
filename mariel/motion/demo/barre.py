"""Movements of barre exercises: on the spot, legs turned out, the right leg as the working leg."""

from typing import Any

from mariel.motion.demo.notation import STANCES, Draft, movement

HOME = STANCES["first"]["R"]
FRONT, SIDE, BACK = (0.38, -0.10), (0.04, -0.56), (-0.36, -0.12)
"""Where the toes of the working leg reach in a tendu."""
NEUTRAL: dict[str, Any] = {"pelvis": (0, 0, 0), "lumbar": (0, 0, 0), "thorax": (0, 0, 0), "neck": (0, 0, 0)}
PASSE = {"hip": 42, "open": 58, "turnout": 72, "knee": 112, "point": 58}
"""The working leg in retiré: toes at the other knee, thigh to the side."""


@movement("first", 0.56)
def plie(d: Draft) -> None:
    """Two demi-pliés in first position, the arms from low to second and back."""
    d.pose(1, arms="low", on="both")
    for start, arms, look in ((1, "second", -18), (5, "low", 14)):
        d.pose(start, bend=9, **NEUTRAL)
        d.pose(start + 1.7, bend=66, pelvis=(2, 0, 0), thorax=(-3, 0, 0), neck=(5, 0, look))
        d.pose(start + 3.5, arms=arms, bend=9, pelvis=(0, 0, 0), thorax=(-4, 0, 0), neck=(-3, 0, look / 2))
    d.pose(9.2, **NEUTRAL)


@movement("second", 0.66)
def grand_plie(d: Draft) -> None:
    """A grand plié in second position, the arms gathered from the floor and opened."""
    d.pose(1.2, arms="second", on="both", bend=9, **NEUTRAL)
    d.pose(3.8, arms="low", bend=84, pelvis=(4, 0, 0), lumbar=(-3, 0, 0), thorax=(6, 0, 0), neck=(10, 0, 0))
    d.pose(5.2, arms="first", bend=60, thorax=(0, 0, 0), neck=(0, 0, 0))
    d.pose(6.8, arms="fifth", bend=9, pelvis=(0, 0, 0), lumbar=(0, 0, 0), thorax=(-7, 0, 0), neck=(-8, 0, 0))
    d.pose(9, arms="second", **NEUTRAL)


@movement("first", 0.48)
def tendu(d: Draft) -> None:
    """Battement tendu to the front, the side and the back, each with an arm and the head."""
    d.pose(1, arms="second", on="L", bend=9, **NEUTRAL)
    at = 1.2
    for place, left, right, look in (
        (FRONT, "fifth", "second", -28),
        (SIDE, "second", "first", 6),
        (BACK, "front", "second", 30),
    ):
        d.brush("R", at, at + 1.0, place, pitch=58)
        d.pose(at + 1, left=left, right=right, on="L", shift=(0, 0.01))
        d.pose(at + 1.1, neck=(-4, 0, look), thorax=(-4, 6, look / 5), lumbar=(0, 3, 0))
        d.brush("R", at + 1.3, at + 2.2, "home", pitch=0)
        d.pose(at + 2.2, arms="second", thorax=(0, 0, 0), lumbar=(0, 0, 0))
        at += 2.5
    d.pose(at - 0.5, on="L")
    d.take_weight("R", at - 0.5, at)
    d.pose(at + 0.8, on="both", arms="low", **NEUTRAL)


@movement("first", 0.44)
def degage(d: Draft) -> None:
    """Battement dégagé: four quick brushes to the side that leave the floor."""
    d.pose(1.2, arms="second", on="L", bend=9, **NEUTRAL)
    at = 1.4
    for _ in range(4):
        d.brush("R", at, at + 0.75, (0.05, -0.60), pitch=50, lift=0.14)
        d.brush("R", at + 0.9, at + 1.6, "home", pitch=0)
        d.add_key(at + 1.6, R_lift=0.0)
        d.pose(at + 0.8, thorax=(-3, 5, 0), neck=(-2, 2, -14))
        d.pose(at + 1.6, thorax=(0, 0, 0), neck=(0, 0, 0))
        at += 1.9
    d.pose(at - 0.3, on="L", arms="second")
    d.take_weight("R", at - 0.3, at + 0.1)
    d.pose(at + 0.9, on="both", arms="side_low", **NEUTRAL)


@movement("first", 0.64)
def rond_de_jambe(d: Draft) -> None:
    """The toes draw half a circle on the floor, front to side to back."""
    d.pose(1, arms="first", bend=9, on="L", **NEUTRAL)
    d.pose(1.3, bend=38)
    d.brush("R", 1.2, 2.2, FRONT, pitch=56)
    d.pose(2.4, arms="first", bend=20)
    d.brush("R", 2.4, 3.7, SIDE, pitch=58)
    d.pose(3.7, arms="second", bend=9, thorax=(-3, -4, -6), neck=(0, 0, -22))
    d.brush("R", 3.8, 5.1, BACK, pitch=58)
    d.pose(5.1, thorax=(-5, 0, 4), neck=(-4, 0, 12), left="front", right="second")
    d.brush("R", 5.4, 6.3, "home", pitch=0)
    d.take_weight("R", 6.0, 6.6)
    d.pose(7.2, arms="low", on="both", **NEUTRAL)


@movement("first", 0.55)
def releve(d: Draft) -> None:
    """A plié, then up onto the balls of both feet, a balance, and slowly down."""
    d.pose(1, arms="low", on="both", bend=9, **NEUTRAL)
    d.pose(2.2, arms="first", bend=48, neck=(6, 0, 0))
    d.rise(2.2, 0)
    d.rise(3.1, 52)
    d.pose(3.1, on="both", bend=9, neck=(-6, 0, 0), thorax=(-5, 0, 0))
    d.pose(3.4, arms="fifth")
    d.rise(5.2, 52)
    d.pose(5.2, on="both", arms="fifth")
    d.rise(6.8, 0)
    d.pose(6.8, on="both", bend=14)
    d.pose(7.6, arms="low", bend=9, **NEUTRAL)


@movement("first", 0.64)
def port_de_bras(d: Draft) -> None:
    """The arms through first and fifth to second; the knees bend and the upper body bends with them."""
    d.pose(1, arms="low", on="both", bend=32, thorax=(10, 0, 0), neck=(14, 0, 0))
    d.pose(2.3, arms="first", thorax=(4, 0, 0), neck=(4, 0, 0), bend=24)
    d.rise(2.5, 0)
    d.rise(4.0, 40)
    d.pose(4.0, on="both", bend=9)
    d.pose(4.2, arms="fifth", thorax=(-11, 0, 0), lumbar=(-6, 0, 0), neck=(-14, 0, 0))
    d.rise(5.4, 0)
    d.pose(5.6, left="fifth", right="second", on=0.42, bend=18, lumbar=(0, -12, 0), thorax=(-4, -20, -6))
    d.pose(5.8, neck=(0, -8, -22))
    d.pose(7.2, left="second", right="fifth", on=0.58, bend=9, lumbar=(0, 12, 0), thorax=(-4, 20, 6))
    d.pose(7.4, neck=(0, 8, 22))
    d.pose(8.6, arms="second", on="both", bend=14, lumbar=(0, 0, 0), thorax=(-4, 0, 0), neck=(-4, 0, 0))
    d.pose(9.4, arms="low", bend=9, thorax=(0, 0, 0), neck=(2, 0, -8))


@movement("first", 0.68)
def cambre(d: Draft) -> None:
    """Bend the upper body forward from the hips, roll up, and arch it back."""
    d.pose(1, arms="second", on="both", bend=9, **NEUTRAL)
    d.pose(3, arms="down_front", pelvis=(62, 0, 0), lumbar=(18, 0, 0), thorax=(14, 0, 0), neck=(16, 0, 0), on="both")
    d.pose(4.9, arms="first", pelvis=(4, 0, 0), lumbar=(8, 0, 0), thorax=(6, 0, 0), neck=(4, 0, 0))
    d.pose(6.2, arms="fifth", pelvis=(-5, 0, 0), lumbar=(-18, 0, 0), thorax=(-24, 0, 0), neck=(-24, 0, -14))
    d.pose(6.5, lumbar=(-19, 0, 0))
    d.pose(8.2, arms="second", **NEUTRAL)


@movement("first", 0.64)
def developpe(d: Draft) -> None:
    """The working foot is drawn up to the knee and the leg unfolds to the front, then is carried to the side."""
    d.pose(1, arms="low", on="L", bend=12, **NEUTRAL)
    d.lift_leg("R", 1.2, 2.6, **PASSE)
    d.pose(2.6, arms="first", on="L", bend=9, thorax=(0, 3, 0))
    d.gesture("R", 4.0, hip=78, open=22, turnout=45, knee=6, point=60)
    d.pose(4.0, arms="second", left="fifth", pelvis=(-7, 3, 0), thorax=(-2, 2, 0), neck=(-4, 0, -12), on="L")
    d.gesture("R", 4.4, hip=78, open=22, turnout=45)
    d.gesture("R", 5.6, hip=26, open=78, turnout=66, knee=6, point=60)
    d.pose(5.6, left="fifth", right="second", pelvis=(0, 10, 0), lumbar=(0, 6, 0), neck=(0, 0, 18), on="L")
    d.gesture("R", 6.0, hip=26, open=78)
    d.lower_leg("R", 6.1, 7.6)
    d.gesture("R", 7.6, hip=2, open=8, turnout=40, knee=6, point=40)
    d.pose(7.6, arms="second", on=0.85, **NEUTRAL)
    d.pose(8.4, arms="low", on="both")


@movement("first", 0.52)
def grand_battement(d: Draft) -> None:
    """Two high kicks to the front, thrown up and set down slowly."""
    d.pose(1.2, arms="second", on="L", bend=9, **NEUTRAL)
    at = 1.4
    for _ in range(2):
        d.lift_leg("R", at, at + 0.95, hip=98, open=12, turnout=42, knee=6, point=60)
        d.pose(at + 0.95, pelvis=(-12, 0, 0), lumbar=(4, 0, 0), thorax=(-3, 0, 0), on="L")
        d.gesture("R", at + 1.1, hip=97)
        d.lower_leg("R", at + 1.1, at + 2.3, settle=0.25)
        d.gesture("R", at + 2.3, hip=4, open=8, turnout=40, knee=6, point=50)
        d.pose(at + 2.3, pelvis=(0, 0, 0), lumbar=(0, 0, 0), thorax=(0, 0, 0), on=0.88)
        at += 3.0
    d.pose(at + 0.6, on="both", arms="low", **NEUTRAL)


@movement("first", 0.58)
def balance(d: Draft) -> None:
    """Up to one foot, the other at the knee: a long balance in retiré, the arms overhead."""
    d.pose(1, arms="first", on="L", bend=34, thorax=(3, 0, 0), neck=(4, 0, 0))
    d.rise(1.1, 0, "L")
    d.lift_leg("R", 1.1, 2.0, **PASSE)
    d.rise(2.0, 50, "L")
    d.pose(2.0, on="L", bend=9, thorax=(-3, 2, 0), neck=(-4, 0, 0))
    d.pose(2.6, arms="fifth")
    d.rise(5.0, 50, "L")
    d.pose(5.0, arms="fifth", on="L")
    d.gesture("R", 5.0, **PASSE)
    d.rise(6.0, 0, "L")
    d.pose(6.0, arms="second", on=0.92, bend=22)
    d.lower_leg("R", 5.0, 6.3)
    d.gesture("R", 6.3, hip=6, open=8, turnout=42, knee=12, point=40)
    d.pose(7.2, arms="low", on="both", bend=9, **NEUTRAL)
