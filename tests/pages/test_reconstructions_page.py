"""The Reconstructions page opened as the app opens it: with models and without, on takes that fit and others."""

import numpy as np

from mariel.export.registry import EXPORTERS
from mariel.training.run_training import run_training
from mariel.training.runs import Run
from tests.support.bodies import to_raw_layout, write_raw_take
from tests.support.joints import save_joints
from tests.support.opening import open_page, page_text
from tests.support.small_runs import new_run, swaying


def open_on_own_data(run, **query_params: str):
    return open_page("reconstructions", data=str(run.folder.parents[1] / "data"), trim="0", **query_params)


def test_without_a_model_it_says_how_to_get_one(folder):
    assert "three minutes" in page_text(open_page("reconstructions"))


def test_a_phrase_of_a_take_beside_its_reconstruction(run):
    app = open_on_own_data(run, take="two", start="40")
    assert app.slider(key="start").value == 40
    assert {metric.label for metric in app.metric} == {
        "Error per marker", "First 5 frames ÷ rest", "Velocity error", "Speed",
    }  # fmt: skip
    assert "Largest errors, cm" in page_text(app)


def test_a_take_that_the_model_never_saw_is_named_and_its_own_takes_are_not(run, tmp_path, monkeypatch):
    monkeypatch.chdir(run.folder.parents[1])
    own = open_page("reconstructions", data="data", trim="0", take="two")  # the run has the whole path
    assert "waltz never saw" not in page_text(own)
    write_raw_take(tmp_path, "other", swaying(120, seed=5))
    assert "waltz never saw other" in page_text(open_page("reconstructions", data=str(tmp_path), trim="0"))


def test_the_dance_and_the_body_can_be_downloaded(run):
    app = open_on_own_data(run, take="two", start="40")
    buttons = [*app.get("download_button"), *(each for each in app.button if " · " in each.label)]
    keys = [button.proto.id.split("-", 2)[2] for button in buttons]
    stages = ("reconstruction", "errors on the body")
    dances = [f"download {stage} {name}" for stage in stages for name in EXPORTERS]
    dances.remove("download reconstruction bvh")  # which holds one dancer
    numbers = ["original", *(f"{file} {run.name}" for file in ("reconstruction", "errors", "latent"))]
    assert sorted(keys) == sorted([*dances, *(f"data files reconstruction {name}" for name in numbers)])


def test_best_median_and_worst_are_ranked_by_their_error(run):
    errors = []
    for rank in ("best", "typical", "worst"):  # as links name them
        app = open_on_own_data(run, source=rank)
        errors.append(float(app.metric[0].value.split()[0]))
        assert "never learned from, best first" in page_text(app)
    assert errors == sorted(errors)
    assert errors[0] < errors[2]


def test_two_models_are_compared_in_a_table_whose_errors_are_those_recorded_on_every_body(run, folder):
    settings = run.settings.replace(model=run.settings.model.replace(latent=2))
    run_training(Run.create(folder / "runs", "polka", settings), threads=1)
    app = open_on_own_data(run, model="waltz", beside="polka", body="child")
    assert "Errors are those of the recorded bodies." in page_text(app)
    table = app.dataframe[0].value
    assert table["model"].tolist() == ["waltz", "polka", "the original"]
    assert len({tuple(row) for row in table.drop(columns="model").to_numpy()}) == 3
    assert table["Error per marker, cm"].tolist()[-1] == "0.0"


def test_the_notebooks_model_is_compared_with_the_default_one(run, folder):
    notebook = new_run(folder, "notebook")
    run_training(notebook, threads=1)
    app = open_on_own_data(run, model="waltz", beside="notebook")
    assert app.dataframe[0].value["model"].tolist() == ["waltz", "notebook", "the original"]


def test_a_model_of_longer_phrases_is_left_out_with_a_warning(run, folder):
    settings = run.settings.replace(data=run.settings.data.replace(length=24))
    run_training(Run.create(folder / "runs", "long", settings), threads=1)
    app = open_on_own_data(run, model="waltz", beside="long")
    assert "long is left out: its phrases have 24 frames, those of waltz 16." in page_text(app)
    assert not app.dataframe


def test_a_sampled_latent_is_chosen_by_its_seed(run, folder):
    settings = run.settings.replace(model=run.settings.model.replace(kl_weight=100.0))  # wide posteriors
    run_training(wide := Run.create(folder / "runs", "wide", settings), threads=1)
    options = {"model": "wide", "source": "best", "drawn": "true"}
    errors = {open_on_own_data(wide, **options, draw=seed).metric[0].value for seed in ("1", "2")}
    assert len(errors) == 2


def test_a_take_of_another_rig_is_answered_on_its_own_body_and_the_page_says_so(run, tmp_path):
    save_joints(tmp_path / "joints.npz")
    app = open_page("reconstructions", data=str(tmp_path / "joints.npz"))
    text = page_text(app)
    assert "joints is shown to the model with the 53 markers on the dancer's own proportions, joints 0." in text
    assert "35 instead of 20 frames per second" in text
    assert {metric.label for metric in app.metric} >= {"Error per marker", "Speed"}


def test_a_take_with_other_markers_is_refused_with_a_warning(run, mocap):
    app = open_page("reconstructions", data=str(mocap / "mariel15.npy"))
    assert "waltz knows the 53" in page_text(app)
    assert not app.metric


def test_a_phrase_with_missing_markers_is_refused_with_a_warning(run, tmp_path):
    gappy = to_raw_layout(np.zeros((300, 53, 3)) + np.linspace(0.1, 1.7, 53)[None, :, None])
    gappy[10, 60:200] = np.nan
    (tmp_path / "gappy").mkdir()
    np.save(tmp_path / "gappy" / "mariel_gappy.npy", gappy)
    app = open_page("reconstructions", data=str(tmp_path / "gappy"), trim="0", start="100")
    assert "Markers are missing in this phrase" in page_text(app)


def test_held_out_phrases_without_recordings_give_a_warning(run, folder):
    for path in (folder / "data").iterdir():
        path.unlink()
    app = open_page("reconstructions", source="best")
    assert "The recordings that waltz has learned from are not here" in page_text(app)


def test_a_short_take_is_refused_with_a_warning(run, tmp_path):
    (tmp_path / "brief").mkdir()
    write_raw_take(tmp_path / "brief", "brief", np.zeros((10, 53, 3)) + np.linspace(0.1, 1.7, 53)[None, :, None])
    app = open_page("reconstructions", data=str(tmp_path / "brief"), trim="0")
    assert "shorter than the 16 frames of a phrase" in page_text(app)


def test_a_damaged_model_is_named(run):
    path = run.folder / "best.safetensors"
    path.write_bytes(path.read_bytes()[:500])
    assert "best.safetensors" in page_text(open_page("reconstructions"))
