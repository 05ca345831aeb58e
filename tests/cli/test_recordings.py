import json
import subprocess
import sys

import numpy as np
import pytest

from mariel.cli import main
from mariel.data.preprocessing import Preprocessing
from mariel.motion.io.loading import load_recordings
from tests.support.bodies import walker, write_take
from tests.support.published_loader import published


@pytest.fixture
def folder(tmp_path):
    """Two takes, of 900 and 450 useful frames, of a trembling body that walks at 0.1 and 0.3 m/s."""
    rng = np.random.default_rng(1)
    raw = tmp_path / "raw"
    raw.mkdir()
    for name, frames, speed in (("honey", 900, 0.1), ("salt", 450, 0.3)):
        write_take(raw, name, walker(frames + 1000, speed) + rng.normal(0, 0.01, (frames + 1000, 53, 3)))
    return raw


def test_info_lists_every_take(folder, capsys):
    assert main(["info", str(folder)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("2 takes, 1,350 frames, 39 s\n")
    assert "honey      900 frames         26 s  53 markers  35 fps  float32" in out


def test_trim_is_settable(folder, capsys):
    assert main(["info", str(folder), "--trim", "0"]) == 0
    assert "3,350 frames" in capsys.readouterr().out


def test_a_bad_file_is_told_on_stderr_and_the_good_ones_stay(folder, capsys):
    (folder / "mariel_bad.npy").write_bytes(b"nothing")
    assert main(["info", str(folder)]) == 0
    streams = capsys.readouterr()
    assert "2 takes" in streams.out
    assert streams.err.startswith("mariel info: error: mariel_bad.npy: ")
    assert streams.err.count("\n") == 1


def test_reference_statistics_begin_with_the_lines_the_published_loader_prints(folder, capsys):
    assert main(["stats", str(folder), "--reference"]) == 0
    assert capsys.readouterr().out.startswith(published(folder)["printed"] + "\n")


def test_json_statistics_bear_the_references_names(folder, capsys):
    assert main(["stats", str(folder), "--reference", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["timesteps"], found["joints"]) == (1350, 53)
    assert found["counts"] == {"honey": 900, "salt": 450}
    assert found["offsets"] == {"honey": 0, "salt": 900}
    assert found["xy_range"] == found["xy_max"] - found["xy_min"]
    printed = published(folder)["printed"].splitlines()
    for side, lines in (("uncentered", printed[1:3]), ("centered", printed[3:5])):
        numbers = found[side]
        assert lines[0] == f"loc_min: {numbers['loc_min']} loc_max: {numbers['loc_max']}"
        assert lines[1] == f"vel_min: {numbers['vel_min']} vel_max: {numbers['vel_max']}"


def test_default_statistics_are_fitted_on_training_frames(folder, capsys):
    main(["stats", str(folder), "--json"])
    held_out = json.loads(capsys.readouterr().out)
    main(["stats", str(folder), "--json", "--all-frames"])
    everything = json.loads(capsys.readouterr().out)
    assert everything["fitted_on"] == [["honey", 0, 900], ["salt", 0, 450]]
    assert sum(stop - start for _, start, stop in held_out["fitted_on"]) < 1350 - 2 * 128


def test_takes_too_short_to_divide_are_fitted_whole_and_it_is_said(tmp_path, capsys):
    write_take(tmp_path, "short", walker(1100))
    assert main(["stats", str(tmp_path)]) == 0
    streams = capsys.readouterr()
    assert "mariel stats: warning: scaling is fitted on all frames" in streams.err
    assert "fitted on 100 of 100 frames" in streams.out


def test_prepare_reference_writes_the_published_arrays(folder, tmp_path, capsys):
    assert main(["prepare", str(folder), "--reference", "--out", str(tmp_path / "dances.npz")]) == 0
    expected = published(folder)
    with np.load(tmp_path / "dances.npz") as archive:
        np.testing.assert_allclose(archive["positions"], expected["joined"], rtol=0, atol=1e-6)
        np.testing.assert_allclose(archive["centered"], expected["joined_centred"], rtol=0, atol=1e-6)
        assert archive["offsets"].tolist() == [0, 900]
        assert archive["takes"].tolist() == ["honey", "salt"]
        assert archive["training"].all()
    assert "(1350, 53, 6)" in capsys.readouterr().out
    assert sorted(file.name for file in tmp_path.iterdir()) == ["dances.npz", "raw"]


def test_what_prepare_writes_can_be_undone_from_the_file_alone(folder, tmp_path):
    assert main(["prepare", str(folder), "--out", str(tmp_path / "dances.npz")]) == 0
    with np.load(tmp_path / "dances.npz") as archive:
        fit = Preprocessing.from_dict(json.loads(str(archive["preprocessing"])))
        metres = fit.with_centring(False).undo(archive["positions"])
        assert 0 < archive["training"].mean() < 1
    honey = load_recordings(folder)["honey"]
    np.testing.assert_allclose(metres[:900], honey.positions, atol=1e-5)


def test_prepare_reduces_to_18_markers(folder, tmp_path):
    for name, options in (("all", []), ("few", ["--reduced"])):
        assert main(["prepare", str(folder), "--out", str(tmp_path / f"{name}.npz"), *options]) == 0
    with np.load(tmp_path / "all.npz") as whole, np.load(tmp_path / "few.npz") as few:
        columns = [whole["labels"].tolist().index(label) for label in few["labels"]]
        assert few["centered"].shape == (1350, 18, 6)
        np.testing.assert_array_equal(few["centered"], whole["centered"][:, columns])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["info", "nowhere"], "mariel info: no such folder or file: 'nowhere'\n"),
        (
            ["prepare", "nowhere", "--out", "no/such/a.npz"],
            "mariel prepare: --out no/such/a.npz: there is no folder no",
        ),
        (["prepare", "nowhere", "--out", "."], "mariel prepare: --out .: expected a file, found a folder\n"),
    ],
)
def test_mistakes_are_told_in_one_line_with_status_1(arguments, message, capsys):
    assert main(arguments) == 1
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.startswith(message)
    assert streams.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: COMMAND"),
        (["dance"], "invalid choice: 'dance'"),
        (["prepare", "demo"], "required: --out"),
        (["info", "demo", "--trim", "-3"], "expected a number of frames, 0 or more, found '-3'"),
    ],
)
def test_calls_that_make_no_sense_have_status_2(arguments, message, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["stats", "--help"]])
def test_help_answers_without_loading_anything_heavy(arguments):
    code = (
        "import sys, mariel.cli\n"
        f"try: mariel.cli.main({arguments!r})\n"
        "except SystemExit as stop: assert stop.code == 0\n"
        "print('LOADED', *sorted({'torch', 'numpy', 'streamlit', 'plotly'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "usage: mariel" in done.stdout
    assert done.stdout.endswith("LOADED\n")


def test_python_m_mariel_is_the_same_command_line(folder):
    done = subprocess.run(
        [sys.executable, "-m", "mariel", "info", str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("2 takes")
