import json
import pickle
import subprocess
import sys

import pytest
from pydantic import ValidationError

from mariel.data.settings import DataSettings
from mariel.errors import SettingsError
from mariel.models.settings import MODELS, NotebookSettings, PhraseVaeSettings
from mariel.settings import flag, value_types
from mariel.training.settings import PRESETS, RunSettings, TrainSettings


@pytest.mark.parametrize("name", PRESETS)
def test_settings_go_through_json_unchanged(name):
    assert RunSettings.from_dict(json.loads(json.dumps(PRESETS[name].to_dict()))) == PRESETS[name]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TrainSettings(epochs=0), "--epochs must be at least 1 (got 0)"),
        (lambda: TrainSettings(epochs=2.5), "--epochs must be a whole number (got 2.5)"),
        (lambda: TrainSettings(epochs="many"), "--epochs must be a whole number (got 'many')"),
        (lambda: TrainSettings(epochs=None), "--epochs must be given"),
        (lambda: TrainSettings(minutes=float("inf")), "--minutes must be a number (got inf)"),
        (lambda: TrainSettings(learning_rate=float("nan")), "--learning-rate must be a number (got nan)"),
        (lambda: TrainSettings(mirror="yes"), "--mirror must be true or false (got 'yes')"),
        (lambda: TrainSettings(device="toaster"), "--device must be one of auto, cuda, mps, cpu (got 'toaster')"),
        (lambda: DataSettings(length=4), "--length must be at least 8 (got 4)"),
        (lambda: DataSettings(data=7), "--data must be a word (got 7)"),
        (lambda: DataSettings(split="takes"), "--split takes needs the names of takes to hold out, --hold-out NAME"),
        (lambda: DataSettings(hold_out=("a",)), "--hold-out goes with --split takes (got --split blocks)"),
        (lambda: DataSettings(split="takes", hold_out=(1,)), "--hold-out must be words (got (1,))"),
        (lambda: NotebookSettings(dropout=1.5), "--dropout must be at most 0.9 (got 1.5)"),
        (lambda: TrainSettings(epochs="5"), "--epochs must be a whole number (got '5')"),
        (lambda: TrainSettings(epochs=True), "--epochs must be a whole number (got True)"),
        (lambda: TrainSettings(epochs=float("nan")), "--epochs must be a whole number (got nan)"),
        (lambda: TrainSettings(mirror=1), "--mirror must be true or false (got 1)"),
        (lambda: TrainSettings(epochs=10**400), "--epochs must be at most 100000 (got a number of very many digits)"),
        (lambda: TrainSettings(minutes=10**400), "--minutes must be a number (got a number of very many digits)"),
        (lambda: TrainSettings(epocs=3), "unknown setting epocs"),
        (lambda: TrainSettings().replace(epochs=0), "--epochs must be at least 1 (got 0)"),
        (lambda: DataSettings(split="takes", hold_out="ab"), "--hold-out must be words (got 'ab')"),
        (
            lambda: PhraseVaeSettings(decoder="face"),
            "--decoder must be one of auto, projected, body, markers (got 'face')",
        ),
    ],
)
def test_a_bad_setting_is_refused_by_the_name_of_its_flag(make, message):
    with pytest.raises(SettingsError) as refused:
        make()
    assert str(refused.value) == message


def test_whole_numbers_become_integers():
    assert repr(TrainSettings(epochs=20.0).epochs) == "20"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data.pop("train"), "settings lack the group 'train'"),
        (lambda data: data["train"].update(epocs=3), "settings of train: unknown epocs"),
        (lambda data: data["model"].update(kind="gan"), "--model must be one of notebook, phrase-vae (got 'gan')"),
        (lambda data: data["model"].update(latent=0), "--latent must be at least 1 (got 0)"),
    ],
)
def test_damaged_settings_are_refused_by_name(change, message):
    data = RunSettings().to_dict()
    change(data)
    with pytest.raises(SettingsError) as refused:
        RunSettings.from_dict(data)
    assert str(refused.value) == message


def test_missing_settings_take_their_defaults():
    data = RunSettings().to_dict()
    del data["train"]["clip"]
    assert RunSettings.from_dict(data) == RunSettings()


@pytest.mark.parametrize(
    "settings", [DataSettings, TrainSettings, *(model.settings_class for model in MODELS.values())]
)
def test_every_setting_has_a_description_and_a_type_that_forms_and_flags_support(settings):
    for name, field in settings.model_fields.items():
        assert field.description.endswith(".")
        assert set(value_types(field)) & {int, float, bool, str, tuple}
        assert flag(name).startswith("--")


def test_the_notebook_preset_is_the_notebooks_recipe():
    preset = PRESETS["notebook"]
    assert preset.model == NotebookSettings(layers=3, hidden=384, latent=256, dropout=0.2, kl_weight=1e-4)
    assert (preset.data.split, preset.data.reference) == ("random", True)
    assert (preset.train.batch_size, preset.train.validate_every, preset.train.patience) == (64, 5, 3)
    assert (preset.train.noise_share, preset.train.noise) == (0.25, 0.01)
    assert (preset.train.mirror, preset.train.rotate, preset.train.tempo) == (False, False, 0.0)


def test_settings_are_frozen_hashable_and_pickled_unchanged():
    settings = RunSettings()
    assert (hash(settings), pickle.loads(pickle.dumps(settings))) == (hash(RunSettings()), settings)
    with pytest.raises(ValidationError, match="frozen"):
        settings.train.epochs = 3


def test_the_modules_of_settings_load_neither_numpy_nor_torch():
    code = "import sys, mariel.training.settings; print(*sorted(set(sys.modules) & {'numpy', 'torch'}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
