"""Browse: a second dance beside the phrase, from a take, from the same take, or a favourite; and in links."""

import io

import numpy as np
import pytest
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.testing.v1 import AppTest

from mariel.app.components import player
from mariel.export.registry import EXPORTERS, ExportRequest
from mariel.generation.favourites import save_favourite
from mariel.motion.io.formats.npz import write_npz
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.recording import Recording
from mariel.stage.figure import dancer_positions
from tests.support.bodies import walking_positions, write_raw_take
from tests.support.browser_values import BrowserValues
from tests.support.marker_sets import MARKER_SETS
from tests.support.opening import open_page, page_text, query_param

OWNER = "0123456789abcdef"
"""The folder of another visitor's favourites."""


@pytest.fixture(autouse=True)
def scenes(monkeypatch, tmp_path) -> list:
    """The scenes that the page's players have shown, and no favourites at first."""
    monkeypatch.setenv("MARIEL_CHECKPOINTS", str(tmp_path / "runs"))
    shown, pack = [], player.pack_cached

    def remember(scene):
        shown.append(scene)
        return pack(scene)

    monkeypatch.setattr(player, "pack_cached", remember)
    return shown


@pytest.fixture
def folder(tmp_path):
    """Three takes of somebody who walks: "long_walk" and "stroll" of 400 frames, and "brief" of 100."""
    (tmp_path / "data").mkdir()
    for name, frames, speed in (("long_walk", 400, 1.0), ("stroll", 400, 0.4), ("brief", 100, 0.7)):
        write_raw_take(tmp_path / "data", name, walking_positions(frames, speed=speed))
    return tmp_path / "data"


def open_browse(folder, **link):
    return open_page("browse", data=str(folder), trim="0", **{"take": "long_walk", "length": "64", **link})


def save(name: str, frames: int = 90, markers=MARIEL_53, fps: float = 35.0, owner: str = "") -> str:
    """Save a generated dance; gives the favourite's ID."""
    positions = walking_positions(frames)[:, : len(markers)]
    return save_favourite(name, positions, markers, fps, {"checkpoint": "tango"}, owner=owner).id


def names(scene) -> list[str]:
    return [each.label for each in scene.dancers]


def test_nothing_is_beside_the_phrase_at_first_and_every_take_and_favourite_is_offered(folder, scenes):
    save("slow turn")
    app = open_browse(folder)
    control = app.selectbox(key="compared")
    assert control.label == "Beside it"
    assert control.options == ["none", "brief", "long_walk", "stroll", "favourite: slow turn, everybody’s"]
    assert control.value == ""
    assert names(scenes[-1]) == [""]
    assert query_param(app, "compared") is None


def test_another_take_begins_at_the_frame_of_the_phrase(folder, scenes):
    app = open_browse(folder, start="70")
    browser = BrowserValues(app)
    assert browser.choose(app.selectbox(key="compared"), "stroll@") == {}
    assert app.slider(key="compared frame").value == 70
    assert names(scenes[-1]) == ["long walk, 0:02", "stroll, 0:02"]
    assert [len(each) for each in scenes[-1].dancers] == [64, 64]
    assert query_param(app, "compared") == "stroll@70"
    assert browser.choose(app.slider(key="compared frame"), 140) == {}
    assert query_param(app, "compared") == "stroll@140"
    assert names(scenes[-1])[1] == "stroll, 0:04"


def test_a_take_that_has_no_such_frame_begins_at_its_most_active_phrase(folder):
    app = open_browse(folder, start="200")
    browser = BrowserValues(app)
    assert browser.choose(app.selectbox(key="compared"), "brief@") == {}
    assert 0 <= app.slider(key="compared frame").value <= 36


