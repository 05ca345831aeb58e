"""Landmarks of the body, such as "left knee", and the markers whose mean each of them is.

Mariel's markers and the labels of Plug-in Gait are known by their codes; other labels are split into words, so that
"LeftUpLeg", "UpperLeg_L" and "left_hip" are all the left hip.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from mariel.motion.marker_set import MarkerSet

Landmarks = dict[str, tuple[str, ...]]
"""Labels of markers by landmark; sided landmarks begin with "left_" or "right_"."""

SIDES = (("left", "L"), ("right", "R"))

_CODES = {
    "waist_front": ("FWT", "ASI"),
    "waist_back": ("BWT", "PSI"),
    "head_front": ("FHD",),
    "head_back": ("BHD",),
    "shoulder": ("FSH", "BSH", "SHO"),
    "elbow": ("ELB", "IEL", "ELM"),
    "wrist": ("IWR", "OWR", "WRA", "WRB", "WRI"),
    "wrist_inner": ("IWR", "WRA"),
    "wrist_outer": ("OWR", "WRB"),
    "hand": ("IHAND", "OHAND", "FIN", "HAND"),
    "hip": ("HIP",),
    "knee": ("KNE", "KNI", "KNM"),
    "ankle": ("ANK",),
    "heel": ("HEL", "HEE"),
    "toe": ("TOE",),
    "toe_inner": ("MT1",),
    "toe_outer": ("MT5",),
    "foot": ("FOOT",),
}
"""Codes after L or R; all that a set has belong to the landmark."""

_MIDDLE_CODES = {
    "chest_front": ("STRN", "CLAV"),
    "chest_back": ("T10", "C7"),
    "chest": ("STRN", "T10", "CHEST"),
    "neck": ("CLAV", "C7", "NECK"),
    "head_top": ("ARIEL",),
    "head": ("HEAD",),
    "pelvis": ("PELVIS", "HIPS"),
}

_WORDS = {
    "waist_front": ("hipfront", "waistfront"),
    "waist_back": ("hipback", "waistback"),
    "head_front": ("headfront",),
    "head_back": ("headback",),
    "shoulder": ("arm", "upperarm", "uparm", "shoulder", "humerus"),
    "elbow": ("forearm", "lowerarm", "elbow"),
    "wrist": ("wrist", "radius+ulna", "hand"),
    "wrist_inner": ("radius",),
    "wrist_outer": ("ulna",),
    "hand": ("handend", "middle", "finger", "fingers", "handmiddle1", "fingerbase", "hand"),
    "thumb": ("thumb", "handthumb1"),
    "hip": ("upleg", "upperleg", "thigh", "hip", "femur"),
    "knee": ("leg", "lowerleg", "knee", "shin", "calf", "tibia"),
    "ankle": ("ankle", "foot"),
    "heel": ("heel",),
    "toe": (
        "toebaseend", "toesend", "bigtoe+pinkie", "bigtoe", "toeend", "toe", "toes", "toebase", "ball", "footend",
        "foot",
    ),
    "toe_inner": ("bigtoe",),
    "toe_outer": ("pinkie", "smalltoe", "littletoe"),
}  # fmt: skip
"""Names of sided landmarks, the first that a set has; + joins two."""

_MIDDLE_WORDS = {
    "pelvis": ("hips", "pelvis", "hip", "root"),
    "chest": ("spine+sternum", "chest", "spine2", "spine3", "spine1", "sternum", "spine"),
    "chest_front": ("sternum",),
    "chest_back": ("spine",),
    "neck": ("neck", "neck1"),
    "head": ("head",),
    "head_end": ("headend", "headtopend", "headtop"),
    "jaw": ("jaw",),
}

_EXCLUSIVE = (("wrist", "hand"), ("ankle", "toe"), ("elbow", "wrist"))
"""Pairs whose second landmark must not be the first one's marker: a wrist that is called hand is no hand."""

_LIMB_ENDS = (("hand", "wrist"), ("toe", "foot", "toe_outer", "ankle", "heel"))
"""Landmarks of hands and of feet, the best first: a set without hands has the path of the wrist for it."""

_TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SIDE_OF_TOKEN = {"left": "left", "l": "left", "right": "right", "r": "right"}
_CORNERS = {
    "fl": ("front", "left"), "fr": ("front", "right"), "bl": ("back", "left"), "br": ("back", "right"),
}  # fmt: skip


def find_landmarks(marker_set: MarkerSet) -> Landmarks:
    """The landmarks that a marker set has, by its labels; none for labels that say nothing."""
    return dict(_landmarks_of(marker_set.labels))


@lru_cache(maxsize=64)  # opening a file asks several times, and hundreds of dancers have the same labels
def _landmarks_of(labels: tuple[str, ...]) -> Landmarks:
    by_codes = _by_codes(frozenset(labels))
    by_words = _by_words(labels)
    return by_codes if len(by_codes) >= len(by_words) else by_words


def hands_and_feet(marker_set: MarkerSet) -> tuple[str, ...]:
    """One marker for each hand and foot, the one farthest along the limb that the set has.

    Returns:
        Labels: left hand, right hand, left foot, right foot; empty where one of the four is not known.
    """
    landmarks = find_landmarks(marker_set)
    ends = [
        next((landmarks[name][0] for part in parts if (name := f"{side}_{part}") in landmarks), None)
        for parts in _LIMB_ENDS
        for side, _ in SIDES
    ]
    known = tuple(label for label in ends if label is not None)
    return known if len(known) == len(ends) else ()


def _by_codes(labels: Collection[str]) -> Landmarks:
    found: Landmarks = {}
    for name, codes in _MIDDLE_CODES.items():
        found[name] = tuple(code for code in codes if code in labels)
    for side, initial in SIDES:
        for name, codes in _CODES.items():
            found[f"{side}_{name}"] = tuple(initial + code for code in codes if initial + code in labels)
    return {name: known for name, known in found.items() if known}


def _by_words(labels: Sequence[str]) -> Landmarks:
    label_of: dict[tuple[str | None, str], str] = {}
    for label in labels:
        label_of.setdefault(_split(label), label)
    found: Landmarks = {}
    for name, choices in _MIDDLE_WORDS.items():
        found[name] = _first(label_of, None, choices, ())
    for side, _ in SIDES:
        for name, choices in _WORDS.items():
            taken = [found[f"{side}_{first}"] for first, second in _EXCLUSIVE if second == name]
            found[f"{side}_{name}"] = _first(label_of, side, choices, [label for known in taken for label in known])
    return {name: known for name, known in found.items() if known}


def _first(
    label_of: dict[tuple[str | None, str], str], side: str | None, choices: Iterable[str], taken: Iterable[str]
) -> tuple[str, ...]:
    """Labels of the first choice that is there and not taken."""
    for choice in choices:
        labels = [label_of.get((side, word)) for word in choice.split("+")]
        present = tuple(label for label in labels if label is not None)
        if len(present) == len(labels) and not set(present) & set(taken):
            return present
    return ()


def _split(label: str) -> tuple[str | None, str]:
    """A label's side and its other words joined: ("left", "upleg") for LeftUpLeg, UpLeg_L and mixamorig:LeftUpLeg."""
    side, words = None, []
    name = label.rpartition(":")[2]  # without the namespace of a skeleton
    for token in (token.lower() for token in _TOKEN.findall(name)):
        if token in _CORNERS:
            corner, side = _CORNERS[token]
            words.append(corner)
        elif token in _SIDE_OF_TOKEN and side is None:
            side = _SIDE_OF_TOKEN[token]
        elif not (words and words[-1] == token == "end"):
            words.append(token)
    return side, "".join(words)
