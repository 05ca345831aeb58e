"""The Reconstructions page opened as the app opens it: with models and without, on takes that fit and that do not."""

from dataclasses import replace

import numpy as np

from mariel.training.run_training import execute
from mariel.training.runs import Run
from tests.support.bodies import raw, write_take
from tests.support.opening import opened, words
from tests.support.small_runs import new_run, trained_run


def shown(run, **choices: str):
    return opened("reconstructions", data=str(run.folder.parents[1] / "data"), trim="0", **choices)


def test_without_a_model_it_says_how_to_get_one(folder):
    assert "three minutes" in words(opened("reconstructions"))


def test_a_phrase_of_a_take_beside_its_reconstruction(run):
    app = shown(run, take="two", start="40")
    assert app.slider(key="start").value == 40
    assert {metric.label for metric in app.metric} == {
        "Error", "First 5 frames ÷ rest", "Velocity error", "Speed ÷ real",
    }  # fmt: skip
    assert "Furthest off, cm" in words(app)


def test_the_best_the_typical_and_the_worst_are_ranked_by_their_error(run):
    errors = []
    for rank in ("best", "typical", "worst"):
        app = shown(run, source=rank)
        errors.append(float(app.metric[0].value.split()[0]))
        assert "never learned from, best first" in words(app)
    assert errors == sorted(errors)
    assert errors[0] < errors[2]


def test_two_models_are_compared_in_a_table(run, folder):
    trained_run(folder, "polka", seed=1)
    app = shown(run, model="waltz", beside="polka")
    table = app.dataframe[0].value
    assert table["model"].tolist() == ["waltz", "polka"]
    assert table["error, cm"].nunique() == 2


def test_the_notebooks_model_stands_beside_the_default_one(run, folder):
    notebook = new_run(folder, "notebook")
    execute(notebook, threads=1)
    app = shown(run, model="waltz", beside="notebook")
    assert app.dataframe[0].value["model"].tolist() == ["waltz", "notebook"]


def test_a_model_of_longer_phrases_is_left_out_in_words(run, folder):
    settings = replace(run.settings, data=replace(run.settings.data, length=24))
    execute(Run.create(folder / "runs", "long", settings), threads=1)
    app = shown(run, model="waltz", beside="long")
    assert "long is left out: its phrases have 24 frames, those of waltz 16." in words(app)
    assert not app.dataframe


def test_a_drawn_latent_is_asked_for_by_its_number(run):
    errors = {shown(run, source="best", drawn="true", draw=seed).metric[0].value for seed in ("1", "2")}
    assert len(errors) == 2


def test_a_take_of_other_markers_is_refused_in_words(run, mocap):
    app = opened("reconstructions", data=str(mocap / "mariel15.npy"))
    assert "waltz knows the 53" in words(app)
    assert not app.metric


def test_a_phrase_with_missing_markers_is_refused_in_words(run, tmp_path):
    gappy = raw(np.zeros((300, 53, 3)) + np.linspace(0, 1.7, 53)[None, :, None])
    gappy[10, 60:200] = np.nan
    (tmp_path / "gappy").mkdir()
    np.save(tmp_path / "gappy" / "mariel_gappy.npy", gappy)
    app = opened("reconstructions", data=str(tmp_path / "gappy"), trim="0", start="100")
    assert "Markers are missing in this phrase" in words(app)


def test_without_its_recordings_held_out_phrases_are_missed_in_words(run, folder):
    for path in (folder / "data").iterdir():
        path.unlink()
    app = opened("reconstructions", source="best")
    assert "The recordings that waltz has learned from are not here" in words(app)


def test_a_short_take_is_refused_in_words(run, tmp_path):
    (tmp_path / "brief").mkdir()
    write_take(tmp_path / "brief", "brief", np.zeros((10, 53, 3)) + np.linspace(0, 1.7, 53)[None, :, None])
    app = opened("reconstructions", data=str(tmp_path / "brief"), trim="0")
    assert "shorter than the 16 frames of a phrase" in words(app)


def test_a_damaged_model_is_named(run):
    path = run.folder / "best.safetensors"
    path.write_bytes(path.read_bytes()[:500])
    assert "best.safetensors" in words(opened("reconstructions"))
