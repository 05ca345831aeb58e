"""The flags that say what a file of motion does not say, of every command that reads motion."""

import runpy

import pytest

from mariel.cli import COMMANDS, main, make_app
from mariel.cli.description_flags import DescriptionFlags
from mariel.files import HOME_VARIABLE
from mariel.motion.io.description import MotionDescription, description_path, read_description
from mariel.motion.io.formats.npz import write_npz
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.recording import Recording
from tests.support.small_runs import swaying, trained_run

WITHOUT_MOTION = {"analyse"}
"""Commands that read nothing but a run and the recordings in its settings."""

TRAIN = "--model notebook --layers 1 --hidden 8 --latent 4 --length 16 --epochs 1 --batch-size 8 --device cpu"

WORDS = {
    "app": "app {data}",
    "info": "info {data}",
    "stats": "stats {data}",
    "prepare": "prepare {data} --out {out}.npz",
    "retarget": "retarget {data} --to smpl24 --out {out}.npz",
    "train": f"train {{data}} --out {{out}} --phrases-per-epoch 16 {TRAIN}",
    "sample": "sample {run} --pose {data} walk 7 --out {out}.npz",
    "reconstruct": "reconstruct {run} {data} --out {out}.npz",
    "evaluate": "evaluate {run} {data}",
    "export": "export {data} --out {out}.npz",
    "favourites": "favourites {data}",
}
"""Of each command, words that read a file of motion."""

READING = [name for name in COMMANDS if name not in WITHOUT_MOTION]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return trained_run(tmp_path_factory.mktemp("run"))


@pytest.fixture
def walk(tmp_path):
    """A file that says metres and means millimetres: nobody can open it without saying so."""
    path = tmp_path / "walk.npz"
    path.write_bytes(write_npz([Recording.from_positions("walk", 1000 * swaying(), MARIEL_53)]))
    return path


@pytest.fixture
def command(run, walk, tmp_path, monkeypatch, capsys):
    """Runs a command on the file; gives its status and what it printed on standard error."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setattr(runpy, "run_module", lambda *_, **__: None)
    monkeypatch.setattr("sys.argv", ["mariel"])

    def call(name, *flags):
        out = tmp_path / f"out{len(flags)}"  # a training that fails leaves its folder
        words = WORDS[name].format(data=walk, out=out, run=run.folder).split()
        status = main([*words, *flags])
        return status, capsys.readouterr().err

    return call


@pytest.mark.parametrize("name", READING)
def test_a_command_reads_a_file_that_needs_an_answer_and_keeps_it(command, walk, name):
    if name != "app":  # asks in its own form
        status, said = command(name)
        assert (status, "say so with --unit mm" in said) == (1, True), said
    status, said = command(name, "--unit", "mm", *([] if name in ("app", "train") else ["--keep"]))
    assert status == 0, said
    assert f"mariel {name}: kept in {description_path(walk)}" in said
    assert read_description(walk) == MotionDescription(unit="mm")


@pytest.mark.parametrize("name", READING)
def test_the_help_of_a_command_that_reads_motion_has_every_flag(name, capsys):
    assert main([name, "--help"]) == 0
    printed = capsys.readouterr().out
    group = printed.partition("what the files do not say")[2]
    assert [flag for flag in DescriptionFlags.__dataclass_fields__ if f"--{flag}" not in group] == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("favourites --up y", "--up describes files of motion: it goes with FILE"),
        ("app --fps 30 --no-browser", "--fps describes files of motion: it goes with DATA"),
        ("sample {run} --out x.npz --unit mm", "--unit describes files of motion: it goes with --pose"),
    ],
)
def test_a_flag_without_a_file_of_motion_is_refused(run, capsys, words, message):
    assert main(words.format(run=run.folder).split()) == 1
    assert message in capsys.readouterr().err


def test_commands_without_motion_have_no_such_flags(capsys):
    for name in WITHOUT_MOTION:
        assert main([name, "--help"]) == 0
        assert "what the files do not say" not in capsys.readouterr().out
    assert set(WORDS) == set(READING) == set(make_app("")) - WITHOUT_MOTION - {"--help", "-h", "--version"}
