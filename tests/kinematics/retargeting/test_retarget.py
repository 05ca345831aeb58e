from dataclasses import replace

import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.kinematics.retargeting.retarget import demo_template, retarget, template_of
from mariel.kinematics.retargeting.rig_templates import RIGS, rig_template
from mariel.kinematics.retargeting.targets import TARGETS, find_template
from mariel.motion.demo import perform_movement
from mariel.motion.io.loading import load_recordings
from mariel.motion.mariel_markers import MARIEL_15, MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording


@pytest.fixture(scope="module")
def dance() -> Recording:
    takes = [perform_movement(name).markers(MARIEL_53).positions for name in ("lunge", "port_de_bras")]
    return Recording.from_positions("dance", np.concatenate(takes)[::3], MARIEL_53, fps=35 / 3)


def distance_cm(one: Recording, other: Recording) -> float:
    return 100 * float(np.linalg.norm(one.positions - other.positions, axis=2).mean())


def test_the_demo_dancers_own_markers_come_back(dance):
    result = retarget(dance, demo_template())
    assert distance_cm(result.recording, dance) < 1.5
    assert result.error_cm < 1.0
    assert result.estimated == ()


@pytest.mark.parametrize("rig", ["smpl24", "plug-in-gait"])
def test_a_dance_keeps_its_markers_on_the_way_to_another_rig_and_back(dance, rig):
    there = retarget(dance, rig_template(RIGS[rig], demo_template()))
    back = retarget(there.recording, demo_template())
    assert distance_cm(back.recording, dance) < 2.0
    assert back.error_cm < 1.5


def test_a_skeletons_joints_are_at_the_joint_centres(dance):
    there = retarget(dance, find_template("smpl24")).recording
    assert there.marker_set.name == "SMPL 24 joints"
    assert there["pelvis"][:, 2].mean() == pytest.approx(dance["MBWT"][:, 2].mean(), abs=0.15)
    knee = (dance["LKNE"] + dance["LKNI"]) / 2
    assert 100 * np.linalg.norm(there["left_knee"] - knee, axis=1).mean() < 1.5
    assert (there["head"][:, 2] > there["neck"][:, 2]).mean() > 0.9


def test_a_person_of_another_size_keeps_the_size(dance):
    larger = Recording.from_positions("tall", dance.positions * np.float32(1.2), MARIEL_53, fps=dance.fps)
    result = retarget(larger, demo_template()).recording
    assert distance_cm(result, larger) < 1.8


def test_a_turned_dance_is_answered_by_the_same_dance_turned(dance):
    def turned(positions: np.ndarray) -> np.ndarray:
        return positions[..., [1, 0, 2]] * np.float32([-1, 1, 1])

    joints = retarget(dance, find_template("humanml3d22")).recording
    there = Recording.from_positions("turned", turned(joints.positions), joints.marker_set, fps=dance.fps)
    straight = retarget(joints, demo_template()).recording.positions
    assert np.abs(retarget(there, demo_template()).recording.positions - turned(straight)).max() < 0.02


def test_parts_that_a_source_does_not_have_are_named(dance):
    joints = retarget(dance, find_template("humanml3d22")).recording
    result = retarget(joints, demo_template())
    assert result.estimated == ("left_hand", "right_hand")
    assert "left hand and right hand move rigidly with their neighbours" in result.note
    assert f"joints {result.error_cm:.1f} cm from those recorded" in result.note


def test_the_rate_of_the_result_can_be_chosen(dance):
    result = retarget(dance, demo_template(), fps=20).recording
    assert result.fps == 20
    assert result.duration == pytest.approx(dance.duration, abs=0.1)


def test_who_danced_and_the_licence_stay(dance):
    credited = replace(dance, credit="Danced by Ada.", licence="CC BY 4.0")
    result = retarget(credited, demo_template()).recording
    assert (result.credit, result.licence) == ("Danced by Ada.", "CC BY 4.0")


def test_frames_with_missing_markers_stay_missing(dance):
    gappy = dance.positions.copy()
    gappy[10:60, 3] = np.nan
    result = retarget(Recording.from_positions("gappy", gappy, MARIEL_53, fps=dance.fps), demo_template()).recording
    assert np.isnan(result.positions[30]).all()
    assert np.isfinite(result.positions[80]).all()


@pytest.mark.parametrize(
    ("recording", "message"),
    [
        (Recording.from_positions("a", np.ones((9, 15, 3)), MARIEL_15), "markers of the set 15 markers tell no body"),
        (Recording.from_positions("a", np.ones((9, 53, 3)), MARIEL_53, unit="units"), "unit of this recording"),
        (Recording.from_positions("a", np.full((9, 53, 3), np.nan), MARIEL_53), "no frame has all markers"),
        (
            Recording.from_positions(
                "a",
                np.random.default_rng(0).normal(size=(9, 4, 3)),
                MarkerSet(
                    "block", tuple("ABCD"), segments=(("root", ("A", "B", "C")), ("tip", ("D",))),
                    parents=(("tip", "root"),),
                ),
            ),
            "the block markers have no left hip",
        ),
    ],
)  # fmt: skip
def test_a_recording_without_a_body_is_refused_with_the_reason(recording, message):
    with pytest.raises(RecordingError, match=message):
        retarget(recording, demo_template())


def test_an_unknown_target_is_refused_with_the_known_ones():
    assert "mariel53" in TARGETS
    with pytest.raises(RecordingError, match=r"no markers are known by the name 'nonsense', .* known are mariel53, "):
        find_template("nonsense")


def test_real_dances_of_other_markers_get_mariels_within_two_centimetres_of_their_joints(mocap):
    for file in ("bvh/dataset-1_dance-short_normal_001.bvh", "optical28.npz"):
        (take,) = load_recordings(mocap / file).values()
        take = take.frames(0, 600)
        result = retarget(take, demo_template(), fps=35)
        assert result.error_cm < 2.0
        upright = result.recording["ARIEL"][:, 2] - result.recording["LTOE"][:, 2]
        assert np.median(upright) > 1.2
        assert abs(np.quantile(result.recording.positions[..., 2].min(axis=1), 0.1)) < 0.06  # feet on the floor
        back = retarget(take, template_of(take)).recording
        assert np.median(np.linalg.norm(back.positions - take.positions, axis=2)) < 0.02


def test_somebody_elses_placement_of_mariels_markers_on_the_same_walk_is_near(mocap):
    (source,) = load_recordings(mocap / "bvh" / "AV_8Walk_Meredith_HVHA_Rep1.bvh").values()
    (placed,) = load_recordings(mocap / "mariel_layout" / "mariel_walk_meredith.npy").values()
    ours = retarget(source, demo_template(), fps=35).recording.positions
    theirs = placed.positions[: len(ours)]
    size = np.ptp(theirs[..., 2]) / np.ptp(ours[..., 2])
    spread = [np.linalg.norm(each - each.mean(axis=1, keepdims=True), axis=2).mean(axis=0) for each in (ours, theirs)]
    assert np.abs(spread[0] * size - spread[1]).mean() < 0.04
