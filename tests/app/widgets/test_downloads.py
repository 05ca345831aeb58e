"""The download buttons below a dance: one per exporter."""

import numpy as np
from streamlit.testing.v1 import AppTest

from mariel.app.widgets import downloads
from tests.support.toys import toy_exporter


def page():
    import numpy as np  # noqa: PLC0415 (AppTest runs this function as a script of its own)
    import streamlit as st  # noqa: PLC0415

    from mariel.app.widgets.downloads import show_downloads  # noqa: PLC0415
    from mariel.motion.marker_set import MarkerSet  # noqa: PLC0415
    from mariel.stage.scene import Dancer, Scene  # noqa: PLC0415

    hands = MarkerSet.from_edges("pair", ("LHAND", "RHAND"), [(0, 1)])
    lengths = st.session_state.get("lengths", [20])
    scene = Scene([Dancer(np.zeros((length, 2, 3)), hands) for length in lengths])
    for key in st.session_state.get("keys", ["stage"]):
        show_downloads(scene, key=key, name="my_dance", credit="", positions=st.session_state.get("positions"))


def offered(**state) -> list:
    """The download buttons of a page."""
    app = AppTest.from_function(page)
    for name, value in state.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return [button.proto for button in app.get("download_button")]


def test_the_buttons_make_their_files_only_when_pressed():
    buttons = offered()
    assert [button.label for button in buttons] == [
        "Download", "Coordinates (.npy)", "Coordinates with names (.npz)",
    ]  # fmt: skip
    for button in buttons:
        assert button.deferred_file_id
        assert not button.url


def test_dancers_of_different_lengths_have_coordinates_only_if_they_are_given():
    assert [button.label for button in offered(lengths=[20, 30])] == ["Download"]
    assert len(offered(lengths=[20, 30], positions=np.zeros((5, 2, 3)))) == 3


def test_two_stages_with_one_name_have_their_own_buttons():
    buttons = offered(keys=["left", "right"])
    assert len({button.id for button in buttons}) == 6


def test_a_new_exporter_has_a_button():
    with toy_exporter():
        assert offered()[-1].label == "Toy (.toy)"


def test_each_button_makes_the_file_of_its_exporter(monkeypatch):
    files = {}
    monkeypatch.setattr(
        downloads, "download_button", lambda label, make, *, file_name, **options: files.update({file_name: make()})
    )
    with toy_exporter():
        page()
    assert list(files) == ["my dance.html", "my dance.npy", "my dance.npz", "my dance.toy"]
    assert b"<h1>my dance</h1>" in files["my dance.html"]
    assert files["my dance.npy"].startswith(b"\x93NUMPY")
    assert files["my dance.toy"] == b"my dance: 20 frames"
