"""Where the viewer stands, by way of the address bar."""

import pytest
from streamlit.testing.v1 import AppTest

CAMERA = {
    "preset": None, "azimuth": -1.25, "elevation": 0.3, "distance": 4.5, "pan": [0.5, 0.0, -0.25],
    "follow": True, "mirror": False,
}  # fmt: skip


def _page() -> None:  # runs from its own source, so it imports what it needs
    import streamlit as st  # noqa: PLC0415

    from mariel.app.cameras import linked_camera, write_camera  # noqa: PLC0415
    from mariel.app.player import PlayerState  # noqa: PLC0415

    st.session_state.linked = linked_camera()
    write_camera(PlayerState(camera=st.session_state.get("given")))


def shown(link: str | None = None, given: dict | None = None) -> AppTest:
    app = AppTest.from_function(_page)
    if link is not None:
        app.query_params["camera"] = link
    if given is not None:
        app.session_state["given"] = given
    app.run()
    assert not app.exception
    return app


def test_a_link_brings_back_the_camera_that_was_written():
    link = shown(given=CAMERA).query_params["camera"]
    assert shown(link).session_state["linked"] == CAMERA


def test_a_camera_that_sees_the_whole_dance_keeps_doing_so():
    link = shown(given={**CAMERA, "distance": None}).query_params["camera"]
    assert shown(link).session_state["linked"]["distance"] is None


@pytest.mark.parametrize("link", [None, "", "x", "1_2", "nan_0_1_0_0_0", "1_2_3_4_5_inf", "_0_1_0_0_0"])
def test_what_is_no_camera_is_none(link):
    assert shown(link).session_state["linked"] is None
