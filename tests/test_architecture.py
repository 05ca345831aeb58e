"""Imports point downwards only, and modules that should be fast to import stay so."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import mariel

ROOT = Path(__file__).resolve().parents[1]

LAYERS = [
    {"errors"},
    {"files", "numerics", "progress", "registry", "settings"},
    {"records"},
    {"motion"},
    {"data"},
    {"kinematics"},
    {"duets"},
    {"stage"},
    {"models"},
    {"training"},
    {"generation"},
    {"evaluation"},
    {"export"},
    {"app", "cli"},
]
"""From the lowest up: a package imports those in layers below its own."""

MAY_IMPORT = {name: set().union(*LAYERS[:layer]) for layer, names in enumerate(LAYERS) for name in names}


MAX_LINES = 400
MAX_MODULES = 14
"""Modules in a folder, not counting `__init__.py`."""

KEYED_WIDGETS = """button download_button toggle checkbox slider select_slider selectbox multiselect radio
segmented_control pills number_input text_input text_area file_uploader popover expander""".split()


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


def scripts(folder: str) -> list[Path]:
    """JavaScript of ours: what others have written is minified, and `static` has what an app has published."""
    found = (ROOT / folder).rglob("*.js")
    return sorted(path for path in found if "static" not in path.parts and not path.name.endswith(".min.js"))


@pytest.mark.parametrize("path", sources("mariel"), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path):
    parts = path.relative_to(ROOT / "mariel").with_suffix("").parts
    if parts[0] in ("__init__", "__main__"):
        return
    used = {name.split(".")[1] for name in imported(path) if name.startswith("mariel.")} & set(MAY_IMPORT)
    assert used <= MAY_IMPORT[parts[0]] | {parts[0]}


@pytest.mark.parametrize("path", scripts("mariel/stage/web"), ids=lambda path: path.stem)
def test_imports_of_the_player_point_one_way(path):
    rooms = ["", "scene", "plotly", "player", "chart"]  # from the lowest to the highest
    lines = re.findall(r'^import .* from "(.*)";$', path.read_text("utf-8"), re.MULTILINE)
    used = {web_room(path.parent / line) for line in lines}
    assert used <= set(rooms[: rooms.index(web_room(path)) + 1])


def web_room(path: Path) -> str:
    """The folder of `stage/web` that a script is in, "" for those at the top."""
    parts = path.resolve().relative_to(ROOT / "mariel" / "stage" / "web").parts
    return parts[0] if len(parts) > 1 else ""


def test_only_the_app_and_its_pages_import_streamlit():
    users = {path for path in sources("mariel") if any(name.split(".")[0] == "streamlit" for name in imported(path))}
    assert all("app" in path.relative_to(ROOT).parts for path in users)


@pytest.mark.parametrize("path", sources("mariel/app"), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_folder_imports_what_pages_share_and_no_other_page(path):
    folder = path.relative_to(ROOT / "mariel" / "app").parts[0]
    shared = ["shell", "components", "widgets"]  # from the lowest to the highest
    may_import = {*shared[: shared.index(folder) + 1]} if folder in shared else {*shared, folder}
    parts = {name.split(".")[2] for name in imported(path) if name.startswith("mariel.app.")}
    assert parts <= may_import


@pytest.mark.parametrize("folder", ["mariel", "benchmarks"])
def test_files_are_short(folder):
    paths = [*sources(folder), *scripts(folder)]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in paths}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_folders_hold_few_modules():
    paths = [*sources("mariel"), *scripts("mariel")]
    modules = Counter(path.parent for path in paths if path.name != "__init__.py")
    assert {str(folder): count for folder, count in modules.items() if count > MAX_MODULES} == {}


def test_imports_form_no_circle():
    """Imports inside functions and under TYPE_CHECKING count too."""
    names = {module_name(path): path for path in sources("mariel")}
    graph = {name: imported_modules(path, set(names)) - {name} for name, path in names.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def imported_modules(path: Path, modules: set[str]) -> set[str]:
    """The modules that a file imports; of `from package import module` only the module."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            found |= {name if name in modules else node.module for name in names}
    return found & modules


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", [*sources("mariel/app"), *sources("pages")], ids=lambda path: path.stem)
def test_every_widget_has_a_key(path):
    """Without a key Streamlit makes the name of a widget from its arguments, and two may get the same."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    widgets = [
        call for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in KEYED_WIDGETS
        and not (isinstance(call.func.value, ast.Name) and call.func.value.id == "controls")  # these add the key
    ]  # fmt: skip
    missing = [
        f"line {call.lineno}: {call.func.attr}"
        for call in widgets
        if not any(each.arg in ("key", None) for each in call.keywords)  # None: a ** argument
    ]
    assert missing == []


@pytest.mark.parametrize("path", [*sources("mariel/app"), *sources("pages")], ids=lambda path: path.stem)
def test_every_control_has_a_help_line(path):
    helped = {*KEYED_WIDGETS, "labelled", "labelled_multiselect"} - {"expander"}
    missing = [
        f"line {call.lineno}: {call.func.attr}"
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in helped
        and not any(each.arg in ("help", None) for each in call.keywords)  # None: a ** argument
    ]  # fmt: skip
    assert missing == []


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
        "BlockSplit", "MarielError", "MarkerSet", "PhraseDataset", "PhraseGraphs", "Phrases", "Preprocessing",
        "Recording", "RunSettings", "SamplingOptions", "__version__", "evaluate", "load_checkpoint",
        "load_recordings", "make_model", "reconstruct", "sample", "skeleton_figure", "train",
    ]  # fmt: skip
    assert dir(mariel) == mariel.__all__
    for name in set(mariel.__all__) - {"__version__"}:
        assert getattr(mariel, name).__name__ == name


def test_type_checkers_see_the_public_names_where_they_are():
    names = {
        alias.name: node.module
        for node in ast.walk(ast.parse((ROOT / "mariel" / "__init__.py").read_text()))
        if isinstance(node, ast.ImportFrom) and node.module.startswith("mariel.")
        for alias in node.names
    }
    assert names == mariel._MODULES
    assert set(mariel.__all__) == {*names, "__version__"}
    assert (ROOT / "mariel" / "py.typed").exists()


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'mariel' has no attribute 'waltz'"):
        mariel.waltz  # noqa: B018


def pins(file: str) -> dict[str, str]:
    """Version of each package that a requirements file pins."""
    lines = [line for line in (ROOT / file).read_text().split("\n") if line and not line.startswith("-r ")]
    return dict(line.split("==") for line in lines)


def test_requirements_are_pinned_within_the_ranges_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    ranges = [Requirement(line) for line in project["dependencies"]]
    assert set(pins("requirements.txt")) == {each.name for each in ranges}
    outside = {each.name for each in ranges if pins("requirements.txt")[each.name] not in each.specifier}
    assert outside == set()
    (tensorboard,) = map(Requirement, project["optional-dependencies"]["tensorboard"])
    assert pins("requirements-test.txt")["tensorboard"] in tensorboard.specifier
    assert pins("requirements.txt")["torch"] == "2.13.0"


IMPORT_NAMES = {"pillow": "PIL"}
"""What a package is imported as, where that is not its name."""

OPTIONAL_IMPORTS = {"umap"}
"""Packages of optional extras that the program imports itself; torch imports TensorBoard's."""


def test_what_is_imported_is_required_and_what_is_required_is_imported():
    names = {name.split(".")[0] for path in [*sources("mariel"), *sources("pages")] for name in imported(path)}
    packages = names - sys.stdlib_module_names - {"mariel"}
    required = {IMPORT_NAMES.get(name, name.replace("-", "_")) for name in pins("requirements.txt")}
    assert packages - OPTIONAL_IMPORTS == required
