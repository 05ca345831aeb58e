"""Mariel Pettee's marker layout: labels, skeletons and body segments.

The labels, the notebook's and the paper's skeletons and the excerpt's edges are from the published code of Mariel
Pettee and her co-authors (*Beyond Imitation*, arXiv:1907.05297); NOTICE names the files. The "body" skeletons,
and the segments, which list the markers on each rigid part of the body, are this project's own.
"""

from mariel.motion.marker_set import Bone, MarkerSet

HELPER_LABELS = ("LabelingHips", "SolvingHips")
"""Two helper points at the pelvis that the recordings contain beside the 53 body markers."""

RAW_LABELS = tuple(
    """ARIEL C7 CLAV LANK LBHD LBSH LBWT LELB LFHD LFRM LFSH LFWT LHEL LIEL LIHAND LIWR LKNE LKNI LMT1 LMT5
    LOHAND LOWR LSHN LTHI LTOE LUPA LabelingHips MBWT MFWT RANK RBHD RBSH RBWT RELB RFHD RFRM RFSH RFWT RHEL RIEL
    RIHAND RIWR RKNE RKNI RMT1 RMT5 ROHAND ROWR RSHN RTHI RTOE RUPA STRN SolvingHips T10""".split()
)
"""The 55 columns of a raw recording, in order."""

RAW_PADDING_FRAMES = 500
"""Frames of padding at each end of a raw recording, which are trimmed when it is opened."""

REDUCED_LABELS = tuple(
    """ARIEL CLAV RFSH LFSH RIEL LIEL RIWR LIWR RKNE LKNE RTOE LTOE LHEL RHEL RFWT LFWT LBWT RBWT""".split()
)
"""The reference's reduced set, in its order."""

EXCERPT_LABELS = tuple("ARIEL CLAV LBHD LELB LFHD LIWR LKNE LMT5 RBHD RELB RFHD RIWR RKNE RMT5 STRN".split())
"""The 15 markers of the published excerpt, in its order."""


def _parse_bones(text: str) -> tuple[Bone, ...]:
    """Bones from text such as "A+B-C D-E": + joins the markers of a group, - the two ends of a bone."""
    bones = []
    for bone in text.split():
        start, end = bone.split("-")
        bones.append((tuple(start.split("+")), tuple(end.split("+"))))
    return tuple(bones)


NOTEBOOK_BONES = _parse_bones(
    """LHEL-LTOE RHEL-RTOE LMT1-LMT5 RMT1-RMT5 LHEL-LMT1 LHEL-LMT5 RHEL-RMT1 RHEL-RMT5
    LTOE-LMT1 LTOE-LMT5 RTOE-RMT1 RTOE-RMT5 LKNE-LHEL RKNE-RHEL
    LFWT-RBWT RFWT-LBWT LFWT-RFWT LBWT-RBWT LFWT-LBWT RFWT-RBWT
    LFWT-LTHI RFWT-RTHI LBWT-LTHI RBWT-RTHI LKNE-LTHI RKNE-RTHI
    CLAV-LFSH CLAV-RFSH STRN-LFSH STRN-RFSH T10-LFSH T10-RFSH C7-LBSH C7-RBSH
    LFSH-LBSH RFSH-RBSH LFSH-RBSH RFSH-LBSH LFSH-LUPA RFSH-RUPA LBSH-LUPA RBSH-RUPA
    LIWR-LIHAND RIWR-RIHAND LOWR-LOHAND ROWR-ROHAND LIWR-LOWR RIWR-ROWR LIHAND-LOHAND RIHAND-ROHAND
    LFHD-LBHD LBHD-RBHD RBHD-RFHD RFHD-LFHD LFHD-ARIEL LBHD-ARIEL RBHD-ARIEL RFHD-ARIEL"""
)
"""The notebook's 58 marker-to-marker lines, in its order (the graph's bone attribute depends on it).

The reference draws no line along the arms from upper arm to wrist; nor does this table.
"""

PAPER_BONES = _parse_bones(
    """LHEL-LTOE RHEL-RTOE LKNE+LKNI-LHEL RKNE+RKNI-RHEL
    LKNE+LKNI-LFWT+RFWT+LBWT+RBWT RKNE+RKNI-LFWT+RFWT+LBWT+RBWT
    LFWT+RFWT+LBWT+RBWT-STRN+T10 STRN+T10-CLAV+C7 CLAV+C7-LFSH+LBSH CLAV+C7-RFSH+RBSH
    LFSH+LBSH-LELB+LIEL RFSH+RBSH-RELB+RIEL LELB+LIEL-LOWR+LIWR RELB+RIEL-ROWR+RIWR
    LFHD-LBHD LBHD-RBHD RBHD-RFHD RFHD-LFHD LFHD-ARIEL LBHD-ARIEL RBHD-ARIEL RFHD-ARIEL"""
)
"""The paper's 22 lines between means of marker groups: mid-knee to heel, mid-elbow to mid-wrist, …"""

