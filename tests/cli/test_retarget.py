"""`mariel retarget`."""

import json

import numpy as np
import pytest

from mariel.cli import main
from mariel.motion.demo import perform_movement
from mariel.motion.io.formats.npz import write_npz
from mariel.motion.io.loading import load_recordings
from mariel.motion.mariel_markers import MARIEL_53


@pytest.fixture
def dance(tmp_path) -> str:
    (tmp_path / "dance.npz").write_bytes(write_npz([perform_movement("bow").markers(MARIEL_53)]))
    return str(tmp_path / "dance.npz")


def test_a_dance_gets_the_joints_of_a_rig_and_its_error_is_printed(dance, tmp_path, capsys):
    out = tmp_path / "joints.npz"
    assert main(["retarget", dance, "--to", "smpl24", "--to-fps", "20", "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["error_cm"] < 1.0
    assert (told["fps"], told["estimated"], len(told["markers"])) == (20, [], 24)
    (written,) = load_recordings(out).values()
    assert written.marker_set.name == "SMPL 24 joints"
    assert written.fps == 20
    assert np.isfinite(written.positions).all()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--to", "nonsense", "--out", "{}/x.npz"], "no markers are known by the name 'nonsense'"),
        (["--to", "mariel53", "--out", "{}/x.txt"], "expected a name that ends in .npz"),
        (["--to", "mariel53", "--out", "{}/gone/x.npz"], "there is no folder"),
        (["--to", "mariel53", "--take", "other", "--out", "{}/x.npz"], "no recording 'other'"),
    ],
)
def test_wrong_words_are_told_in_one_line(dance, tmp_path, capsys, words, message):
    assert main(["retarget", dance, *(word.format(tmp_path) for word in words)]) == 1
    assert message in capsys.readouterr().err


def test_one_of_several_takes_has_to_be_chosen(dance, tmp_path, capsys):
    (tmp_path / "second.npz").write_bytes((tmp_path / "dance.npz").read_bytes())
    assert main(["retarget", str(tmp_path), "--to", "mariel53", "--out", str(tmp_path / "x.npz")]) == 1
    assert "has 2 takes; choose one of dance, second" in capsys.readouterr().err
