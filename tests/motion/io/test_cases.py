"""Files that users reported, each with its expected result; skipped where the folder of these files is missing."""

import os
from pathlib import Path

import numpy as np
import pytest

from mariel.cli import main
from mariel.errors import RecordingError
from mariel.motion.io.loading import load_recordings
from mariel.motion.recording import Recording
from mariel.motion.units import body_extents

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases"

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="no cases at ../shared/cases")


def median_height(recording: Recording) -> float:
    """The median over frames of the distance from the lowest to the highest marker, in the recording's unit."""
    return float(np.median(body_extents(recording.positions)[:, 2]))


def problems_of(folder: str) -> dict[str, str]:
    return {problem.name: problem.message for problem in load_recordings(CASES / folder).problems}


def test_a_damaged_archive_leaves_the_folder_usable():
    recordings = load_recordings(CASES / "damaged_npz_in_folder")
    assert list(recordings) == ["good"]
    (problem,) = recordings.problems
    assert (problem.name, problem.severity) == ("cut_short.npz", "error")
    assert "cut short" in problem.message


SECURITY = {
    "npz-claims-300-TB": "found 306 TB of numbers, more than the 2 GB that are read",
    "npz-edge-fraction": "expected edges between whole numbers or names of markers, found 0.5",
    "npz-fps-inf": "fps must be above 0 and at most 100,000, found infinity",
    "npz-truncated": "cut short or damaged: its end is missing",
    "npy-header-deep": "damaged",
    "npy-shape-huge": "its header claims a shape of (55, 10",
    "sidecar-2d": "x.json does not describe the array: expected three axes",
    "sidecar-deep": "brackets are nested too deep",
    "sidecar-edge-inf": "expected edges between whole numbers or names of markers, found inf",
    "sidecar-fps-inf": "fps must be above 0 and at most 100,000, found infinity",
    "sidecar-no-frames": "expected frames, found none",
    "bvh-end-without-joint": "expected a ROOT first",
    "bvh-joints-times-frames": "line 6: not valid BVH",
    "bvh-negative-frames": "expected 'Frames: N' with 1 or more frames",
    "bvh-offset-two-numbers": "line 4: not valid BVH: 'OFFSET 0 0'",
}


@pytest.mark.parametrize(("folder", "message"), SECURITY.items(), ids=SECURITY)
def test_a_hostile_file_is_named_and_the_good_one_opens(folder, message):
    recordings = load_recordings(CASES / "security" / folder)
    assert list(recordings) == ["good"]
    (problem,) = recordings.problems
    assert problem.name.startswith("x.")
    assert message in problem.message


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.symlink_to("/nonexistent"), "a link to '/nonexistent', which does not exist"),
        (os.mkfifo, "expected a file, found a pipe"),
    ],
    ids=["folder-dangling-link", "folder-fifo"],
)
def test_a_link_to_nothing_and_a_pipe_are_named_and_the_good_file_opens(tmp_path, make, message):
    for name in ("good.npy", "good.json"):
        (tmp_path / name).write_bytes((CASES / "security" / "npz-truncated" / name).read_bytes())
    make(tmp_path / "mariel_x.npy")
    recordings = load_recordings(tmp_path)
    assert list(recordings) == ["good"]
    assert [problem.message for problem in recordings.problems] == [message]


def test_export_of_a_damaged_archive_is_refused_in_words(tmp_path, capsys):
    data = CASES / "security" / "export-truncated" / "d.npz"
    assert main(["export", str(data), "--out", str(tmp_path / "x.html")]) == 1
    assert "d.npz: the .npz archive is cut short or damaged" in capsys.readouterr().err


@pytest.mark.parametrize("markers", [53, 55])
def test_a_description_decides_where_the_first_axis_has_53_or_55(markers):
    take = load_recordings(CASES / "described_55_or_53_first")[f"joints_{markers}"]
    assert (len(take), len(take.marker_set), take.fps, take.unit) == (240, markers, 60, "m")
    assert take.marker_set.labels[:2] == ("Hips", "LeftUpLeg")
    assert np.median(take["Head"][:, 2] - take["LeftToe"][:, 2]) > 1.2


