"""The package as `pip install .` makes it: what is in the wheel, and that it runs where nothing can be written."""

import os
import subprocess
import sys
import tomllib
import zipfile
from email.parser import BytesParser
from pathlib import Path

import pytest

import mariel
from tests.support.installed import built_wheel, install

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]

DEMO_DANCER = """README.md analysis.npz best.safetensors data.json metrics.jsonl preprocessing.json preview.npz
run.json status.json""".split()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    return built_wheel(tmp_path_factory)


@pytest.fixture(scope="module")
def site(wheel, tmp_path_factory) -> Path:
    """A site-packages folder with the package."""
    return install(wheel, tmp_path_factory.mktemp("site"))


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_the_package_the_app_and_the_shipped_model_and_nothing_else(wheel):
    """Everything in mariel/ that git knows, the app's files and the shipped model in mariel/app_root."""
    package = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "mariel").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }
    app = {f"mariel/app_root/pages/{path.name}" for path in (ROOT / "pages").glob("*.py")}
    app |= {"mariel/app_root/streamlit_app.py", "mariel/app_root/.streamlit/config.toml"}
    app |= {f"mariel/app_root/{name}" for name in ("NOTICE", "LICENSE", "CITATION.cff")}
    model = {f"mariel/app_root/checkpoints/demo-dancer/{name}" for name in DEMO_DANCER}
    names = {name for name in names_in(wheel) if ".dist-info/" not in name}
    assert names == package | app | model
    assert {"mariel/py.typed", "mariel/data/notebook_curve.csv", "mariel/stage/web/palette.json"} <= names
    assert {Path(name).suffix for name in names if name.startswith("mariel/stage/web/")} >= {".js", ".css", ".json"}
    assert {f"mariel/export/html_page/page.{kind}" for kind in ("html", "css", "js")} <= names


def test_the_wheel_says_what_it_needs_and_how_it_may_be_used(wheel):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    folder = f"mariel-{mariel.__version__}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        metadata = BytesParser().parsebytes(archive.read(f"{folder}/METADATA"))
        scripts = archive.read(f"{folder}/entry_points.txt").decode()
    needed = [line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    assert {line.split("<")[0].split(">")[0] for line in needed} == {
        line.split("<")[0].split(">")[0] for line in project["dependencies"]
    }
    assert metadata["License-Expression"] == "MIT"
    assert metadata.get_all("License-File") == ["LICENSE", "NOTICE"]
    assert "mariel = mariel.cli:main" in scripts


def run_installed(site: Path, *words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess:
    """Run Python with the installed package, as in another folder of another person."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("MARIEL_")}
    return subprocess.run(
        [sys.executable, *words],
        env={**variables, "PYTHONPATH": str(site), **environment},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=True,
    )


def test_the_installed_app_and_the_users_files_are_in_the_users_folders(site, tmp_path):
    before = sorted(site.rglob("*"))
    code = (
        "import sys; sys.dont_write_bytecode = True\n"
        "from mariel.cli.app import app_script\n"
        "from mariel.files import runs_folder\n"
        "from mariel.training.runs import list_runs\n"
        "import mariel\n"
        "print(mariel.__file__, app_script(), runs_folder(), *(run.name for run in list_runs()), sep='\\n')"
    )
    home = tmp_path / "home"
    done = run_installed(site, "-c", code, cwd=tmp_path, MARIEL_HOME=str(home))
    package, script, runs, *names = done.stdout.splitlines()
    assert package == str(site / "mariel" / "__init__.py")
    assert Path(script) == home / "cache" / f"app-{mariel.__version__}" / "streamlit_app.py"
    assert Path(script).read_text() == (ROOT / "streamlit_app.py").read_text()
    assert {path.name for path in (Path(script).parent / "pages").iterdir()} == {
        path.name for path in (ROOT / "pages").glob("*.py")
    }
    assert (Path(script).parent / ".streamlit" / "config.toml").exists()
    assert (Path(script).parent / "static").is_dir()
    assert (Path(runs), names) == (home / "checkpoints", ["demo-dancer"])
    assert sorted(site.rglob("*")) == before


def test_a_damaged_copy_of_the_app_is_mended(site, tmp_path):
    code = "from mariel.cli.app import app_script; print(app_script())"
    script = Path(run_installed(site, "-c", code, cwd=tmp_path, MARIEL_HOME=str(tmp_path)).stdout.strip())
    script.write_text("older")
    (script.parent / "pages" / "training.py").unlink()
    run_installed(site, "-c", code, cwd=tmp_path, MARIEL_HOME=str(tmp_path))
    assert script.read_text() == (ROOT / "streamlit_app.py").read_text()
    assert (script.parent / "pages" / "training.py").exists()


def test_the_installed_command_line_samples_from_the_shipped_model(site, tmp_path):
    out = tmp_path / "dance.npz"
    words = ("-m", "mariel", "sample", "demo-dancer", "--out", str(out))
    assert "1 dance of 3.7 s" in run_installed(site, *words, cwd=tmp_path, MARIEL_HOME=str(tmp_path)).stdout
    assert out.exists()