def test_the_same_take_begins_a_phrase_later_and_shows_both_phrases(folder, scenes):
    app = open_browse(folder, start="70")
    BrowserValues(app).choose(app.selectbox(key="compared"), "long_walk@")
    assert query_param(app, "compared") == "long_walk@134"
    first, other = scenes[-1].dancers
    assert names(scenes[-1]) == ["long walk, 0:02", "long walk, 0:04"]
    assert not np.allclose(first.positions, other.positions)
    at_the_end = open_browse(folder, start="336")
    BrowserValues(at_the_end).choose(at_the_end.selectbox(key="compared"), "long_walk@")
    assert query_param(at_the_end, "compared") == f"long_walk@{336 - 64}"


def test_a_take_shorter_than_the_phrase_is_shown_whole_and_it_is_said_who_ends_first(folder, scenes):
    app = open_browse(folder, length="200", compared="brief@0")
    assert [len(each) for each in scenes[-1].dancers] == [200, 100]
    assert not [each for each in app.slider if each.key == "compared frame"]
    assert "“long walk, 0:0" in page_text(app)
    assert "“brief, 0:00” lasts 2.9 s: who ends first stays in the last pose" in page_text(app)


def test_a_longer_phrase_keeps_the_frame_beside_it_within_its_range(folder):
    app = open_browse(folder, start="0", compared="stroll@330")
    browser = BrowserValues(app)
    assert browser.choose(app.slider(key="length"), 200) == {}
    assert app.slider(key="compared frame").value == 200
    assert query_param(app, "compared") == "stroll@200"
    assert not app.warning


def test_the_phrase_can_change_while_the_other_stays(folder, scenes):
    app = open_browse(folder, start="0", compared="stroll@100")
    browser = BrowserValues(app)
    assert browser.choose(app.slider(key="start"), 50) == {}
    assert browser.choose(app.selectbox(key="take"), "brief") == {}
    assert names(scenes[-1])[1] == "stroll, 0:03"
    assert query_param(app, "compared") == "stroll@100"


def test_a_favourite_is_shown_whole_beside_the_phrase(folder, scenes):
    app = open_browse(folder, compared=f"favourite:{save('slow turn')}")
    assert names(scenes[-1])[1] == "slow turn"
    assert [len(each) for each in scenes[-1].dancers] == [64, 90]
    assert "“slow turn” lasts 2.6 s" in page_text(app)
    assert not app.warning
    assert query_param(app, "compared") == "favourite:slow turn"


def test_a_link_shows_another_visitors_favourite(folder, scenes):
    link = f"favourite:{save('theirs', owner=OWNER)}"
    app = open_browse(folder, compared=link)
    assert names(scenes[-1])[1] == "theirs"
    assert query_param(app, "compared") == link == f"favourite:{OWNER}/theirs"
    assert "favourite: theirs, from a link" in app.selectbox(key="compared").options


def test_a_favourite_of_another_frame_rate_and_other_markers_dances_on_the_same_clock(folder, scenes):
    joints = next(iter(MARKER_SETS["BVH joints"]().values())).marker_set
    open_browse(folder, compared=f"favourite:{save('other', 120, joints, fps=70.0)}")
    assert scenes[-1].fps == 35
    assert [len(each) for each in scenes[-1].dancers] == [64, 60]


def test_options_of_the_view_hold_for_both_dances(folder, scenes):
    app = open_browse(
        folder, compared="stroll@10", centred="true", trails=["LTOE"], skeleton="notebook", markers="18"
    )
    assert not app.warning
    scene = scenes[-1]
    assert scene.trails == ("LTOE",)
    assert scene.style == "markers"
    for dancer in scene.dancers:
        assert len(dancer.marker_set) == 18
        assert dancer.skeleton == "notebook"
        middle = dancer.positions[..., :2].mean(axis=1)
        np.testing.assert_allclose(middle, np.broadcast_to(middle[0], middle.shape), atol=1e-4)


def test_a_quality_figure_and_what_is_kept_are_those_of_the_phrase_alone(folder, scenes):
    app, compared = open_browse(folder), open_browse(folder, compared="stroll@10")
    assert [each.value for each in compared.metric] == [each.value for each in app.metric]
    np.testing.assert_array_equal(scenes[-1].dancers[0].positions, scenes[0].dancers[0].positions)


