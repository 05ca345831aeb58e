"""BVH files as programs write them, and how damaged ones are refused."""

import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.motion.io.formats import bvh
from mariel.motion.io.registry import open_recording_file
from tests.support.recording_files import BVH


def opened(tmp_path, text):
    path = tmp_path / "b.bvh"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    (take,) = open_recording_file(path)
    return take


def test_joints_follow_the_rotation_and_position_of_their_parents(tmp_path):
    take = opened(tmp_path, BVH)
    assert (take.fps, take.marker_set.labels) == (40, ("Hips", "Knee", "Knee end"))
    # y up becomes z up: (x, y, z) → (x, -z, y); a quarter turn about z lays the chain along -x
    np.testing.assert_allclose(take.positions[0], [[0, 0, 0], [0, 0, 1], [0, 0, 1.5]], atol=1e-6)
    np.testing.assert_allclose(take.positions[1], [[1, -3, 2], [0, -3, 2], [-0.5, -3, 2]], atol=1e-6)


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_frames_are_the_same_in_chunks_of_any_size(tmp_path, monkeypatch, chunk):
    rows = "".join(f"0 0 0 {angle} 0 0 0 {angle} 0\n" for angle in range(7))
    text = BVH.replace("Frames: 2", "Frames: 7").split("0 0 0 0 0")[0] + rows
    whole = opened(tmp_path, text).positions
    monkeypatch.setattr(bvh, "CHUNK_FRAMES", chunk)
    np.testing.assert_array_equal(opened(tmp_path, text).positions, whole)


VARIETIES = {
    "byte-order mark": b"\xef\xbb\xbf" + BVH.encode(),
    "UTF-16": BVH.encode("utf-16"),
    "UTF-16 without a mark": BVH.encode("utf-16-le"),
    "UTF-16, big end first": BVH.encode("utf-16-be"),
    "Windows line ends": BVH.replace("\n", "\r\n"),
    "old Macintosh line ends": BVH.replace("\n", "\r"),
    "blank first line": "\n \n" + BVH,
    "blank lines after MOTION": BVH.replace("MOTION\n", "MOTION\n\n").replace("0.025\n", "0.025\n\n"),
    "mixed case": BVH.replace("HIERARCHY", "Hierarchy").replace("ROOT", "Root").replace("MOTION", "Motion"),
    "end site in capitals": BVH.replace("End Site", "END SITE"),
    "a named end site": BVH.replace("End Site", "End Site KneeTip"),
    "end site on one line": BVH.replace("Site\n    {\n      OFFSET 0 0.5 0\n    }", "Site { OFFSET 0 0.5 0 }"),
    "brace on the joint's line": BVH.replace("Hips\n{", "Hips {").replace("Knee\n  {", "Knee{"),
    "tabs": BVH.replace("  ", "\t").replace("Frame Time: ", "Frame Time:\t"),
    "channels in capitals": BVH.replace("Xposition", "XPOSITION").replace("Zrotation", "ZRotation"),
    "a decimal comma": BVH.replace("0.5", "0,5").replace("0.025", "0,025").replace("1 2 3 90", "1,0 2,0 3,0 9,0E+1")
    .replace("OFFSET 0 1 0", "OFFSET 0,0 1,0 0,0").replace("OFFSET 0 0 0", "OFFSET 0,0 0,0 0,0"),
    "no leading zero": BVH.replace("0.025", ".025").replace("0.5", ".5"),
    "no line end": BVH.rstrip(),
    "more rows than frames": BVH + "9 9 9 9 9 9 9 9 9\n",
    "exponents": BVH.replace("90 0 0", "9e1 -0 0E-3"),
    "frames in one line": BVH.replace("0 0 0\n1 2", "0 0 0 1 2"),
}  # fmt: skip


@pytest.mark.parametrize("text", VARIETIES.values(), ids=VARIETIES)
def test_varieties_of_programs_open_as_the_plain_file_does(tmp_path, text):
    plain, take = opened(tmp_path, BVH), opened(tmp_path, text)
    np.testing.assert_allclose(take.positions, plain.positions, atol=1e-6)
    assert (take.fps, take.marker_set.labels) == (plain.fps, plain.marker_set.labels)


