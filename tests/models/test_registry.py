import subprocess
import sys

import numpy as np
import pytest
import torch

from mariel.cli import main
from mariel.errors import MarielError
from mariel.generation.sampling import sample
from mariel.models.notebook_vae import NotebookVae
from mariel.models.phrase_vae import PhraseVae
from mariel.models.registry import make_model, model_class
from mariel.models.settings import MODELS, NotebookSettings, PhraseVaeSettings, register_model
from mariel.motion.mariel_markers import MARIEL_18
from mariel.training.checkpoints import load_checkpoint
from mariel.training.run_training import run_training
from mariel.training.runs import Run
from mariel.training.settings import RunSettings
from tests.support.opening import open_page, page_text
from tests.support.small_runs import LENGTH, run_settings, swaying, write_takes
from tests.support.toy_model import HELP, LABEL, ToyModel, ToySettings, registered_toy


@pytest.fixture
def toy():
    with registered_toy():
        yield


def test_the_models_are_the_notebooks_and_the_default_one():
    assert {name: model_class(name) for name in MODELS} == {"notebook": NotebookVae, "phrase-vae": PhraseVae}
    assert {name: entry.settings_class for name, entry in MODELS.items()} == {
        "notebook": NotebookSettings,
        "phrase-vae": PhraseVaeSettings,
    }


@pytest.mark.parametrize("name", MODELS)
def test_each_model_has_a_label_and_one_sentence_of_help(name):
    entry = MODELS[name]
    assert entry.name == entry.settings_class.kind == name
    assert entry.label
    assert not entry.label.endswith(".")
    assert entry.help.endswith(".")


@pytest.mark.parametrize("name", MODELS)
def test_the_kind_of_a_model_is_its_registered_name(name):
    settings = {"latent": 4} | ({"layers": 1, "hidden": 8} if name == "notebook" else {"curves": 4})
    model = make_model(MODELS[name].settings_class(**settings), MARIEL_18, LENGTH, 35.0)
    assert model.kind == name
    assert type(model) is model_class(name)


@pytest.mark.parametrize("name", MODELS)
def test_the_canonical_frame_of_a_mirror_image_has_the_mirror_image(name):
    """On this the search for the nearest training phrase relies."""
    settings = {"latent": 4} | ({"layers": 1, "hidden": 8} if name == "notebook" else {"curves": 4})
    phrases = torch.from_numpy(swaying(seed=0)[: 3 * LENGTH, : len(MARIEL_18)].reshape(3, LENGTH, -1, 3)).float()
    model = make_model(MODELS[name].settings_class(**settings), MARIEL_18, LENGTH, 35.0)

    def mirrored(positions):
        return positions[..., MARIEL_18.mirror_order(), :] * torch.tensor([1.0, -1.0, 1.0])

    np.testing.assert_allclose(
        model.to_canonical(mirrored(phrases)), mirrored(model.to_canonical(phrases)), atol=1e-5
    )


@pytest.mark.parametrize("name", MODELS)
def test_a_model_whose_shapes_are_checked_imports_nothing_of_pytorchs_compiler(name):
    code = f"""if True:
        import sys, torch
        from mariel.models.registry import make_model
        from mariel.models.settings import MODELS
        from mariel.motion.mariel_markers import MARIEL_53
        with torch.device("meta"):
            make_model(MODELS["{name}"].settings_class(), MARIEL_53, 128, 35.0)
        print(*sorted({{"torch._dynamo", "sympy"}} & set(sys.modules)))
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_an_unknown_model_is_refused_with_the_names_there_are():
    with pytest.raises(MarielError, match="there is no model 'gan'; there are notebook, phrase-vae"):
        model_class("gan")


def test_two_models_of_one_name_are_refused():
    with pytest.raises(ValueError, match="a model 'notebook' already"):
        register_model("nowhere:Nothing", label="Another", help="No.")(NotebookSettings)


def test_the_registry_loads_without_torch():
    code = "import sys, mariel.models.registry; print(*sorted({'torch', 'streamlit'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_registered_model_and_its_settings_are_in_the_help_of_train(toy, capsys):
    assert main(["train", "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "--model notebook|phrase-vae|toy" in shown
    assert f"--model toy: {LABEL}. {HELP} --stretch X Factor of its output." in shown


def test_a_registered_model_is_a_choice_of_the_form_with_its_label_help_and_settings(toy, tmp_path, monkeypatch):
    monkeypatch.setenv("MARIEL_CHECKPOINTS", str(tmp_path / "runs"))
    app = open_page("training", data=str(write_takes(tmp_path / "data")), trim="0")
    chosen = app.selectbox(key="new quick look kind")
    assert LABEL in chosen.options
    chosen.set_value("toy").run()
    assert not app.exception
    assert HELP in page_text(app)
    assert app.number_input(key="new quick look toy stretch").value == 1.0


def test_a_registered_model_is_trained_saved_loaded_and_sampled(toy, tmp_path):
    base = run_settings(write_takes(tmp_path / "data"), epochs=1, phrases_per_epoch=16)  # two batches
    settings = base.replace(model=ToySettings(stretch=2.0))
    assert RunSettings.from_dict(settings.to_dict()) == settings
    run = Run.create(tmp_path / "runs", "toy", settings)
    assert run_training(run, threads=1).state == "finished"
    checkpoint = load_checkpoint(run.folder)
    assert type(checkpoint.model) is ToyModel
    assert checkpoint.model.settings == ToySettings(stretch=2.0)
    samples = sample(checkpoint.model, 2)
    assert samples.shape == (2, LENGTH, 53, 3)
    assert np.isfinite(samples).all()
