"""The Training page opened as the app opens it: with no runs, with runs of every kind, with damage."""

import json
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mariel.app.training.live_run import body_comparison
from mariel.app.training.run_actions import nearest_preset, settings_table
from mariel.app.training.run_preview import preview_scene
from mariel.app.widgets.runs import run_manager
from mariel.models.settings import NotebookSettings
from mariel.motion.mariel_markers import MARIEL_53
from mariel.training.run_folder.results import EpochResult, MeanLosses
from mariel.training.run_folder.status import RunStatus
from mariel.training.run_training import run_training
from mariel.training.runs import Run
from mariel.training.settings import PRESETS, TrainSettings
from tests.support.opening import open_page as open_app_page
from tests.support.opening import page_text
from tests.support.small_runs import LENGTH, MODEL, run_settings, write_takes, write_takes_of_rates

TITLES = ["<b>Loss per phrase</b>", "<b>Error per marker, cm</b>", "<b>KL divergence per phrase, nats</b>"]


@pytest.fixture
def folder(folder) -> Path:
    """A folder for runs and two small takes."""
    write_takes(folder / "data")
    return folder


def open_page(folder: Path, **query_params: str) -> AppTest:
    return open_app_page("training", **{"data": str(folder / "data"), "trim": "0", **query_params})


def result(epoch: int, *, best: bool = True) -> EpochResult:
    means = MeanLosses(loss=100 / epoch, reconstruction=90 / epoch, kl=5.0, error_cm=20 / epoch)
    return EpochResult(
        epoch=epoch, train=means, validation=means, best=best, gradient_norm=1.0, learning_rate=1e-3,
        phrases_per_second=50.0, seconds=60.0 * epoch, eta_seconds=0.0,
    )  # fmt: skip


def saved_run(folder: Path, name: str, state: str = "finished", reason: str = "", *, epochs: int = 2, **more) -> Run:
    """A run folder with epochs in its log, without a training."""
    run = Run.create(folder / "runs", name, run_settings(folder / "data"), **more)
    lines = [json.dumps(result(epoch).to_dict()) + "\n" for epoch in range(1, epochs + 1)]
    (run.folder / "metrics.jsonl").write_text("".join(lines))
    run.write_status(
        RunStatus(
            state=state,
            reason=reason,
            epoch=epochs,
            progress=1.0,
            seconds=60.0 * epochs,
            device="processor, 1 thread",
        )
    )
    return run


def charts(app: AppTest) -> list[dict]:
    """The plotly figures of the page."""
    sent = [json.loads(component.proto.json) for component in app.get("bidi_component")]
    return [json.loads(data["figure"]) for data in sent if "figure" in data]


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def button(app: AppTest, label: str):
    return next(each for each in app.button if each.label == label)


def metric(app: AppTest, label: str) -> str:
    return next(each.value for each in app.metric if each.label == label)


