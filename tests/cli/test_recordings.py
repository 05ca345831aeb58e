import json
import subprocess
import sys
from importlib import import_module
from inspect import signature

import numpy as np
import pytest

import mariel
from mariel.cli import COMMANDS, main
from mariel.data.preprocessing import Preprocessing
from mariel.motion.io.loading import load_recordings
from tests.support.bodies import walking_positions, write_raw_take
from tests.support.reference_loader import run_reference_loader


@pytest.fixture
def folder(tmp_path):
    """Two takes, of 900 and 450 useful frames, of a body that walks at 0.1 and 0.3 m/s, with noise."""
    rng = np.random.default_rng(1)
    raw = tmp_path / "raw"
    raw.mkdir()
    for name, frames, speed in (("honey", 900, 0.1), ("salt", 450, 0.3)):
        write_raw_take(
            raw, name, walking_positions(frames + 1000, speed) + rng.normal(0, 0.01, (frames + 1000, 53, 3))
        )
    return raw


def test_info_lists_every_take(folder, capsys):
    assert main(["info", str(folder)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("2 takes, 1,350 frames, 39 s\n")
    assert [line.split() for line in out.splitlines()[1:]] == [
        ["take", "frames", "length", "markers", "fps", "stored", "as", "unit"],
        ["honey", "900", "26", "s", "53", "35", "float32", "m"],
        ["salt", "450", "13", "s", "53", "35", "float32", "m"],
    ]


def test_info_as_json_lists_takes_and_problems_and_nothing_else(folder, capsys):
    (folder / "mariel_bad.npy").write_bytes(b"nothing")
    assert main(["info", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    takes = [(take["name"], take["frames"], take["fps"]) for take in found["takes"]]
    assert takes == [("honey", 900, 35), ("salt", 450, 35)]
    assert len(found["takes"][0]["markers"]) == 53
    assert [problem["severity"] for problem in found["problems"]] == ["error"]


def test_names_are_printed_as_they_are(tmp_path, capsys):
    """Brackets and colons mean colours and pictures to rich, which prints the table."""
    for name in ("honey[red]", ":smile:", "[", "a" * 90):
        write_raw_take(tmp_path, name, walking_positions(1010, 0.1))
    assert main(["info", str(tmp_path)]) == 0
    names = [line.split("  ")[0] for line in capsys.readouterr().out.splitlines()[2:]]
    assert sorted(names) == sorted(["honey[red]", ":smile:", "[", "a" * 90])


def test_trim_is_settable(folder, capsys):
    assert main(["info", str(folder), "--trim", "0"]) == 0
    assert "3,350 frames" in capsys.readouterr().out


def test_a_damaged_file_is_reported_and_the_others_are_used(folder, capsys):
    (folder / "mariel_bad.npy").write_bytes(b"nothing")
    assert main(["info", str(folder)]) == 0
    streams = capsys.readouterr()
    assert "2 takes" in streams.out
    assert streams.err.startswith("mariel info: error: mariel_bad.npy: ")
    assert streams.err.count("\n") == 1


def test_reference_statistics_begin_with_the_lines_the_published_loader_prints(folder, capsys):
    assert main(["stats", str(folder), "--reference"]) == 0
    assert capsys.readouterr().out.startswith(run_reference_loader(folder)["printed"] + "\n")


def test_json_statistics_have_the_references_names(folder, capsys):
    assert main(["stats", str(folder), "--reference", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["timesteps"], found["joints"]) == (1350, 53)
    assert found["counts"] == {"honey": 900, "salt": 450}
    assert found["offsets"] == {"honey": 0, "salt": 900}
    assert found["xy_range"] == found["xy_max"] - found["xy_min"]
    printed = run_reference_loader(folder)["printed"].splitlines()
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


def test_takes_too_short_to_split_are_fitted_on_all_frames_with_a_warning(tmp_path, capsys):
    write_raw_take(tmp_path, "short", walking_positions(1100))
    assert main(["stats", str(tmp_path)]) == 0
    streams = capsys.readouterr()
    assert "mariel stats: warning: scaling is fitted on all frames" in streams.err
    assert "fitted on 100 of 100 frames" in streams.out


def test_prepare_reference_writes_the_published_arrays(folder, tmp_path, capsys):
    assert main(["prepare", str(folder), "--reference", "--out", str(tmp_path / "dances.npz")]) == 0
    expected = run_reference_loader(folder)
    with np.load(tmp_path / "dances.npz") as archive:
        np.testing.assert_allclose(archive["positions"], expected["concatenated"], rtol=0, atol=1e-6)
        np.testing.assert_allclose(archive["centered"], expected["concatenated_centred"], rtol=0, atol=1e-6)
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
def test_errors_are_printed_in_one_line_with_status_1(arguments, message, capsys):
    assert main(arguments) == 1
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.startswith(message)
    assert streams.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], f"mariel: expected a command: {', '.join(COMMANDS)}; see mariel --help"),
        (["dance"], 'mariel: Unknown command "dance". Available commands: app, info,'),
        (["prepare", "demo"], 'mariel prepare: Command "prepare" parameter --out requires an argument.'),
        (["info"], 'mariel info: Command "info" parameter DATA requires an argument.'),
        (["info", "demo", "more"], "mariel info: Unused Tokens: ['more']"),
        (["info", "demo", "--trm", "3"], "mariel info: Unknown option: --trm. Did you mean --trim?"),
        (["info", "demo", "--trim", "-3"], "expected a number of frames, 0 or more, found '-3'"),
    ],
)
def test_wrong_usage_has_status_2(arguments, message, capsys):
    assert main(arguments) == 2
    streams = capsys.readouterr()
    assert message in streams.err
    assert streams.out == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_is_its_docstring_and_names_every_flag(command, capsys):
    assert main([command, "--help"]) == 0
    shown = capsys.readouterr().out
    module, _, function = COMMANDS[command][0].partition(":")
    run = getattr(import_module(f"mariel.cli.{module}"), function)
    assert shown.startswith(f"Usage: mariel {command} ")
    assert " ".join(run.__doc__.split()) in " ".join(shown.split())
    assert "json" not in str(signature(run)) or " --json " in shown
    assert max(map(len, shown.splitlines())) < 80  # of a terminal, or of a pipe


def test_help_lists_every_command(capsys):
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {command} " in shown for command in COMMANDS)


def test_the_version_is_that_of_the_package(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{mariel.__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], *([command, "--help"] for command in COMMANDS)])
def test_help_imports_no_heavy_packages(arguments):
    code = (
        "import sys, mariel.cli\n"
        f"assert mariel.cli.main({arguments!r}) == 0\n"
        "print('LOADED', *sorted({'torch', 'numpy', 'streamlit', 'plotly'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Usage: mariel" in done.stdout
    assert done.stdout.endswith("LOADED\n")


def test_python_m_mariel_is_the_same_command_line(folder):
    done = subprocess.run(
        [sys.executable, "-m", "mariel", "info", str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("2 takes")