def test_descriptions_in_any_spelling_open_and_arrays_without_one_ask():
    recordings = load_recordings(CASES / "dead_end_messages")
    assert {"axes_as_list", "axes_plural", "edges_by_name", "json_with_bom", "up_is_y"} <= set(recordings)
    for name in ("axes_as_list", "axes_plural", "edges_by_name", "json_with_bom"):
        take = recordings[name]
        assert (len(take), len(take.marker_set), take.unit, len(take.marker_set.bones())) == (40, 24, "m", 23)
    found = problems_of("dead_end_messages")
    for frames in (55, 60):
        assert (len(recordings[f"frames_{frames}_joints_22"]), len(take.marker_set)) == (frames, 24)
        assert "the frame rate is not known" in found[f"frames_{frames}_joints_22.npy"]
    assert "but along +z the head is above the feet" in found["up_is_y.npy"]
    joints = recordings["posed_joints"]
    assert (len(joints), joints.fps) == (60, 30)
    assert joints.marker_set.labels[0] == "joint 1"  # they are in no order that is known
    assert median_height(joints) == pytest.approx(1.8, abs=0.02)
    for name, count in (("amass_like", 52), ("amass_like_new", 55)):
        assert (len(recordings[name].marker_set), recordings[name].fps) == (count, 120)


def test_every_variety_of_bvh_opens_as_the_plain_one_or_says_why_not():
    recordings = load_recordings(CASES / "bvh_text_varieties")
    assert set(recordings) == {
        "blank_after_motion", "blank_first_line", "bom", "brace_on_line", "capital_end_site", "decimal_comma",
        "mixed_case_keyword", "plain", "utf16",
    }  # fmt: skip
    plain = recordings["plain"]
    assert median_height(plain) == pytest.approx(1.9, abs=0.05)
    for take in recordings.values():
        assert (take.fps, take.marker_set.labels) == (30, plain.marker_set.labels)
        np.testing.assert_allclose(take.positions, plain.positions, atol=1e-6)
    (problem,) = recordings.problems
    assert (problem.name, "Frame Time is 0" in problem.message) == ("frame_time_zero.bvh", True)


def test_rounded_frame_times_are_one_rate():
    assert {take.fps for take in load_recordings(CASES / "frame_time_rounded").values()} == {30}


def test_names_in_bytes_or_padded_or_repeated_are_read():
    recordings = load_recordings(CASES / "labels_of_the_world")
    assert list(recordings) == ["bytes", "doubled", "padded", "two_empty"]
    assert recordings["bytes"].marker_set.labels == recordings["padded"].marker_set.labels
    assert recordings["padded"].marker_set.labels[15] == "LeftHand"
    assert recordings["doubled"].marker_set.labels[4:6] == ("LeftToe", "LeftToe 2")
    assert [label for label in recordings["two_empty"].marker_set.labels if label.startswith("marker")] == [
        "marker 6", "marker 10",
    ]  # fmt: skip
    assert "save plain numbers, and names with dtype=str" in problems_of("labels_of_the_world")["object_names.npz"]


def test_a_marker_never_seen_does_not_leave_the_body_in_millimetres():
    recordings = load_recordings(CASES / "marker_never_seen_mm")
    one, many = recordings["one_never_seen_mm"], recordings["points_202_of_which_39"]
    assert (one.unit, len(one.marker_set), many.unit, len(many.marker_set)) == ("m", 23, "m", 39)
    assert median_height(one) == pytest.approx(1.9, abs=0.05)
    assert median_height(many) == pytest.approx(1.9, abs=0.05)
    assert "1 marker is never seen and left out (HeadEnd)" in problems_of("marker_never_seen_mm")["one_never_seen_mm"]


def test_the_dancer_of_a_bvh_with_z_up_stands():
    recordings = load_recordings(CASES / "bvh_z_up")
    take = recordings["z_up_cm"]
    assert (take.unit, recordings.problems) == ("m", ())
    assert median_height(take) == pytest.approx(1.6, abs=0.35)
    assert (take["Head"][:, 2] - take["LeftToe"][:, 2]).min() > 1.2


@pytest.mark.parametrize("name", ["zeros", "zeros_described", "residual_minus_1"])
def test_zeros_and_negative_residuals_are_unseen(name):
    recordings = load_recordings(CASES / "zeros_are_unseen")
    take = recordings[name]
    left, right = np.isnan(take["LeftHand"][:, 0]), np.isnan(take["RightHand"][:, 0])
    assert np.flatnonzero(left).tolist() == list(range(100, 170))
    assert not right.any()
    told = [problem.message for problem in recordings.problems if problem.name == name]
    assert [message.split(" of ")[0] for message in told] == ["2 short gaps", "1 long gap"]


def test_a_folder_of_cases_says_that_it_has_only_folders():
    with pytest.raises(RecordingError, match="it has only folders"):
        load_recordings(CASES / "security")
