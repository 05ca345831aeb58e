"""No file but `query_params.py` has the name of a query parameter, widget or session entry as text."""

import ast

import pytest

from mariel.app.shell import query_params
from mariel.app.shell.navigation import PAGES
from mariel.app.shell.query_params import QUERY_PARAMS, SessionKey
from tests.support.serving import ROOT
from tests.test_architecture import imported

DECLARED_IN = ("query_params.py", "links.py", "session_state.py", "streamlit_adapter.py")

WITH_KEY = {
    "audio_input", "button", "camera_input", "chat_input", "checkbox", "color_picker", "data_editor", "date_input",
    "download_button", "feedback", "file_uploader", "form", "link_button", "multiselect", "number_input", "pills",
    "plotly_chart", "popover", "radio", "segmented_control", "select_slider", "selectbox", "slider", "text_area",
    "text_input", "time_input", "toggle", "dataframe",
}  # fmt: skip
"""Streamlit's functions that make a widget, or something that may become one."""

SOURCES = [*sorted((ROOT / "mariel" / "app").rglob("*.py")), *sorted((ROOT / "pages").glob("*.py"))]


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def is_state(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("session_state", "query_params")


def texts_used_as_names(tree: ast.AST) -> list[int]:
    """Lines that have a name as text: st.session_state["x"], .get("x"), .x = …, key="x"."""
    lines = []
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=value, slice=name) if is_state(value) and is_text(name):
                lines.append(node.lineno)
            case ast.Call(func=ast.Attribute(value=value), args=[name, *_]) if is_state(value) and is_text(name):
                lines.append(node.lineno)
            case ast.Attribute(value=value, attr=name) if is_state(value) and name not in dir(dict):
                lines.append(node.lineno)
            case ast.Compare(left=name, comparators=[value]) if is_state(value) and is_text(name):
                lines.append(node.lineno)
            case ast.keyword(arg="key" | "address", value=value) if is_text(value):
                lines.append(value.lineno)
    return lines


def widgets_without_key(tree: ast.AST) -> list[int]:
    """Lines that make a widget without `key=` or `**options`."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in WITH_KEY
        and not (isinstance(node.func.value, ast.Name) and node.func.value.id == "controls")
        and not {"key", None} & {keyword.arg for keyword in node.keywords}
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_are_declared_in_one_module(path):
    if path.name not in DECLARED_IN:
        assert texts_used_as_names(ast.parse(path.read_text("utf-8"))) == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_widget_has_a_key(path):
    assert widgets_without_key(ast.parse(path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "text",
    [
        'st.session_state["x"]', 'st.session_state[f"x {y}"]', 'st.session_state.get("x")', "st.session_state.x = 1",
        'st.query_params["x"]', '"x" in st.session_state', 'st.slider("a", key="x")', 'st.slider("a", key=f"x {y}")',
        'show_player(scene, address="camera")',
    ],
)  # fmt: skip
def test_the_search_finds_names_that_are_text(text):
    assert texts_used_as_names(ast.parse(text)) == [1]


def test_the_search_finds_widgets_without_a_key():
    assert widgets_without_key(ast.parse('st.button("a")\nleft.slider("b", 0, 1)\nst.button("c", key=KEY)')) == [1, 2]
    assert widgets_without_key(ast.parse('controls.slider(SEED, "a")\n(place or st).slider("b", **options)')) == []


def test_no_two_names_are_the_same():
    names = [*QUERY_PARAMS, *(value for value in vars(query_params).values() if isinstance(value, SessionKey))]
    assert len(names) == len(set(names))


def test_every_parameter_names_the_pages_that_read_it():
    for param in QUERY_PARAMS.values():
        assert param.pages
        assert set(param.pages) <= set(PAGES)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_stop_by_the_function_that_shows_warnings_first(path):
    assert path.name == "layout.py" or "st.stop(" not in path.read_text("utf-8")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_private_parts_of_streamlit_are_used_in_one_module(path):
    private = ("streamlit.runtime", "streamlit.navigation", "streamlit.proto", "streamlit.elements", "streamlit.web")
    found = [name for name in imported(path) if name.startswith(private)]
    assert path.name == "streamlit_adapter.py" or not found


def test_parts_that_run_by_themselves_are_made_by_the_function_that_catches_exceptions():
    users = [path.name for path in SOURCES if "st.fragment" in path.read_text("utf-8")]
    assert users == ["layout.py"]
