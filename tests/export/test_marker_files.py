"""C3D, TRC and CSV, read back with other libraries."""

import csv
import io
import warnings

import c3d as c3d_library
import ezc3d
import numpy as np
import pytest

from mariel.export.marker_files.c3d import MAX_FRAMES, pieces
from mariel.export.registry import EXPORTERS
from tests.export.dances import HANDS, hands_positions, request_of


@pytest.fixture
def c3d_file(tmp_path):
    def write(*positions, **options):
        path = tmp_path / "dance.c3d"
        path.write_bytes(EXPORTERS["c3d"].export(request_of(*positions, **options)))
        return path

    return write


def test_a_c3d_file_has_millimetres_names_rate_axes_and_credit(c3d_file):
    positions = hands_positions()
    file = ezc3d.c3d(str(c3d_file(positions, fps=120.0)))
    expected = (positions.astype(np.float64) * 1000).astype(np.float32)
    np.testing.assert_array_equal(file["data"]["points"][:3].transpose(2, 1, 0), expected)
    point = {name: each["value"] for name, each in file["parameters"]["POINT"].items() if name != "__METADATA__"}
    assert (list(point["LABELS"]), list(point["UNITS"]), list(point["RATE"])) == (list(HANDS.labels), ["mm"], [120])
    assert (list(point["X_SCREEN"]), list(point["Y_SCREEN"])) == (["+X"], ["+Z"])
    assert list(file["parameters"]["MANUFACTURER"]["CREDIT"]["value"]) == ["Danced by Ann."]


def test_a_second_library_reads_the_same_numbers_and_which_markers_are_not_seen(c3d_file):
    positions = hands_positions()
    positions[3, 1] = np.nan
    with c3d_file(positions).open("rb") as handle, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there are no analog data
        reader = c3d_library.Reader(handle)
        frames = [points for _, points, _ in reader.read_frames()]
    assert [label.strip() for label in reader.point_labels] == list(HANDS.labels)
    assert reader.point_rate == 35
    assert frames[3][1, 3] == -1
    seen = np.stack(frames)
    assert (seen[..., 3] == -1).sum() == 1
    ok = np.isfinite(positions[..., 0])
    np.testing.assert_array_equal(seen[..., :3][ok], (positions[ok].astype(np.float64) * 1000).astype(np.float32))


def test_dancers_are_subjects_with_prefixes_and_the_shorter_one_is_not_seen_after_its_end(c3d_file):
    file = ezc3d.c3d(str(c3d_file(hands_positions(12), hands_positions(9, seed=1))))
    subjects = {name: list(each["value"]) for name, each in file["parameters"]["SUBJECTS"].items() if name[0] != "_"}
    assert subjects == {
        "USED": [2], "USES_PREFIXES": [1], "NAMES": ["Ann", "Ben"], "LABEL_PREFIXES": ["Ann:", "Ben:"],
    }  # fmt: skip
    assert list(file["parameters"]["POINT"]["LABELS"]["value"])[2:4] == ["Ann:chin", "Ben:LHAND"]
    assert (file["data"]["meta_points"]["residuals"][0, 3:, 9:] == -1).all()
    assert (file["data"]["meta_points"]["residuals"][0, :, :9] == 0).all()


def test_a_dance_too_long_for_a_c3d_header_is_refused():
    request = request_of(np.zeros((MAX_FRAMES + 1, 3, 3), np.float32))
    assert "65,535 frames" in EXPORTERS["c3d"].why_not(request)


def test_long_texts_are_cut_between_words():
    assert pieces("one two three", 7) == ["one two", "three"]
    assert pieces("abcdefgh", 3) == ["abc"]


def test_a_trc_file_is_a_table_of_tabs_with_y_up():
    positions = hands_positions(4)
    positions[2, 1] = np.nan
    lines = EXPORTERS["trc"].export(request_of(positions)).decode().split("\n")
    assert lines[0].split("\t") == ["PathFileType", "4", "(X/Y/Z)", "a dance. Credit: Danced by Ann."]
    assert lines[2].split("\t") == ["35", "35", "4", "3", "mm", "35", "1", "4"]
    assert lines[3].split("\t") == ["Frame#", "Time", "LHAND", "", "", "RHAND", "", "", "chin", "", ""]
    assert lines[4].split("\t")[2:5] == ["X1", "Y1", "Z1"]
    rows = [line.split("\t") for line in lines[6:] if line]
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    assert rows[2][5:8] == ["", "", ""]
    x, y, z = positions[1, 0].astype(float) * 1000
    assert np.array(rows[1][2:5], np.float32).tolist() == np.array([x, z, -y], np.float32).tolist()


def test_a_table_has_times_and_metres_and_no_heading_that_a_spreadsheet_would_run():
    request = request_of(hands_positions(3), credit="=HYPERLINK(1), danced by Ann")
    table = list(csv.reader(io.StringIO(EXPORTERS["csv"].export(request).decode())))
    assert table[0][:5] == ["frame", "time", "LHAND_x", "LHAND_y", "LHAND_z"]
    assert table[0][-1] == "credit: =HYPERLINK(1), danced by Ann"
    assert {len(row) for row in table} == {2 + 9 + 1}
    np.testing.assert_array_equal(
        np.array([row[2:-1] for row in table[1:]], np.float32).reshape(3, 3, 3), hands_positions(3)
    )
    assert [row[1] for row in table[1:]] == ["0", "0.0285714286", "0.0571428571"]


@pytest.mark.parametrize("name", ["c3d", "trc", "csv"])
def test_dancers_of_other_frame_rates_or_units_are_no_table(name):
    giants = hands_positions() * 100
    assert "unit" in EXPORTERS[name].why_not(request_of(hands_positions(), giants))
    request = request_of(hands_positions(), positions=np.zeros((5, 7, 3), np.float32))
    assert "other markers" in EXPORTERS[name].why_not(request)
