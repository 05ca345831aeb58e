"""Where the markers and joints of known rigs are on a body, declared.

Optical markers are where Mariel's are on the demo dancer. Joints are at the joint centres; what lies between and
beyond them (spine, neck, toes, fingers) is drawn by eye on the proportions of Drillis & Contini (1966), as in Winter,
*Biomechanics and Motor Control of Human Movement* (4th edition, 2009), figure 4.1.
"""

import re

import numpy as np

from mariel.kinematics.retargeting.anatomy import CROWN_HEIGHT, HEAD_BAND_HEIGHT
from mariel.kinematics.retargeting.template import Template
from mariel.motion.marker_set import MarkerSet
from mariel.motion.marker_sets.joint_rigs import (
    CHOREOAI_29,
    HUMANML3D_22,
    MIXAMO,
    ROKOKO,
    SMPL_24,
    SMPL_H_52,
    SMPL_X_55,
)
from mariel.motion.marker_sets.known import find_marker_set
from mariel.motion.marker_sets.optical_rigs import CMU_41, OPTICAL_28, PLUG_IN_GAIT
from mariel.motion.marker_sets.rig import JointRig, MarkerRig, plain_label

RIGS: dict[str, MarkerRig | JointRig] = {
    "plug-in-gait": PLUG_IN_GAIT,
    "cmu41": CMU_41,
    "optical28": OPTICAL_28,
    "smpl24": SMPL_24,
    "smplh52": SMPL_H_52,
    "smplx55": SMPL_X_55,
    "humanml3d22": HUMANML3D_22,
    "choreoai29": CHOREOAI_29,
    "mixamo": MIXAMO,
    "rokoko": ROKOKO,
}
"""Rigs by the names that the command line knows."""

_MARIELS = """
    *ASI=*FWT *PSI=*BWT *SHO=*FSH+*BSH *WRA=*IWR *WRB=*OWR *FIN=*IHAND+*OHAND *TIB=*SHN *HEE=*HEL RBAK=RBSH+T10
    RBAC=RBSH+T10 Head_F*=*FHD Head_B*=*BHD Shoulder_*=*FSH+*BSH Spine=C7+T10 Sternum=CLAV+STRN Hip_F*=*FWT
    Hip_B*=*BWT Elbow_*=*ELB Radius_*=*IWR Ulna_*=*OWR Finger_*=*IHAND+*OHAND Knee_*=*KNE Ankle_*=*ANK BigToe_*=*MT1
    Pinkie_*=*MT5
"""
"""Other optical markers = the ones of Mariel's between which they are; the rest have Mariel's names."""

ON_TOP_OF_SHOULDER = 0.025
"""Height of a marker on top of a shoulder above those in front of and behind it, as a share of the body's height."""

Place = tuple[str, float, float, float]
"""A part of the body, and how far forward, left (of the left side) and up from its origin, in the part's sizes."""

_PLACES: tuple[tuple[str, Place], ...] = (
    (r"hips|pelvis|root", ("pelvis", 0.0, 0.0, 0.012)),
    (r"spine", ("pelvis", -0.010, 0.0, 0.068)),
    (r"neck", ("chest", -0.012, 0.0, 0.05)),
    (r"headtopend", ("head", 0.0, 0.0, 0.045)),
    (r"jaw", ("head", 0.030, 0.0, -0.050)),
    (r"lefteye.*", ("head", 0.045, 0.019, -0.012)),
    (r"head", ("head", -0.005, 0.0, -HEAD_BAND_HEIGHT)),
    (r"leftcollar|leftshoulder", ("chest", 0.0, 0.012, 0.02)),
    (r"lefttoeend|lefttoetip", ("left_foot", 0.115, 0.0, -0.80)),
    (r"leftbigtoe", ("left_foot", 0.095, -0.015, -0.75)),
    (r"leftfoot|lefttoebase|lefttoe", ("left_foot", 0.080, 0.0, -0.72)),
    (r"leftwrist|lefthand", ("left_hand", 0.0, 0.0, 0.0)),
    (r"left(?:hand)?thumb([1-4])?", ("left_hand", 0.018, 0.0, -0.012)),
    (r"left(?:hand)?index([1-4])?", ("left_hand", 0.012, 0.0, -0.052)),
    (r"left(?:hand)?middle([1-4])?", ("left_hand", 0.003, 0.0, -0.052)),
    (r"left(?:hand)?ring([1-4])?", ("left_hand", -0.006, 0.0, -0.050)),
    (r"left(?:hand)?pinky([1-4])?", ("left_hand", -0.014, 0.0, -0.047)),
)
"""Where joints are that are no joint centres of limbs: the first whose expression is the joint's name."""