def wait_for(app: AppTest, state: str) -> None:
    """Wait until the shown run has a state, and rerun the page."""
    name, manager = app.selectbox(key="run").value, run_manager()
    deadline = time.monotonic() + 60
    while (manager.active_run() or manager.queued_runs()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert manager.status(name).state == state
    app.run()


def test_without_runs_the_form_is_open_and_names_the_recordings(folder):
    app = open_page(folder)
    assert "No model has been trained here yet" in page_text(app)
    assert "It learns from 2 takes" in page_text(app)
    assert labels(app) == ["Train"]
    assert app.text_input(key="new name quick look 1").value == "quick look 1"


def test_without_recordings_runs_can_be_watched_but_not_started(folder):
    saved_run(folder, "waltz")
    app = open_page(folder, data=str(folder / "nowhere"))
    assert "nowhere" in app.error[0].value
    assert metric(app, "Error per marker, new phrases") == "10.0 cm"
    app.session_state["form open"] = True
    app.run()
    assert button(app, "Train").disabled


def test_a_run_starts_from_the_form_and_ends_with_curves_and_dancers(folder):
    app = open_page(folder)
    app.segmented_control(key="begin with").set_value("notebook").run()
    form = "new notebook"
    app.number_input(key=f"{form} train epochs").set_value(2)
    app.number_input(key=f"{form} train validate_every").set_value(1)
    app.number_input(key=f"{form} data length").set_value(LENGTH)
    app.selectbox(key=f"{form} data split").set_value("blocks")
    for name, value in {"layers": 1, "hidden": 8, "latent": 4}.items():
        app.number_input(key=f"{form} notebook {name}").set_value(value)
    app.text_input(key="new name notebook 1").set_value("first steps")
    app.run()
    button(app, "Train").click().run()
    assert not app.error
    assert app.selectbox(key="run").value == "first steps"
    wait_for(app, "finished")
    assert metric(app, "Error per marker, new phrases").endswith("cm")
    assert [chart["layout"]["title"]["text"] for chart in charts(app)] == TITLES
    assert "its reconstruction after epoch 2" in page_text(app)
    assert Run.open(folder / "runs" / "first steps").settings.model == NotebookSettings(layers=1, hidden=8, latent=4)


def test_recordings_that_are_resampled_are_named_before_and_after_the_training(folder):
    data = write_takes_of_rates(folder / "mixed", one=35, two=35, three=70)
    app = open_page(folder, data=str(data))
    assert "Recordings are resampled to 35 frames per second: three from 70." in page_text(app)
    assert "It learns from 3 takes, 10 s of dance" in page_text(app)
    run = saved_run(folder, "waltz")
    (run.folder / "data.json").write_text(
        json.dumps({"takes": [], "marker_set": MARIEL_53.to_dict(), "fps": 35.0, "resampled": {"three": 70.0}})
    )
    assert "Recordings were resampled to 35 frames per second: three from 70." in page_text(open_page(folder))


def test_contradicting_settings_are_named_by_the_forms_labels(folder):
    app = open_page(folder)
    app.selectbox(key="new quick look data split").set_value("takes").run()
    assert "“Split” takes needs the names of takes to hold out, “Hold out” NAME" in app.error[0].value
    assert button(app, "Train").disabled
    assert app.multiselect(key="new quick look data hold_out").options == ["one", "two"]
    app.multiselect(key="new quick look data hold_out").set_value(["two"]).run()
    assert not app.error
    assert not button(app, "Train").disabled


def test_a_name_that_is_taken_is_refused_with_an_error(folder):
    saved_run(folder, "waltz")
    app = open_page(folder)
    app.session_state["form open"] = True
    app.run()
    app.text_input(key="new name quick look 1").set_value("waltz").run()
    button(app, "Train").click().run()
    assert "a run 'waltz' already exists" in app.error[0].value


@pytest.mark.parametrize(
    ("state", "buttons", "text"),
    [
        ("finished", set(), ""),
        ("stopped", {"Resume"}, ""),
        ("failed", {"Resume"}, "This run failed: the disk is full, a smaller “Batch size” may help"),
        ("running", {"Resume"}, "This run was interrupted"),
        ("queued", {"Remove from queue"}, ""),
    ],
)
def test_each_state_has_its_buttons_and_its_reason(folder, state, buttons, text):
    reason = "the disk is full, a smaller --batch-size may help" if state == "failed" else ""
    run = saved_run(folder, "waltz", state, reason)
    with run.lock() if state == "queued" else nullcontext():  # as the program does that has it in its queue
        app = open_page(folder)
    run_buttons = {"Pause", "Stop", "Resume", "Remove from queue"}
    assert set(labels(app)) & run_buttons == buttons
    assert text in page_text(app)


def test_an_interrupted_run_is_listed_and_resumed(folder):
    run = saved_run(folder, "whole")
    for name in ("whole", "cut short"):
        run = Run.create(folder / "runs", name, run_settings(folder / "data")) if name != "whole" else run
    run.write_status(RunStatus(state="running", epoch=0, progress=0.0))
    app = open_page(folder, run="whole")
    assert "A run was interrupted" in page_text(app)
    app.button(key="take up cut short").click().run()
    assert app.selectbox(key="run").value == "cut short"
    wait_for(app, "finished")
    assert "cut short** when" not in page_text(app)


def test_several_runs_share_the_charts_and_the_link_names_them(folder):
    for name in ("waltz", "tango", "polka"):
        saved_run(folder, name)
    app = open_page(folder, run="waltz", compare="tango")
    figure = charts(app)[0]
    named = {trace["name"] for trace in figure["data"] if trace.get("showlegend", True)}
    assert named == {"waltz", "tango"}
    assert app.multiselect(key="compare").options == ["polka", "tango"]


def test_the_notebooks_curve_is_offered_where_it_can_be_compared(folder):
    saved_run(folder, "waltz")
    app = open_page(folder, published="true")
    assert app.toggle(key="published").value
    assert "notebook" in [trace.get("name") for trace in charts(app)[0]["data"]]
    app.segmented_control(key="against").set_value("minutes").run()
    assert "published" not in [toggle.key for toggle in app.toggle]
    assert "notebook" not in [trace.get("name") for trace in charts(app)[0]["data"]]


def test_a_damaged_folder_is_named_beside_the_good_runs(folder):
    saved_run(folder, "waltz")
    broken = folder / "runs" / "broken"
    broken.mkdir()
    (broken / "run.json").write_text("{")
    app = open_page(folder)
    assert "**broken**" in page_text(app)
    assert app.selectbox(key="run").options == ["waltz"]


@pytest.mark.parametrize("file", ["metrics.jsonl", "preview.npz", "data.json", "status.json"])
def test_a_damaged_file_affects_only_its_own_part_of_the_page(folder, file):
    run = saved_run(folder, "waltz")
    saved_run(folder, "tango")
    (run.folder / file).write_text("damaged\n{}\n")
    app = open_page(folder, run="waltz")
    assert "Something went wrong inside Mariel" not in page_text(app)
    assert "tango" in app.dataframe[-1].value["run"].tolist()


def test_a_renamed_run_stays_selected(folder):
    saved_run(folder, "waltz")
    app = open_page(folder)
    app.text_input(key="rename waltz").set_value("slow waltz").run()
    app.button(key="rename now").click().run()
    assert not app.error
    assert app.selectbox(key="run").value == "slow waltz"


def test_a_run_is_deleted_after_a_confirmation(folder):
    saved_run(folder, "waltz")
    saved_run(folder, "tango")
    app = open_page(folder, run="waltz")
    assert "Delete **waltz**" in page_text(app)
    app.button(key="delete now").click().run()
    assert not app.exception
    assert app.selectbox(key="run").options == ["tango"]
    assert not (folder / "runs" / "waltz").exists()


def test_lineage_names_ancestors_and_copies(folder):
    saved_run(folder, "first")
    saved_run(folder, "second", parent="first")
    saved_run(folder, "third", parent="second")
    app = open_page(folder, run="second")
    assert "Its settings come from **first**." in page_text(app)
    assert "Copied by **third**." in page_text(app)
    assert "**second** ← **first**" in page_text(open_page(folder, run="third"))


def test_a_new_run_can_copy_another_and_remembers_it(folder):
    saved_run(folder, "waltz")
    app = open_page(folder)
    button(app, "New run like this").click().run()
    assert app.segmented_control(key="begin with").value == "as waltz"
    assert "at the top now has the settings of waltz" in app.toast[0].value
    button(app, "Train").click().run()
    assert not app.error
    name = app.selectbox(key="run").value
    assert name == "waltz 1"
    child = Run.open(folder / "runs" / name)
    assert (child.parent, child.settings) == ("waltz", Run.open(folder / "runs" / "waltz").settings)
    wait_for(app, "finished")


def test_curves_are_exported_to_tensorboard(folder):
    pytest.importorskip("tensorboard")
    run = saved_run(folder, "waltz")
    app = open_page(folder)
    button(app, "TensorBoard").click().run()
    assert "tensorboard --logdir" in page_text(app)
    assert list((run.folder / "tensorboard").glob("events.*"))


def test_every_setting_is_shown_with_what_it_means(folder):
    table = settings_table(run_settings(folder / "data"))
    rows = dict(zip(table["setting"], table["value"], strict=True))
    assert (rows["Kind"], rows["LSTM layers"], rows["Gradient clipping"], rows["Rotate phrases"]) == (
        "notebook",
        str(MODEL.layers),
        "not set",
        "yes",
    )
    assert len(table["meaning"]) == len(table["value"])


def test_settings_are_described_by_the_nearest_preset():
    assert nearest_preset(PRESETS["notebook"]) == ("notebook", {})
    changed = PRESETS["quick look"].replace(train=PRESETS["quick look"].train.replace(epochs=7))
    assert nearest_preset(changed) == ("quick look", {"epochs": 7})
    assert nearest_preset(PRESETS["notebook"].replace(train=TrainSettings()))[0] in PRESETS


def test_errors_in_centimetres_are_compared_with_body_parts():
    assert body_comparison(1.0) == "≈ a finger"
    assert body_comparison(99.0) == "more than a foot"


def test_the_reconstruction_stands_beside_the_original_or_over_it(folder):
    run = Run.create(folder / "runs", "waltz", run_settings(folder / "data", epochs=1))
    run_training(run, threads=1)
    preview = Run.open(run.folder).validation_example()
    side_by_side, overlay = preview_scene(preview), preview_scene(preview, overlay=True)
    apart = [sum(value**2 for value in dancer.offset) ** 0.5 for dancer in (*side_by_side.dancers, *overlay.dancers)]
    assert apart[0] == apart[2] == apart[3] == 0
    assert apart[1] > 1.6
    assert [dancer.ghost for dancer in overlay.dancers] == [True, False]
    # A marker's value is its distance from the original, wherever both are shown.
    original, model = preview.original[3, 7], preview.reconstruction[3, 7]
    assert side_by_side.dancers[1].marker_values[3, 7] == pytest.approx(
        100 * np.linalg.norm(model - original), rel=1e-4
    )


def test_the_original_stays_in_the_middle_unless_movement_across_the_floor_is_kept(folder):
    run = Run.create(folder / "runs", "waltz", run_settings(folder / "data", epochs=1))
    run_training(run, threads=1)
    preview = Run.open(run.folder).validation_example()
    still, travelling = preview_scene(preview), preview_scene(preview, travel=True)
    np.testing.assert_allclose(still.dancers[0].positions[..., :2].mean(axis=1), 0, atol=1e-5)
    np.testing.assert_array_equal(travelling.dancers[0].positions, preview.original)
    apart = [scene.dancers[1].positions - scene.dancers[0].positions for scene in (still, travelling)]
    np.testing.assert_allclose(*apart, atol=1e-5)
