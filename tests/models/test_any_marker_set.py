"""Every model trains on every marker set that opens, and what is made from it has the right shape."""

import numpy as np
import pytest
import torch

from mariel.data.dataset import PhraseDataset
from mariel.data.settings import DataSettings
from mariel.errors import SettingsError
from mariel.evaluation.figures import evaluate
from mariel.evaluation.reconstruction_errors import rank_held_out
from mariel.generation.from_pose import sample_from_pose
from mariel.generation.latent_map.pca_map import fit_pca_map
from mariel.generation.latent_map.phrases import MapPhrases
from mariel.generation.phrase_windows import phrase_windows
from mariel.generation.sampling import encode, perturb, reconstruct, sample
from mariel.generation.sequences import interpolate_sequence, sample_sequence
from mariel.models.base import PhraseModel
from mariel.models.pose import BodyPose, MarkerPose
from mariel.models.projected_pose import ProjectedPose
from mariel.models.registry import make_model
from mariel.models.settings import MODELS, ModelSettings, NotebookSettings, PhraseVaeSettings
from mariel.training.checkpoints import load_checkpoint
from mariel.training.loop import Trainer
from mariel.training.run_folder.validation_example import read_validation_example
from mariel.training.run_training import run_training
from mariel.training.runs import Run
from mariel.training.settings import RunSettings
from tests.support.marker_sets import FPS, MARKER_SETS, SIDES
from tests.support.small_runs import training_settings

pytestmark = pytest.mark.slow

LENGTH = 8

SMALL = {"latent": 4, "encoder_hidden": 4, "decoder_hidden": 4, "curves": 4, "components": 8}

SETTINGS = {
    "phrase-vae": PhraseVaeSettings(**SMALL),
    "notebook": NotebookSettings(layers=1, hidden=8, latent=4),
    "graph encoder": PhraseVaeSettings(**SMALL, encoder="graph"),
    "decoder of markers": PhraseVaeSettings(**SMALL, decoder="markers"),
    "decoder of a body": PhraseVaeSettings(**SMALL, decoder="body"),
    "a PCA of whole phrases": PhraseVaeSettings(**SMALL | {"components": 0}, decoder="markers"),
}

BODIES = (
    "Mariel's 53", "Mariel's without a toe", "a body without feet", "a body without pairs",
    "a body with loose markers",
    "a skeleton of joints",
)  # fmt: skip

CASES = [
    *((kind, name) for kind in MARKER_SETS for name in ("phrase-vae", "notebook")),
    *((kind, "graph encoder") for kind in ("BVH joints", "no bones or pairs", "one marker", "a body without feet")),
    *((kind, "decoder of markers") for kind in ("Mariel's 53", "a body without feet")),
    *((kind, "decoder of a body") for kind in ("Mariel's 53", "a body with loose markers", "a skeleton of joints")),
    ("Mariel's 53", "a PCA of whole phrases"),
]


def make_dataset(kind: str) -> PhraseDataset:
    return PhraseDataset(MARKER_SETS[kind](), DataSettings(length=LENGTH))


def initialised(dataset: PhraseDataset, settings: ModelSettings) -> PhraseModel:
    torch.manual_seed(0)
    model = make_model(settings, dataset.marker_set, dataset.length, dataset.fps)
    model.initialise_from_data(dataset)
    return model


def test_the_settings_tested_here_are_of_every_registered_model():
    assert {settings.kind for settings in SETTINGS.values()} == set(MODELS)


