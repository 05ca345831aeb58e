"""Movements as at the barre: both feet near the ground, the working leg the right one."""

from mariel.motion.demo.notation import STANCES, Draft, movement

FIRST = STANCES["first"]


@movement("first", 0.62)
def plie(d: Draft) -> None:
    """Demi-plié twice in first position, arms through low to second."""
    d.pose(1, arms="low", on="both")
    for start, arms in ((0.6, "second"), (4.6, "low")):
        d.pose(start, bend=9, pelvis=(0, 0, 0), thorax=(0, 0, 0), neck=(0, 0, 0))
        d.pose(start + 1.6, bend=62, pelvis=(2, 0, 0), thorax=(-2, 0, 0), neck=(3, 0, 8))
        d.pose(start + 3.4, arms=arms, bend=9, pelvis=(0, 0, 0), thorax=(-3, 0, 0), neck=(-2, 0, 0))


@movement("first", 0.72)
def port_de_bras(d: Draft) -> None:
    """The arms through first, fifth and second while the upper body breathes with them."""
    d.pose(1, arms="low", on="both", bend=12, thorax=(6, 0, 0), neck=(10, 0, 0))
    d.pose(2.4, arms="first", thorax=(3, 0, 0), neck=(4, 0, 0), bend=9)
    d.pose(4.4, arms="fifth", thorax=(-9, 0, 0), lumbar=(-4, 0, 0), neck=(-12, 0, 0))
    d.pose(5, arms="fifth")
    d.pose(6.8, arms="second", thorax=(-4, 0, 0), lumbar=(0, 0, 0), neck=(0, 0, -25))
    d.pose(8, arms="low", thorax=(0, 0, 0), neck=(2, 0, -10))


@movement("parallel", 0.56)
def walk(d: Draft) -> None:
    """Four walking steps forward, the arms swinging against the legs."""
    length = 0.56
    for i in range(4):
        foot = "RL"[i % 2]
        y = STANCES["parallel"][foot][1]
        x = 0.05 + length * (i + (1 if i else 0.5) - (0.5 if i else 0)) * 1.0
        if i == 3:
            x -= 0.0
        d.step(foot, 0.4 + i, 1.1 + i, (x, y), lift=0.05, peel=42, strike=-14)
        sign = 1 if foot == "R" else -1
        d.pose(0.8 + i, on=0.5 + 0.36 * sign, bend=9)
        d.pose(1.1 + i, pelvis=(1, 0, 5 * sign), thorax=(-1, 0, -8 * sign), neck=(0, 0, 3 * sign))
        d.key(1.1 + i, L_fore=3 + 17 * sign, R_fore=3 - 17 * sign, L_raise=-74, R_raise=-74)
        d.key(1.1 + i, L_elbow=20 + 8 * sign, R_elbow=20 - 8 * sign)
    d.step("R", 4.4, 5.0, (d.feet["L"][0], STANCES["parallel"]["R"][1]))
    d.pose(5.0, on="both")
    d.pose(5.4, arms="hang", pelvis=(0, 0, 0), thorax=(0, 0, 0), neck=(0, 0, 0))
