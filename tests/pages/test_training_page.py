"""The Training page opened as the app opens it: with no runs, with runs of every kind, with damage."""

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mariel.app.training.live_run import comparison
from mariel.app.training.run_actions import nearest_preset, settings_table
from mariel.app.training.run_preview import preview_scene
from mariel.app.widgets.runs import run_manager
from mariel.models.settings import NotebookSettings
from mariel.training.results import EpochResult, Means
from mariel.training.run_training import execute
from mariel.training.runs import Run, RunStatus
from mariel.training.settings import PRESETS, TrainSettings
from tests.support.small_runs import LENGTH, MODEL, run_settings, written_takes

TITLES = ["<b>Loss of a phrase</b>", "<b>Error of a marker, cm</b>", "<b>KL divergence of a phrase, nats</b>"]
ROUTER = str(Path(__file__).resolve().parents[2] / "streamlit_app.py")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where runs are kept, and beside it two small takes."""
    monkeypatch.setenv("MARIEL_CHECKPOINTS", str(tmp_path / "runs"))
    written_takes(tmp_path / "data")
    yield tmp_path
    run_manager().close()
    st.cache_resource.clear()


def opened(folder: Path, **choices: str) -> AppTest:
    app = AppTest.from_file(ROUTER, default_timeout=120)
    for name, value in {"data": str(folder / "data"), "trim": "0", **choices}.items():
        app.query_params[name] = value
    app.run()
    app.switch_page("pages/training.py").run()
    assert not app.exception
    return app


def result(epoch: int, *, best: bool = True) -> EpochResult:
    means = Means(100 / epoch, 90 / epoch, 5.0, 20 / epoch)
    return EpochResult(epoch, means, means, best, 1.0, 1e-3, 50.0, 60.0 * epoch, 0.0)


def made(folder: Path, name: str, state: str = "finished", reason: str = "", *, epochs: int = 2, **more) -> Run:
    """A run with epochs in its log, as if it had been trained."""
    run = Run.create(folder / "runs", name, run_settings(folder / "data"), **more)
    lines = [json.dumps(result(epoch).to_dict()) + "\n" for epoch in range(1, epochs + 1)]
    (run.folder / "metrics.jsonl").write_text("".join(lines))
    run.write_status(RunStatus(state, reason, epochs, 1.0, 60.0 * epochs, None, "processor, 1 thread"))
    return run


def words(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.error, app.warning, app.info, app.success)
    return " ".join(str(element.value) for kind in kinds for element in kind)


def charts(app: AppTest) -> list[dict]:
    """The figures that the page shows, as plotly knows them."""
    sent = [json.loads(component.proto.json) for component in app.get("bidi_component")]
    return [json.loads(data["figure"]) for data in sent if "figure" in data]


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def button(app: AppTest, label: str):
    return next(each for each in app.button if each.label == label)


def gauge(app: AppTest, label: str) -> str:
    return next(each.value for each in app.metric if each.label == label)


def wait_for(app: AppTest, state: str) -> None:
    """Until the manager has brought the shown run into a state, and the page shows it."""
    name, manager = app.selectbox(key="run").value, run_manager()
    deadline = time.monotonic() + 60
    while (manager.active() or manager.queue()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert manager.state(name).state == state
    app.run()


def test_without_runs_the_form_is_open_and_says_what_it_learns_from(folder):
    app = opened(folder)
    assert "No model has been trained here yet" in words(app)
    assert "It learns from 2 takes" in words(app)
    assert labels(app) == ["Train"]
    assert app.text_input(key="new name quick look 0").value == "quick look 1"


def test_without_recordings_runs_can_be_looked_at_but_none_begun(folder):
    made(folder, "waltz")
    app = opened(folder, data=str(folder / "nowhere"))
    assert "nowhere" in app.error[0].value
    assert gauge(app, "Error, new phrases") == "10.0 cm"
    app.session_state["form open"] = True
    app.run()
    assert button(app, "Train").disabled


def test_a_run_begins_from_the_form_and_ends_with_curves_and_dancers(folder):
    app = opened(folder)
    app.segmented_control(key="begin with").set_value("notebook").run()
    form = "new notebook"
    app.number_input(key=f"{form} train epochs").set_value(2)
    app.number_input(key=f"{form} train validate_every").set_value(1)
    app.number_input(key=f"{form} data length").set_value(LENGTH)
    app.selectbox(key=f"{form} data split").set_value("blocks")
    for name, value in {"layers": 1, "hidden": 8, "latent": 4}.items():
        app.number_input(key=f"{form} notebook {name}").set_value(value)
    app.text_input(key="new name notebook 0").set_value("first steps")
    app.run()
    button(app, "Train").click().run()
    assert not app.error
    assert app.selectbox(key="run").value == "first steps"
    wait_for(app, "finished")
    assert gauge(app, "Error, new phrases").endswith("cm")
    assert [chart["layout"]["title"]["text"] for chart in charts(app)] == TITLES
    assert "squeezed through the model after epoch 2" in words(app)
    assert Run.open(folder / "runs" / "first steps").settings.model == NotebookSettings(layers=1, hidden=8, latent=4)


def test_settings_that_do_not_fit_together_are_said_in_the_forms_words(folder):
    app = opened(folder)
    app.selectbox(key="new quick look data split").set_value("takes").run()
    assert "“Split” takes needs the names of takes to hold out, “Hold out” NAME" in app.error[0].value
    assert button(app, "Train").disabled
    assert app.multiselect(key="new quick look data hold_out").options == ["one", "two"]
    app.multiselect(key="new quick look data hold_out").set_value(["two"]).run()
    assert not app.error
    assert not button(app, "Train").disabled


def test_a_name_that_is_taken_is_refused_in_words(folder):
    made(folder, "waltz")
    app = opened(folder)
    app.session_state["form open"] = True
    app.run()
    app.text_input(key="new name quick look 1").set_value("waltz").run()
    button(app, "Train").click().run()
    assert "there is a run 'waltz' already" in app.error[0].value


@pytest.mark.parametrize(
    ("state", "buttons", "said"),
    [
        ("finished", set(), ""),
        ("stopped", {"Resume"}, ""),
        ("failed", {"Resume"}, "This run failed: the disk is full, a smaller “Batch size” may help"),
        ("running", {"Resume"}, "This run was interrupted"),
        ("queued", {"Take off the queue"}, ""),
    ],
)
def test_each_state_has_its_buttons_and_its_reason(folder, state, buttons, said):
    reason = "the disk is full, a smaller --batch-size may help" if state == "failed" else ""
    made(folder, "waltz", state, reason)
    app = opened(folder)
    steering = {"Pause", "Go on", "Stop", "Resume", "Take off the queue"}
    assert set(labels(app)) & steering == buttons
    assert said in words(app)


def test_an_interrupted_run_is_listed_and_taken_up_again(folder):
    run = made(folder, "whole")
    for name in ("whole", "cut short"):
        run = Run.create(folder / "runs", name, run_settings(folder / "data")) if name != "whole" else run
    run.write_status(RunStatus("running", epoch=0, progress=0.0))
    app = opened(folder, run="whole")
    assert "A run was cut short" in words(app)
    app.button(key="take up cut short").click().run()
    assert app.selectbox(key="run").value == "cut short"
    wait_for(app, "finished")
    assert "cut short** when" not in words(app)


def test_several_runs_share_the_curves_and_the_link_says_which(folder):
    for name in ("waltz", "tango", "polka"):
        made(folder, name)
    app = opened(folder, run="waltz", compare="tango")
    figure = charts(app)[0]
    named = {trace["name"] for trace in figure["data"] if trace.get("showlegend", True)}
    assert named == {"waltz", "tango"}
    assert app.multiselect(key="compare").options == ["polka", "tango"]


def test_the_published_curve_is_offered_for_the_notebooks_model_alone(folder):
    made(folder, "waltz")
    app = opened(folder, published="true")
    assert not app.toggle(key="published").disabled
    figure = charts(app)[0]
    assert "published" in [trace.get("name") for trace in figure["data"]]
    app.segmented_control(key="against").set_value("minutes").run()
    assert app.toggle(key="published").disabled


def test_a_broken_folder_is_named_beside_the_good_runs(folder):
    made(folder, "waltz")
    broken = folder / "runs" / "torn"
    broken.mkdir()
    (broken / "run.json").write_text("{")
    app = opened(folder)
    assert "**torn**" in words(app)
    assert app.selectbox(key="run").options == ["waltz"]


@pytest.mark.parametrize("file", ["metrics.jsonl", "preview.npz", "data.json", "status.json"])
def test_a_damaged_file_spoils_its_own_part_of_the_page_only(folder, file):
    run = made(folder, "waltz")
    made(folder, "tango")
    (run.folder / file).write_text("damaged\n{}\n")
    app = opened(folder, run="waltz")
    assert "Something went wrong inside Mariel" not in words(app)
    assert "tango" in app.dataframe[-1].value["run"].tolist()


def test_a_run_is_renamed_and_stays_the_one_that_is_shown(folder):
    made(folder, "waltz")
    app = opened(folder)
    app.text_input(key="rename waltz").set_value("slow waltz").run()
    app.button(key="rename now").click().run()
    assert not app.error
    assert app.selectbox(key="run").value == "slow waltz"


def test_a_run_is_deleted_after_a_second_word(folder):
    made(folder, "waltz")
    made(folder, "tango")
    app = opened(folder, run="waltz")
    assert "Delete **waltz**" in words(app)
    app.button(key="delete now").click().run()
    assert not app.exception
    assert app.selectbox(key="run").options == ["tango"]
    assert not (folder / "runs" / "waltz").exists()


def test_lineage_names_ancestors_and_heirs(folder):
    made(folder, "first")
    made(folder, "second", parent="first")
    made(folder, "third", parent="second")
    app = opened(folder, run="second")
    assert "Its settings come from **first**." in words(app)
    assert "Taken over by **third**." in words(app)
    assert "**second** ← **first**" in words(opened(folder, run="third"))


def test_a_new_run_can_begin_like_another_and_remembers_it(folder):
    made(folder, "waltz")
    app = opened(folder)
    button(app, "New run like this").click().run()
    assert app.segmented_control(key="begin with").value == "as waltz"
    assert "at the top begins with the settings of waltz" in app.toast[0].value
    button(app, "Train").click().run()
    assert not app.error
    name = app.selectbox(key="run").value
    assert name == "waltz 1"
    child = Run.open(folder / "runs" / name)
    assert (child.parent, child.settings) == ("waltz", Run.open(folder / "runs" / "waltz").settings)
    wait_for(app, "finished")


def test_curves_are_exported_to_tensorboard(folder):
    pytest.importorskip("tensorboard")
    run = made(folder, "waltz")
    app = opened(folder)
    button(app, "TensorBoard").click().run()
    assert "tensorboard --logdir" in words(app)
    assert list((run.folder / "tensorboard").glob("events.*"))


def test_every_setting_is_shown_with_what_it_means(folder):
    table = settings_table(run_settings(folder / "data"))
    rows = dict(zip(table["setting"], table["value"], strict=True))
    assert (rows["Kind"], rows["Layers"], rows["Clip"], rows["Rotate"]) == (
        "notebook",
        str(MODEL.layers),
        "open",
        "yes",
    )
    assert len(table["meaning"]) == len(table["value"])


def test_settings_are_told_by_the_preset_they_are_nearest_to():
    assert nearest_preset(PRESETS["notebook"]) == ("notebook", {})
    changed = replace(PRESETS["quick look"], train=replace(PRESETS["quick look"].train, epochs=7))
    assert nearest_preset(changed) == ("quick look", {"epochs": 7})
    assert nearest_preset(replace(PRESETS["notebook"], train=TrainSettings()))[0] in PRESETS


def test_errors_in_centimetres_are_compared_to_a_body():
    assert comparison(1.0) == "≈ a finger"
    assert comparison(99.0) == "more than a foot"


def test_the_models_dancer_stands_beside_the_real_one_or_inside(folder):
    run = Run.create(folder / "runs", "waltz", run_settings(folder / "data", epochs=1))
    execute(run, threads=1)
    preview = Run.open(run.folder).preview()
    beside, inside = preview_scene(preview), preview_scene(preview, on_top=True)
    apart = [sum(value**2 for value in dancer.offset) ** 0.5 for dancer in (*beside.dancers, *inside.dancers)]
    assert apart[0] == apart[2] == apart[3] == 0
    assert apart[1] > 1.6
    assert [dancer.ghost for dancer in inside.dancers] == [True, False]
    # What is written at a marker is its distance from where it was danced, wherever both are shown.
    danced, model = preview.original[3, 7], preview.reconstruction[3, 7]
    assert beside.dancers[1].marker_values[3, 7] == pytest.approx(100 * np.linalg.norm(model - danced), rel=1e-4)


def test_dancers_are_kept_in_place_by_where_the_real_one_is_unless_they_may_travel(folder):
    run = Run.create(folder / "runs", "waltz", run_settings(folder / "data", epochs=1))
    execute(run, threads=1)
    preview = Run.open(run.folder).preview()
    still, travelling = preview_scene(preview), preview_scene(preview, travel=True)
    np.testing.assert_allclose(still.dancers[0].positions[..., :2].mean(axis=1), 0, atol=1e-5)
    np.testing.assert_array_equal(travelling.dancers[0].positions, preview.original)
    apart = [scene.dancers[1].positions - scene.dancers[0].positions for scene in (still, travelling)]
    np.testing.assert_allclose(*apart, atol=1e-5)
