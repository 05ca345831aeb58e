"""The Latent map page opened as the app opens it: without a model, with one, by valid and invalid links."""

import base64
import json
import sys

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mariel.app.widgets.downloads import download_control
from mariel.generation.latent_map.stored_map import UMAP_PART, load_pca_map
from mariel.generation.phrase_windows import run_recordings
from mariel.training.checkpoints import load_checkpoint
from mariel.training.stored_analysis import analysis_digest, write_analysis
from tests.support.opening import open_page as open_app_page
from tests.support.opening import page_text, query_param
from tests.support.small_runs import trained_run


def open_page(**query_params: str) -> AppTest:
    return open_app_page("latent_map", **query_params)


def waypoints(app: AppTest) -> np.ndarray:
    """The waypoints in the address, (waypoints, 2)."""
    return np.array([waypoint.split(",") for waypoint in query_param(app, "path").split(";")], float)


def pictures(app: AppTest) -> list[dict]:
    """What the page sends to its map and its dancer."""
    sent = [json.loads(each.proto.json) for each in app.get("bidi_component")]
    return [data for data in sent if "figure" in data or "player" in data]


def star(app: AppTest) -> tuple[float, float]:
    """Where the star is on the map."""
    chart = next(data for data in pictures(app) if "figure" in data)
    trace = next(trace for trace in json.loads(chart["figure"])["data"] if trace["name"] == "star")
    return trace["x"][0], trace["y"][0]


def phrase_points(app: AppTest) -> np.ndarray:
    """Where the phrases are on the map, (phrases, 2)."""
    chart = next(data for data in pictures(app) if "figure" in data)
    traces = [trace for trace in json.loads(chart["figure"])["data"] if trace["name"] in ("one", "two")]
    return np.concatenate([np.stack([_values(trace["x"]), _values(trace["y"])], axis=1) for trace in traces])


def _values(array: dict) -> np.ndarray:
    """An array as plotly writes it."""
    return np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"])


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def test_without_a_model_it_says_how_to_get_one(folder):
    assert "three minutes" in page_text(open_page())


def test_the_page_shows_a_map_and_a_dancer_and_the_link_names_the_phrase(run):
    app = open_page()
    assert len(pictures(app)) == 2
    take, start = query_param(app, "phrase").split(":")
    assert take in ("one", "two")
    assert int(start) >= 0
    assert not app.warning


def test_a_link_opens_the_phrase_it_names(run):
    app = open_page(phrase="one:3")
    assert query_param(app, "phrase") == "one:3"
    assert not app.warning


@pytest.mark.parametrize(
    "phrase", ["three:0", "two:99999", "one:119", "two", "two:-1", "two:٣", ":", "<b>two</b>:1e9"]
)
def test_a_link_to_a_missing_phrase_warns_and_shows_another(run, phrase):
    app = open_page(phrase=phrase)
    assert "expected a take" in app.warning[0].value
    assert query_param(app, "phrase").split(":")[0] in ("one", "two")
    assert len(pictures(app)) == 2


def test_next_shows_the_next_phrase_of_the_take(run):
    app = press(open_page(phrase="one:3"), "Next")
    assert query_param(app, "phrase") == "one:4"


def test_another_model_starts_with_a_phrase_of_its_own(run, folder):
    trained_run(folder, "other", seed=1)
    app = open_page(model="waltz", phrase="one:3")
    app.selectbox(key="model").select("other").run()
    assert query_param(app, "phrase") != "one:3"
    assert not app.warning


def test_the_reconstruction_is_shown_side_by_side_or_as_overlay(run):
    for look, label in (("rebuilt beside", "Side by side"), ("rebuilt over it", "Overlay")):  # as links name them
        app = open_page(look=look)
        assert len(pictures(app)) == 2
        assert app.segmented_control(key="look").value == look
        assert label in app.segmented_control(key="look").options
        assert query_param(app, "look") == look


def test_a_path_is_offered_at_once_and_undo_removes_its_last_point(run):
    app = open_page(map_shows="Dance a path")
    offered = waypoints(app)
    assert len(offered) == 4
    assert "phrase" not in app.query_params
    np.testing.assert_array_equal(waypoints(press(app, "Undo")), offered[:3])
    assert "adds a point" in page_text(press(app, "Clear"))
    assert query_param(app, "path") == "none"
    assert len(pictures(app)) == 1


def test_a_link_opens_the_path_it_names(run):
    app = open_page(map_shows="Dance a path", path="0.1,-0.2;0.3,0.4")
    assert query_param(app, "path") == "0.1,-0.2;0.3,0.4"
    assert not app.warning


@pytest.mark.parametrize(
    "path", ["1,2;", "1", "nan,0", "1e9,0", "0,0;" * 64 + "0,0", "<script>", "1,2;3,4,5", "١,٢", " 1,2"]
)
def test_a_link_with_an_unreadable_path_warns_and_shows_another(run, path):
    app = open_page(map_shows="Dance a path", path=path)
    assert "cannot be read" in app.warning[0].value
    assert len(waypoints(app)) == 4
    assert len(pictures(app)) == 2


