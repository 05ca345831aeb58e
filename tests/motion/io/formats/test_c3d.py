"""C3D files: those of ezc3d, read as the package c3d reads them, and files of other processors, byte by byte."""

import struct

import c3d
import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.motion.io.registry import open_recording_file
from tests.support.recording_files import SUBJECT_LABELS, assert_seen_where, marker_positions, write_c3d


def opened(path):
    (take,) = open_recording_file(path)
    return take


def with_gap() -> np.ndarray:
    positions = marker_positions(40)
    positions[5:30, 2] = np.nan
    return positions


def test_points_labels_rate_and_unit_are_those_that_ezc3d_wrote(tmp_path):
    take = opened(write_c3d(tmp_path / "a.c3d", marker_positions()))
    assert (take.name, take.fps, take.unit, take.marker_set.labels) == ("a", 100, "m", SUBJECT_LABELS)
    np.testing.assert_allclose(take.positions, marker_positions(), atol=1e-6)


@pytest.mark.filterwarnings("ignore::UserWarning:c3d")
def test_positions_are_those_that_the_package_c3d_reads(tmp_path):
    path = write_c3d(tmp_path / "a.c3d", with_gap())
    with path.open("rb") as file:
        reader = c3d.Reader(file)
        frames = np.array([points for _, points, _ in reader.read_frames()])
    seen = frames[..., 3] >= 0
    take = opened(path)
    assert take.fps == reader.point_rate
    frames[~seen] = np.nan
    assert_seen_where(take, frames[..., :3] / 1000, atol=1e-6)


def test_a_negative_residual_and_zeros_are_unseen(tmp_path):
    positions = with_gap()
    positions[10:40, 4] = 0
    take = opened(write_c3d(tmp_path / "a.c3d", positions))
    assert [(gap.start, gap.stop, gap.column) for gap in take.gaps] == [(5, 30, 2), (10, 40, 4)]


def test_more_labels_than_255_are_read_from_the_next_lists(tmp_path):
    labels = [f"P{number}" for number in range(300)]
    positions = np.random.default_rng(0).normal(1, 0.3, (4, 300, 3))
    take = opened(write_c3d(tmp_path / "a.c3d", positions, labels))
    assert take.marker_set.labels == tuple(labels)


def test_two_subjects_become_two_recordings_without_their_prefixes(tmp_path):
    labels = [f"{who}:{label}" for who in ("Anna", "Ben") for label in SUBJECT_LABELS]
    both = np.concatenate([marker_positions(), marker_positions(shift=1.0)], axis=1)
    anna, ben = open_recording_file(write_c3d(tmp_path / "duet.c3d", both, labels))
    assert (anna.name, ben.name) == ("duet Anna", "duet Ben")
    assert anna.marker_set.labels == ben.marker_set.labels == SUBJECT_LABELS
    np.testing.assert_allclose(ben.positions - anna.positions, np.broadcast_to([0, 1, 0], (20, 8, 3)), atol=1e-5)


def test_prefixes_that_the_file_lists_need_no_colon(tmp_path):
    labels = [f"{who}{label}" for who in ("a_", "b_") for label in SUBJECT_LABELS]
    both = np.concatenate([marker_positions(), marker_positions(shift=1.0)], axis=1)
    listed = {"SUBJECTS_USES_PREFIXES": [1], "SUBJECTS_LABEL_PREFIXES": ["a_", "b_"]}
    takes = open_recording_file(write_c3d(tmp_path / "duet.c3d", both, labels, **listed))
    assert [(take.name, take.marker_set.labels) for take in takes] == [
        ("duet a", SUBJECT_LABELS), ("duet b", SUBJECT_LABELS),
    ]  # fmt: skip


def test_angles_and_points_without_a_label_are_left_out(tmp_path):
    labels = [*SUBJECT_LABELS[:6], "LKneeAngles", "*17"]
    take = opened(write_c3d(tmp_path / "a.c3d", marker_positions(), labels, POINT_ANGLES=["LKneeAngles"]))
    assert take.marker_set.labels == SUBJECT_LABELS[:6]


@pytest.mark.parametrize(("up", "order"), [("+Z", [0, 1, 2]), ("+Y", [1, 2, 0]), ("+X", [2, 0, 1])])
def test_the_axis_that_is_up_on_the_screen_is_up(tmp_path, up, order):
    take = opened(write_c3d(tmp_path / "a.c3d", marker_positions()[..., order], POINT_Y_SCREEN=[up]))
    np.testing.assert_allclose(take.positions[..., 2], marker_positions()[..., 2], atol=1e-6)


def test_a_screen_upside_down_does_not_turn_the_body(tmp_path):
    take = opened(write_c3d(tmp_path / "a.c3d", marker_positions(), POINT_Y_SCREEN=["-Z"]))
    np.testing.assert_allclose(take.positions, marker_positions(), atol=1e-6)


def record(number: int, name: str, content: bytes, endian: str) -> bytes:
    """A group (number below 0) or a parameter."""
    return (
        struct.pack("bb", len(name), number)
        + name.encode()
        + struct.pack(f"{endian}H", len(content) + 3)
        + content
        + b"\0"
    )