@pytest.mark.parametrize(("kind", "settings"), CASES)
def test_every_model_trains_on_every_marker_set_and_makes_new_motion(kind, settings, monkeypatch):
    monkeypatch.setattr("mariel.generation.from_pose.STEPS", 2)  # enough for shapes
    dataset = make_dataset(kind)
    model = initialised(dataset, SETTINGS[settings])
    train = training_settings(epochs=2, phrases_per_epoch=16, batch_size=8, learning_rate=1e-2)
    results = list(Trainer(model, dataset, train))
    parts = [part for result in results for part in (result.train, result.validation)]
    assert np.isfinite([(part.loss, part.reconstruction, part.kl, part.error_cm) for part in parts]).all()
    model.eval()
    phrases = dataset.batch(dataset.evenly_spaced(dataset.validation, 2)).numpy()
    markers = len(dataset.marker_set)
    phrase = (LENGTH, markers, 3)
    waypoints = torch.cat([encode(model, phrases[:1]).mean, torch.zeros(1, model.latent_dim)])
    for positions, shape in (
        (sample(model, 2), (2, *phrase)),
        (reconstruct(model, phrases), phrases.shape),
        (perturb(model, phrases[0], 0.5, 3), (3, *phrase)),
        (sample_sequence(model, 1.0), (30, markers, 3)),
        (sample_from_pose(model, phrases[0, 0], 1), (1, *phrase)),
        (interpolate_sequence(model, waypoints, 1.0), (32, markers, 3)),  # 7 phrases that overlap by half
    ):
        assert positions.shape == shape
        assert np.isfinite(positions).all()
    evaluated = dataset.batch(dataset.training).numpy()
    for figure in evaluate(model, phrases, evaluated, count=2):
        assert figure.value is None or np.isfinite(figure.value)


@pytest.mark.parametrize("settings", [name for name in SETTINGS if name != "decoder of a body"])
@pytest.mark.parametrize("kind", ["BVH joints", "one marker", "an unknown unit"])
def test_the_loss_falls(kind, settings):
    dataset = make_dataset(kind)
    model = initialised(dataset, SETTINGS[settings])
    train = training_settings(
        epochs=4, phrases_per_epoch=64, batch_size=8, learning_rate=3e-3, schedule="constant", noise_share=0.0
    )
    losses = [result.train.loss for result in Trainer(model, dataset, train)]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("kind", MARKER_SETS)
def test_the_decoder_is_of_a_body_where_the_markers_have_one(kind):
    marker_set = make_dataset(kind).marker_set
    pose = make_model(PhraseVaeSettings(**SMALL), marker_set, LENGTH, 30.0).pose
    assert type(pose) is (ProjectedPose if kind in BODIES else MarkerPose)
    for decoder, of_body in (("body", BodyPose), ("projected", ProjectedPose)):
        settings = PhraseVaeSettings(**SMALL, decoder=decoder)
        if kind in BODIES:
            assert type(make_model(settings, marker_set, LENGTH, 30.0).pose) is of_body
        else:
            with pytest.raises(SettingsError, match=r"need .*, use --decoder auto or --decoder markers"):
                make_model(settings, marker_set, LENGTH, 30.0)


@pytest.mark.parametrize("settings", ["phrase-vae", "notebook"])
def test_a_run_on_a_named_npz_says_what_it_leaves_out_and_can_be_used_like_any_other(settings, tmp_path):
    takes = MARKER_SETS["another marker not seen in each take"]()
    for name, take in takes.items():
        np.savez(tmp_path / f"{name}.npz", data=take.positions, names=np.array(SIDES), fps=FPS)
    train = training_settings(epochs=1, phrases_per_epoch=16, batch_size=8)
    data = DataSettings(data=str(tmp_path), length=LENGTH)
    run = Run.create(tmp_path / "runs", "plain", RunSettings(model=SETTINGS[settings], data=data, train=train))
    problems = []
    run_training(run, on_problems=problems.extend, threads=1)
    assert "missing too often" in str(problems[-1])
    assert str(problems[-1]).endswith(": RHand")
    checkpoint = load_checkpoint(run.folder)
    assert checkpoint.marker_set.labels == tuple(label for label in SIDES if label != "RHand")
    example = read_validation_example(run.folder / "preview.npz", checkpoint.marker_set, checkpoint.fps)
    assert example.original.shape == example.reconstruction.shape == (LENGTH, 7, 3)
    assert len(phrase_windows(str(tmp_path), checkpoint).positions)
    assert np.isfinite(rank_held_out(checkpoint).errors).all()
    positions = MapPhrases.from_checkpoint(checkpoint)
    assert np.isfinite(fit_pca_map(checkpoint.model, positions).points).all()
