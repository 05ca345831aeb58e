"""The Browse page: its controls say what it shows, whatever was changed before and whatever a link asks for."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mariel.app.components import player as player_component
from mariel.app.shell.query_params import QUERY_PARAMS
from mariel.generation.favourites import list_favourites, owner_of
from mariel.motion.io.formats.npz import write_npz
from tests.support.bodies import walking_positions, write_raw_take
from tests.support.browser_values import BrowserValues
from tests.support.marker_sets import MARKER_SETS
from tests.support.opening import open_page, page_text, players, query_param

LENGTH_SHOWN = 128
BURSTS = {"chunli": 30, "honey": 90, "penelope": 150}
"""Frame at which the most active phrase of each take begins: somebody stands, moves for a phrase, and stands."""


def standing_then_moving(start: int, frames: int = 400) -> np.ndarray:
    """(frames, 53, 3): nobody moves but in the phrase that begins at a frame."""
    positions = walking_positions(frames, speed=0)
    time = np.arange(LENGTH_SHOWN)[:, None, None]
    positions[start : start + LENGTH_SHOWN] += 0.2 * np.sin(time / 4)
    return positions


def write_folder(folder, bursts=BURSTS):
    folder.mkdir(exist_ok=True)
    for name, start in bursts.items():
        write_raw_take(folder, name, standing_then_moving(start))
    return folder


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "data")


def open_browse(folder, **link):
    return open_page("browse", data=str(folder), trim="0", **link)


def start_of_phrase(app) -> int:
    """The first frame of the phrase that the player shows."""
    (shown,) = [each.value for each in app.caption if "**Phrase**" in each.value]
    return int(shown.rsplit(" ", 1)[1].replace(",", ""))


def assert_shows(app, browser: BrowserValues, start: int) -> None:
    assert browser.look() == {}
    assert start_of_phrase(app) == app.slider(key="start").value
    assert start_of_phrase(app) == start


def assert_shows_burst(app, browser: BrowserValues, start: int) -> None:
    """The most active phrase, to within two frames: the first frame of a movement may count or not."""
    assert browser.look() == {}
    assert start_of_phrase(app) == app.slider(key="start").value
    assert abs(start_of_phrase(app) - start) <= 2


def test_a_take_opens_at_its_most_active_phrase(folder):
    app = open_browse(folder, take="honey")
    assert_shows_burst(app, BrowserValues(app), BURSTS["honey"])


def test_another_take_opens_at_its_own_most_active_phrase_and_the_slider_says_so(folder):
    app = open_browse(folder, take="honey", start="17")
    browser = BrowserValues(app)
    assert_shows(app, browser, 17)
    browser.choose(app.selectbox(key="take"), "penelope")
    assert_shows_burst(app, browser, BURSTS["penelope"])
    browser.choose(app.toggle(key="centred"), True)  # the dance must not jump at the next click
    assert_shows_burst(app, browser, BURSTS["penelope"])
    browser.choose(app.slider(key="start"), 12)
    assert_shows(app, browser, 12)
    browser.choose(app.selectbox(key="take"), "honey")
    assert_shows_burst(app, browser, BURSTS["honey"])


def test_other_recordings_open_at_their_most_active_phrase_also_under_the_same_name(folder, tmp_path):
    other = write_folder(tmp_path / "other", {"honey": 210})
    app = open_browse(folder, take="honey", start="272")
    browser = BrowserValues(app)
    browser.choose(app.text_input(key="data"), str(other))
    assert_shows_burst(app, browser, 210)
    browser.choose(app.text_input(key="data"), str(folder))
    assert app.selectbox(key="take").value == "honey"
    assert_shows_burst(app, browser, BURSTS["honey"])


def test_the_demo_offered_in_place_of_missing_recordings_opens_at_its_most_active_phrase(folder):
    app = open_browse(folder, take="honey", start="272")
    browser = BrowserValues(app)
    browser.choose(app.text_input(key="data"), str(folder / "nowhere"))
    app.button(key="offer demo").click().run()
    assert browser.look() == {}
    fresh = open_page("browse", data="demo")
    assert start_of_phrase(app) == start_of_phrase(fresh) == app.slider(key="start").value


def test_a_shorter_phrase_or_take_keeps_the_start_within_its_range(folder):
    write_raw_take(folder, "brief", standing_then_moving(0, frames=140))
    app = open_browse(folder, take="honey", start="272")
    browser = BrowserValues(app)
    browser.choose(app.slider(key="length"), 300)
    assert_shows(app, browser, 100)
    browser.choose(app.selectbox(key="take"), "brief")
    assert browser.look() == {}
    assert app.slider(key="length").value == 140
    browser.choose(app.slider(key="length"), 100)
    assert start_of_phrase(app) == app.slider(key="start").value <= 40


def test_fewer_markers_keep_the_phrase(folder):
    app = open_browse(folder, take="honey", start="17", trails=["LTOE"])
    browser = BrowserValues(app)
    browser.choose(app.segmented_control(key="markers"), "18")
    assert_shows(app, browser, 17)
    assert app.multiselect(key="trails").value == ["LTOE"]
    assert "left foot" in app.multiselect(key="trails").options


def test_trails_are_chosen_in_words_while_links_hold_labels(folder):
    app = open_browse(folder, take="honey", trails=["RIHAND", "C7"])
    browser = BrowserValues(app)
    trails = app.multiselect(key="trails")
    assert trails.options[:5] == ["left hand", "right hand", "left foot", "right foot", "head"]
    assert trails.value == ["RIHAND", "C7"]
    assert browser.choose(trails, ["RIHAND", "ARIEL"]) == {}
    assert app.query_params["trails"] == ["RIHAND", "ARIEL"]


def test_a_trail_that_the_markers_lack_is_named_in_words_of_what_is_shown_instead(folder):
    app = open_browse(folder, take="honey", trails=["LTOE", "NOSE"])
    texts = [warning.value for warning in app.warning]
    assert texts == ["This link asks for the trail “NOSE”, which is not here. You see “left foot” instead."]


def marker_page():
    import streamlit as st  # noqa: PLC0415 (AppTest runs this function as a script of its own)

    from mariel.app.browse.browse_view import show_marker  # noqa: PLC0415
    from mariel.app.widgets.pickers import pick_body_view  # noqa: PLC0415
    from tests.support.bodies import walking_recording  # noqa: PLC0415

    phrase = walking_recording()
    show_marker(phrase, st.session_state.get("clicked"), pick_body_view(phrase).trails)


def test_the_button_of_a_marker_draws_its_trail_and_removes_it():
    app = AppTest.from_function(marker_page, default_timeout=30)
    app.session_state["clicked"] = "LTOE"
    app.run()
    browser = BrowserValues(app)
    assert app.button(key="draw trail").label == "Draw its trail"
    app.button(key="draw trail").click().run()
    assert app.multiselect(key="trails").value == ["LTOE"]
    assert app.button(key="draw trail").label == "Remove its trail"
    assert browser.look() == {}
    app.button(key="draw trail").click().run()
    assert app.multiselect(key="trails").value == []
    assert app.button(key="draw trail").label == "Draw its trail"
    assert browser.look() == {}


def test_one_click_draws_the_trails_of_hands_and_feet_and_another_removes_them():
    app = AppTest.from_function(marker_page, default_timeout=30)
    app.run()
    button = app.button(key="trails of hands and feet")
    button.click().run()
    assert app.multiselect(key="trails").value == ["LIHAND", "RIHAND", "LTOE", "RTOE"]
    button = app.button(key="trails of hands and feet")
    assert button.label == "Remove trails"
    button.click().run()
    assert app.multiselect(key="trails").value == []


def test_a_seventh_trail_takes_the_place_of_the_first():
    labels = ["ARIEL", "LIWR", "RIWR", "LTOE", "RTOE", "C7"]
    app = AppTest.from_function(marker_page, default_timeout=30)
    app.session_state["clicked"] = "T10"
    app.query_params["trails"] = labels
    app.run()
    app.button(key="draw trail").click().run()
    assert app.multiselect(key="trails").value == [*labels[1:], "T10"]
    assert not app.exception


BAD_TEXTS = {int: ["many", "1.5", "9" * 400], float: ["hot", "nan"], bool: ["maybe"], str: ["x\n[y](z)"]}


def bad_links(page: str) -> list[tuple[str, str]]:
    """Every parameter that a page reads, with values that it cannot use."""
    links = []
    for param in QUERY_PARAMS.values():
        if page not in param.pages or param.key == "data":
            continue
        texts = list(BAD_TEXTS.get(param.type, ["nothing such"]))
        texts += [str(limit + step) for limit, step in ((param.minimum, -1), (param.maximum, 1)) if limit is not None]
        links += [(param.key, text) for text in texts]
    return links


@pytest.mark.parametrize(
    ("page", "name", "text"), [(page, *link) for page in ("browse", "preprocessing") for link in bad_links(page)]
)
def test_every_value_of_a_link_that_cannot_be_used_is_named(folder, page, name, text):
    app = open_page(page, **{"data": str(folder), "trim": "0", name: text})
    (warning,) = app.warning
    assert warning.value.startswith(f"This link asks for the {QUERY_PARAMS[name].what}")
    assert " instead." in warning.value
    assert BrowserValues(app).look() == {}


def test_a_bad_link_shows_the_most_active_phrase_of_the_take_that_is_shown(folder):
    app = open_browse(folder, take="sold", start="99999", length="-3")
    texts = [warning.value for warning in app.warning]
    assert texts == [
        "This link asks for the take “sold”, which is not here. You see “chunli” instead.",
        "This link asks for the length “-3”, but it must be from 16 to 400. You see 128 instead.",
        "This link asks for the first frame “99999”, but it must be from 0 to 272. You see 31 instead.",
    ]
    assert_shows_burst(app, BrowserValues(app), BURSTS["chunli"])
    app.slider(key="start").set_value(12).run()
    assert not any("first frame" in warning.value for warning in app.warning)


@pytest.mark.parametrize("text", ["front", "left", "right", "side", "top", "1.571,0.2,3.4,0,0,0", "0,0,0,0,0,0,f,m"])
def test_a_camera_in_a_link_is_known(folder, text):
    assert not open_browse(folder, camera=text).warning


@pytest.mark.parametrize(
    "text", ["diagonal", "1,2,3", "1,2,1e9,0,0,0", "9999,0,3,0,0,0", "0,0,0.5,0,0,0", "1.2.3,0,3,0,0,0"]
)
def test_a_camera_that_there_is_not_is_named(folder, text):
    assert "the view “" in open_browse(folder, camera=text).warning[0].value


def test_an_older_links_label_is_still_understood(folder):
    app = open_browse(folder, strip="fastest marker", row="4")
    assert app.segmented_control(key="strip").value == "fastest"
    assert not app.warning


def test_the_link_to_an_outlier_opens_its_frame(folder):
    app = open_page("preprocessing", data=str(folder), trim="0", take="honey", step="Outliers")
    (link,) = app.get("page_link")
    query = link.proto.query_string
    assert "length=70" in query
    assert "start=" in query


def test_choices_of_the_last_page_stay_and_other_takes_do_not_bring_back_a_frame(folder):
    app = open_browse(folder, take="honey", start="17")
    app.switch_page("pages/preprocessing.py").run()
    assert app.selectbox(key="take").value == "honey"
    app.selectbox(key="take").set_value("penelope").run()
    app.query_params["take"] = "penelope"  # as the browser writes it
    app.switch_page("pages/browse.py").run()
    assert start_of_phrase(app) == app.slider(key="start").value
    assert abs(start_of_phrase(app) - BURSTS["penelope"]) <= 2


def damaged(folder):
    """A folder with good takes, and files of every kind that cannot be opened."""
    (folder / "broken.npz").write_bytes(b"PK\3\4 cut short")
    (folder / "nothing.bvh").write_text("")
    (folder / "gone.npy").symlink_to(folder / "nowhere.npy")
    (folder / "mariel_gone.npy").symlink_to(folder / "nowhere.npy")
    (folder / "mariel_short.npy").write_bytes(b"\x93NUMPY")
    return folder


@pytest.mark.parametrize("page", ["browse", "preprocessing"])
def test_damaged_recordings_leave_the_page_up_and_are_named(folder, page):
    app = open_page(page, data=str(damaged(folder)), trim="0")
    assert app.selectbox(key="take").options == list(BURSTS)
    assert "mariel_gone.npy" in page_text(app)
    assert "mariel_short.npy" in page_text(app)


def test_a_take_that_is_deleted_while_it_is_shown_leaves_the_page_up(folder):
    app = open_browse(folder, take="honey")
    (folder / "mariel_honey.npy").unlink()
    browser = BrowserValues(app)
    app.run()
    assert app.selectbox(key="take").options == ["chunli", "penelope"]
    assert_shows_burst(app, browser, BURSTS["chunli"])


def test_a_file_name_is_no_markdown(tmp_path):
    (tmp_path / "data").mkdir()
    write_raw_take(tmp_path / "data", "a [b](http:x) *c*", standing_then_moving(3))
    app = open_page("browse", data=str(tmp_path / "data"), trim="0")
    assert app.title[0].value == "a `[b](http:x)` `*c*`"


@pytest.mark.parametrize(
    ("page", "choices"),
    [
        ("browse", {"row": "4", "length": "16", "start": "0"}),
        *(("preprocessing", {"step": step}) for step in ("Positions", "Velocities", "Numbers", "Outliers")),
    ],
)
def test_positions_of_unknown_unit_are_not_shown_in_metres(tmp_path, page, choices):
    for name, take in MARKER_SETS["an unknown unit"]().items():
        (tmp_path / f"{name}.npz").write_bytes(write_npz([take]))
    app = open_page(page, data=str(tmp_path), **choices)
    assert not app.error
    shown = [page_text(app), *(each.value for each in app.metric), *(str(each.value) for each in app.dataframe)]
    shown += [each.proto.json for each in app.get("bidi_component") if "figure" in each.proto.json]
    text = " ".join(shown).replace("at 8 or 9 m/s", "")
    assert "source units" in text
    assert not re.search(r"\b(m/s|cm|metres)\b|\d m\b", text)


def test_a_kept_phrase_is_listed_with_where_it_is_from(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("MARIEL_CHECKPOINTS", str(tmp_path / "runs"))
    app = open_browse(folder, take="honey", start="40", length="64")
    app.text_input(key="name to keep").set_value("slow turn")
    app.button(key="keep now").click().run()
    app.session_state["favourites open"] = True
    app.run()
    assert not app.exception
    assert app.selectbox(key="favourite").options == ["slow turn"]
    assert [player["key"] for player in players(app) if "block" in player] == ["browse", "favourites"]
    (kept,), _ = list_favourites(owner=owner_of(app.session_state["visitor"]))
    assert kept.recipe["link"] == {"take": "honey", "start": 40, "length": 64, "data": str(folder)}
    assert "Frames 40 to 103 of the take honey" in page_text(app)
    assert kept.positions.shape == (64, 53, 3)


def test_a_phrase_on_another_body_is_kept_on_it_with_a_link_to_it(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("MARIEL_CHECKPOINTS", str(tmp_path / "runs"))
    scenes, pack = [], player_component.pack_cached
    monkeypatch.setattr(player_component, "pack_cached", lambda scene: scenes.append(scene) or pack(scene))
    app = open_browse(folder, take="honey", start="40", length="64", body="child", row="4")
    assert [scene.title for scene in scenes] == [
        "honey, body: a child",
        "4 phrases of honey, body: a child",
    ]
    assert app.selectbox(key="body").options[:4] == ["As recorded", "A child", "Long arms", "Long legs"]
    assert app.selectbox(key="body").options[4:] == [f"Dancer of {name}" for name in other_takes(app, "honey")]
    app.text_input(key="name to keep").set_value("small")
    app.button(key="keep now").click().run()
    assert not app.exception
    (kept,), _ = list_favourites(owner=owner_of(app.session_state["visitor"]))
    assert kept.recipe["link"]["body"] == "child"
    assert "On another body: a child." in kept.recipe["credit"]
    assert np.nanmax(kept.positions[..., 2]) < 1.4


def test_the_dancer_of_another_take_can_dance_a_phrase(folder):
    app = open_browse(folder, take="honey")
    name = other_takes(app, "honey")[0]
    app.selectbox(key="body").set_value(f"take:{name}").run()
    assert not app.exception
    assert query_param(app, "body") == f"take:{name}"
    assert [each.value for each in app.warning] == []


def other_takes(app, take: str) -> list[str]:
    return [name for name in app.selectbox(key="take").options if name != take]


def test_a_phrase_with_gaps_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("MARIEL_CHECKPOINTS", str(tmp_path / "runs"))
    positions = walking_positions(400)
    positions[100:300, 5] = np.nan
    (tmp_path / "data").mkdir()
    write_raw_take(tmp_path / "data", "gaps", positions)
    app = open_browse(tmp_path / "data", start="120")
    app.text_input(key="name to keep").set_value("slow turn")
    app.button(key="keep now").click().run()
    assert "missing markers" in page_text(app)
    assert list_favourites(owner=owner_of(app.session_state["visitor"]))[0] == []
