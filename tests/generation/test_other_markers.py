"""Takes of other markers or another frame rate than a model's."""

import re
from dataclasses import replace

import numpy as np
import pytest

from mariel.errors import PhraseError, RecordingError
from mariel.generation.other_markers import take_for_model, takes_for_model
from mariel.generation.phrase_windows import phrase_windows
from mariel.motion.demo import perform_movement
from mariel.motion.io.formats.npz import write_npz
from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53
from mariel.motion.marker_set import MarkerSet
from mariel.motion.recording import Recording
from mariel.training.checkpoints import load_checkpoint
from tests.support.joints import dancing_joints
from tests.support.small_runs import trained_run


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return load_checkpoint(trained_run(tmp_path_factory.mktemp("other")).folder)


@pytest.fixture(scope="module")
def dance() -> Recording:
    return perform_movement("lunge").markers(MARIEL_53)


@pytest.fixture(scope="module")
def joints() -> Recording:
    return dancing_joints()


def test_a_take_of_other_markers_gets_the_models_on_its_own_body(checkpoint, joints, dance):
    take, note = take_for_model(joints, checkpoint)
    assert take.marker_set.labels == checkpoint.marker_set.labels
    assert (take.fps, take.name) == (35, joints.name)
    assert "53 markers on the dancer's own proportions, joints 0." in note
    assert note.endswith("; 35 instead of 20 frames per second.")
    length = min(len(take), len(dance))
    assert np.linalg.norm(take.positions[:length] - dance.positions[:length], axis=2).mean() < 0.03


def test_a_model_of_fewer_of_mariels_markers_gets_these(checkpoint, joints):
    take, _ = take_for_model(joints, replace(checkpoint, marker_set=MARIEL_18))
    assert take.marker_set.labels == MARIEL_18.labels


def test_a_take_of_the_models_markers_is_not_converted(checkpoint, dance):
    assert take_for_model(dance, checkpoint) == (dance, "")


def moved(take: Recording, rise: float) -> Recording:
    return Recording.from_positions(
        take.name, take.positions + np.array([0, 0, rise], np.float32), take.marker_set, fps=take.fps
    )


@pytest.mark.parametrize(("rise", "words"), [(-1.02, "higher"), (0.6, "lower")])
def test_a_take_whose_heights_are_measured_from_elsewhere_stands_on_the_models_floor(
    checkpoint, joints, dance, rise, words
):
    for take in (joints, dance):
        there, note = take_for_model(moved(take, rise), checkpoint)
        rises = there.positions - take_for_model(take, checkpoint).recording.positions
        np.testing.assert_allclose(rises, np.broadcast_to([0, 0, rises[0, 0, 2]], rises.shape), atol=1e-5)
        assert there.positions[..., 2].min() == pytest.approx(checkpoint.model.floor_height, abs=0.02)
        assert re.search(rf"the floor [01]\.\d\d m {words}\.$", note)


def test_takes_that_match_are_preferred(checkpoint, joints, dance):
    assert list(takes_for_model({"joints": joints, "dance": dance}, checkpoint)) == ["dance"]


def test_phrases_of_other_markers_are_cut_with_a_note(checkpoint, joints, tmp_path):
    (tmp_path / "joints.npz").write_bytes(write_npz([joints]))
    windows = phrase_windows(str(tmp_path), checkpoint)
    assert windows.positions.shape[1:] == (checkpoint.model.length, 53, 3)
    assert len(windows.notes) == 1


def test_markers_that_tell_no_body_are_refused_with_the_reason(checkpoint, tmp_path):
    points = Recording.from_positions(
        "points", np.random.default_rng(0).normal(size=(50, 4, 3)), MarkerSet("p", (*"abcd",))
    )
    with pytest.raises(RecordingError, match="tell no body"):
        take_for_model(points, checkpoint)
    (tmp_path / "points.npz").write_bytes(write_npz([points]))
    with pytest.raises(PhraseError, match=r"expects the 53 markers; .* cannot be converted: .*tell no body"):
        phrase_windows(str(tmp_path), checkpoint)


def test_a_model_of_other_markers_answers_mariels_by_the_dancers_it_has_learned_from(
    checkpoint, dance, joints, tmp_path
):
    (tmp_path / "joints.npz").write_bytes(write_npz([joints]))
    data = checkpoint.settings.data.replace(data=str(tmp_path))
    foreign = replace(
        checkpoint, marker_set=joints.marker_set, fps=20.0, settings=checkpoint.settings.replace(data=data)
    )
    take, note = take_for_model(dance, foreign)
    assert take.marker_set.labels == joints.marker_set.labels
    assert np.linalg.norm(take.positions[: len(joints)] - joints.positions[: len(take)], axis=2).mean() < 0.03
    assert "HumanML3D 22 joints" in note


def test_a_model_whose_recordings_are_gone_cannot_answer_other_markers(checkpoint, dance, joints, tmp_path):
    data = checkpoint.settings.data.replace(data=str(tmp_path / "gone"))
    foreign = replace(checkpoint, marker_set=joints.marker_set, settings=checkpoint.settings.replace(data=data))
    with pytest.raises(RecordingError, match="recordings that would say where they are on a body are not here"):
        take_for_model(dance, foreign)
