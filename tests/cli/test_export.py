"""`export`: recordings and a model's dances as pages."""

import json
import re
from base64 import b64decode

import numpy as np
import pytest

from mariel.cli import main
from mariel.generation.favourites import keep
from mariel.motion.mariel_markers import MARIEL_53
from mariel.stage.packing import STEP, unpack
from tests.support.small_runs import swaying, trained_run, written_takes


@pytest.fixture(scope="module")
def takes(tmp_path_factory):
    return written_takes(tmp_path_factory.mktemp("takes"), "one", "slow_waltz")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return trained_run(tmp_path_factory.mktemp("dances"))


@pytest.fixture
def out(tmp_path):
    return tmp_path / "dance.html"


def export(capsys, *words) -> tuple[int, str, str]:
    status = main(["export", *(str(word) for word in words)])
    printed, err = capsys.readouterr()
    return status, printed, err


def danced(path) -> tuple[dict, list[np.ndarray]]:
    """Header and bodies of the scene in a page."""
    (player,) = json.loads(re.search(r'id="players">(.*?)</script>', path.read_text())[1])
    return unpack(b64decode(player["block"].partition(",")[2]))


def test_some_frames_of_a_take(takes, out, capsys):
    words = (takes, "--trim", 0, "--take", "slow_waltz", "--start", 10, "--frames", 30, "--title", "Ours & yours")
    status, printed, err = export(capsys, *words, "--out", out)
    assert (status, err) == (0, "")
    assert "a dancer, 30 frames" in printed
    page = out.read_text()
    assert "<h1>Ours &amp; yours</h1>" in page
    assert "Frames 10 to 39 of the take slow waltz" in page
    body = danced(out)[1][0]
    assert np.abs(body - swaying(120, seed=1)[10:40]).max() < STEP


def test_without_flags_it_is_the_whole_first_take(takes, out, capsys):
    assert export(capsys, takes, "--trim", 0, "--out", out)[0] == 0
    assert danced(out)[0]["frames"] == 120
    assert "<h1>one</h1>" in out.read_text()


def test_the_demo_dancer_is_called_synthetic(out, capsys):
    assert export(capsys, "demo", "--frames", 40, "--out", out)[0] == 0
    assert "synthetic demo dancer" in out.read_text()


def test_a_favourite_is_danced_under_its_name(tmp_path, out, capsys):
    body = swaying(40, seed=3)
    recipe = {"checkpoint": "polka", "data": "demo", "seed": 7}
    kept = keep("slow turn", body, MARIEL_53, 35.0, recipe, root=tmp_path)
    assert export(capsys, kept.path, "--start", 10, "--out", out)[:1] == (0,)
    page = out.read_text()
    assert "<h1>slow turn</h1>" in page
    assert "danced by the model polka" in page
    assert "synthetic demo dancer" in page
    assert np.abs(danced(out)[1][0] - body[10:]).max() < STEP
    status, _, err = export(capsys, kept.path, "--take", "one", "--out", out)
    assert (status, "one dance" in err) == (1, True)


def test_new_dances_stand_beside_each_other(run, tmp_path, out, capsys):
    archive = tmp_path / "new.npz"
    assert main(["sample", str(run.folder), "--count", "3", "--seed", "5", "--out", str(archive)]) == 0
    assert export(capsys, archive, "--out", out)[0] == 0
    header, bodies = danced(out)
    assert [dancer["label"] for dancer in header["dancers"]] == ["1", "2", "3"]
    middles = np.array([body[..., :2].mean(axis=(0, 1)) for body in bodies])
    assert np.linalg.norm(middles[1] - middles[0]) > 1
    assert "Danced by the model waltz at temperature 1, seed 5; nobody has danced this." in out.read_text()


def test_a_reconstruction_stands_beside_what_was_danced(run, takes, tmp_path, out, capsys):
    archive = rebuilt(run, tmp_path, 1)
    assert export(capsys, archive, "--out", out)[0] == 0
    header, bodies = danced(out)
    assert [dancer["label"] for dancer in header["dancers"]] == ["danced", "model"]
    with np.load(archive) as arrays:
        assert np.abs(bodies[0] - arrays["original"][0]).max() < STEP
    assert "one from frame 0 beside its reconstruction" in out.read_text()


def test_what_one_stage_does_not_hold_is_said(run, tmp_path, out, capsys):
    status, _, err = export(capsys, rebuilt(run, tmp_path, 8), "--out", out)
    assert (status, "the first 6 of 8 dances" in err) == (0, True)
    assert len(danced(out)[1]) == 12


def rebuilt(run, folder, count: int):
    """An archive of so many reconstructed phrases."""
    data, archive = written_takes(folder / "raw", "one", frames=1000 + 16 * count), folder / "rebuilt.npz"
    assert main(["reconstruct", str(run.folder), str(data), "--out", str(archive)]) == 0
    return archive


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--start", 120), "--start 120: the dance has 120 frames, 0 to 119"),
        (("--start", -1), "--start -1: the dance"),
        (("--start", 100, "--frames", 30), "--start 100 --frames 30: the dance has 120 frames"),
        (("--frames", 0), "--start 0 --frames 0: the dance"),
        (("--take", "tango"), "no recording 'tango'"),
    ],
)
def test_what_is_not_there_is_said_and_nothing_is_written(takes, out, capsys, flags, message):
    status, _, err = export(capsys, takes, "--trim", 0, *flags, "--out", out)
    assert (status, message in err, out.exists()) == (1, True, False)


def test_a_take_that_new_dances_do_not_have_is_said(run, tmp_path, out, capsys):
    archive = tmp_path / "new.npz"
    main(["sample", str(run.folder), "--out", str(archive)])
    status, _, err = export(capsys, archive, "--take", "one", "--out", out)
    assert (status, "no take 'one'" in err, out.exists()) == (1, True, False)


@pytest.mark.parametrize(
    ("name", "message"),
    [("dance.txt", "ends in .html"), ("nowhere/dance.html", "there is no folder"), ("folder.html", "found a folder")],
)
def test_a_place_that_cannot_be_written_is_refused_before_any_work(tmp_path, capsys, name, message):
    (tmp_path / "folder.html").mkdir()
    status, _, err = export(capsys, "no such recordings", "--out", tmp_path / name)
    assert (status, message in err) == (1, True)


def test_prepared_numbers_are_no_dance(takes, tmp_path, out, capsys):
    archive = tmp_path / "prepared.npz"
    main(["prepare", str(takes), "--trim", "0", "--out", str(archive)])
    status, _, err = export(capsys, archive, "--out", out)
    assert (status, "as sample and reconstruct write them" in err) == (1, True)
