"""One file of colours, for Python, JavaScript and Streamlit."""

import re
import tomllib

from mariel.stage.palette import CHART_COLOURS, PALETTE, PALETTES
from mariel.stage.web_files import PLOTLY_2D, PLOTLY_3D, WEB
from tests.support.serving import ROOT

COLOUR = re.compile(r"#[0-9a-f]{6}|rgba\(\d+, \d+, \d+, [\d.]+\)")


def values(tree) -> list[str]:
    match tree:
        case dict():
            return [value for branch in tree.values() for value in values(branch)]
        case list():
            return [value for branch in tree for value in values(branch)]
    return [tree]


def test_every_value_is_a_colour_and_light_and_dark_have_the_same():
    gradients = [theme.pop("gradient") for theme in ({**PALETTE["stage"][name]} for name in ("light", "dark"))]
    assert all(re.fullmatch(r"(#[0-9a-f]{6} \d+%(, )?){3}", gradient) for gradient in gradients)
    colours = [value for value in values(PALETTE) if value not in gradients]
    assert all(COLOUR.fullmatch(colour) for colour in colours)
    for part in ("stage", "page"):
        assert PALETTE[part]["light"].keys() == PALETTE[part]["dark"].keys()


def test_the_figure_has_the_colours_of_the_player():
    for theme in ("light", "dark"):
        colours = PALETTE["stage"][theme]
        palette = PALETTES[theme]
        assert (palette.left, palette.right, palette.text) == (colours["left"], colours["right"], colours["ink"])
    assert (PALETTES["light"].left, PALETTES["dark"].left) == ("#e0653a", "#ff9469")


def test_streamlits_theme_has_the_colours_of_the_page():
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    names = {
        "primaryColor": "primary",
        "backgroundColor": "background",
        "secondaryBackgroundColor": "secondary_background",
        "textColor": "text",
    }
    for mode in ("light", "dark"):
        assert {names[name]: colour for name, colour in theme[mode].items()} == PALETTE["page"][mode]
    assert PALETTE["page"]["dark"]["primary"] == PALETTE["stage"]["dark"]["left"]  # warm is the dancer's left


def test_runs_and_takes_can_be_told_apart():
    for group in ("runs", "takes"):
        assert len(set(CHART_COLOURS[group])) == len(CHART_COLOURS[group])


def test_no_other_file_of_the_package_writes_a_colour():
    written = re.compile(r"""["' ]#(?:[0-9a-fA-F]{3}){1,2}\b|rgba?\((?!0, ?0, ?0, ?0\))\d""")
    paths = {path for path in (ROOT / "mariel").rglob("*") if path.suffix in (".py", ".js", ".css", ".html")}
    paths -= {PLOTLY_2D, PLOTLY_3D}
    assert [str(path) for path in paths if written.search(path.read_text("utf-8"))] == []
    assert written.search((WEB / "palette.json").read_text("utf-8"))
