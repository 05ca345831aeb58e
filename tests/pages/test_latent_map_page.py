"""The Latent map page opened as the app opens it: without a model, with one, by links good and bad."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.support.opening import ROUTER, words
from tests.support.small_runs import trained_run


def opened(**choices: str) -> AppTest:
    app = AppTest.from_file(ROUTER, default_timeout=120)
    app.run()
    app.switch_page("pages/latent_map.py")
    for name, value in choices.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def asked(app: AppTest, name: str) -> str:
    value = app.query_params[name]
    return value if isinstance(value, str) else value[0]  # a list as long as no script has set it


def stations(app: AppTest) -> np.ndarray:
    return np.array([station.split(",") for station in asked(app, "path").split(";")], float)


def star(app: AppTest) -> tuple[float, float]:
    """Where the star lies."""
    chart = next(json.loads(each.proto.json) for each in app.get("bidi_component") if "figure" in each.proto.json)
    trace = next(trace for trace in json.loads(chart["figure"])["data"] if trace["name"] == "star")
    return trace["x"][0], trace["y"][0]


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def test_without_a_model_it_says_how_to_get_one(folder):
    assert "three minutes" in words(opened())


def test_a_map_beside_a_dancer_who_dances_a_phrase_that_the_link_names(run):
    app = opened()
    assert len(app.get("bidi_component")) == 2
    take, start = asked(app, "phrase").split(":")
    assert take in ("one", "two")
    assert int(start) >= 0
    assert not app.warning


def test_a_link_opens_its_phrase(run):
    app = opened(phrase="one:3")
    assert asked(app, "phrase") == "one:3"
    assert not app.warning


@pytest.mark.parametrize(
    "phrase", ["three:0", "two:99999", "one:119", "two", "two:-1", "two:٣", ":", "<b>two</b>:1e9"]
)
def test_a_link_to_a_phrase_that_is_not_there_says_so_and_shows_another(run, phrase):
    app = opened(phrase=phrase)
    assert "expected a take" in app.warning[0].value
    assert asked(app, "phrase").split(":")[0] in ("one", "two")
    assert len(app.get("bidi_component")) == 2


def test_next_is_the_phrase_that_follows_in_its_take(run):
    app = press(opened(phrase="one:3"), "Next")
    assert asked(app, "phrase") == "one:4"


def test_another_model_begins_with_a_phrase_of_its_own(run, folder):
    trained_run(folder, "other", seed=1)
    app = opened(model="waltz", phrase="one:3")
    app.selectbox(key="model").select("other").run()
    assert asked(app, "phrase") != "one:3"
    assert not app.warning


def test_the_models_own_phrase_is_shown_beside_or_over_it(run):
    for look in ("rebuilt beside", "rebuilt over it"):
        assert len(opened(look=look).get("bidi_component")) == 2


def test_a_path_is_offered_at_once_and_its_last_station_can_be_taken_back(run):
    app = opened(map_shows="Dance a path")
    offered = stations(app)
    assert len(offered) == 4
    assert "phrase" not in app.query_params
    np.testing.assert_array_equal(stations(press(app, "Undo")), offered[:3])
    assert "adds a station" in words(press(app, "Clear"))
    assert asked(app, "path") == "none"
    assert len(app.get("bidi_component")) == 1


def test_a_link_brings_back_its_path(run):
    app = opened(map_shows="Dance a path", path="0.1,-0.2;0.3,0.4")
    assert asked(app, "path") == "0.1,-0.2;0.3,0.4"
    assert not app.warning


@pytest.mark.parametrize(
    "path", ["1,2;", "1", "nan,0", "1e9,0", "0,0;" * 64 + "0,0", "<script>", "1,2;3,4,5", "١,٢", " 1,2"]
)
def test_a_path_that_cannot_be_read_is_said_to_be_so_and_another_is_danced(run, path):
    app = opened(map_shows="Dance a path", path=path)
    assert "cannot be read" in app.warning[0].value
    assert len(stations(app)) == 4
    assert len(app.get("bidi_component")) == 2


def test_stations_far_off_the_map_are_brought_to_its_border(run):
    app = opened(map_shows="Dance a path", path="999999,-999999")
    assert np.abs(stations(app)).max() < 1000


def test_the_sample_is_the_one_that_temperature_and_seed_name(run):
    app = opened(map_shows="The sample", temperature="0.5", seed="7")
    assert app.slider(key="temperature").value == 0.5
    assert app.number_input(key="seed").value == 7
    assert "phrase" not in app.query_params


def test_the_star_lies_where_pushes_and_the_other_scheme_put_the_sample(run):
    plain = opened(map_shows="The sample", seed="7")
    pushed = opened(map_shows="The sample", seed="7", push1="2")
    other = opened(map_shows="The sample", seed="7", scheme="the notebook's other way")
    assert pushed.slider(key="push1").value == 2
    assert len({star(app) for app in (plain, pushed, other)}) == 3


def test_every_colouring_draws(run):
    for colour in ("by take", "by time", "by speed", "by height"):
        assert len(opened(colour=colour).get("bidi_component")) == 2


def test_recordings_that_are_gone_are_named_with_a_way_on(run, folder):
    for path in (folder / "data").iterdir():
        path.unlink()
    app = opened()
    assert str(folder / "data") in app.error[0].value
    assert not app.get("bidi_component")


def test_a_damaged_model_is_named(run):
    path = run.folder / "best.safetensors"
    path.write_bytes(path.read_bytes()[:500])
    assert "best.safetensors" in words(opened())