@pytest.mark.parametrize(
    ("frame_time", "fps"),
    [
        ("0.0333333", 30), ("0.033333", 30), (".03333", 30), ("0.008333", 120), ("0.00833300", 120), ("0.016667", 60),
        ("0.04", 25), ("1.00000000", 1), ("0.0417083750417", pytest.approx(23.976, abs=1e-4)),
        ("0.008342", pytest.approx(119.875, abs=1e-3)), ("0.0333667", pytest.approx(29.97, abs=1e-4)),
    ],
)  # fmt: skip
def test_a_rate_within_rounding_of_a_whole_number_is_that_number(tmp_path, frame_time, fps):
    assert opened(tmp_path, BVH.replace("0.025", frame_time)).fps == fps


def test_joints_of_one_name_are_numbered_and_a_name_may_have_blanks(tmp_path):
    take = opened(tmp_path, BVH.replace("JOINT Knee", "JOINT  Left  Hips").replace("ROOT Hips", "ROOT Left Hips"))
    assert take.marker_set.labels == ("Left Hips", "Left Hips 2", "Left  Hips end".replace("  ", " "))


def test_each_of_several_roots_is_a_dancer(tmp_path):
    hierarchy, motion = BVH.split("MOTION")
    root = hierarchy.split("HIERARCHY")[1]
    rows = motion.replace("0 0 0 0 0 0 0 0 0", "0 0 0 0 0 0 0 0 0 5 0 0 0 0 0 0 0 0").replace(
        "1 2 3 90 0 0 0 0 0", "1 2 3 90 0 0 0 0 0 5 0 0 0 0 0 0 0 0"
    )
    (tmp_path / "pair.bvh").write_text(f"HIERARCHY{root}{root}MOTION{rows}")
    one, other = open_recording_file(tmp_path / "pair.bvh")
    assert (one.name, other.name) == ("pair 1", "pair 2")
    assert one.marker_set.labels == other.marker_set.labels == ("Hips", "Knee", "Knee end")
    np.testing.assert_allclose(other.positions[0] - one.positions[0], [[5, 0, 0]] * 3, atol=1e-6)


INVALID = [
    ("OFFSET 0 1 0", "OFFSET 0 one 0", "line 8: not valid BVH: 'OFFSET 0 one 0'; expected three numbers"),
    ("OFFSET 0 1 0", "OFFSET 0 1", "line 8: not valid BVH: 'OFFSET 0 1'; expected three numbers"),
    ("OFFSET 0 1 0", "OFFSET 0 inf 0", "expected three numbers"),
    ("OFFSET 0 1 0", "OFFSET 0,1,0", "line 8: not valid BVH: 'OFFSET 0,1,0'; expected three numbers"),
    ("CHANNELS 3", "CHANNELS three", "line 9: .* expected a number of channels"),
    ("CHANNELS 3", "CHANNELS 4", "line 9: .* expected a number of channels"),
    ("CHANNELS 3", "CHANNELS 999999999999", "line 9: .* expected a number of channels"),
    ("CHANNELS 3 Zrotation", "CHANNELS 3 Wrotation", "line 9: .* expected a number of channels"),
    ("JOINT Knee", "LIMB Knee", "line 6: not valid BVH: 'LIMB Knee'; expected ROOT, JOINT, End Site"),
    ("ROOT Hips\n{", "ROOT Hips\n", "line 4: .* expected an opening brace"),
    ("    }\n  }\n}", "    }\n  }\n", "expected a closing brace for every joint before MOTION"),
    ("}\nMOTION", "}\n}\nMOTION", "line 16: not valid BVH: '}'"),
    ("ROOT Hips", "JOINT Hips", "line 2: .* expected a ROOT first"),
    ("JOINT Knee", "ROOT Knee", "line 6: .* expected a ROOT first"),
    ("Frames: 2", "Frames: 3", "expected 3 frames of motion, found 2: the file is cut short"),
    ("Frames: 2", "Frames: -1", "expected 'Frames: N' with 1 or more frames after MOTION, found '-1'"),
    ("Frames: 2", "Frames: 0", "expected 'Frames: N' with 1 or more frames"),
    ("Frames: 2", "Frames: two", "expected 'Frames: N' with 1 or more frames"),
    ("Frames: 2", "Frames: 999999999999", r"found [\d.]+ TB of numbers, more than the 2 GB"),
    ("Frames: 2", f"Frames: {'9' * 5000}", "expected 'Frames: N'"),
    ("Frame Time: 0.025", "Frame Time: 0", "Frame Time is 0: expected the seconds .* such as 0.033333 for 30"),
    ("Frame Time: 0.025", "Frame Time: nan", "Frame Time is nan"),
    ("Frame Time: 0.025", "Frame Time: -1", "Frame Time is -1"),
    ("Frame Time: 0.025", "Frame Time: 1e-300", "fps must be above 0 and at most 100,000"),
    ("Frame Time: 0.025", "Frame Time: slow", "expected 'Frame Time: S' with seconds per frame"),
    ("1 2 3 90", "1 2 90", "expected 9 channels in each of 2 frames, found 17 numbers"),
    ("1 2 3 90", "1 2 3 NINE", "expected numbers in the frames of motion, found 'NINE'"),
    ("MOTION", "", "line 17: not valid BVH: 'Frames: 2'"),
    ("Frames: 2", "", "expected 'Frames: N' and 'Frame Time: S' after MOTION"),
]


