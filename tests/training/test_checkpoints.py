import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from mariel.data.dataset import PhraseDataset
from mariel.data.preprocessing import Preprocessing
from mariel.data.settings import DataSettings
from mariel.errors import CheckpointError, RunError
from mariel.models.notebook_vae import NotebookVae
from mariel.models.registry import make_model
from mariel.models.settings import NotebookSettings, PhraseVaeSettings
from mariel.motion.mariel_markers import MARIEL_18, MARIEL_53
from mariel.training.checkpoints import (
    import_notebook_model,
    import_notebook_run,
    load_checkpoint,
    load_training_checkpoint,
    save_checkpoint,
    settings_of_layers,
)
from mariel.training.loop import Trainer
from mariel.training.runs import Run
from mariel.training.settings import RunSettings
from tests.support.marker_sets import MARKER_SETS
from tests.support.small_runs import LENGTH, MODEL, make_takes, new_run, training_settings, write_takes


@pytest.fixture(scope="module")
def dataset() -> PhraseDataset:
    return PhraseDataset(make_takes(), DataSettings(length=LENGTH))


@pytest.fixture(scope="module")
def trained(dataset) -> Trainer:
    """A training of one epoch."""
    torch.manual_seed(0)
    model = make_model(MODEL, dataset.marker_set, dataset.length, dataset.fps)
    model.initialise_from_data(dataset)
    training = Trainer(model, dataset, training_settings(epochs=1))
    training.last_result = next(iter(training))
    return training


@pytest.fixture
def run(tmp_path, dataset, trained) -> Run:
    """A run with its best and last weights."""
    run = new_run(tmp_path)
    run.write_data({"takes": []}, dataset.marker_set, dataset.fps, dataset.preprocessing)
    save_checkpoint(run.folder / "best.safetensors", trained.model, result=trained.last_result)
    save_checkpoint(run.folder / "last.safetensors", trained.model, trained, result=trained.last_result)
    return run


@pytest.fixture(scope="module")
def preprocessing() -> Preprocessing:
    return Preprocessing.fit(make_takes())


def rewrite(path: Path, change, **metadata: str) -> None:
    """Change a checkpoint's tensors and metadata, as an attacker might."""
    tensors = load_file(path)
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    change(tensors)
    save_file(tensors, path, {**header["__metadata__"], **metadata})


def outputs(model: nn.Module, dataset: PhraseDataset) -> torch.Tensor:
    model.eval()
    with torch.no_grad():
        return model.reconstruct(dataset.batch(dataset.validation[:2]))


class TestSaveAndLoad:
    @pytest.mark.parametrize("which", ["best", "last", None])
    def test_a_loaded_model_gives_the_same_output_as_the_saved_one(self, run, dataset, trained, which):
        checkpoint = load_checkpoint(run.folder, which)
        assert not checkpoint.model.training
        torch.testing.assert_close(
            outputs(checkpoint.model, dataset), outputs(trained.model, dataset), rtol=0, atol=0
        )
        assert (checkpoint.run, checkpoint.epoch, checkpoint.result) == ("run", 1, trained.last_result)
        assert (checkpoint.marker_set, checkpoint.fps) == (MARIEL_53, 35.0)
        assert checkpoint.settings == run.settings
        assert checkpoint.preprocessing == dataset.preprocessing

    def test_without_a_best_checkpoint_the_last_is_loaded(self, run):
        (run.folder / "best.safetensors").unlink()
        assert load_checkpoint(run.folder).epoch == 1

    def test_loading_needs_only_the_run_folder(self, run, tmp_path):
        shutil.rmtree(tmp_path / "data")
        moved = run.folder.rename(tmp_path / "moved")
        assert load_checkpoint(moved).run == "moved"

    def test_the_best_checkpoint_has_no_optimiser_state(self, run):
        assert all(name.startswith("model.") for name in load_file(run.folder / "best.safetensors"))
        with pytest.raises(CheckpointError, match="contains weights only"):
            load_training_checkpoint(run.folder / "best.safetensors", run.settings)

    def test_optimiser_state_and_training_state_are_read_back(self, run, trained):
        saved = load_training_checkpoint(run.folder / "last.safetensors", run.settings)
        assert saved.state == trained.state
        optimiser_state = trained.optimiser_state()
        assert set(saved.optimiser_state) == set(optimiser_state)
        for name, tensor in optimiser_state.items():
            torch.testing.assert_close(saved.optimiser_state[name], tensor, rtol=0, atol=0)

    def test_weights_that_are_not_finite_do_not_replace_a_checkpoint(self, run, dataset):
        path = run.folder / "best.safetensors"
        before = path.read_bytes()
        model = make_model(MODEL, dataset.marker_set, dataset.length, dataset.fps)
        nn.init.constant_(model.encoder.hid_mean.bias, float("nan"))
        with pytest.raises(RunError, match=r"layer encoder\.hid_mean\.bias no longer has finite weights"):
            save_checkpoint(path, model)
        assert path.read_bytes() == before


