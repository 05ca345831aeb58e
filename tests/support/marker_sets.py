"""Small takes of many kinds of marker sets, each a kind of recording that people train on."""

from collections.abc import Callable

import numpy as np

from mariel.motion.mariel_markers import MARIEL_15, MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.motion.marker_sets.known import find_marker_set
from mariel.motion.recording import Recording

FPS = 30.0

SIDES = ("Head", "LHand", "RHand", "LHip", "RHip", "LToe", "RToe", "Back")
"""Labels of eight markers with three left-right pairs."""

EDGES = ((0, 7), (7, 1), (7, 2), (7, 3), (7, 4), (3, 5), (4, 6))

BVH_JOINTS = ("Hips", "Spine", "Neck", "LeftArm", "LeftHand", "RightArm", "RightHand", "LeftLeg", "RightLeg")

SKELETON = ("Hips", "Spine", "LeftUpLeg", "LeftLeg", "LeftFoot", "LeftToe", "RightUpLeg", "RightLeg", "RightFoot")
SKELETON_EDGES = ((0, 1), (0, 2), (2, 3), (3, 4), (4, 5), (0, 6), (6, 7), (7, 8))

TRUNK = ("trunk", ("LHip", "RHip", "Back"))
ARMS = ("arms", ("Head", "LHand", "RHand"))
TOES = ("toes", ("LToe", "RToe"))


def moving_positions(markers: int, frames: int = 100, seed: int = 0, height: float = 1.7) -> np.ndarray:
    """(frames, markers, 3): points of a body of some height that sway on their own while all move along a circle."""
    random = np.random.default_rng(seed)
    time = np.arange(frames)[:, None, None] / FPS
    body = np.random.default_rng(0).uniform(-0.2, 0.2, (markers, 3))
    body[:, 2] = np.linspace(1.7, 0.05, markers)
    sway = 0.05 * np.sin(random.uniform(1, 4, (1, markers, 3)) * time + random.uniform(0, 6, (1, markers, 3)))
    path = 0.5 * np.concatenate([np.cos(time), np.sin(time), 0 * time], axis=-1)
    return (body + sway + path) * (height / 1.7)


def takes_of(marker_set: MarkerSet, *frames: int, unit: str = "m", height: float = 1.7) -> dict[str, Recording]:
    """Takes named a, b, … of so many frames; by default two."""
    return {
        name: Recording.from_positions(
            name, moving_positions(len(marker_set), count, seed, height), marker_set, fps=FPS, unit=unit
        )
        for seed, (name, count) in enumerate(zip("abcdef", frames or (100, 80), strict=False))
    }


def without_marker(recordings: dict[str, Recording], *unseen: tuple[str, int]) -> dict[str, Recording]:
    """The takes, some of which never show a marker: pairs of a take's name and a marker's column."""
    changed = dict(recordings)
    for name, column in unseen:
        positions = changed[name].positions.copy()
        positions[:, column] = np.nan
        changed[name] = Recording.from_positions(name, positions, changed[name].marker_set, fps=FPS)
    return changed


def _one_marker_on_the_floor() -> dict[str, Recording]:
    takes = takes_of(MarkerSet("one", ("ball",)))
    flat = {name: take.positions * np.float32([1, 1, 0]) for name, take in takes.items()}
    return {
        name: Recording.from_positions(name, each, takes[name].marker_set, fps=FPS) for name, each in flat.items()
    }


def _with_still_marker() -> dict[str, Recording]:
    takes = takes_of(MarkerSet.from_edges("still", SIDES, EDGES))
    changed = {}
    for name, take in takes.items():
        positions = take.positions.copy()
        positions[:, 3] = 0  # such as a BVH's root above the hips
        changed[name] = Recording.from_positions(name, positions, take.marker_set, fps=FPS)
    return changed


PLAIN = MarkerSet.from_edges("plain", SIDES, EDGES)

MARKER_SETS: dict[str, Callable[[], dict[str, Recording]]] = {
    "Mariel's 53": lambda: takes_of(MARIEL_53),
    "Mariel's 18": lambda: takes_of(MARIEL_18),
    "Mariel's 15": lambda: takes_of(MARIEL_15),
    "Mariel's without a toe": lambda: without_marker(
        takes_of(MARIEL_53), ("a", MARIEL_53.index("LTOE")), ("b", MARIEL_53.index("LTOE"))
    ),
    "bones and pairs": lambda: takes_of(PLAIN),
    "BVH joints": lambda: takes_of(MarkerSet.from_edges("bvh", BVH_JOINTS, [(0, 1), (1, 2), (1, 3), (3, 4), (0, 7)])),
    "a skeleton of joints": lambda: takes_of(find_marker_set("bvh", SKELETON, SKELETON_EDGES)),
    "no bones or pairs": lambda: takes_of(MarkerSet("points", tuple("abcdefg"))),
    "segments without feet": lambda: takes_of(MarkerSet("upper", SIDES, segments=(("head", ("Head", "Back")),))),
    "feet of one marker": lambda: takes_of(
        MarkerSet("toes", SIDES, segments=(("left_foot", ("LToe",)), ("right_foot", ("RToe",))))
    ),
    "a foot without markers": lambda: takes_of(MarkerSet("empty", SIDES, segments=(("left_foot", ()),))),
    "a body without feet": lambda: takes_of(
        MarkerSet(
            "body",
            SIDES,
            segments=(TRUNK, ARMS, TOES),
            mirror_pairs=(("LHip", "RHip"),),
            parents=(("arms", "trunk"), ("toes", "trunk")),
        )
    ),
    "a body without pairs": lambda: takes_of(
        MarkerSet("body", SIDES, segments=(TRUNK, ARMS, TOES), parents=(("arms", "trunk"), ("toes", "trunk")))
    ),
    "a body with loose markers": lambda: takes_of(
        MarkerSet("loose", SIDES, segments=(TRUNK, ARMS), parents=(("arms", "trunk"),))
    ),
    "one marker": lambda: takes_of(MarkerSet("one", ("ball",))),
    "one marker on the floor": _one_marker_on_the_floor,
    "two markers": lambda: takes_of(MarkerSet.from_edges("two", ("L", "R"), [(0, 1)])),
    "three markers": lambda: takes_of(MarkerSet("three", ("Head", "LHand", "RHand"))),
    "a marker that stands still": _with_still_marker,
    "an unknown unit": lambda: takes_of(PLAIN, unit="source units", height=500.0),
    "one take": lambda: takes_of(PLAIN, 100),
    "one short take": lambda: takes_of(PLAIN, 20),
    "short takes": lambda: takes_of(PLAIN, 20, 15, 12),
    "takes shorter than a phrase": lambda: takes_of(PLAIN, 100, 5, 3),
    "a marker never seen": lambda: without_marker(takes_of(PLAIN), ("a", 2), ("b", 2)),
    "a marker not seen in one take": lambda: without_marker(takes_of(PLAIN), ("a", 2)),
    "another marker not seen in each take": lambda: without_marker(takes_of(PLAIN), ("a", 2), ("b", 5)),
    "no marker seen in one take": lambda: without_marker(takes_of(PLAIN), *(("b", column) for column in range(8))),
}
"""Takes by the kind of recording."""
