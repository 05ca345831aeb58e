"""What a control says is what the page shows: after a choice changes, where it does not apply, and by default."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mariel.app.sampling.sampling_controls import COUNTS
from mariel.app.widgets.models import SHIPPED_MODEL
from mariel.app.widgets.runs import run_manager
from mariel.motion.mariel_markers import MARIEL_53
from mariel.motion.quality import most_active_start, take_profile
from mariel.motion.recording import Recording
from mariel.training.run_folder.status import RunStatus
from mariel.training.runs import Run
from tests.support.opening import open_page, page_text, players, query_param
from tests.support.small_runs import LENGTH, run_settings, swaying, trained_run, write_takes


def button(app: AppTest, key: str):
    return next(each for each in app.button if each.key == key)


def metric(app: AppTest, label: str) -> str:
    return next(each.value for each in app.metric if each.label == label)


def open_training(folder: Path, **query_params: str) -> AppTest:
    return open_page("training", data=str(folder / "data"), trim="0", **query_params)


# Sampling


def test_after_the_next_seeds_all_dances_are_shown_again(run):
    app = open_page("sampling")
    app.selectbox(key="large").set_value("seed 2").run()
    button(app, "next seeds").click().run()
    large = app.selectbox(key="large")
    assert large.value == "all dances"
    assert large.proto.set_value  # else the browser goes on showing "seed 2"
    assert query_param(app, "large") is None
    assert players(app)[0]["chosen"] is None


def test_a_link_to_one_dance_shows_it_alone(run):
    app = open_page("sampling", large="seed 3")
    assert app.selectbox(key="large").value == "seed 3"
    assert [player["chosen"] for player in players(app)] == ["seed 3"]


def test_one_dance_between_two_phrases_offers_no_number_of_dances(run):
    app = open_page("sampling", mode="Between two", count="4")
    assert app.segmented_control(key="count").value == 4
    app.number_input(key="seconds").set_value(3).run()
    assert "count" not in [control.key for control in app.segmented_control]
    assert len(players(app)) == 1


def test_the_last_seeds_are_followed_by_the_first_ones(run):
    app = open_page("sampling", seed="999996")
    assert app.selectbox(key="large").options[-1] == "seed 999999"
    button(app, "next seeds").click().run()
    assert app.selectbox(key="large").options[1:] == ["seed 0", "seed 1", "seed 2", "seed 3"]


def test_more_dances_from_the_last_seed_start_earlier_and_the_field_says_so(run):
    app = open_page("sampling", seed="999999", count="1")
    assert app.number_input(key="seed").value == 999_999
    app.segmented_control(key="count").set_value(4).run()
    assert app.number_input(key="seed").value == 999_996
    assert app.selectbox(key="large").options[1] == "seed 999996"


@pytest.mark.parametrize("count", COUNTS)
def test_the_button_for_other_dances_names_their_number(run, count):
    assert button(open_page("sampling", count=str(count)), "next seeds").label == COUNTS[count]


# The default model


def make_newest(run: Run, state: str) -> None:
    """Give a run a state, and make it the newest."""
    replace(run, created="2099-01-01T00:00:00.000+00:00")._write_description()
    run.write_status(RunStatus(state=state, epoch=1, progress=0.5))


@pytest.mark.parametrize("state", ["running", "paused", "queued", "stopped", "failed"])
def test_a_half_trained_model_is_shown_to_those_only_who_choose_it(run, folder, state):
    half_trained = trained_run(folder, "half trained")
    make_newest(half_trained, state)
    with half_trained.lock():
        app = open_page("sampling")
        assert app.selectbox(key="model").value == query_param(app, "model") == "waltz"
        assert app.selectbox(key="model").options == ["half trained", "waltz"]
        assert open_page("sampling", model="half trained").selectbox(key="model").value == "half trained"


def test_without_a_finished_model_the_shipped_one_is_the_default(run, folder):
    make_newest(run, "running")
    shipped = trained_run(folder, SHIPPED_MODEL)
    shipped.write_status(RunStatus(state="finished"))
    with run.lock():
        assert open_page("sampling").selectbox(key="model").value == SHIPPED_MODEL


def test_a_finished_model_is_the_default_before_the_shipped_one(run, folder):
    make_newest(trained_run(folder, SHIPPED_MODEL), "finished")
    assert open_page("sampling").selectbox(key="model").value == "waltz"


def test_if_no_model_is_finished_one_that_is_not_being_trained_is_the_default(run, folder):
    run.write_status(RunStatus(state="stopped", epoch=1, progress=0.5))
    running = trained_run(folder, "running")
    make_newest(running, "running")
    with running.lock():
        assert open_page("sampling").selectbox(key="model").value == "waltz"


# Reconstructions


def test_another_take_opens_at_its_own_most_active_phrase_and_the_slider_says_so(run, folder):
    app = open_page("reconstructions", data=str(folder / "data"), trim="0", take="one", start="3")
    app.selectbox(key="take").set_value("two").run()
    two = Recording.from_positions("two", swaying(120, 1), MARIEL_53)
    start = app.slider(key="start")
    assert start.value == most_active_start(take_profile(two), LENGTH)
    assert start.proto.set_value  # else the browser goes on showing 3


def test_bodies_of_several_models_in_one_place_are_coloured_by_model_and_no_switch_says_otherwise(run, folder):
    trained_run(folder, "polka", seed=1)
    own_data = {"data": str(folder / "data"), "trim": "0", "model": "waltz"}
    for link, offered in (({}, True), ({"place": "on top"}, True), ({"place": "on top", "beside": "polka"}, False)):
        app = open_page("reconstructions", **own_data, **link)
        assert ("painted" in [toggle.key for toggle in app.toggle]) == offered


def test_if_the_held_out_phrases_are_gone_their_errors_are_not_said_to_be_shown(run, folder, tmp_path):
    other = write_takes(tmp_path / "other")
    for path in (folder / "data").iterdir():
        path.unlink()
    app = open_page("reconstructions", data=str(other), trim="0", over="all held-out")
    assert "You see the errors on this phrase instead" in page_text(app)


# Training


def pause_a_run(folder: Path, name: str) -> None:
    """Start a long training, and wait until it is paused."""
    manager = run_manager()
    manager.start(run_settings(write_takes(folder / "data"), epochs=10_000), name)
    deadline = time.monotonic() + 60
    while manager.activity(name) is None and time.monotonic() < deadline:
        time.sleep(0.01)
    manager.pause(name)
    while manager.status(name).state != "paused" and time.monotonic() < deadline:
        time.sleep(0.01)


def test_a_paused_run_has_no_training_speed(folder):
    pause_a_run(folder, "waltz")
    app = open_training(folder, run="waltz")
    assert metric(app, "Training speed") == "–"
    run_manager().stop("waltz")


def test_a_finished_run_has_the_training_speed_of_its_last_epoch(run, folder):
    last = run.metrics()[-1]
    app = open_training(folder, run="waltz")
    assert metric(app, "Training speed") == f"{last.phrases_per_second:,.0f} phrases/s"


def test_a_run_that_another_program_trains_is_not_said_to_be_preparing(run, folder):
    run.write_status(RunStatus(state="running", epoch=3, progress=0.3, eta_seconds=120.0))
    with run.lock():
        app = open_training(folder, run="waltz")
        texts = [each.proto.text for each in app.get("progress")]
    assert texts == ["Reached epoch 3 of at most 1 · about 2 min 00 s left"]


def test_a_run_that_has_ended_without_a_validation_promises_no_reconstruction(folder):
    run = Run.create(folder / "runs", "waltz", run_settings(write_takes(folder / "data")))
    run.write_status(RunStatus(state="stopped"))
    text = page_text(open_training(folder))
    assert "appears here after" not in text
    assert "no reconstruction" in text


def test_no_row_of_the_table_stays_marked_when_another_run_is_shown(run, folder):
    trained_run(folder, "polka")
    keys = []
    for name in ("waltz", "polka"):
        app = open_training(folder, run=name)
        (table,) = [each for each in app.dataframe if "state" in each.value]
        keys.append(table.proto.id)
    assert keys[0] != keys[1]


def test_a_new_run_like_another_learns_from_the_same_recordings_in_the_same_way(folder, tmp_path):
    data = write_takes(folder / "data", "one", "two", "three")
    settings = run_settings(data)
    data_settings = settings.data.replace(trim=5, split="takes", hold_out=("two",), reference=True)
    original = Run.create(folder / "runs", "waltz", settings.replace(data=data_settings))
    original.write_status(RunStatus(state="stopped"))
    other = write_takes(tmp_path / "other", "four", "five")
    app = open_page("training", data=str(other), trim="0")
    button(app, "new run like this").click().run()
    assert app.segmented_control(key="form recordings new as waltz 1").value == "those of waltz"
    assert str(data) in page_text(app)
    assert "It learns from 3 takes" in page_text(app)
    assert app.multiselect(key="new as waltz 1 data hold_out").value == ["two"]
    button(app, "start run").click().run()
    assert not app.error
    child = Run.open(folder / "runs" / "waltz 1")
    assert (child.parent, child.settings) == ("waltz", original.settings)
    run_manager().close()


def test_a_new_run_like_another_can_learn_from_the_recordings_in_the_sidebar(folder, tmp_path):
    Run.create(folder / "runs", "waltz", run_settings(write_takes(folder / "data"))).write_status(
        RunStatus(state="stopped")
    )
    other = write_takes(tmp_path / "other", "four", "five", "six")
    app = open_page("training", data=str(other), trim="3")
    button(app, "new run like this").click().run()
    app.segmented_control(key="form recordings new as waltz 1").set_value("those in the sidebar").run()
    assert "It learns from 3 takes" in page_text(app)
    button(app, "start run").click().run()
    assert not app.error
    child = Run.open(folder / "runs" / "waltz 1").settings.data
    assert (child.data, child.trim) == (str(other), 3)
    run_manager().close()


def test_another_copy_of_a_run_forgets_what_was_typed_into_the_first_one(folder):
    Run.create(folder / "runs", "waltz", run_settings(write_takes(folder / "data"), epochs=7)).write_status(
        RunStatus(state="stopped")
    )
    app = open_training(folder)
    button(app, "new run like this").click().run()
    app.number_input(key="new as waltz 1 train epochs").set_value(99).run()
    button(app, "new run like this").click().run()
    assert app.number_input(key="new as waltz 2 train epochs").value == 7


def test_a_copy_of_a_run_whose_recordings_are_gone_cannot_be_started(folder, tmp_path):
    Run.create(folder / "runs", "waltz", run_settings(folder / "gone")).write_status(RunStatus(state="stopped"))
    app = open_page("training", data=str(write_takes(tmp_path / "other")), trim="0")
    button(app, "new run like this").click().run()
    assert "The recordings of “waltz” cannot be opened" in page_text(app)
    assert button(app, "start run").disabled
