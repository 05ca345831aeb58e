"""Files of the layouts Mariel opens, and of those it must refuse with a sentence that helps."""

import json
import pickle

import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.motion.io.formats import guess_unit, open_file
from mariel.motion.mariel_markers import MARIEL_15, MARIEL_53
from tests.support.bodies import raw, standing_pose, walker, write_take


@pytest.mark.parametrize("dtype", [np.float32, np.float64, ">f8"])
def test_a_raw_take_stands_up_with_left_on_the_left(tmp_path, dtype):
    (take,) = open_file(write_take(tmp_path, "walk", walker(1010), dtype))
    assert (take.name, len(take), take.positions.dtype) == ("walk", 10, np.float32)
    np.testing.assert_allclose(take.positions, walker(1010)[500:510], atol=1e-5)


def test_raw_takes_are_memory_mapped(tmp_path):
    (take,) = open_file(write_take(tmp_path, "walk", walker(1010)))
    base = take.source
    while base.base is not None and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)


def test_reference_mode_negates_z_alone_and_so_mirrors(tmp_path):
    path = write_take(tmp_path, "walk", walker(1010))
    (take,) = open_file(path, reference=True)
    np.testing.assert_allclose(take.positions, walker(1010)[500:510] * [1, -1, 1], atol=1e-5)


@pytest.mark.parametrize(("trim", "frames"), [(0, 1010), (100, 810), (504, 2)])
def test_trim_is_settable(tmp_path, trim, frames):
    (take,) = open_file(write_take(tmp_path, "walk", walker(1010)), trim=trim)
    assert len(take) == frames


def test_53_markers_without_helpers_open_too(tmp_path):
    stored = walker(1010).transpose(1, 0, 2) * [1, -1, -1]
    np.save(tmp_path / "mariel_bare.npy", stored.astype(np.float32))
    (take,) = open_file(tmp_path / "mariel_bare.npy")
    np.testing.assert_allclose(take.positions, walker(1010)[500:510], atol=1e-5)


@pytest.mark.parametrize("signs", [(1, 1, 1), (1, -1, -1), (1, -1, 1), (1, 1, -1)])
def test_the_body_itself_says_which_way_it_is_stored(tmp_path, signs):
    np.save(tmp_path / "mariel_odd.npy", (walker(20).transpose(1, 0, 2) * signs).astype(np.float32))
    (take,) = open_file(tmp_path / "mariel_odd.npy", trim=0)
    np.testing.assert_allclose(take.positions, walker(20), atol=1e-6)


def test_the_published_excerpt_is_unmirrored(tmp_path):
    pose = standing_pose()[MARIEL_53.indices(MARIEL_15.labels)]
    np.save(tmp_path / "mariel15.npy", np.repeat((pose * [1, -1, 1])[:, None], 5, axis=1))
    (take,) = open_file(tmp_path / "mariel15.npy")
    assert take.marker_set == MARIEL_15
    np.testing.assert_allclose(take.positions[0], pose, atol=1e-6)


def test_an_array_with_a_description_beside_it_opens(tmp_path):
    about = {"joints": ["a", "b"], "edges": [[0, 1]], "axes": "dancer, frame, joint, xyz", "up": "-y", "fps": 30}
    (tmp_path / "pair.json").write_text(json.dumps(about))
    joints = np.zeros((2, 4, 2, 3))
    joints[1, :, 1, 1] = -1.7  # up is -y: this joint stands at 1.7 m
    np.save(tmp_path / "pair.npy", joints)
    first, second = open_file(tmp_path / "pair.npy")
    assert (first.name, second.name, second.fps, second.marker_set.labels) == ("pair 1", "pair 2", 30, ("a", "b"))
    assert second.positions[0, 1].tolist() == [0, 0, pytest.approx(1.7)]


def test_an_archive_of_named_markers_in_millimetres_opens_in_metres(tmp_path):
    data = np.zeros((6, 2, 3), np.float32)
    data[:, 1, 2] = 1650
    np.savez(tmp_path / "opt.npz", data=data, names=np.array(["foot", "head"]), fps=60, edges=np.array([[0, 1]]))
    (take,) = open_file(tmp_path / "opt.npz")
    assert (take.fps, take.unit) == (60, "m")
    assert take.positions[0, 1, 2] == pytest.approx(1.65)


def object_file(path):
    np.save(path, np.array([{"a": 1}, None], object), allow_pickle=True)


def cut_short(path):
    np.save(path, raw(walker(1010)))
    path.write_bytes(path.read_bytes()[:-5000])