class TestRefusedCheckpoints:
    @pytest.mark.parametrize("cut", [0, 4, 100, 5000, -1])
    def test_a_truncated_file_is_named(self, run, cut):
        path = run.folder / "best.safetensors"
        path.write_bytes(path.read_bytes()[:cut])
        with pytest.raises(CheckpointError, match=r"best\.safetensors' is damaged or not a checkpoint"):
            load_checkpoint(run.folder)

    def test_random_bytes_are_refused(self, run):
        (run.folder / "best.safetensors").write_bytes(np.random.default_rng(0).bytes(4096))
        with pytest.raises(CheckpointError, match=r"best\.safetensors' is damaged or not a checkpoint"):
            load_checkpoint(run.folder)

    def test_weights_of_another_program_are_refused(self, run):
        save_file({"weight": torch.zeros(3)}, run.folder / "best.safetensors")
        with pytest.raises(CheckpointError, match=r"best\.safetensors' is not a checkpoint of this program"):
            load_checkpoint(run.folder)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                lambda tensors: tensors.pop("model.decoder.lstm_dec.bias_hh_l0"),
                r"layer decoder\.lstm_dec\.bias_hh_l0 is missing",
            ),
            (
                lambda tensors: tensors.update({"model.decoder.extra": torch.zeros(1)}),
                r"layer decoder\.extra is not one of the notebook model's",
            ),
            (
                lambda tensors: tensors.update({"model.encoder.hid_mean.bias": torch.zeros(5)}),
                r"layer encoder\.hid_mean\.bias: expected shape \(4,\), found \(5,\)",
            ),
            (
                lambda tensors: tensors["model.encoder.hid_mean.bias"].fill_(float("inf")),
                r"layer encoder\.hid_mean\.bias holds numbers that are not finite",
            ),
        ],
    )
    def test_a_layer_that_does_not_fit_is_named(self, run, change, message):
        rewrite(run.folder / "best.safetensors", change)
        with pytest.raises(CheckpointError, match=rf"best\.safetensors': {message}"):
            load_checkpoint(run.folder)

    @pytest.mark.parametrize(
        ("metadata", "message"),
        [
            ({"version": "99"}, "expected version 1, found 99"),
            ({"kind": "phrase-vae"}, "expected weights of a notebook model, found 'phrase-vae'"),
            ({"result": "{"}, "result is damaged"),
            ({"result": '{"epoch": 1}'}, "result is damaged"),
            ({"state": "{}"}, "state is damaged: epoch is missing"),
            ({"state": "3"}, "state is damaged"),
        ],
    )
    def test_metadata_that_does_not_fit_is_named(self, run, metadata, message):
        rewrite(run.folder / "last.safetensors", lambda tensors: None, **metadata)
        with pytest.raises(CheckpointError, match=rf"last\.safetensors'.*{message}"):
            load_training_checkpoint(run.folder / "last.safetensors", run.settings)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                lambda tensors: tensors.update({"optimiser.encoder.gone.step": torch.zeros(())}),
                r"encoder\.gone\.step belongs to no layer",
            ),
            (
                lambda tensors: tensors.update({"optimiser.encoder.hid_mean.bias.exp_avg": torch.zeros(5)}),
                r"hid_mean\.bias\.exp_avg: expected shape \(4,\), found \(5,\)",
            ),
            (
                lambda tensors: tensors["optimiser.encoder.hid_mean.bias.exp_avg_sq"].fill_(float("nan")),
                r"hid_mean\.bias\.exp_avg_sq has values that are not finite",
            ),
        ],
    )
    def test_optimiser_state_that_does_not_fit_is_named(self, run, change, message):
        rewrite(run.folder / "last.safetensors", change)
        with pytest.raises(CheckpointError, match=message):
            load_training_checkpoint(run.folder / "last.safetensors", run.settings)

    @pytest.mark.parametrize("file", ["best.safetensors", "data.json", "preprocessing.json", "run.json"])
    def test_a_missing_file_is_named(self, run, file):
        (run.folder / file).unlink()
        with pytest.raises(CheckpointError, match=file):
            load_checkpoint(run.folder, "best")

    def test_an_unknown_checkpoint_name_is_refused(self, run):
        with pytest.raises(CheckpointError, match="'best' and 'last'"):
            load_checkpoint(run.folder, "middle")