@pytest.mark.parametrize(("old", "new", "message"), INVALID, ids=[new[:30] for _, new, _ in INVALID])
def test_an_invalid_file_is_rejected_with_the_line(tmp_path, old, new, message):
    assert old in BVH
    with pytest.raises(RecordingError, match=message):
        opened(tmp_path, BVH.replace(old, new, 1))


def test_a_row_that_lost_a_number_is_not_filled_from_the_next(tmp_path):
    with pytest.raises(RecordingError, match="line 20: expected 9 channels in each of 2 frames, found 8 numbers"):
        opened(tmp_path, BVH.replace("1 2 3 90", "1 2 90") + "9 9 9 9 9 9 9 9 9\n")


def test_an_end_site_without_a_joint_is_rejected(tmp_path):
    text = "HIERARCHY\nEnd Site\n{\n}\nMOTION\nFrames: 1\nFrame Time: 0.03\n0\n"
    with pytest.raises(RecordingError, match="line 2: not valid BVH: 'End Site'; expected a ROOT first"):
        opened(tmp_path, text)


def test_a_skeleton_without_channels_is_rejected(tmp_path):
    text = "HIERARCHY\nROOT r\n{\n}\nMOTION\nFrames: 1\nFrame Time: 0.03\n\n"
    with pytest.raises(RecordingError, match="expected joints with channels that move, found none"):
        opened(tmp_path, text)


def test_thousands_of_joints_times_frames_are_refused_before_memory_is_taken(tmp_path):
    joints = "JOINT j\n{\n" * 9000 + "}\n" * 9000
    text = (
        f"HIERARCHY\nROOT r\n{{\nCHANNELS 1 Xrotation\n{joints}}}\nMOTION\nFrames: 9000\nFrame Time: 0.03\n"
        + "0\n" * 9000
    )
    with pytest.raises(RecordingError, match="found 2,001 markers, more than 2,000"):
        opened(tmp_path, text)
    joints = "JOINT j\n{\n" * 1900 + "}\n" * 1900
    text = (
        f"HIERARCHY\nROOT r\n{{\nCHANNELS 1 Xrotation\n{joints}}}\nMOTION\nFrames: 90000\nFrame Time: 0.03\n"
        + "0\n" * 90000
    )
    with pytest.raises(RecordingError, match=r"found 3\.82 GB of numbers, more than the 2 GB"):
        opened(tmp_path, text)


def test_real_files_are_upright_and_of_human_size(mocap):
    for path in sorted((mocap / "bvh").glob("*.bvh")):
        (take,) = open_recording_file(path)
        heights = np.ptp(take.positions[..., 2], axis=1)
        assert 1.2 < np.median(heights) < 2
        head = next(label for label in take.marker_set.labels if label == "Head")
        assert np.median(take[head][:, 2]) > 1.1
