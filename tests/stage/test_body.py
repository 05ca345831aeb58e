"""Which markers carry which part of a body: for Mariel's markers, for joints of skeletons, and for bones only."""

import numpy as np
import pytest

from mariel.motion.io.loading import load_recordings
from mariel.motion.landmarks import find_landmarks, hands_and_feet
from mariel.motion.mariel_markers import MARIEL_15, MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.stage.body.body_parts import Body, HeadSize, has_trunk
from mariel.stage.body.geometry import BodyPoints, Frame, Joint
from mariel.stage.body.header import body_header
from mariel.stage.body.proportions import SHAPES
from mariel.stage.packing import pack, unpack
from mariel.stage.scene import Dancer, Scene
from tests.support.bodies import upright_pose
from tests.support.marker_sets import moving_positions

LIMBS = {"upper_arm", "forearm", "hand", "thigh", "shank", "foot"}

BVH_LABELS = tuple(
    """Hips Spine Neck Head LeftShoulder LeftArm LeftForeArm LeftHand RightShoulder RightArm RightForeArm RightHand
    LeftUpLeg LeftLeg LeftFoot LeftToeBase RightUpLeg RightLeg RightFoot RightToeBase""".split()
)
ENDED_LABELS = (*(label for label in BVH_LABELS if "Toe" not in label), "Head end", "LeftFoot end", "RightFoot end")
SUFFIXED_LABELS = tuple(
    """Hips Spine Chest Neck Head UpperArm_L LowerArm_L Hand_L UpperArm_R LowerArm_R Hand_R
    UpperLeg_L LowerLeg_L Foot_L Toes_L UpperLeg_R LowerLeg_R Foot_R Toes_R""".split()
)
SMPL_LABELS = tuple(
    """pelvis left_hip right_hip spine1 left_knee right_knee spine2 left_ankle right_ankle spine3 left_foot right_foot
    neck left_collar right_collar head left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist
    left_hand right_hand""".split()
)
COCO_LABELS = tuple(
    """nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow left_wrist
    right_wrist left_hip right_hip left_knee right_knee left_ankle right_ankle""".split()
)
KINECT_LABELS = tuple(
    """SpineBase SpineMid Neck Head ShoulderLeft ElbowLeft WristLeft HandLeft ShoulderRight ElbowRight WristRight
    HandRight HipLeft KneeLeft AnkleLeft FootLeft HipRight KneeRight AnkleRight FootRight SpineShoulder HandTipLeft
    ThumbLeft HandTipRight ThumbRight""".split()
)


def walking(frames: int) -> np.ndarray:
    """(frames, 53, 3), metres: the upright pose carried along +x."""
    forward = np.arange(frames)[:, None, None] * np.array([0.03, 0, 0])
    return (upright_pose() + forward).astype(np.float32)


def joint_set(labels: tuple[str, ...]) -> MarkerSet:
    return MarkerSet.from_edges("joints", labels, [])


def parts_of(header: dict) -> set[tuple[str, str]]:
    return {(name, side) for name, side, *_ in header["parts"]}


def test_landmarks_of_mariels_markers_are_the_markers_around_a_joint():
    found = find_landmarks(MARIEL_53)
    assert set(found["left_knee"]) == {"LKNE", "LKNI"}
    assert set(found["right_shoulder"]) == {"RFSH", "RBSH"}
    assert found["left_waist_front"] == ("LFWT",)
    assert find_landmarks(MARIEL_18)["left_elbow"] == ("LIEL",)


