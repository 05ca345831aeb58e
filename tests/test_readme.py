"""README is up to date: its commands run, and its Python gives what its comments say."""

import ast
import re
from pathlib import Path

import pytest

from mariel.cli import COMMANDS, main
from mariel.export.registry import exporter_table
from mariel.motion.io.registry import format_table
from tests.support.small_runs import trained_run, write_takes

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)
CALLS = [
    match[1]
    for _, block in BLOCKS
    for line in block.splitlines()
    if (match := re.match(r"(?:\.venv/bin/)?(?:python -m )?mariel ([^#]*)", line))
]
"""What README writes after `mariel` or `python -m mariel`."""


@pytest.mark.slow
def test_the_python_in_the_readme_runs_and_says_what_it_shows():
    shared: dict = {}
    for language, block in BLOCKS:
        if language != "python":
            continue
        lines = block.splitlines()
        for node in ast.parse(block).body:
            code = ast.get_source_segment(block, node)
            comment = lines[node.end_lineno - 1][node.end_col_offset :].strip().removeprefix("# ")
            if isinstance(node, ast.Expr):
                shown = repr(eval(code, shared))
                if comment.startswith(("Recording(", "Data(")):
                    assert comment == shown
            else:
                exec(code, shared)
    assert shared["knee"].shape == (140, 3)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return trained_run(tmp_path_factory.mktemp("readme"))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.slow
def test_the_commands_in_the_readme_run(call, tmp_path, checkpoint, monkeypatch):
    words = re.sub(r"[\[\]]|\s\|\s\S+", "", call).split()
    monkeypatch.setattr("runpy.run_module", lambda *_, **__: None)  # the app is not started
    monkeypatch.setenv("MARIEL_HOME", str(tmp_path))
    places = {
        "DATA": "demo",
        "FILE.npz": str(tmp_path / "out.npz"),
        "FILE.html": str(tmp_path / "out.html"),
        "DIR": str(tmp_path / "run"),
    }
    if {"CHECKPOINT", "demo-dancer"} & set(words) and words[0] in ("evaluate", "reconstruct"):
        # it has learned phrases of 16 frames: the demo would be cut to thousands
        places["DATA"] = str(write_takes(tmp_path / "data", frames=1200))
    places |= {"CHECKPOINT": str(checkpoint.folder)}
    if "train" in words:  # a batch or two, a validation and a saved run are enough, on two takes of 500 useful frames
        places["DATA"] = str(write_takes(tmp_path / "data", frames=1500))
        words[words.index("--minutes") + 1] = "0.01"
    monkeypatch.chdir(tmp_path)
    assert main([places.get(word, word) for word in words]) == 0


@pytest.mark.parametrize("table", [format_table, exporter_table])
def test_the_tables_of_files_are_those_of_the_registries(table):
    assert table().strip() in README


def test_every_command_but_the_app_is_in_the_readme():
    assert {call.split()[0] for call in CALLS} >= set(COMMANDS) - {"app"}


@pytest.mark.parametrize("target", re.findall(r"\]\((?!http)([^)#]+)\)", README))
def test_what_the_readme_links_to_is_there(target):
    assert (ROOT / target).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"^make (\w+)", README, re.MULTILINE))))
def test_the_make_targets_exist(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
