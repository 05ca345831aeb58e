"""Rigs of joints, declared: which joint each hangs from.

Names and hierarchies of SMPL, SMPL-H and SMPL-X bodies are those of Loper et al., *SMPL: A Skinned Multi-Person
Linear Model*, SIGGRAPH Asia 2015, Romero et al., *Embodied Hands*, SIGGRAPH Asia 2017, and Pavlakos et al.,
*Expressive Body Capture*, CVPR 2019. HumanML3D has the first 22 of SMPL's. Mixamo and Rokoko name joints in what they
export as FBX and BVH; ChoreoAI names those of its dancers' poses, estimated from video.
"""

from mariel.motion.marker_sets.rig import JointRig

_SMPL_22 = """
    pelvis left_hip<pelvis right_hip<pelvis spine1<pelvis left_knee<left_hip right_knee<right_hip spine2<spine1
    left_ankle<left_knee right_ankle<right_knee spine3<spine2 left_foot<left_ankle right_foot<right_ankle neck<spine3
    left_collar<spine3 right_collar<spine3 head<neck left_shoulder<left_collar right_shoulder<right_collar
    left_elbow<left_shoulder right_elbow<right_shoulder left_wrist<left_elbow right_wrist<right_elbow
"""


def _fingers(side: str) -> str:
    """The 15 joints of a hand's fingers, as SMPL-H orders them."""
    fingers = ("index", "middle", "pinky", "ring", "thumb")
    parents = {1: f"{side}_wrist", 2: "{}1", 3: "{}2"}
    return " ".join(
        f"{side}_{finger}{number}<{parents[number].format(f'{side}_{finger}')}"
        for finger in fingers
        for number in (1, 2, 3)
    )


HUMANML3D_22 = JointRig("HumanML3D 22 joints", _SMPL_22)

SMPL_24 = JointRig("SMPL 24 joints", f"{_SMPL_22} left_hand<left_wrist right_hand<right_wrist")

SMPL_H_52 = JointRig("SMPL-H 52 joints", f"{_SMPL_22} {_fingers('left')} {_fingers('right')}")

SMPL_X_55 = JointRig(
    "SMPL-X 55 joints",
    f"{_SMPL_22} jaw<head left_eye_smplhf<head right_eye_smplhf<head {_fingers('left')} {_fingers('right')}",
)

CHOREOAI_29 = JointRig(
    "ChoreoAI 29 joints",
    """
    pelvis *_hip<pelvis spine1<pelvis *_knee<*_hip spine2<spine1 *_ankle<*_knee spine3<spine2 *_foot<*_ankle
    neck<spine3 *_collar<spine3 jaw<neck *_shoulder<*_collar *_elbow<*_shoulder *_wrist<*_elbow *_thumb<*_wrist
    head<jaw *_middle<*_wrist *_bigtoe<*_ankle
    """,
)

_FINGERS = " ".join(
    f"*Hand{finger}{number}<*Hand{'' if number == 1 else f'{finger}{number - 1}'}"
    for finger in ("Thumb", "Index", "Middle", "Ring", "Pinky")
    for number in (1, 2, 3, 4)
)

MIXAMO = JointRig(
    "Mixamo",
    f"""
    Hips Spine<Hips Spine1<Spine Spine2<Spine1 Neck<Spine2 Head<Neck HeadTop_End<Head
    *Shoulder<Spine2 *Arm<*Shoulder *ForeArm<*Arm *Hand<*ForeArm {_FINGERS}
    *UpLeg<Hips *Leg<*UpLeg *Foot<*Leg *ToeBase<*Foot *Toe_End<*ToeBase
    """,
    ("Left", "Right"),
    "Hips Spine Spine1 Spine2 Neck Head *Shoulder *Arm *ForeArm *Hand *UpLeg *Leg *Foot *ToeBase",
)

ROKOKO = JointRig(
    "Rokoko",
    """
    Hips Spine1<Hips Spine2<Spine1 Spine3<Spine2 Spine4<Spine3 Neck<Spine4 Head<Neck
    *Shoulder<Spine4 *Arm<*Shoulder *ForeArm<*Arm *Hand<*ForeArm
    *Thigh<Hips *Shin<*Thigh *Foot<*Shin *Toe<*Foot *ToeTip<*Toe
    """,
    ("Left", "Right"),
    "Hips Spine1 Spine2 Neck Head *Shoulder *Arm *ForeArm *Hand *Thigh *Shin *Foot *Toe",
)

JOINT_RIGS = (SMPL_X_55, SMPL_H_52, CHOREOAI_29, SMPL_24, HUMANML3D_22, MIXAMO, ROKOKO)
"""The rigs of joints that are known by their labels; one whose joints are a part of another's comes after it."""
