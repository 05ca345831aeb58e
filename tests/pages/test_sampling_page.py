"""The Sampling page opened as the app opens it: without a model, with one, with a damaged one."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mariel.app.widgets.downloads import download_control
from mariel.errors import MarielError
from mariel.export.registry import EXPORTERS
from mariel.generation.favourites import list_favourites, owner_of, save_favourite
from mariel.generation.sampling_requests import SAVED_MODES, SamplingRequest
from mariel.motion.marker_set import MarkerSet
from mariel.training.runs import Run
from tests.support.joints import save_joints
from tests.support.opening import open_page as open_app_page
from tests.support.opening import page_text, players, query_param
from tests.support.small_runs import trained_run
from tests.support.toys import toy_metric

PERTURB, INTERPOLATE, CHAIN, FROM_POSE = list(SAVED_MODES.values())[1:]


def open_page(**query_params: str) -> AppTest:
    return open_app_page("sampling", **query_params)


def saved_as(app) -> set[str]:
    """The labels of the kinds of file that a page offers, without their sizes."""
    labels = [button.proto.label for button in [*app.get("download_button"), *app.button]]
    return {label.partition(" · ")[0] for label in labels if " · " in label}


def test_without_a_model_it_says_how_to_get_one(folder):
    assert "three minutes" in page_text(open_page())


def test_four_dancers_are_shown_in_tiles_and_one_can_be_shown_alone(run):
    app = open_page()
    assert len(players(app)) == 1
    assert app.selectbox(key="large").options == ["all dances", "seed 0", "seed 1", "seed 2", "seed 3"]
    assert "Its name" not in [field.label for field in app.text_input]  # of which dance?
    assert {metric.label for metric in app.metric} == {
        "Speed", "Head deformation", "Distance to nearest training phrase",
    }  # fmt: skip
    assert all(re.fullmatch(r"real: [\d.]+ (m/s|cm|%)", metric.delta) for metric in app.metric)
    assert saved_as(app) == {each.label for name, each in EXPORTERS.items() if name != "bvh"}  # a file of one dancer
    app.selectbox(key="large").set_value("seed 2").run()
    assert players(app)[0]["chosen"] == "seed 2"
    assert "Its name" in [field.label for field in app.text_input]


def test_the_bundle_of_a_dance_says_how_it_was_made(run, monkeypatch):
    recipes = {}

    def note(label, make, *, key, **options):
        recipes[str(key)] = make.args[0].recipe

    monkeypatch.setattr(download_control, "download_button", note)
    open_page(count="4")
    assert recipes["download samples bundle"] is None  # four dances, of four seeds
    open_page(count="1", seed="7")
    recipe = recipes["download samples bundle"]
    assert (recipe["checkpoint"], recipe["seed"]) == ("waltz", 7)


def test_a_new_metric_is_shown_with_the_value_of_real_motion(run):
    with toy_metric():
        app = open_page()
    toy = next(metric for metric in app.metric if metric.label == "Toy count")
    assert (toy.value, toy.help) == ("4 dances", "How many dances. Good: higher is better.")


def test_new_dances_have_the_next_seeds(run):
    app = open_page()
    next(button for button in app.button if button.label == "Four new dances").click().run()
    assert app.number_input(key="seed").value == 4
    assert app.selectbox(key="large").options[1] == "seed 4"


def test_a_link_opens_the_dance_it_names(run):
    app = open_page(temperature="0.5", seed="7", count="1")
    assert app.slider(key="temperature").value == 0.5
    assert app.number_input(key="seed").value == 7
    assert len(players(app)) == 1


def test_new_dances_need_no_recordings(run, folder):
    without_recordings(folder)
    figures = {metric.label: metric for metric in open_page().metric}
    assert figures["Speed"].delta == "real: not known here"
    nearest = figures["Distance to nearest training phrase"]
    assert (nearest.value, nearest.delta) == ("–", "not measured")
    assert "phrases that the model has learned from are not here" in nearest.help


@pytest.mark.parametrize("mode", [PERTURB, INTERPOLATE, CHAIN, FROM_POSE])
def test_dances_that_start_from_missing_recordings_give_a_warning(run, folder, mode):
    without_recordings(folder)
    app = open_page(mode=mode)
    assert "learned from cannot be opened" in page_text(app)
    assert "choose **New dances**" in page_text(app)
    assert not app.get("bidi_component")


def without_recordings(folder: Path) -> None:
    for path in (folder / "data").iterdir():
        path.unlink()


def test_a_damaged_model_is_named(run):
    path = run.folder / "best.safetensors"
    path.write_bytes(path.read_bytes()[:500])
    assert "best.safetensors" in page_text(open_page())


def test_another_run_with_the_same_name_has_its_own_dances(run, folder):
    before = dances_of(run)
    run.rename("old waltz")
    after = dances_of(trained_run(folder, "waltz", seed=1))
    assert not np.allclose(before, after)


def test_a_variation_is_shown_beside_its_phrase(run):
    app = open_page(mode=PERTURB, sigma="0.7", **{"from": "two@33"})
    assert app.slider(key="sigma").value == 0.7
    assert (app.selectbox(key="from take").value, app.slider(key="from frame").value) == ("two", 33)
    assert query_param(app, "from") == "two@33"
    assert players(app)[0]["dial"]["dancers"] == [None, 0, 1, 2, 3]


def test_a_chosen_position_goes_into_the_address(run):
    app = open_page(mode=PERTURB, **{"from": "two@33"})
    app.slider(key="from frame").set_value(40).run()
    assert query_param(app, "from") == "two@40"
    app.selectbox(key="from take").set_value("one").run()
    assert query_param(app, "from").startswith("one@")


def test_between_two_phrases_lie_the_requested_number_or_one_dance(run):
    app = open_page(mode=INTERPOLATE, count="4", **{"from": "one@0", "to": "two@50"})
    assert app.selectbox(key="large").options[1:] == [f"{share}% of the way" for share in (0, 33, 67, 100)]
    app.number_input(key="seconds").set_value(3).run()
    assert len(players(app)) == 1
    assert not app.exception


def test_phrases_are_added_to_a_chain_and_removed(run):
    app = open_page(mode=CHAIN, through="one@3,two@40")
    assert app.multiselect(key="through").value == ["one@3", "two@40"]
    assert app.multiselect(key="through").options == ["one, 0:00", "two, 0:01"]
    next(button for button in app.button if button.label == "Add this phrase").click().run()
    assert len(app.multiselect(key="through").value) == 3
    assert query_param(app, "through").startswith("one@3,two@40,")
    app.multiselect(key="through").set_value(["two@40"]).run()
    assert "needs two phrases" in page_text(app)


@pytest.mark.parametrize(
    ("key", "value", "label"),
    [
        ("mode", CHAIN, "Chain phrases"),
        ("mode", INTERPOLATE, "Between two phrases"),
        ("scheme", "the notebook's other way", "wide normal draw (notebook)"),
    ],
)
def test_links_keep_their_values_while_labels_differ(run, key, value, label):
    app = open_page(**{key: value})
    assert app.segmented_control(key=key).value == value
    assert label in app.segmented_control(key=key).options
    assert query_param(app, key) == value
    assert not app.warning
    app.segmented_control(key=key).set_value(app.segmented_control(key=key).options[0]).run()
    assert key not in app.query_params
    assert not app.exception


def test_dances_start_with_a_pose(run):
    app = open_page(mode=FROM_POSE, count="1", pose="one@20")
    assert len(players(app)) == 1
    assert query_param(app, "pose") == "one@20"


@pytest.mark.parametrize(
    ("link", "warning"),
    [
        ({"model": "gone"}, "the model “gone”, which is not here. You see “waltz” instead"),
        ({"mode": "Fly"}, "“Fly”, which is not here. You see “New dances” instead"),
        ({"mode": PERTURB, "from": "nobody@3"}, "there is no take “nobody”"),
        ({"mode": PERTURB, "from": "one@900"}, "“one” has no phrase at frame 900"),
        ({"mode": PERTURB, "from": "<b>"}, "a position is written"),
        ({"mode": CHAIN, "through": "one@3,nobody@1,two@40"}, "there is no take “nobody”"),
    ],
)
def test_a_link_to_something_missing_gives_a_warning_until_something_is_chosen(run, link, warning):
    app = open_page(**link)
    assert warning in page_text(app)
    assert app.get("bidi_component")
    app.run()
    assert warning in page_text(app)


def test_the_address_names_the_model_even_if_nobody_chose_it_so_that_a_newer_one_changes_no_link(run, folder):
    app = open_page()
    assert query_param(app, "model") == "waltz"
    trained_run(folder, "tango")
    app.run()
    assert app.selectbox(key="model").value == query_param(app, "model") == "waltz"
    assert open_page(model="waltz").selectbox(key="model").value == "waltz"
    assert open_page().selectbox(key="model").value == "tango"


def test_a_warning_about_a_link_disappears_when_something_is_chosen(run, folder):
    trained_run(folder, "tango")
    app = open_page(model="gone")
    assert "You see “tango” instead" in page_text(app)
    app.selectbox(key="model").set_value("waltz").run()
    assert "gone" not in page_text(app)
    app.selectbox(key="model").set_value("tango").run()
    assert "gone" not in page_text(app)


def test_pc_offsets_and_the_other_scheme_make_other_dances(run):
    plain, shifted, other = (
        dances_of(run, **changes) for changes in ({}, {"pc_offsets": (2.0,)}, {"scheme": "random-spread"})
    )
    assert not np.allclose(plain, shifted)
    assert not np.allclose(plain, other)


def test_a_favourite_is_watched_compared_and_made_again(run):
    app = open_page(temperature="0.5", seed="7", count="1", body="long-arms")
    for name in ("slow turn", "slow turn, again"):
        keep(app, name)
    assert "letters, digits" in page_text(app)
    keep(app, "another")
    app.session_state["favourites open"] = True
    app.run()
    assert app.selectbox(key="favourite").options == ["another", "slow turn"]
    other = app.selectbox(key="favourite").value.replace("another", "slow turn")
    app.selectbox(key="favourite beside").set_value(other).run()
    assert len(players(app)) == 2
    # Of the dance above, and of the favourites.
    quick = sum(not each.slow for each in EXPORTERS.values())
    assert len(app.get("download_button")) == 2 * quick - 1  # of several new dances there is no single BVH
    app.number_input(key="seed").set_value(1).run()
    app.selectbox(key="body").set_value("child").run()
    app.segmented_control(key="mode").set_value(PERTURB).run()
    button(app, "Open where it was made").click().run()
    assert not app.exception
    assert (app.session_state["mode"], app.number_input(key="seed").value) == ("New", 7)
    assert (app.slider(key="temperature").value, app.selectbox(key="body").value) == (0.5, "long-arms")


def test_a_favourite_of_a_missing_model_can_still_be_watched(run, folder):
    app = open_page(count="1")
    keep(app, "slow turn")
    run.rename("other")
    app = open_page(count="1", favourite=list_favourites(owner=owner_of(app.session_state["visitor"]))[0][0].id)
    assert len(players(app)) == 2
    button(app, "Open where it was made").click().run()
    assert "the model “waltz” that generated “slow turn” is gone" in page_text(app)


def test_a_visitor_lists_her_own_favourites_and_those_of_everybody_but_nobody_elses(run):
    save_favourite("old", np.zeros((20, 3, 3)), MarkerSet.from_edges("three", ("A", "B", "C"), []), 35.0, {})
    hers = open_page(count="1")
    keep(hers, "hers")
    theirs = open_page(count="1")
    for app, names in ((hers, ["hers", "old, everybody’s"]), (theirs, ["old, everybody’s"])):
        app.session_state["favourites open"] = True
        assert app.run().selectbox(key="favourite").options == names
    friend = open_page(favourite=hers.selectbox(key="favourite").value)
    assert friend.selectbox(key="favourite").options == ["old, everybody’s", "hers, from a link"]
    assert friend.selectbox(key="favourite").value == query_param(hers, "favourite")
    assert not [each for each in friend.button if each.label == "Yes, delete it"]


@pytest.mark.parametrize("favourite", ["nobody", "0123456789abcdef/slow turn", "../runs/x", "x/../y"])
def test_a_link_to_a_missing_favourite_says_so(run, favourite):
    app = open_page(count="1", favourite=favourite)
    assert "This link asks for the favourite" in page_text(app)
    assert len(players(app)) == 1


def test_a_saved_request_opens_again_and_an_invalid_one_is_refused():
    request = SamplingRequest(mode="perturb", seed=3, take_positions=("one@3",), pc_offsets=(1.0,))
    saved = json.loads(json.dumps(request.to_dict()))
    assert (saved["moments"], saved["pushes"]) == (["one@3"], [1.0])  # as favourites have always been saved
    assert SamplingRequest.from_dict(saved) == request
    for change in ({"mode": "Fly"}, {"seed": "3"}, {"temperature": "hot"}, {"count": 0}, {"moments": ["x"]}):
        with pytest.raises(MarielError):
            SamplingRequest.from_dict(request.to_dict() | change)


def keep(app: AppTest, name: str) -> None:
    field = next(field for field in app.text_input if field.label == "Its name")
    field.set_value(name)
    button(app, "Keep").click().run()
    assert not app.exception


def button(app: AppTest, label: str):
    return next(each for each in app.button if each.label == label)


def dances_of(run: Run, **changes) -> np.ndarray:
    """The dances that the page generates with a run's model."""
    app = AppTest.from_function(_page)
    app.query_params["model"] = run.name
    app.session_state["changes"] = changes
    app.run(timeout=120)
    assert not app.exception
    return app.session_state["samples"]


def _page() -> None:  # AppTest runs this function as a script of its own
    import streamlit as st  # noqa: PLC0415

    from mariel.app.sampling.sampling_controls import generate_cached  # noqa: PLC0415
    from mariel.app.widgets.models import pick_model  # noqa: PLC0415
    from mariel.generation.sampling_requests import SamplingRequest  # noqa: PLC0415

    st.session_state.samples = generate_cached(pick_model(), SamplingRequest(count=1, **st.session_state.changes))


def test_variations_are_of_a_phrase_of_another_rig_on_its_own_body_and_the_page_says_so(run, tmp_path):
    save_joints(tmp_path / "joints.npz")
    app = open_page(mode="Vary a phrase", of=str(tmp_path / "joints.npz"), count="1")
    assert "joints is shown to the model with the 53 markers on the dancer's own proportions" in page_text(app)
    assert query_param(app, "from").startswith("joints@")
    assert len(players(app)) == 1


def test_recordings_that_cannot_be_opened_are_named_with_the_reason(run):
    text = page_text(open_page(mode="Vary a phrase", of="gone.bvh"))
    assert "“waltz” cannot start from the recordings gone.bvh: no such folder or file" in text