@pytest.mark.parametrize(
    ("labels", "hip", "shoulder", "wrist", "toe"),
    [
        (BVH_LABELS, "LeftUpLeg", "LeftArm", "LeftHand", "LeftToeBase"),
        (SUFFIXED_LABELS, "UpperLeg_L", "UpperArm_L", "Hand_L", "Toes_L"),
        (("left_hip", "left_knee", "left_ankle", "left_foot", "left_shoulder", "left_wrist"), "left_hip",
         "left_shoulder", "left_wrist", "left_foot"),
    ],
    ids=["LeftUpLeg", "UpperLeg_L", "left_hip"],
)  # fmt: skip
def test_landmarks_are_found_in_the_usual_spellings(labels, hip, shoulder, wrist, toe):
    found = find_landmarks(joint_set(labels))
    names = ("left_hip", "left_shoulder", "left_wrist", "left_toe")
    assert [found[name] for name in names] == [(hip,), (shoulder,), (wrist,), (toe,)]
    assert found.get("left_hand", ()) != found["left_wrist"]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (MARIEL_53.labels, "LIHAND RIHAND LTOE RTOE"),
        (MARIEL_18.labels, "LIWR RIWR LTOE RTOE"),  # no hands: the paths of its wrists
        (MARIEL_15.labels, "LIWR RIWR LMT5 RMT5"),
        (BVH_LABELS, "LeftHand RightHand LeftToeBase RightToeBase"),
        (tuple(f"mixamorig:{label}" for label in BVH_LABELS),
         "mixamorig:LeftHand mixamorig:RightHand mixamorig:LeftToeBase mixamorig:RightToeBase"),
        (SUFFIXED_LABELS, "Hand_L Hand_R Toes_L Toes_R"),
        (SMPL_LABELS, "left_hand right_hand left_foot right_foot"),
        (COCO_LABELS, "left_wrist right_wrist left_ankle right_ankle"),
        (KINECT_LABELS, "HandLeft HandRight FootLeft FootRight"),
    ],
    ids=["53", "18", "15", "BVH", "Mixamo", "suffixed", "SMPL", "COCO", "Kinect"],
)  # fmt: skip
def test_hands_and_feet_are_one_marker_each_at_the_ends_of_the_limbs(labels, expected):
    assert hands_and_feet(joint_set(labels)) == tuple(expected.split())


@pytest.mark.parametrize(
    "labels", [("nose", "hand", "foot"), ("a", "b"), tuple(set(COCO_LABELS) - {"right_ankle"})],
    ids=["no sides", "no names", "one foot"],
)  # fmt: skip
def test_hands_and_feet_are_none_where_one_of_the_four_is_not_known(labels):
    assert hands_and_feet(joint_set(labels)) == ()


def test_corners_of_head_and_waist_are_told_by_their_letters():
    found = find_landmarks(joint_set(("Head_FL", "Head_BR", "Hip_FL", "Hip_BR", "BigToe_L", "Pinkie_L")))
    assert found["left_head_front"] == ("Head_FL",)
    assert found["right_waist_back"] == ("Hip_BR",)
    assert found["left_toe"] == ("BigToe_L", "Pinkie_L")


@pytest.mark.parametrize(
    "marker_set", [MARIEL_53, MARIEL_18, *map(joint_set, (BVH_LABELS, ENDED_LABELS, SUFFIXED_LABELS))]
)
def test_a_body_has_all_limbs_on_both_sides(marker_set):
    header = body_header(marker_set, moving_positions(len(marker_set)), 1.0, None)
    expected = {(name, side) for name in LIMBS for side in "LR"} | {("head", "M"), ("neck", "M"), ("nose", "M")}
    assert expected <= parts_of(header)
    assert header["spine"]["along"][0] == 0
    assert header["spine"]["along"][-1] == 1


def test_fifteen_markers_without_hips_and_feet_make_a_body_without_feet():
    header = body_header(MARIEL_15, moving_positions(15), 1.0, None)
    assert {("thigh", "L"), ("shank", "R"), ("upper_arm", "L"), ("head", "M")} <= parts_of(header)
    assert ("foot", "L") not in parts_of(header)


