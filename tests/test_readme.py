"""README tells the truth of today: its commands run, and its Python gives what its comments say."""

import re
from pathlib import Path

import pytest

from mariel.cli import main
from tests.support.small_runs import trained_run, written_takes

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)
COMMANDS = [line for _, block in BLOCKS for line in block.splitlines() if line.startswith("python -m mariel")]


def test_the_python_in_the_readme_runs_and_says_what_it_shows():
    shared: dict = {}
    for language, block in BLOCKS:
        if language != "python":
            continue
        for line in block.splitlines():
            code, _, comment = line.partition("  #")
            if not comment or "=" in code.split("(")[0]:
                exec(line, shared)
            else:
                shown = repr(eval(code, shared))
                if comment.strip().startswith(("Recording(", "Data(")):
                    assert comment.strip() == shown
    assert shared["knee"].shape == (140, 3)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return trained_run(tmp_path_factory.mktemp("readme"))


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_in_the_readme_run(command, tmp_path, capsys, checkpoint):
    words = re.sub(r"[\[\]]", "", command).split()[3:]
    places = {
        "DATA": "demo",
        "FILE.npz": str(tmp_path / "out.npz"),
        "FILE.html": str(tmp_path / "out.html"),
        "DIR": str(tmp_path / "run"),
    }
    if "CHECKPOINT" in words:  # it has learned phrases of 16 frames: the demo would be cut to thousands
        places |= {"CHECKPOINT": str(checkpoint.folder), "DATA": str(written_takes(tmp_path / "data", frames=1200))}
    if "train" in words:  # a batch or two, a validation and a saved run are enough, on two takes of 500 useful frames
        places["DATA"] = str(written_takes(tmp_path / "data", frames=1500))
        words[words.index("--minutes") + 1] = "0.01"
    words = [places.get(word, word) for word in words]
    assert main(words) == 0


def test_there_are_commands_to_try():
    assert {command.split()[3] for command in COMMANDS} >= {
        "info",
        "stats",
        "prepare",
        "train",
        "sample",
        "evaluate",
        "export",
    }


@pytest.mark.parametrize("target", re.findall(r"\]\((?!http)([^)#]+)\)", README))
def test_what_the_readme_links_to_is_there(target):
    assert (ROOT / target).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"^make (\w+)", README, re.MULTILINE))))
def test_the_make_targets_exist(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