def requests(folder, monkeypatch, **link) -> dict[str, ExportRequest]:
    """What the page offers for its dance, by exporter."""
    made: dict[str, ExportRequest] = {}
    monkeypatch.setattr(
        "mariel.app.widgets.downloads.download_control._show_button",
        lambda exporter, request, key: made.setdefault(exporter.name, request),
    )
    open_browse(folder, **link)
    return made


@pytest.mark.parametrize("compared", ["stroll@10", "favourite:slow turn"])
def test_files_hold_both_dances_and_credit_both(folder, monkeypatch, compared):
    save("slow turn")
    made = requests(folder, monkeypatch, start="0", compared=compared)
    assert set(made) == set(EXPORTERS) - {"bvh"}  # a file of one dancer
    files = {name: EXPORTERS[name].export(made[name]) for name in ("html", "npy", "npz")}
    frames = 64 if compared == "stroll@10" else 90  # who ends first holds the last pose
    assert np.load(io.BytesIO(files["npy"])).shape == (2, frames, 53, 3)
    assert np.load(io.BytesIO(files["npz"]))["data"].shape == (2, frames, 53, 3)
    page = files["html"].decode()
    assert "Frames 0 to 63 of the take long walk" in page
    assert (
        "Frames 10 to 73 of the take stroll" if frames == 64 else "slow turn: generated by the model tango"
    ) in page


def test_dances_of_other_markers_are_saved_as_pages_and_pictures_but_not_as_one_array(folder, monkeypatch):
    joints = next(iter(MARKER_SETS["BVH joints"]().values())).marker_set
    offered = set(requests(folder, monkeypatch, compared=f"favourite:{save('other', markers=joints)}"))
    assert {"html", "mp4", "gif", "strip", "svg"} <= offered
    assert not {"npy", "npz"} & offered


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("lost@3", "there is no take “lost” among these recordings. You see only the phrase instead."),
        ("stroll", "a position is written take@frame"),
        ("stroll@-1", "a position is written take@frame"),
        ("stroll@" + "9" * 400, "a position is written take@frame"),
        ("favourite:lost", "there is no favourite 'lost' any more"),
        ("favourite:../../etc/passwd", "You see only the phrase instead."),
        ("favourite:", "You see only the phrase instead."),
        ("stroll@399", "the last phrase of that take begins at frame 336. You see “stroll from frame 0” instead."),
    ],
)
def test_a_link_names_a_dance_that_cannot_be_beside_the_phrase(folder, text, reason):
    app = open_browse(folder, start="0", compared=text)
    (warning,) = app.warning
    assert warning.value.startswith("This link asks for the dance beside it “")
    assert reason in warning.value
    assert BrowserValues(app).look() == {}


def test_a_take_that_is_not_among_other_recordings_is_named_and_dropped(folder, tmp_path, scenes):
    (tmp_path / "other").mkdir()
    write_raw_take(tmp_path / "other", "solo", walking_positions(300))
    app = open_browse(folder, compared="stroll@30")
    browser = BrowserValues(app)
    assert browser.choose(app.text_input(key="data"), str(tmp_path / "other")) == {}
    assert app.selectbox(key="compared").value == ""
    assert len(scenes[-1].dancers) == 1
    assert query_param(app, "compared") is None
    assert "“stroll” is no longer there, so nothing is shown beside the phrase." in page_text(app)
    browser.choose(app.selectbox(key="compared"), "solo@")
    assert "no longer there" not in page_text(app)


def test_a_favourite_that_is_deleted_while_it_is_shown_is_named_and_dropped(folder, tmp_path, scenes):
    app = open_browse(folder, compared=f"favourite:{save('slow turn')}")
    (tmp_path / "runs" / "favourites" / "slow turn.npz").unlink()
    app.run()
    assert not app.exception
    assert len(scenes[-1].dancers) == 1
    assert "“slow turn” is no longer there" in page_text(app)


def test_a_favourite_whose_file_is_damaged_is_named_and_the_phrase_is_shown_alone(folder, scenes):
    save_favourite("torn", np.full((90, 53, 3), np.nan), MARIEL_53, 35.0, {})
    app = open_browse(folder, compared="favourite:torn")
    assert "a position is not finite" in page_text(app)
    assert len(scenes[-1].dancers) == 1