def test_labels_that_say_nothing_make_a_limb_of_each_bone_by_its_length():
    labels, edges = ("a", "b", "c", "d"), [(0, 1), (1, 2), (2, 3)]
    column = np.zeros((5, 4, 3), np.float32)
    column[:, :, 2] = [1.7, 0.25, 0.1, 0]  # bones of 0.85, 0.09 and 0.06 body heights
    header = body_header(MarkerSet.from_edges("column", labels, edges), column, 1.0, None)
    assert [name for name, *_ in header["parts"]] == ["long_bone", "middle_bone", "short_bone"]
    assert header["spine"] is None


def test_without_labels_and_bones_there_is_no_body():
    assert body_header(MarkerSet("points", ("a", "b")), np.zeros((3, 2, 3), np.float32), 1.0, None) is None


def test_every_part_has_a_shape_that_is_closed_at_its_ends():
    for marker_set in (MARIEL_53, MARIEL_15, joint_set(BVH_LABELS)):
        assert {
            name for name, *_ in body_header(marker_set, moving_positions(len(marker_set)), 1.0, None)["parts"]
        } <= (SHAPES.keys())
    for name, rows in SHAPES.items():
        thickest = max(width for _, _, width, _, _ in rows)
        assert rows[-1][2] < 0.08 * thickest, name


def test_head_and_limbs_of_a_standing_body_point_where_it_faces():
    positions = np.repeat(upright_pose()[None], 3, axis=0).astype(np.float32)
    body = Body(MARIEL_53, find_landmarks(MARIEL_53), HeadSize())
    means = body.points.means(positions)
    joints = body.points.positions(means, 1.7)[0]
    at = {name: joints[number] for name, number in body.joints.items()}
    assert at["nose_tip"][0] > at["head"][0] + 0.05  # faces +x
    assert at["left_hip"][1] > 0 > at["right_hip"][1]  # its left is +y
    assert at["left_toe"][0] > at["left_heel"][0]
    assert np.linalg.norm(at["crown"] - at["chin"]) == pytest.approx(0.221, abs=1e-3)  # a head's true height
    assert at["left_hip"][2] < upright_pose()[MARIEL_53.index("LFWT"), 2]


def drawn_part(part: str, marker_set: MarkerSet, positions: np.ndarray) -> np.ndarray:
    """Ends (2, frames, 3) of the first part of a name, metres."""
    header = body_header(marker_set, positions, 1.0, None)
    points = BodyPoints(
        [tuple(columns) for columns in header["groups"]],
        [Frame(tuple(map(tuple, axes)), pitch) for *axes, pitch in header["frames"]],
        [Joint(mean, frame, offset) for mean, frame, *offset in header["joints"]],
    )
    joints = points.positions(points.means(positions), header["height"])
    return next(joints[:, [start, stop]] for name, _, start, stop, _ in header["parts"] if name == part).swapaxes(
        0, 1
    )


@pytest.mark.parametrize("ankle_height", [0.04, 0.06, 0.09])
def test_a_foot_without_a_marker_on_its_heel_is_flat_when_it_stands_and_on_tiptoe_when_the_ankle_rises(ankle_height):
    labels = (
        "Hips Neck Head LeftArm RightArm LeftUpLeg RightUpLeg LeftLeg RightLeg LeftFoot RightFoot LeftToe RightToe"
    )
    pose = [(0, 0, 0.9), (0, 0, 1.5), (0, 0, 1.6), (0, 0.2, 1.45), (0, -0.2, 1.45), (0, 0.1, 0.9), (0, -0.1, 0.9),
            (0.02, 0.1, 0.5), (0.02, -0.1, 0.5), *((0, y, ankle_height) for y in (0.1, -0.1)),
            (0.15, 0.1, 0.02), (0.15, -0.1, 0.02)]  # fmt: skip
    positions = np.array([pose] * 10, np.float32)
    positions[8:, 9:11] += (0.03, 0, 0.08)
    heel, toe = drawn_part("foot", joint_set(tuple(labels.split())), positions)
    assert heel[0, 2] == pytest.approx(toe[0, 2], abs=1e-3)
    assert heel[0, 0] < -0.03
    assert heel[9, 2] > toe[9, 2] + 0.04


