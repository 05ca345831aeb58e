"""TRC files of Cortex and OpenSim."""

import numpy as np
import pytest

from mariel.errors import RecordingError
from mariel.motion.io.registry import open_recording_file
from tests.support.recording_files import SUBJECT_LABELS, assert_seen_where, marker_positions, write_trc


def opened(path):
    (take,) = open_recording_file(path)
    return take


def changed(path, old: str, new: str):
    """A TRC file with a part of its text replaced."""
    write_trc(path, marker_positions())
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return path


def test_names_rate_unit_and_empty_cells_are_read(tmp_path):
    positions = marker_positions()
    positions[3:15, 2] = np.nan
    take = opened(write_trc(tmp_path / "a.trc", positions))
    assert (take.fps, take.unit, take.marker_set.labels) == (100, "m", SUBJECT_LABELS)
    assert_seen_where(take, positions, atol=1e-6)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["Unix", "Windows", "old Mac"])
def test_lines_may_end_in_any_way(tmp_path, newline):
    take = opened(write_trc(tmp_path / "a.trc", marker_positions(), newline=newline))
    np.testing.assert_allclose(take.positions, marker_positions(), atol=1e-6)


def test_tabs_at_the_ends_of_lines_change_nothing(tmp_path):
    write_trc(tmp_path / "a.trc", marker_positions())
    text = (tmp_path / "a.trc").read_bytes().replace(b"\r\n", b"\t\r\n")
    (tmp_path / "a.trc").write_bytes(text)
    take = opened(tmp_path / "a.trc")
    assert take.marker_set.labels == SUBJECT_LABELS
    np.testing.assert_allclose(take.positions, marker_positions(), atol=1e-6)


def test_shifted_rows_of_names_and_axes_change_nothing(tmp_path):
    write_trc(tmp_path / "a.trc", marker_positions())
    lines = (tmp_path / "a.trc").read_text().split("\n")
    lines[2] = lines[2].replace("\t", "\t\t")
    lines[3] = "Frame#\tTime\t\t" + "\t\t".join(SUBJECT_LABELS)
    lines[4] = "\t" + lines[4]
    (tmp_path / "a.trc").write_text("\n".join(lines))
    take = opened(tmp_path / "a.trc")
    assert (take.fps, take.marker_set.labels) == (100, SUBJECT_LABELS)
    np.testing.assert_allclose(take.positions, marker_positions(), atol=1e-6)


@pytest.mark.parametrize("unseen", [" ", "       NaN", "nan", "NAN "])
def test_blanks_and_every_spelling_of_nan_are_unseen(tmp_path, unseen):
    path = changed(tmp_path / "a.trc", "1060.000\t1700.000\t-570.000", "\t".join([unseen] * 3))
    assert [(gap.start, gap.stop, gap.column) for gap in opened(path).gaps] == [(0, 1, 0)]


def test_the_rate_comes_from_the_times_where_the_header_has_none(tmp_path):
    assert opened(changed(tmp_path / "a.trc", "100\t100\t20", "\t\t20")).fps == 100


def test_names_without_axes_below_them_are_read(tmp_path):
    write_trc(tmp_path / "a.trc", marker_positions())
    lines = (tmp_path / "a.trc").read_text().split("\n")
    (tmp_path / "a.trc").write_text("\n".join(line for line in lines if not line.startswith("\t\tX1")))
    np.testing.assert_allclose(opened(tmp_path / "a.trc").positions, marker_positions(), atol=1e-6)


def test_names_of_two_people_make_two_recordings(tmp_path):
    both = np.concatenate([marker_positions(), marker_positions(shift=1.0)], axis=1)
    labels = [f"{who}:{label}" for who in "AB" for label in SUBJECT_LABELS]
    takes = open_recording_file(write_trc(tmp_path / "duet.trc", both, labels))
    assert [(take.name, len(take.marker_set)) for take in takes] == [("duet A", 8), ("duet B", 8)]


INVALID = {
    "a word": ("1060.000", "left", "line 7: expected numbers, found 'left'"),
    "no names": ("Frame#", "", "expected the rows PathFileType, DataRate"),
    "an impossible rate": ("100\t100\t20", "1e9\t100\t20", "fps must be above 0 and at most 100,000"),
}


@pytest.mark.parametrize(("old", "new", "message"), INVALID.values(), ids=INVALID)
def test_an_invalid_file_is_refused_with_the_line(tmp_path, old, new, message):
    with pytest.raises(RecordingError, match=message):
        opened(changed(tmp_path / "a.trc", old, new))


def test_more_cells_than_in_the_first_row_are_refused(tmp_path):
    write_trc(tmp_path / "a.trc", marker_positions())
    with (tmp_path / "a.trc").open("a") as file:
        file.write("21\t0.2" + "\t1" * 40 + "\n")
    with pytest.raises(RecordingError, match="line 27: expected 26 cells as in the rows above, found 42"):
        opened(tmp_path / "a.trc")


def test_a_wide_row_above_a_million_short_ones_is_refused_before_memory_is_taken(tmp_path):
    write_trc(tmp_path / "a.trc", marker_positions(1), [f"M{number}" for number in range(1999)])
    with (tmp_path / "a.trc").open("ab") as file:
        file.write(b"1\n" * 100_000)
    with pytest.raises(RecordingError, match=r"expected 5,999 cells in every row, .* found far fewer"):
        opened(tmp_path / "a.trc")