class MaliciousObject:
    """Creates a folder when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
@pytest.mark.parametrize("wrap", [lambda item: item, lambda item: {"encoder.hid_mean.weight": item}])
def test_a_malicious_pickle_is_never_executed(tmp_path, run, preprocessing, legacy, wrap):
    path, trace = tmp_path / "best_model.pth", tmp_path / "executed"
    torch.save(wrap(MaliciousObject(trace)), path, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(CheckpointError, match=r"best_model\.pth' is not loaded"):
        import_notebook_model(path, preprocessing, MARIEL_53)
    shutil.copy(path, run.folder / "best.safetensors")
    with pytest.raises(CheckpointError, match="damaged or not a checkpoint"):
        load_checkpoint(run.folder)
    assert not trace.exists()


class NotebookModel(nn.Module):
    """The notebook's model as in the notebook: names, layers and their order."""

    def __init__(self, layers: int, hidden: int, latent: int, channels: int) -> None:
        super().__init__()
        self.encoder = nn.Module()
        self.encoder.lstm_enc = nn.LSTM(channels, hidden, layers, batch_first=True)
        self.encoder.hid_mean = nn.Linear(hidden, latent)
        self.encoder.hid_logvar = nn.Linear(hidden, latent)
        self.decoder = nn.Module()
        self.decoder.lat_to_hid = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU())
        self.decoder.lstm_dec = nn.LSTM(hidden, channels, layers, batch_first=True)

    def forward(self, phrases: torch.Tensor) -> torch.Tensor:
        """(phrases, frames, channels) to the same, through the posterior's mean."""
        _, (hidden, _) = self.encoder.lstm_enc(phrases)
        vector = self.decoder.lat_to_hid(self.encoder.hid_mean(hidden[-1]))
        return self.decoder.lstm_dec(vector[:, None].repeat(1, phrases.shape[1], 1))[0]


@pytest.fixture
def notebook(tmp_path) -> tuple[Path, NotebookModel]:
    """A `best_model.pth` of 2 layers, 10 hidden units and a latent space of 6."""
    torch.manual_seed(1)
    model = NotebookModel(2, 10, 6, 159).eval()
    torch.save(model.state_dict(), tmp_path / "best_model.pth")
    return tmp_path / "best_model.pth", model


class TestNotebookModel:
    def test_layers_and_sizes_are_taken_from_the_shapes(self, notebook, preprocessing):
        model = import_notebook_model(notebook[0], preprocessing, MARIEL_53, length=LENGTH)
        assert model.settings == NotebookSettings(layers=2, hidden=10, latent=6)
        assert (model.length, model.fps, model.training) == (LENGTH, 35.0, False)

    def test_it_reconstructs_like_the_notebooks_own_code(self, notebook, preprocessing):
        """In the preprocessing's units the model gives the same output as the notebook's layers."""
        recordings = make_takes()
        model = import_notebook_model(notebook[0], preprocessing, MARIEL_53, length=LENGTH)
        prepared = torch.from_numpy(preprocessing.apply(recordings["one"])[None, :LENGTH, :, :3])
        with torch.no_grad():
            expected = preprocessing.undo(notebook[1](prepared.flatten(2)).unflatten(2, (53, 3)).numpy())
            found = model.reconstruct(torch.from_numpy(recordings["one"].positions[None, :LENGTH].copy()))
        np.testing.assert_allclose(found.numpy(), expected, atol=1e-5)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda state: state.pop("encoder.hid_mean.weight"), r"layer encoder\.hid_mean\.weight is missing"),
            (lambda state: state.pop("encoder.lstm_enc.weight_ih_l0"), r"layer encoder\.lstm_enc\.weight_ih_l0"),
            (lambda state: state.pop("decoder.lstm_dec.bias_ih_l1"), r"layer decoder\.lstm_dec\.bias_ih_l1 is miss"),
            (lambda state: state.update(extra=torch.zeros(1)), "layer extra is not one of the notebook model's"),
            (lambda state: state.update(epoch=3), "'epoch': expected a layer's tensor, found int"),
            (
                lambda state: state.update({"encoder.hid_mean.weight": torch.zeros(4)}),
                r"layer encoder\.hid_mean\.weight: expected 2 dimensions, found shape \(4,\)",
            ),
            (
                lambda state: state.update({"decoder.lat_to_hid.0.weight": torch.zeros(10, 5)}),
                r"layer decoder\.lat_to_hid\.0\.weight: expected shape \(10, 6\), found \(10, 5\)",
            ),
        ],
    )
    def test_a_layer_that_does_not_fit_is_named(self, notebook, preprocessing, change, message):
        state = notebook[1].state_dict()
        change(state)
        torch.save(state, notebook[0])
        with pytest.raises(CheckpointError, match=rf"best_model\.pth': {message}"):
            import_notebook_model(notebook[0], preprocessing, MARIEL_53)

    def test_a_different_number_of_markers_is_refused(self, notebook, preprocessing):
        with pytest.raises(CheckpointError, match="expected 54 inputs for 18 markers, found 159"):
            import_notebook_model(notebook[0], preprocessing, MARIEL_18)

    @pytest.mark.parametrize("content", [b"", b"PK\3\4 damaged", b"text", None])
    def test_a_damaged_file_is_named(self, notebook, preprocessing, content):
        notebook[0].write_bytes(notebook[0].read_bytes()[:3000] if content is None else content)
        with pytest.raises(CheckpointError, match=r"best_model\.pth' is"):
            import_notebook_model(notebook[0], preprocessing, MARIEL_53)

    def test_a_file_without_a_state_dict_is_refused(self, notebook, preprocessing):
        torch.save([torch.zeros(3)], notebook[0])
        with pytest.raises(CheckpointError, match="expected a state_dict, found list"):
            import_notebook_model(notebook[0], preprocessing, MARIEL_53)

    def test_an_imported_run_loads_like_any_other(self, notebook, tmp_path):
        data = write_takes(tmp_path / "data")
        run = import_notebook_run(notebook[0], data, tmp_path / "runs", "notebook", length=LENGTH, trim=0)
        assert run.status().state == "finished"
        assert run.status().reason == "imported from best_model.pth"
        checkpoint = load_checkpoint(run.folder)
        assert isinstance(checkpoint.model, NotebookVae)
        assert checkpoint.preprocessing.reference
        assert (checkpoint.epoch, checkpoint.result) == (0, None)
        # The reference mirrors bodies, so its y axis points the other way here.
        assert checkpoint.model.scale[1] == -checkpoint.model.scale[0]