BODY_BONES = _parse_bones(
    """LHEL-LTOE RHEL-RTOE LHEL-LMT1+LMT5 RHEL-RMT1+RMT5 LMT1-LMT5 RMT1-RMT5 LMT1+LMT5-LTOE RMT1+RMT5-RTOE
    LANK-LHEL RANK-RHEL LKNE+LKNI-LANK RKNE+RKNI-RANK
    LFWT+LBWT-LKNE+LKNI RFWT+RBWT-RKNE+RKNI LFWT+LBWT-RFWT+RBWT
    LFWT-MFWT MFWT-RFWT LBWT-MBWT MBWT-RBWT LFWT-LBWT RFWT-RBWT
    LFWT+RFWT+LBWT+RBWT-STRN+T10 STRN+T10-CLAV+C7 CLAV-STRN C7-T10
    CLAV+C7-LFSH+LBSH CLAV+C7-RFSH+RBSH
    LFSH+LBSH-LELB+LIEL RFSH+RBSH-RELB+RIEL LELB+LIEL-LOWR+LIWR RELB+RIEL-ROWR+RIWR
    LOWR+LIWR-LIHAND+LOHAND ROWR+RIWR-RIHAND+ROHAND LIHAND-LOHAND RIHAND-ROHAND
    CLAV+C7-LFHD+RFHD+LBHD+RBHD
    LFHD-LBHD LBHD-RBHD RBHD-RFHD RFHD-LFHD LFHD-ARIEL LBHD-ARIEL RBHD-ARIEL RFHD-ARIEL"""
)
"""This project's own lines: the paper's figure with neck, hips, hands and feet added."""

_EXCERPT_BONES = _parse_bones(
    """ARIEL-RFHD ARIEL-RBHD ARIEL-LFHD ARIEL-LBHD RFHD-RBHD RFHD-LFHD RFHD-LBHD RBHD-LFHD RBHD-LBHD LFHD-LBHD
    ARIEL-CLAV CLAV-RELB RELB-RIWR CLAV-LELB LELB-LIWR CLAV-STRN STRN-RKNE RKNE-RMT5 STRN-LKNE LKNE-LMT5"""
)

_REDUCED_BONES = _parse_bones(
    """RHEL-RTOE LHEL-LTOE RKNE-RHEL LKNE-LHEL RFWT+RBWT-RKNE LFWT+LBWT-LKNE
    LFWT-RFWT LBWT-RBWT LFWT-LBWT RFWT-RBWT LFWT+RFWT+LBWT+RBWT-CLAV
    CLAV-LFSH CLAV-RFSH LFSH-LIEL RFSH-RIEL LIEL-LIWR RIEL-RIWR CLAV-ARIEL"""
)

SEGMENTS = (
    ("pelvis", ("LFWT", "RFWT", "LBWT", "RBWT", "MFWT", "MBWT")),
    ("chest", ("CLAV", "STRN", "C7", "T10")),
    ("head", ("ARIEL", "LFHD", "RFHD", "LBHD", "RBHD")),
    *(
        (f"{side}_{part}", tuple(initial + marker for marker in markers))
        for side, initial in (("left", "L"), ("right", "R"))
        for part, markers in (
            ("shoulder", ("FSH", "BSH")),
            ("upper_arm", ("UPA", "ELB", "IEL")),
            ("forearm", ("FRM", "IWR", "OWR")),
            ("hand", ("IHAND", "OHAND")),
            ("thigh", ("THI", "KNE", "KNI")),
            ("shank", ("SHN", "ANK")),
            ("foot", ("HEL", "TOE", "MT1", "MT5")),
        )
    ),
)
"""The markers on each rigid part of the body; left is the dancer's left."""

SEGMENT_PARENTS = (
    ("chest", "pelvis"),
    ("head", "chest"),
    *(
        (
            f"{side}_{part}",
            f"{side}_{parent}" if parent in ("shoulder", "upper_arm", "forearm", "thigh", "shank") else parent,
        )
        for side in ("left", "right")
        for part, parent in (
            ("shoulder", "chest"),
            ("upper_arm", "shoulder"),
            ("forearm", "upper_arm"),
            ("hand", "forearm"),
            ("thigh", "pelvis"),
            ("shank", "thigh"),
            ("foot", "shank"),
        )
    ),
)
"""The parent of each part of the body; the pelvis is the root."""

_BODY_LABELS = tuple(label for label in RAW_LABELS if label not in HELPER_LABELS)
_MIRROR_PAIRS = tuple(
    (label, "R" + label[1:]) for label in _BODY_LABELS if label[0] == "L" and "R" + label[1:] in _BODY_LABELS
)

MARIEL_53 = MarkerSet(
    "53 markers",
    _BODY_LABELS,
    (("body", BODY_BONES), ("paper", PAPER_BONES), ("notebook", NOTEBOOK_BONES)),
    SEGMENTS,
    _MIRROR_PAIRS,
    SEGMENT_PARENTS,
)
"""The 53 body markers with all three skeletons and 17 segments."""

_REDUCED = MARIEL_53.subset(REDUCED_LABELS, "18 markers")

MARIEL_18 = MarkerSet(
    _REDUCED.name,
    _REDUCED.labels,
    (
        ("body", _REDUCED_BONES),
        ("paper", _REDUCED.bones("paper")),
        ("notebook", _REDUCED.bones("notebook")),
    ),
    _REDUCED.segments,
    _REDUCED.mirror_pairs,
)
"""The reference's 18-marker reduced set."""

_EXCERPT = MARIEL_53.subset(EXCERPT_LABELS, "15 markers")

MARIEL_15 = MarkerSet(
    _EXCERPT.name, _EXCERPT.labels, (("published", _EXCERPT_BONES),), _EXCERPT.segments, _EXCERPT.mirror_pairs
)
"""The published 15-marker excerpt with its own 20 edges."""

MARIEL_55 = MarkerSet("55 columns", RAW_LABELS, MARIEL_53.skeletons, SEGMENTS, _MIRROR_PAIRS)
"""A raw recording's columns, helper points included."""
