"""The two buttons below a dance, and what their files are called."""

import io
import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mariel.app.widgets import downloads as taking_home
from mariel.app.widgets.downloads import file_name, show_take_home
from mariel.motion.mariel_markers import MARIEL_53
from mariel.stage.scene import Dancer, Scene
from tests.support.bodies import walker


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("waltz for one from frame 1,200", "waltz for one from frame 1,200.html"),
        ("../../etc/passwd", "etc-passwd.html"),
        ('a:b*c?"<d>|e\\f\n', "a-b-c-d-e-f.html"),
        ("valse « à trois »", "valse - à trois.html"),
        ("e\u0301tude", "étude.html"),
        ("踊り", "踊り.html"),
        ("...", "dance.html"),
        ("", "dance.html"),
        ("con", "dance con.html"),
        ("COM1.take", "dance COM1.take.html"),
        ("half \udce9", "half.html"),
        ("long " * 50, "long " * 11 + "long.html"),
    ],
)
def test_file_names_are_such_as_every_system_takes(words, name):
    assert file_name(words, "html") == name
    assert len(file_name(words, "html").encode()) <= 255


def page():
    import numpy as np  # noqa: PLC0415 (AppTest runs this function as a script of its own)
    import streamlit as st  # noqa: PLC0415

    from mariel.app.widgets.downloads import show_take_home  # noqa: PLC0415
    from mariel.motion.marker_set import MarkerSet  # noqa: PLC0415
    from mariel.stage.scene import Dancer, Scene  # noqa: PLC0415

    hands = MarkerSet.from_edges("pair", ("LHAND", "RHAND"), [(0, 1)])
    lengths = st.session_state.get("lengths", [20])
    scene = Scene([Dancer(np.zeros((length, 2, 3)), hands) for length in lengths])
    show_take_home(scene, name="my_dance", credit="", positions=st.session_state.get("positions"))


def offered(**state) -> list:
    """The download buttons of a page."""
    app = AppTest.from_function(page)
    for name, value in state.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return [button.proto for button in app.get("download_button")]


def test_two_buttons_that_make_nothing_before_they_are_pressed():
    buttons = offered()
    assert [button.label for button in buttons] == ["Take it home", "Numbers (.npy)"]
    for button in buttons:
        assert button.deferred_file_id
        assert not button.url


def test_dancers_of_different_lengths_are_one_array_only_where_it_is_given():
    assert len(offered(lengths=[20, 30])) == 1
    assert len(offered(lengths=[20, 30], positions=np.zeros((5, 2, 3)))) == 2


@pytest.fixture
def files(monkeypatch):
    """What the buttons would give: file name to content."""

    class Buttons(dict):
        def download_button(self, label, data, name, *more, **named) -> None:
            self[name] = data()

    pressed = Buttons()
    monkeypatch.setattr(taking_home.st, "download_button", pressed.download_button)
    return pressed


def test_the_files_hold_the_dance_and_its_numbers(files):
    scene = Scene([Dancer(walker(20), MARIEL_53)], title="walk")
    show_take_home(scene, name="a_walk", credit="Somebody walks.", camera="side")
    assert list(files) == ["a walk.html", "a walk.npy"]
    html = files["a walk.html"].decode()
    assert "<h1>a walk</h1>" in html
    assert "Somebody walks." in html
    assert json.loads(html.partition('id="players">')[2].partition("</script>")[0])[0]["camera"] == "side"
    np.testing.assert_array_equal(np.load(io.BytesIO(files["a walk.npy"])), walker(20))


def test_dancers_who_are_alike_are_one_array_without_their_places_on_the_stage(files):
    troupe = Scene.gallery([Dancer(walker(20, speed), MARIEL_53) for speed in (1, 2, 3)])
    show_take_home([troupe], name="three", credit="")
    array = np.load(io.BytesIO(files["three.npy"]))
    np.testing.assert_array_equal(array, np.stack([walker(20, speed) for speed in (1, 2, 3)]))