def test_points_far_off_the_map_are_clipped_to_it(run):
    app = open_page(map_shows="Dance a path", path="999999,-999999")
    assert np.abs(waypoints(app)).max() < 1000


def test_the_new_dance_has_the_temperature_and_seed_of_the_link(run):
    app = open_page(map_shows="The sample", temperature="0.5", seed="7")
    assert app.slider(key="temperature").value == 0.5
    assert app.number_input(key="seed").value == 7
    assert "phrase" not in app.query_params


class TestUmap:
    @pytest.fixture(autouse=True)
    def not_installed(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "umap", None)

    @pytest.fixture
    def points(self, run) -> np.ndarray:
        """A stored map: the phrases on a circle, in the order of the PCA map's phrases."""
        checkpoint = load_checkpoint(run.folder)
        recordings = run_recordings(checkpoint)
        phrases, _ = load_pca_map(run, checkpoint, recordings)
        angles = np.linspace(0, 2 * np.pi, len(phrases), endpoint=False)
        points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        write_analysis(run, UMAP_PART, analysis_digest(run, recordings), {"points": points})
        return points

    def test_a_stored_map_is_shown_with_the_phrase_of_the_link(self, run, points):
        app = open_page(map="UMAP", phrase="one:3")
        shown = phrase_points(app)
        np.testing.assert_allclose(np.linalg.norm(shown, axis=1), np.linalg.norm(shown, axis=1)[0], rtol=1e-3)
        assert query_param(app, "phrase") == "one:3"
        assert not app.info

    def test_a_path_belongs_to_the_map_that_it_was_made_on(self, run, points):
        app = open_page(map="UMAP", map_shows="Dance a path")
        of_umap = query_param(app, "path")
        app.segmented_control(key="map").set_value("PCA").run()
        assert query_param(app, "path") != of_umap
        assert len(pictures(app)) == 2

    def test_without_a_stored_map_and_the_package_it_says_what_to_install_and_shows_the_pca_map(self, run):
        app = open_page(map="UMAP")
        assert "pip install umap-learn" in app.info[0].value
        np.testing.assert_array_equal(phrase_points(app), phrase_points(open_page()))


def test_pc_offsets_and_the_other_scheme_move_the_star(run):
    plain = open_page(map_shows="The sample", seed="7")
    shifted = open_page(map_shows="The sample", seed="7", push1="2")
    other = open_page(map_shows="The sample", seed="7", scheme="the notebook's other way")
    assert shifted.slider(key="push1").value == 2
    assert len({star(app) for app in (plain, shifted, other)}) == 3


@pytest.fixture
def bundle_recipe(run, monkeypatch):
    """Opens a page and gives the recipe in the bundle of its dance."""
    recipes = {}

    def note(label, make, *, key, **options):
        recipes[str(key)] = make.args[0].recipe

    monkeypatch.setattr(download_control, "download_button", note)

    def recipe(page: str, stage: str, **query_params: str) -> dict:
        open_app_page(page, **query_params)
        return recipes[f"download {stage} bundle"]

    return recipe


def test_the_bundle_of_a_new_dance_has_the_recipe_that_sampling_gives(bundle_recipe):
    choices = {"seed": "7", "temperature": "0.5", "push1": "2", "scheme": "the notebook's other way"}
    of_sampling = bundle_recipe("sampling", "samples", count="1", **choices)
    of_map = bundle_recipe("latent_map", "map dancer", map_shows="The sample", **choices)
    assert (of_sampling["seed"], of_sampling["pushes"][0], of_sampling["scheme"]) == (7, 2, "random-spread")
    link = {"model": "waltz", "map": "PCA", "map_shows": "The sample", "temperature": 0.5, "seed": 7, "push1": 2}
    assert of_map.pop("page") == "latent_map"
    assert of_map.pop("link").items() >= link.items()
    assert of_map == of_sampling


def test_the_bundle_of_a_path_or_a_phrase_says_where_it_is_seen(bundle_recipe):
    path = bundle_recipe("latent_map", "map dancer", map_shows="Dance a path", path="0.5,0.5;-1.0,0.0")
    assert (path["checkpoint"], path["link"]["path"], path["link"]["map"]) == ("waltz", "0.5,0.5;-1.0,0.0", "PCA")
    assert "seed" not in path
    phrase = bundle_recipe("latent_map", "map dancer", phrase="one:3")
    assert phrase["link"]["phrase"] == "one:3"
    assert "on the map of waltz" in phrase["credit"]  # and not "nobody has danced this"


def test_every_colouring_shows_the_map_and_a_dancer(run):
    for colour in ("by take", "by time", "by speed", "by height"):
        assert len(pictures(open_page(colour=colour))) == 2


def test_missing_recordings_are_named_and_the_page_says_what_to_do(run, folder):
    for path in (folder / "data").iterdir():
        path.unlink()
    app = open_page()
    assert str(folder / "data") in app.error[0].value
    assert not pictures(app)


def test_a_damaged_model_is_named(run):
    path = run.folder / "best.safetensors"
    path.write_bytes(path.read_bytes()[:500])
    assert "best.safetensors" in page_text(open_page())