BAD_FILES = {
    "no file": (lambda path: None, "no such file"),
    "empty": (lambda path: path.write_bytes(b""), "found an empty file"),
    "text": (lambda path: path.write_text("x,y,z\n1,2,3"), "found a file of another kind"),
    "pickle": (lambda path: path.write_bytes(pickle.dumps([1, 2])), "a Python pickle, which is never opened"),
    "objects": (object_file, r"Python objects \(a pickle\), which is never opened"),
    "cut short": (cut_short, "cut short or damaged: found .* bytes"),
    "integers": (lambda path: np.save(path, np.zeros((55, 9, 3), int)), "expected float32 or float64.*found int64"),
    "half": (lambda path: np.save(path, np.zeros((55, 9, 3), np.float16)), "found float16"),
    "flat": (lambda path: np.save(path, np.zeros(9)), r"expected shape \(55, frames, 3\), found \(9,\)"),
    "exchanged": (lambda path: np.save(path, np.zeros((9, 55, 3))), "first two axes look exchanged"),
    "two axes": (lambda path: np.save(path, np.zeros((55, 9, 2))), r"found \(55, 9, 2\)"),
    "no frames": (lambda path: np.save(path, np.zeros((55, 0, 3))), "expected frames, found none"),
    "shorter than the trim": (
        lambda path: np.save(path, raw(walker(1000))),
        "expected more than 1,000 .* found 1,000",
    ),
}


@pytest.mark.parametrize(("write", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_refused_with_what_was_expected_and_found(tmp_path, write, message):
    path = tmp_path / "mariel_bad.npy"
    write(path)
    with pytest.raises(RecordingError, match=message):
        open_file(path)


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ("{", "pair.json beside it does not describe it"),
        ('{"joints": ["a"]}', r"expected 1 markers as in pair.json, found shape \(2, 4, 3\)"),
        ('{"markers": ["a", "b"], "up": "sideways"}', "does not describe it"),
        ('{"markers": ["a", "b"], "axes": "dancer, frame, marker, xyz"}', "expected the axes"),
    ],
)
def test_a_description_that_does_not_fit_is_refused(tmp_path, about, message):
    np.save(tmp_path / "pair.npy", np.zeros((2, 4, 3)))
    (tmp_path / "pair.json").write_text(about)
    with pytest.raises(RecordingError, match=message):
        open_file(tmp_path / "pair.npy")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"data": np.zeros((2, 1, 3))}, "names missing"),
        ({"data": np.zeros((2, 3)), "names": np.array(["a"])}, r"expected data \(frames, 1, 3\)"),
        ({"data": np.array([{}], object), "names": np.array(["a"])}, "plain arrays"),
    ],
)
def test_an_archive_that_does_not_fit_is_refused(tmp_path, arrays, message):
    np.savez(tmp_path / "opt.npz", **arrays)
    with pytest.raises(RecordingError, match=message):
        open_file(tmp_path / "opt.npz")


@pytest.mark.parametrize(
    ("height", "unit"), [(1.7, (1, "m")), (170, (0.01, "m")), (1700, (0.001, "m")), (7, (1, "source units"))]
)
def test_the_unit_is_read_off_the_bodys_height(height, unit):
    body = np.zeros((5, 2, 3))
    body[:, 1, 2] = height
    assert guess_unit(body) == unit


BVH = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Knee
  {
    OFFSET 0 1 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    {
      OFFSET 0 0.5 0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.025
0 0 0 0 0 0 0 0 0
1 2 3 90 0 0 0 0 0
"""


class TestBvh:
    def test_joints_turn_and_travel_with_their_parents(self, tmp_path):
        (tmp_path / "b.bvh").write_text(BVH)
        (take,) = open_file(tmp_path / "b.bvh")
        assert (take.fps, take.marker_set.labels) == (40, ("Hips", "Knee", "Knee end"))
        # y up becomes z up: (x, y, z) → (x, -z, y); a quarter turn about z lays the chain along -x
        np.testing.assert_allclose(take.positions[0], [[0, 0, 0], [0, 0, 1], [0, 0, 1.5]], atol=1e-6)
        np.testing.assert_allclose(take.positions[1], [[1, -3, 2], [0, -3, 2], [-0.5, -3, 2]], atol=1e-6)

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("HIERARCHY", "Hierarchie", "begins with HIERARCHY"),
            ("OFFSET 0 1 0", "OFFSET 0 one 0", "line 8: not understood"),
            ("Frames: 2", "Frames: 3", "expected 3 frames of motion, found 2"),
            ("Frame Time: 0.025", "Frame Time: 0", "expected 'Frames: N'"),
            ("1 2 3 90", "1 2 90", "expected 9 channels in each of 2 frames, found 17"),
            ("1 2 3 90", "1 2 3 NINE", "expected numbers"),
            ("MOTION", "", "not understood as BVH: 'Frames: 2'"),
        ],
    )
    def test_a_broken_file_names_the_place(self, tmp_path, old, new, message):
        (tmp_path / "b.bvh").write_text(BVH.replace(old, new))
        with pytest.raises(RecordingError, match=message):
            open_file(tmp_path / "b.bvh")

    def test_real_files_stand_upright_at_human_size(self, mocap):
        for path in sorted((mocap / "bvh").glob("*.bvh")):
            (take,) = open_file(path)
            heights = np.ptp(take.positions[..., 2], axis=1)
            assert 1.2 < np.median(heights) < 2
            head = next(label for label in take.marker_set.labels if label == "Head")
            assert np.median(take[head][:, 2]) > 1.1
