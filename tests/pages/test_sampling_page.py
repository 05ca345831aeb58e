"""The Sampling page opened as the app opens it: without a model, with one, with a damaged one."""

import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mariel.app.sampling.sampling_controls import BETWEEN, POSE, VARY, WALK, Draw
from mariel.errors import MarielError
from mariel.training.runs import Run
from tests.support.opening import opened as page_opened
from tests.support.opening import words
from tests.support.small_runs import trained_run


def opened(**choices: str) -> AppTest:
    return page_opened("sampling", **choices)


def test_without_a_model_it_says_how_to_get_one(folder):
    assert "three minutes" in words(opened())


def test_four_dancers_and_one_of_them_large(run):
    app = opened()
    assert len(app.get("bidi_component")) == 2
    assert app.selectbox(key="large").options == ["seed 0", "seed 1", "seed 2", "seed 3"]
    assert {metric.label for metric in app.metric} == {"Speed", "Skull bends by", "From the nearest real phrase"}
    assert "real: " in words(app)
    # The gallery and the large dancer can both be taken home.
    assert [button.proto.label for button in app.get("download_button")] == 2 * ["Take it home", "Numbers (.npy)"]


def test_others_are_the_next_seeds(run):
    app = opened()
    next(button for button in app.button if button.label == "Others").click().run()
    assert app.number_input(key="seed").value == 4
    assert app.selectbox(key="large").options[0] == "seed 4"


def test_a_link_brings_back_the_dance(run):
    app = opened(temperature="0.5", seed="7", count="1")
    assert app.slider(key="temperature").value == 0.5
    assert app.number_input(key="seed").value == 7
    assert len(app.get("bidi_component")) == 1


def test_without_the_recordings_dances_are_still_drawn(run, folder):
    without_recordings(folder)
    assert "not known here" in words(opened())


@pytest.mark.parametrize("mode", [VARY, BETWEEN, WALK, POSE])
def test_without_the_recordings_dances_that_set_out_from_them_say_so(run, folder, mode):
    without_recordings(folder)
    app = opened(mode=mode)
    assert "learned from cannot be opened" in words(app)
    assert "choose **New**" in words(app)
    assert not app.get("bidi_component")


def without_recordings(folder: Path) -> None:
    for path in (folder / "data").iterdir():
        path.unlink()


def test_a_damaged_model_is_named(run):
    path = run.folder / "best.safetensors"
    path.write_bytes(path.read_bytes()[:500])
    assert "best.safetensors" in words(opened())


def test_another_run_that_takes_the_name_brings_its_own_dances(run, folder):
    before = dances_of(run)
    run.rename("old waltz")
    after = dances_of(trained_run(folder, "waltz", seed=1))
    assert not np.allclose(before, after)


def test_a_phrase_is_varied_beside_itself(run):
    app = opened(mode=VARY, sigma="0.7", **{"from": "two@33"})
    assert app.slider(key="sigma").value == 0.7
    assert (app.selectbox(key="from take").value, app.slider(key="from frame").value) == ("two", 33)
    assert address(app, "from") == "two@33"
    assert len(app.get("bidi_component")) == 2


def test_a_chosen_moment_goes_into_the_address(run):
    app = opened(mode=VARY, **{"from": "two@33"})
    app.slider(key="from frame").set_value(40).run()
    assert address(app, "from") == "two@40"
    app.selectbox(key="from take").set_value("one").run()
    assert address(app, "from").startswith("one@")


def test_between_two_phrases_lie_as_many_as_are_asked_for_or_one_dance(run):
    app = opened(mode=BETWEEN, count="4", **{"from": "one@0", "to": "two@50"})
    assert app.selectbox(key="large").options == [f"{share}% of the way" for share in (0, 33, 67, 100)]
    app.number_input(key="seconds").set_value(3).run()
    assert len(app.get("bidi_component")) == 1
    assert not app.exception


def test_a_walk_passes_through_moments_that_are_added_and_taken_out(run):
    app = opened(mode=WALK, through="one@3,two@40")
    assert app.multiselect(key="through").value == ["one@3", "two@40"]
    next(button for button in app.button if button.label == "Add it to the walk").click().run()
    assert len(app.multiselect(key="through").value) == 3
    assert address(app, "through").startswith("one@3,two@40,")
    app.multiselect(key="through").set_value(["two@40"]).run()
    assert "needs two moments" in words(app)