def marker_page():
    from mariel.app.browse.browse_view import show_marker  # noqa: PLC0415 (AppTest runs this function as a script)
    from tests.support.bodies import walking_recording  # noqa: PLC0415

    phrase, other = walking_recording(), walking_recording()
    show_marker(phrase, "LTOE", (), beside=other)
    show_marker(phrase.markers(["C7"]), "LTOE", (), beside=other)


def test_a_marker_that_is_clicked_is_described_in_each_dance_that_has_it():
    app = AppTest.from_function(marker_page).run()
    assert not app.exception
    starts = [each.value.split(" moves at ")[0] for each in app.markdown]
    assert starts == ["**left foot, LTOE**", "Beside it, **left foot, LTOE**", "Beside it, **left foot, LTOE**"]
    assert [each.label for each in app.button] == ["Draw its trail"]


def test_back_takes_the_dance_away_again_and_forward_brings_it_at_its_frame(folder, scenes, monkeypatch):
    app = open_browse(folder, start="0")
    browser = BrowserValues(app)
    browser.choose(app.selectbox(key="compared"), "stroll@")
    browser.choose(app.slider(key="compared frame"), 80)
    reset = ScriptRunContext.reset

    def reset_after_history_navigation(context, *arguments, **options):
        reset(context, *arguments, **options)
        context.is_history_navigation = True

    monkeypatch.setattr(ScriptRunContext, "reset", reset_after_history_navigation)
    del app.query_params["compared"]
    app.run()
    assert len(scenes[-1].dancers) == 1
    app.query_params["compared"] = "stroll@80"
    app.run()
    assert app.slider(key="compared frame").value == 80
    assert len(scenes[-1].dancers) == 2


def test_after_a_reload_the_same_dance_is_beside_the_phrase(folder, scenes):
    app = open_browse(folder, compared="stroll@33")
    again = open_browse(folder, compared=query_param(app, "compared"))
    assert again.slider(key="compared frame").value == 33
    for first, second in zip(*(scene.dancers for scene in scenes[-2:]), strict=True):
        np.testing.assert_array_equal(first.positions, second.positions)


@pytest.mark.parametrize("kind", ["BVH joints", "no bones or pairs", "one marker", "takes shorter than a phrase"])
def test_takes_of_other_markers_are_beside_each_other(tmp_path, scenes, kind):
    takes = {**MARKER_SETS["Mariel's 18"](), **{f"{name}2": take for name, take in MARKER_SETS[kind]().items()}}
    for name, take in takes.items():
        renamed = Recording.from_positions(name, take.positions, take.marker_set, fps=take.fps)
        (tmp_path / f"{name}.npz").write_bytes(write_npz([renamed]))
    for one, other in (("a", "b2"), ("b2", "a")):
        app = open_page("browse", data=str(tmp_path), take=one, compared=f"{other}@0", trails=["LTOE"])
        assert not app.error
        assert [each.label.split(",")[0] for each in scenes[-1].dancers] == [one, other]


def test_of_recordings_of_unknown_unit_it_is_said_that_sizes_cannot_be_compared(tmp_path, scenes):
    takes = {**MARKER_SETS["an unknown unit"](), "c": MARKER_SETS["bones and pairs"]()["a"]}
    for name, take in takes.items():
        renamed = Recording.from_positions(name, take.positions, take.marker_set, fps=take.fps, unit=take.unit)
        (tmp_path / f"{name}.npz").write_bytes(write_npz([renamed]))
    app = open_page("browse", data=str(tmp_path), take="c", compared="a@0")
    assert "The unit of “a, 0:00” is not known: this body is drawn 1.7 m tall" in page_text(app)
    heights = [np.ptp(dancer_positions(each)[..., 2], axis=1).mean() for each in scenes[-1].dancers]
    assert heights[1] == pytest.approx(heights[0], rel=0.2)
