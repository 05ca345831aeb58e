"""The house keeps its order: imports point one way, and cheap things stay cheap to import."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mariel

ROOT = Path(__file__).resolve().parents[1]

FLOORS = [
    {"errors"},
    {"files", "registry", "settings"},
    {"motion"},
    {"data"},
    {"kinematics"},
    {"stage"},
    {"models"},
    {"training"},
    {"generation"},
    {"evaluation"},
    {"export"},
    {"app", "cli"},
]
"""From the ground up: a package imports those below its own floor."""

MAY_IMPORT = {name: set().union(*FLOORS[:floor]) for floor, names in enumerate(FLOORS) for name in names}


def imported(path: Path) -> set[str]:
    """Every module that a file imports anywhere in it, dotted names in full."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", sources("mariel"), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path):
    parts = path.relative_to(ROOT / "mariel").with_suffix("").parts
    if parts[0] in ("__init__", "__main__"):
        return
    floors = {name.split(".")[1] for name in imported(path) if name.startswith("mariel.")}
    assert floors <= MAY_IMPORT[parts[0]] | {parts[0]}


def test_only_the_app_and_its_pages_import_streamlit():
    users = {path for path in sources("mariel") if any(name.split(".")[0] == "streamlit" for name in imported(path))}
    assert all("app" in path.relative_to(ROOT).parts for path in users)


def test_torch_geometric_is_imported_where_graphs_are_made_and_where_messages_pass():
    users = [path.name for path in sources("mariel") if any("torch_geometric" in name for name in imported(path))]
    assert users == ["graphs.py", "graph_encoder.py"]


@pytest.mark.parametrize("path", sources("pages"), ids=lambda path: path.name)
def test_pages_are_thin(path):
    assert len(path.read_text().splitlines()) <= 65


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("mariel", {"numpy", "torch", "streamlit", "plotly"}),
        ("mariel.motion.io.loading", {"torch", "streamlit", "plotly"}),
        ("mariel.data.preprocessing", {"torch", "streamlit", "plotly"}),
        ("mariel.stage.scene", {"torch", "streamlit"}),
        ("mariel.models.phrase_vae", {"torch_geometric", "streamlit", "plotly"}),
        ("mariel.app.preprocessing.preprocessing_view", {"torch", "torch_geometric"}),
    ],
)
def test_light_modules_load_nothing_heavy(module, heavy):
    code = f"import sys, {module}; print(*sorted(set(sys.modules) & {heavy!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == []


def test_public_names_are_these():
    assert mariel.__all__ == [
        "MarielError", "MarkerSet", "Preprocessing", "Recording", "load_recordings", "skeleton_figure",
    ]  # fmt: skip
    for name in mariel.__all__:
        assert getattr(mariel, name).__name__ == name


def test_requirements_are_pinned_and_few():
    lines = (ROOT / "requirements.txt").read_text().split()
    assert all("==" in line for line in lines)
    assert {line.split("==")[0] for line in lines} == {
        "streamlit", "torch", "numpy", "plotly", "torch-geometric", "safetensors", "threadpoolctl",
    }  # fmt: skip
    assert "torch==2.13.0" in lines