_FINGER_STEP = -0.015
"""Up from one joint of a finger to the next, as a share of the body's height."""


def rig_template(rig: MarkerRig | JointRig, mariels: Template) -> Template:
    """Where a rig's markers are, given where Mariel's 53 are."""
    if isinstance(rig, MarkerRig):
        labels = tuple(label for label in rig.labels if label in rig.required)
        marker_set = find_marker_set(rig.name, labels)
        return _between_mariels(marker_set, mariels)
    joints = tuple(rig.parent_of)
    edges = [(joints.index(parent), at) for at, (_, parent) in enumerate(rig.parent_of.items()) if parent is not None]
    return _at_joints(find_marker_set(rig.name, joints, edges))


def _between_mariels(marker_set: MarkerSet, mariels: Template) -> Template:
    groups: dict[str, tuple[str, ...]] = {}
    for word in _MARIELS.split():
        for side in "LR" if "*" in word else ("",):
            label, _, group = word.replace("*", side).partition("=")
            groups[label] = tuple(group.split("+"))
    parts, offsets = [], []
    for label in marker_set.labels:
        columns = mariels.marker_set.indices(groups.get(label, (label,)))
        parts.append(mariels.parts[columns[0]])
        on_part = [mariels.offsets[column] for column in columns if mariels.parts[column] == parts[-1]]
        raised = ON_TOP_OF_SHOULDER if "SHO" in label.upper() else 0.0
        offsets.append(np.mean(on_part, axis=0) + np.array([0.0, 0.0, raised]))
    return Template(marker_set, tuple(parts), np.array(offsets))


def _at_joints(marker_set: MarkerSet) -> Template:
    start_of = {labels[0]: segment for segment, labels in marker_set.joints}
    placed = [_place(label, start_of.get(label, "")) for label in marker_set.labels]
    jaws = [label for label, segment in start_of.items() if segment == "head" and plain_label(label) == "jaw"]
    if jaws:  # the joint above the jaw is the crown
        (crown,) = marker_set.segment("head")
        placed[marker_set.index(crown)] = ("head", 0.0, 0.0, CROWN_HEIGHT)
    placed = _spread_spine(marker_set, placed)
    return Template(marker_set, tuple(place[0] for place in placed), np.array([place[1:] for place in placed]))


def _place(label: str, segment: str) -> Place:
    """Where a joint is: at the origin of the part of a limb that begins at it, or as declared."""
    if segment.endswith(("thigh", "shank", "foot", "upper_arm", "forearm", "hand")):
        return segment, 0.0, 0.0, 0.0
    name = plain_label(label)
    right = name.startswith("right")
    for pattern, (part, forward, left, up) in _PLACES:
        if match := re.fullmatch(pattern, re.sub("^right", "left", name)):
            number = int(match[1]) if match.re.groups and match[1] else 1
            further = _FINGER_STEP * (number - 1) if part.endswith("hand") else 0.0
            on = part.replace("left", "right") if right else part
            return on, forward, -left if right else left, up + further
    return "pelvis", 0.0, 0.0, 0.0  # a part of the spine


def _spread_spine(marker_set: MarkerSet, placed: list[Place]) -> list[Place]:
    """The joints of the spine at equal steps from the pelvis to the neck."""
    spine = [column for column, label in enumerate(marker_set.labels) if plain_label(label).startswith("spine")]
    result = list(placed)
    for number, column in enumerate(spine, start=1):
        share = number / (len(spine) + 1)
        on_pelvis = share < 1 / 2
        up = share * 0.32 if on_pelvis else share - 1  # the trunk is about 0.32 of the height
        result[column] = ("pelvis" if on_pelvis else "chest", -0.012, 0.0, up)
    return result
