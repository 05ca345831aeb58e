"""The player from the side of a page's script."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mariel.app.components import assets
from mariel.app.components.player import PlayerState, pack_cached
from mariel.motion.marker_set import MarkerSet
from mariel.stage.scene import Dancer, Scene

PAIR = MarkerSet.from_edges("pair", ("LHAND", "RHAND"), [(0, 1)])


def page():
    import numpy as np  # noqa: PLC0415 (AppTest runs this function as a script of its own)
    import streamlit as st  # noqa: PLC0415

    from mariel.app.components.player import show_player  # noqa: PLC0415
    from mariel.motion.marker_set import MarkerSet  # noqa: PLC0415
    from mariel.stage.scene import Dancer, Scene  # noqa: PLC0415

    markers = MarkerSet.from_edges("pair", ("LHAND", "RHAND"), [(0, 1)])
    frames = st.number_input("frames", value=20)
    state = show_player(Scene([Dancer(np.zeros((frames, 2, 3)), markers)]), key="stage", camera="front", linked="two")
    st.text(repr((state.frame, state.selected)))


@pytest.fixture
def opened(tmp_path, monkeypatch) -> AppTest:
    monkeypatch.setattr(assets, "_static_folder", lambda: tmp_path / "static")
    return AppTest.from_function(page).run()


def sent(app: AppTest) -> dict:
    """The data that the page sends to the browser."""
    return json.loads(app.get("bidi_component")[0].proto.json)


def test_page_sends_addresses_and_choices_not_positions(opened, tmp_path):
    assert not opened.exception
    data = sent(opened)
    assert data["camera"] == "front"
    assert data["linked"] == "two"
    assert data["block"].split("/")[-2] == "media"
    assert len(json.dumps(data)) < 500
    for name in ("plotly", "player"):
        assert data[name].startswith("app/static/")
        assert (tmp_path / data[name].removeprefix("app/")).is_file()


def test_copied_files_have_an_old_time_so_that_browsers_cache_them(opened, tmp_path):
    plotly_js = tmp_path / sent(opened)["plotly"].removeprefix("app/")
    assert plotly_js.stat().st_mtime < 1_000_000_000


def test_what_older_versions_have_left_is_removed_after_a_month(opened, tmp_path, monkeypatch):
    static = tmp_path / "static"
    present = sorted(path.name for path in static.iterdir())
    (static / "player-0123456789ab" / "scene").mkdir(parents=True)
    (static / "player-0123456789ab" / "scene" / "clock.js").write_text("old")
    (static / "plotly-1.0.min.js").write_text("old")
    (static / "mine.txt").write_text("of somebody else")
    assets._install_assets.cache_clear()
    opened.run()
    assert len(list(static.iterdir())) == len(present) + 3, "another server may be running them"
    monkeypatch.setattr(assets, "_KEEP_DAYS", -1)
    assets._install_assets.cache_clear()
    opened.run()
    assert sorted(path.name for path in static.iterdir()) == sorted([*present, "mine.txt"])


def test_same_scene_keeps_its_address_and_another_gets_its_own(opened):
    first = sent(opened)["block"]
    assert sent(opened.run())["block"] == first
    assert sent(opened.number_input[0].set_value(30).run())["block"] != first


def test_at_first_nothing_is_selected(opened):
    assert opened.text[0].value == "(0, None)"
    assert PlayerState() == PlayerState(0, 0.0, False, 1.0, None, None)


def test_equal_scenes_are_packed_once_and_different_ones_apart():
    def scene(**changes) -> Scene:
        return Scene([Dancer(np.zeros((5, 2, 3)), PAIR, **changes)])

    block = pack_cached(scene())
    assert pack_cached(scene()) is block
    for changes in ({"label": "a"}, {"ghost": True}, {"offset": (1, 0, 0)}, {"marker_values": np.arange(2.0)}):
        assert pack_cached(scene(**changes)) != block