def test_a_run_keeps_the_decoder_that_it_began_with_where_its_markers_have_a_body_now():
    settings = PhraseVaeSettings(latent=4)
    assert settings_of_layers(settings, ["pose.foot_contact.floor"]).decoder == "markers"
    for layer in ("pose.joint_offsets", "pose.joints"):
        assert settings_of_layers(settings, [layer, "decoder.when"]).decoder == "body"
    assert settings_of_layers(settings, ["pose.projection.regression"]).decoder == "projected"
    assert settings_of_layers(settings, ["pca.directions"]).components == settings.components
    for layer in ("pca.to_poses", "principal.to_poses"):
        assert settings_of_layers(settings, [layer]).components == 0
    assert settings_of_layers(MODEL, ["encoder.weight"]) == MODEL


def test_a_run_keeps_the_prior_that_it_began_with():
    settings = PhraseVaeSettings(latent=4)
    assert settings_of_layers(settings, ["latent_prior.mean"]).prior == "kernels"
    assert settings_of_layers(settings, ["latent_prior.mean", "stitched_prior.frames"]).prior == "stitched"


def test_a_phrase_vae_with_a_stitched_prior_samples_the_same_after_loading(tmp_path):
    dataset = PhraseDataset(make_takes(), DataSettings(length=32))
    settings = PhraseVaeSettings(latent=4, encoder_hidden=4, decoder_hidden=4, curves=4)
    model = make_model(settings, dataset.marker_set, dataset.length, dataset.fps)
    model.initialise_from_data(dataset)
    run = Run.create(tmp_path, "stitched", RunSettings(model=settings, data=DataSettings(length=32)))
    run.write_data({"takes": []}, dataset.marker_set, dataset.fps, dataset.preprocessing)
    save_checkpoint(run.folder / "best.safetensors", model)
    loaded, noise = load_checkpoint(run.folder).model, torch.eye(4)
    torch.testing.assert_close(loaded.sample(noise), model.eval().sample(noise))


def test_a_phrase_vae_of_markers_opens_although_its_marker_set_has_a_body_now(tmp_path):
    dataset = PhraseDataset(MARKER_SETS["a skeleton of joints"](), DataSettings(length=8))
    settings = PhraseVaeSettings(latent=4, encoder_hidden=4, decoder_hidden=4, curves=4)
    model = make_model(settings.replace(decoder="markers"), dataset.marker_set, dataset.length, dataset.fps)
    model.initialise_from_data(dataset)
    run = Run.create(tmp_path, "old", RunSettings(model=settings, data=DataSettings(length=8)))
    run.write_data({"takes": []}, dataset.marker_set, dataset.fps, dataset.preprocessing)
    save_checkpoint(run.folder / "best.safetensors", model)
    loaded = load_checkpoint(run.folder).model
    phrases = dataset.batch(dataset.evenly_spaced(dataset.training, 2))
    torch.testing.assert_close(loaded.decode(loaded.encode(phrases).mean), model.decode(model.encode(phrases).mean))