def to_dec(values: np.ndarray) -> bytes:
    """Floats of a VAX: four times the IEEE value, its two words exchanged."""
    words = np.frombuffer((np.asarray(values, np.float32) * np.float32(4)).astype("<f4").tobytes(), "<u2")
    return words.reshape(-1, 2)[:, ::-1].tobytes()


def raw_c3d(positions: np.ndarray, processor: int, scale: float) -> bytes:
    """A file of one processor, with integers of `scale` mm, or with floats if it is negative."""
    endian = ">" if processor == 86 else "<"
    floats = to_dec if processor == 85 else lambda values: np.asarray(values, f"{endian}f4").tobytes()
    frames, count = positions.shape[:2]
    labels = b"".join(label.encode().ljust(4) for label in SUBJECT_LABELS)
    parameters = b"\x01\x50\x01" + bytes([processor])
    for number, name, content in (
        (-1, "POINT", b""),
        (1, "USED", struct.pack(f"{endian}bBH", 2, 0, count)),
        (1, "RATE", b"\x04\x00" + floats([100.0])),
        (1, "SCALE", b"\x04\x00" + floats([scale])),
        (1, "LABELS", b"\xff\x02" + bytes([4, count]) + labels),
        (1, "UNITS", b"\xff\x01\x02mm"),
    ):
        parameters += record(number, name, content, endian)
    parameters = (parameters + b"\0\0").ljust(512, b"\0")
    header = b"\x02\x50" + struct.pack(f"{endian}5H", count, 0, 1, frames % 65_536, 0) + floats([scale])
    header += struct.pack(f"{endian}2H", 3, 0) + floats([100.0])
    points = np.zeros((frames, count, 4))
    points[..., :3] = positions * 1000 / (scale if scale > 0 else 1)
    data = points.round().astype(f"{endian}i2").tobytes() if scale > 0 else floats(points.ravel())
    return header.ljust(512, b"\0") + parameters + data


@pytest.mark.parametrize("scale", [-1.0, 0.1], ids=["floats", "integers"])
@pytest.mark.parametrize("processor", [84, 85, 86], ids=["Intel", "DEC", "MIPS"])
def test_files_of_every_processor_are_read(tmp_path, processor, scale):
    (tmp_path / "a.c3d").write_bytes(raw_c3d(marker_positions(), processor, scale))
    take = opened(tmp_path / "a.c3d")
    assert (take.fps, take.marker_set.labels) == (100, SUBJECT_LABELS)
    np.testing.assert_allclose(take.positions, marker_positions(), atol=1e-4)


def test_more_frames_than_the_header_can_count_are_read(tmp_path):
    content = bytearray(raw_c3d(np.repeat(marker_positions(1), 66_000, axis=0), 84, 0.1))
    content[8:10] = b"\xff\xff"
    fields = [
        record(-2, "TRIAL", b"", "<"),
        record(2, "ACTUAL_START_FIELD", struct.pack("<bBB2H", 2, 1, 2, 1, 0), "<"),
        record(2, "ACTUAL_END_FIELD", struct.pack("<bBB2H", 2, 1, 2, 66_000 % 65_536, 1), "<"),
    ]
    end = content.index(b"UNITS") + len(b"UNITS") + 8
    content[end:1024] = b"".join(fields).ljust(1024 - end, b"\0")
    (tmp_path / "a.c3d").write_bytes(content)
    assert len(opened(tmp_path / "a.c3d")) == 66_000


def changed(change) -> bytes:
    content = bytearray(raw_c3d(marker_positions(), 84, -1.0))
    change(content)
    return bytes(content)


DAMAGED = {
    "a header cut short": (changed(lambda c: c.__delitem__(slice(300, None))), "expected a header of 512 bytes"),
    "no parameters": (changed(lambda c: c.__delitem__(slice(512, None))), "names block 2 for the parameters"),
    "an unknown processor": (changed(lambda c: c.__setitem__(515, 9)), "processor type of 84, 85 or 86"),
    "data cut short": (changed(lambda c: c.__delitem__(slice(1100, None))), "expected 20 frames of 8 points, found"),
    "65,535 frames": (changed(lambda c: c.__setitem__(slice(8, 10), b"\xff\xff")), "expected 65,535 frames"),
    "no data": (changed(lambda c: c.__setitem__(16, 99)), "its data begin at byte 50,176"),
}


@pytest.mark.parametrize(("content", "message"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_refused_with_what_was_expected(tmp_path, content, message):
    (tmp_path / "a.c3d").write_bytes(content)
    with pytest.raises(RecordingError, match=message):
        open_recording_file(tmp_path / "a.c3d")


def test_a_file_with_forces_only_is_named(tmp_path):
    path = write_c3d(tmp_path / "a.c3d", marker_positions(), POINT_FORCES=list(SUBJECT_LABELS))
    with pytest.raises(RecordingError, match="8 computed values only, such as 'LFHD': export the trajectories too"):
        open_recording_file(path)