def test_dances_begin_with_a_pose(run):
    app = opened(mode=POSE, count="1", pose="one@20")
    assert len(app.get("bidi_component")) == 1
    assert address(app, "pose") == "one@20"


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ({"model": "gone"}, "the model “gone”, which is not here. You see “waltz” instead"),
        ({"mode": "Fly"}, "“Fly”, which is not here. You see “New” instead"),
        ({"mode": VARY, "from": "nobody@3"}, "there is no take “nobody”"),
        ({"mode": VARY, "from": "one@900"}, "“one” has no phrase at frame 900"),
        ({"mode": VARY, "from": "<b>"}, "a moment is written take@frame"),
        ({"mode": WALK, "through": "one@3,nobody@1,two@40"}, "there is no take “nobody”"),
    ],
)
def test_a_link_to_what_is_not_there_says_what_is_missing_until_something_is_chosen(run, link, said):
    app = opened(**link)
    assert said in words(app)
    assert app.get("bidi_component")
    app.run()
    assert said in words(app)


def test_the_address_names_the_model_also_when_nobody_chose_it_so_that_a_newer_one_changes_no_link(run, folder):
    app = opened()
    assert address(app, "model") == "waltz"
    trained_run(folder, "tango")
    app.run()
    assert app.selectbox(key="model").value == address(app, "model") == "waltz"
    assert opened(model="waltz").selectbox(key="model").value == "waltz"
    assert opened().selectbox(key="model").value == "tango"


def test_a_complaint_about_a_link_goes_when_something_is_chosen(run, folder):
    trained_run(folder, "tango")
    app = opened(model="gone")
    assert "You see “tango” instead" in words(app)
    app.selectbox(key="model").set_value("waltz").run()
    assert "gone" not in words(app)
    app.selectbox(key="model").set_value("tango").run()
    assert "gone" not in words(app)


def test_pushes_and_the_other_scheme_make_other_dances(run):
    plain, pushed, other = (
        dances_of(run, **changes) for changes in ({}, {"pushes": (2.0,)}, {"scheme": "random-spread"})
    )
    assert not np.allclose(plain, pushed)
    assert not np.allclose(plain, other)


def test_a_kept_dance_is_watched_compared_and_opened_again(run):
    app = opened(temperature="0.5", seed="7", count="1")
    for name in ("slow turn", "slow turn, again"):
        keep(app, name)
    assert "letters, digits" in words(app)
    keep(app, "another")
    app.session_state["favourites open"] = True
    app.run()
    assert app.selectbox(key="favourite").options == ["another", "slow turn"]
    app.selectbox(key="favourite beside").set_value("slow turn").run()
    assert len(app.get("bidi_component")) == 2
    assert len(app.get("download_button")) == 4  # of the dance above and of the favourites, each in two ways
    app.number_input(key="seed").set_value(1).run()
    app.segmented_control(key="mode").set_value(VARY).run()
    button(app, "Open where it was made").click().run()
    assert not app.exception
    assert (app.session_state["mode"], app.number_input(key="seed").value) == ("New", 7)
    assert app.slider(key="temperature").value == 0.5


def test_a_favourite_of_a_model_that_is_gone_is_still_watched(run, folder):
    app = opened(count="1")
    keep(app, "slow turn")
    run.rename("other")
    app = opened(count="1")
    app.session_state["favourites open"] = True
    app.run()
    assert len(app.get("bidi_component")) == 2
    button(app, "Open where it was made").click().run()
    assert "the model “waltz” that danced “slow turn” is gone" in words(app)


def test_a_recipe_that_somebody_tampered_with_is_refused():
    sound = Draw(VARY, seed=3, moments=("one@3",), pushes=(1.0,))
    assert Draw.from_dict(json.loads(json.dumps(sound.to_dict()))) == sound
    for change in ({"mode": "Fly"}, {"seed": "3"}, {"temperature": "hot"}, {"count": 99}, {"moments": ["x"]}):
        with pytest.raises(MarielError):
            Draw.from_dict(sound.to_dict() | change)


def address(app: AppTest, name: str) -> str:
    """What the address bar says: AppTest gives a list for what a link said, and a word for what the page wrote."""
    value = app.query_params[name]
    return value if isinstance(value, str) else value[0]


def keep(app: AppTest, name: str) -> None:
    field = next(field for field in app.text_input if field.label == "Its name")
    field.set_value(name)
    button(app, "Keep").click().run()
    assert not app.exception


def button(app: AppTest, label: str):
    return next(each for each in app.button if each.label == label)


def dances_of(run: Run, **changes) -> np.ndarray:
    """What the page draws from a run."""
    app = AppTest.from_function(_page)
    app.query_params["model"] = run.name
    app.session_state["changes"] = changes
    app.run(timeout=120)
    assert not app.exception
    return app.session_state["danced"]


def _page() -> None:  # runs from its own source, so it imports what it needs
    import streamlit as st  # noqa: PLC0415

    from mariel.app.sampling.sampling_controls import Draw, drawn_dances  # noqa: PLC0415
    from mariel.app.widgets.models import pick_model  # noqa: PLC0415

    st.session_state.danced = drawn_dances(pick_model(), Draw(count=1, **st.session_state.changes))