@pytest.mark.parametrize(
    ("bone", "nods"), [((0, 0, 0.2), (0, 0, 1)), ((0, 0, 0), (0.6, 0, 0.8))], ids=["with its bone", "without"]
)
def test_a_head_is_upright_and_without_its_bone_it_nods_as_the_neck_does(bone, nods):
    labels = "Hips Neck Head Head_end LeftArm RightArm LeftUpLeg RightUpLeg LeftLeg RightLeg".split()
    head = np.array([0.06, 0, 1.58])  # in front of the neck
    pose = [(0, 0, 0.9), (0, 0, 1.5), head, head + bone, (0, 0.2, 1.45), (0, -0.2, 1.45),
            (0, 0.1, 0.9), (0, -0.1, 0.9), (0, 0.1, 0.5), (0, -0.1, 0.5)]  # fmt: skip
    positions = np.array([pose] * 5, np.float32)
    # In the last frame the neck, which leaned by 0.6435 radians in all others, leans by as much again.
    positions[4, 2:4] += np.array([0.096, 0, 1.528]) - head
    (chin, crown) = drawn_part("head", joint_set(tuple(labels)), positions)
    across = (crown - chin) / np.linalg.norm(crown - chin, axis=1, keepdims=True)
    np.testing.assert_allclose(across[0], (0, 0, 1), atol=1e-3)
    np.testing.assert_allclose(across[4], nods, atol=1e-3)


def test_the_measured_height_grows_with_the_body_and_not_with_its_pose():
    header = body_header(MARIEL_53, walking(20), 1.0, None)
    millimetres = body_header(MARIEL_53, walking(20) * 1000, 0.001, None)
    taller = body_header(MARIEL_53, walking(20) * 1.2, 1.0, None)
    lying = body_header(MARIEL_53, walking(20)[..., [2, 1, 0]] * np.float32([1, -1, 1]), 1.0, None)
    assert header["height"] == pytest.approx(1.69, abs=0.06)
    assert millimetres["height"] == pytest.approx(header["height"], abs=0.002)
    assert taller["height"] == pytest.approx(1.2 * header["height"], rel=0.03)
    assert lying["height"] == pytest.approx(header["height"], rel=0.03)


def test_missing_markers_do_not_stop_the_measuring():
    positions = walking(20)
    header = body_header(MARIEL_53, positions, 1.0, None)
    positions[5:, MARIEL_53.index("LKNE")] = np.nan
    assert body_header(MARIEL_53, positions, 1.0, None)["height"] == pytest.approx(header["height"], abs=0.01)
    positions[:] = np.nan
    assert np.isfinite(body_header(MARIEL_53, positions, 1.0, None)["height"])


def test_the_block_names_the_style_and_the_body_of_each_dancer():
    header, _ = unpack(pack(Scene([Dancer(walking(5), MARIEL_53)])))
    assert header["style"] == "figure"
    assert header["dancers"][0]["body"]["height"] > 1
    assert header["shapes"].keys() == {"trunk", "neck", "head", "nose", "shoulder", *LIMBS}
    header, _ = unpack(pack(Scene([Dancer(walking(5)[:, :2], MarkerSet("points", ("a", "b")))], style="markers")))
    assert (header["style"], header["dancers"][0]["body"], header["shapes"]) == ("markers", None, {})


def test_real_people_have_bodies_of_a_persons_height(mocap):
    paths = ["optical28.npz", "duet.npy", "bvh", "mariel15.npy", "mariel_layout/mariel_cmu_jumps.npy"]
    takes = [take for path in paths for take in load_recordings(mocap / path).values()]
    for take in takes:
        assert has_trunk(find_landmarks(take.marker_set)), take.name
        dancer = Dancer(take.positions[:200], take.marker_set)
        header = body_header(take.marker_set, dancer.positions, dancer.metres_per_unit, None)
        assert 1.45 < header["height"] < 1.85, take.name
