"""`app`: which script is run, with which options of Streamlit; Streamlit itself is not started."""

import os
import sys
from pathlib import Path

import pytest

from mariel.cli import app, main
from mariel.errors import WriteError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def started(monkeypatch) -> list[list[str]]:
    """The command lines that Streamlit is started with."""
    commands: list[list[str]] = []
    monkeypatch.setattr("runpy.run_module", lambda name, run_name: commands.append([name, run_name, *sys.argv]))
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.setenv("MARIEL_HOME", "")
    return commands


@pytest.fixture
def installed(monkeypatch, tmp_path) -> Path:
    """The app's files in an installed package."""
    monkeypatch.setattr("mariel.files.is_repository", lambda: False)
    packaged = tmp_path / "site" / "mariel" / "app_root"
    (packaged / "pages" / "__pycache__").mkdir(parents=True)
    (packaged / ".streamlit").mkdir()
    (packaged / ".streamlit" / "config.toml").write_text("theme")
    (packaged / "checkpoints" / "demo-dancer").mkdir(parents=True)
    (packaged / "checkpoints" / "demo-dancer" / "best.safetensors").write_bytes(b"weights")
    (packaged / "streamlit_app.py").write_text("main")
    (packaged / "NOTICE").write_text("credits")
    (packaged / "pages" / "browse.py").write_text("browse")
    (packaged / "pages" / "__pycache__" / "browse.cpython-311.pyc").write_bytes(b"")
    monkeypatch.setattr(app, "PACKAGED_APP", packaged)
    return packaged


def test_in_the_repository_its_own_script_is_run(started):
    assert main(["app"]) == 0
    script = str(ROOT / "streamlit_app.py")
    options = ["--server.address", "localhost"]
    assert started == [["streamlit", "__main__", "streamlit", "run", script, *options, "--"]]


def test_data_address_and_port_are_passed_on(started):
    assert main(["app", "dances", "--port", "8600", "--address", "0.0.0.0", "--no-browser"]) == 0
    (command,) = started
    assert command[5:] == [
        "--server.address", "0.0.0.0", "--server.port", "8600", "--server.headless", "true", "--", "dances",
    ]  # fmt: skip


def test_home_is_the_folder_of_this_process_and_of_the_trainings_that_it_starts(started, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["app", "--home", "mine"]) == 0
    assert os.environ["MARIEL_HOME"] == str(tmp_path / "mine")


def test_an_installed_app_is_copied_to_the_users_cache(started, installed, tmp_path):
    assert main(["app", "--home", str(tmp_path / "home")]) == 0
    script = Path(started[0][4])
    assert script.is_relative_to(tmp_path / "home" / "cache")
    files = sorted(str(path.relative_to(script.parent)) for path in script.parent.rglob("*"))
    assert files == [
        ".streamlit", ".streamlit/config.toml", "NOTICE", "pages", "pages/browse.py", "static", "streamlit_app.py",
    ]  # fmt: skip
    assert (script.parent / "pages" / "browse.py").read_text() == "browse"


@pytest.mark.usefixtures("installed")
def test_a_cache_that_cannot_be_written_is_named(started, tmp_path, monkeypatch, capsys):
    (tmp_path / "cache").write_text("a file")
    monkeypatch.setenv("MARIEL_CACHE", str(tmp_path / "cache"))
    with pytest.raises(WriteError):
        app.app_script()
    assert main(["app"]) == 1
    assert capsys.readouterr().err.startswith(f"mariel app: cannot write '{tmp_path / 'cache'}")
    assert started == []


def test_a_package_without_the_app_is_named(started, installed, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(app, "PACKAGED_APP", installed / "missing")
    assert main(["app", "--home", str(tmp_path)]) == 1
    assert "the app is missing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ("--port 0", 1, "--port must be from 1 to 65535 (got 0)"),
        ("--port many", 2, "--port: expected a whole number, found 'many'"),
        ("--home FILE", 1, "expected a folder, found a file"),
    ],
)
def test_wrong_options_are_named_and_nothing_is_started(started, tmp_path, capsys, *, words, status, message):
    (tmp_path / "file").write_text("")
    arguments = [word.replace("FILE", str(tmp_path / "file")) for word in words.split()]
    assert main(["app", *arguments]) == status
    assert message in capsys.readouterr().err
    assert started == []
