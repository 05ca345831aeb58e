"""The Download control below a dance: a button per exporter, and how films and pictures are drawn."""

import re

import numpy as np
from streamlit.testing.v1 import AppTest

from mariel.app.widgets.downloads import download_control
from mariel.export.registry import ExportRequest
from tests.support.toys import toy_exporter


def page():
    import numpy as np  # noqa: PLC0415 (AppTest runs this function as a script of its own)
    import streamlit as st  # noqa: PLC0415

    from mariel.app.widgets.downloads.download_control import show_downloads  # noqa: PLC0415
    from mariel.motion.marker_set import MarkerSet  # noqa: PLC0415
    from mariel.stage.scene import Dancer, Scene  # noqa: PLC0415

    hands = MarkerSet.from_edges("pair", ("LHAND", "RHAND"), [(0, 1)])
    lengths = st.session_state.get("lengths", [20])
    scene = Scene([Dancer(np.zeros((length, 2, 3)), hands) for length in lengths])
    for key in st.session_state.get("keys", ["stage"]):
        show_downloads(scene, key=key, name="my_dance", credit="", positions=st.session_state.get("positions"))


ANIMATED = ["glb", "bvh", "bvh_zip"]
TABLES = ["c3d", "trc", "csv"]
ARRAYS = ["npy", "npz", "npy_zip"]
QUICK = ["strip", "svg", "html", *ANIMATED, *TABLES, *ARRAYS, "bundle"]
SLOW = ["mp4", "gif"]


def opened(**state) -> AppTest:
    """The page, run once."""
    app = AppTest.from_function(page)
    for name, value in state.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return app


def offered(**state) -> list:
    """The download buttons of a page."""
    return [button.proto for button in opened(**state).get("download_button")]


def exporter_of(button) -> str:
    """The exporter of a button."""
    return button.id.rpartition(" ")[2]


def offered_requests(monkeypatch) -> dict[str, ExportRequest]:
    """What the download buttons of pages that are opened next would save, by their keys."""
    requests = {}

    def note(label, make, *, key, **options):
        requests[str(key)] = make.args[0]

    monkeypatch.setattr(download_control, "download_button", note)
    return requests


def test_the_buttons_make_their_files_only_when_pressed():
    buttons = offered()
    assert [exporter_of(button) for button in buttons] == QUICK
    for button in buttons:
        assert button.deferred_file_id
        assert not button.url


def test_every_button_says_what_it_makes_and_how_large_that_is():
    app = opened()
    labels = [button.proto.label for button in [*app.get("download_button"), *app.button]]
    assert len(labels) == len(QUICK + SLOW)
    assert all(re.fullmatch(r".+ \(\.\w+( \+ \.json)?\) · [\d.]+ (B|kB|MB)", label) for label in labels), labels
    assert "Coordinates (.npy) · 1.1 kB" in labels  # 20 frames of two markers


def test_exporters_are_in_groups():
    captions = [caption.value for caption in opened().caption]
    assert captions == [
        "Films and pictures", "Film", "Picture", "Page", "For Blender and other programs", "Data", "Bundle",
    ]  # fmt: skip


def test_dancers_of_different_lengths_have_coordinates_only_if_they_are_given():
    lengths = {"lengths": [20, 30]}
    assert not set(ARRAYS) & {exporter_of(button) for button in offered(**lengths)}
    assert set(ARRAYS) <= {exporter_of(button) for button in offered(**lengths, positions=np.zeros((5, 2, 3)))}


def test_two_stages_with_one_name_have_their_own_buttons():
    buttons = offered(keys=["left", "right"])
    assert len({button.id for button in buttons}) == 2 * len(QUICK)


def test_a_new_exporter_has_a_button():
    with toy_exporter():
        assert "Toy (.toy)" in {button.label.partition(" · ")[0] for button in offered()}


def test_each_button_makes_the_file_of_its_exporter(monkeypatch):
    files = {}
    monkeypatch.setattr(
        download_control,
        "download_button",
        lambda label, make, *, file_name, **options: files.update({file_name: make()}),
    )
    with toy_exporter():
        opened()
    endings = [name.removeprefix("my dance") for name in files]
    assert endings == [
        ".png", ".svg", ".html", ".glb", ".bvh", ".bvh.zip", ".c3d", ".trc", ".csv", ".npy", ".npz", ".npy.zip",
        ".toy", ".mariel.zip",
    ]  # fmt: skip
    assert b"<h1>my dance</h1>" in files["my dance.html"]
    assert files["my dance.npy"].startswith(b"\x93NUMPY")
    assert files["my dance.toy"] == b"my dance: 20 frames"


def test_what_is_chosen_for_one_stage_is_chosen_for_the_next_and_says_how_pictures_are_drawn(monkeypatch):
    requests = {}
    monkeypatch.setattr(
        download_control,
        "download_button",
        lambda label, make, *, key, **options: requests.update({key: make.args[0]}),
    )
    app = opened(keys=["one", "two"])
    app.button_group(key="picture option one shape").set_value("portrait").run()
    app.toggle(key="picture option one follow").set_value(True).run()
    for stage in ("one", "two"):
        picture = requests[f"download {stage} svg"].picture
        assert (picture.shape, picture.follow) == ("portrait", True)


def test_films_show_the_dance_as_the_player_shows_it(monkeypatch):
    requests = {}
    monkeypatch.setattr(
        download_control,
        "download_button",
        lambda label, make, *, key, **options: requests.update({key: make.args[0]}),
    )
    camera = {"azimuth": 0.5, "mirror": True}
    opened(stage={"state": {"camera": camera, "frame": 7, "speed": 0.5}})
    request = requests["download stage svg"]
    assert (request.camera, request.frame, request.picture.speed) == (camera, 7, 0.5)
