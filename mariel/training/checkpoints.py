"""Reading and writing checkpoints: a run's best and last weights, and weights that the published notebook saved.

Checkpoints are safetensors files: names, shapes and numbers, nothing that could be executed. The notebook's `.pth`
file is a pickle; PyTorch reads it with `weights_only=True`, which executes nothing either.
"""

import json
import os
import pickle
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from mariel.data.preprocessing import Preprocessing
from mariel.data.settings import DataSettings
from mariel.errors import CheckpointError, MarielError, RunError
from mariel.files import find_run_folder, write_atomically
from mariel.models.base import PhraseModel
from mariel.models.notebook_vae import NotebookVae
from mariel.models.registry import make_model
from mariel.models.settings import ModelSettings, NotebookSettings, PhraseVaeSettings
from mariel.motion.io.loading import load_recordings
from mariel.motion.marker_set import MarkerSet
from mariel.training.loop import Trainer
from mariel.training.run_folder.fingerprints import fingerprint
from mariel.training.run_folder.names import BEST_FILE, LAST_FILE
from mariel.training.run_folder.results import EpochResult
from mariel.training.run_folder.status import RunStatus
from mariel.training.runs import Run
from mariel.training.settings import RunSettings
from mariel.training.train_state import TrainState

_FORMAT, _VERSION = "mariel checkpoint", "1"
# What layers tell of a model; the second names are those of older versions.
_BODY_LAYERS = ("pose.joint_offsets", "pose.joints")
_PROJECTION_LAYERS = ("pose.projection.",)
_STITCHED_PRIOR_LAYERS = "stitched_prior."
_PHRASE_PCA_LAYERS = ("pca.to_poses", "principal.to_poses")

_MODEL_PREFIX, _OPTIMISER_PREFIX = "model.", "optimiser."
_OPTIMISER_KEYS = ("step", "exp_avg", "exp_avg_sq")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A trained model with its settings, preprocessing and result.

    Args:
        model: on the processor, in evaluation mode.
        settings: its run's settings.
        preprocessing: how its recordings were prepared.
        marker_set: its phrases' markers.
        fps: frames per second of its phrases.
        epoch: number of epochs it was trained for.
        result: that epoch's result; None for an imported model or one that has finished no epoch.
        run: its run's name.
    """

    model: PhraseModel
    settings: RunSettings
    preprocessing: Preprocessing
    marker_set: MarkerSet
    fps: float
    epoch: int
    result: EpochResult | None
    run: str


@dataclass(frozen=True, eq=False)
class TrainingCheckpoint:
    """What is needed to resume a training from where it was saved.

    Args:
        weights: the model's tensors by name.
        optimiser_state: the optimiser's tensors by name, as `Trainer` takes them.
        state: the state of the training.
        result: the result of the last finished epoch, if any.
    """

    weights: dict[str, Tensor]
    optimiser_state: dict[str, Tensor]
    state: TrainState
    result: EpochResult | None


def save_checkpoint(
    path: str | Path, model: PhraseModel, trainer: Trainer | None = None, *, result: EpochResult | None = None
) -> None:
    """Write a model's weights, and what is needed to resume its training, to one file, atomically.

    Args:
        path: the file, replaced if it exists.
        model: the model.
        trainer: its trainer, between two batches; None to save the weights only.
        result: the result of the last finished epoch.

    Raises:
        RunError: a weight is not finite, or the file cannot be written; an existing file is kept.
    """
    tensors = {
        _MODEL_PREFIX + name: tensor.half() if name in model.half_precision_layers else tensor
        for name, tensor in model.state_dict().items()
    }
    metadata = {"format": _FORMAT, "version": _VERSION, "kind": model.kind}
    metadata["result"] = json.dumps(result and result.to_dict())
    if trainer is not None:
        tensors |= {_OPTIMISER_PREFIX + name: tensor for name, tensor in trainer.optimiser_state().items()}
        metadata["state"] = json.dumps(trainer.state.to_dict())
    # Every tensor is copied: several may share one block of GPU memory, which safetensors refuses.
    tensors = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            at = "" if trainer is None else f", at epoch {trainer.state.epoch + 1}, batch {trainer.state.batch}"
            raise RunError(
                f"layer {name.partition('.')[2]} no longer has finite weights{at}: a smaller --learning-rate or "
                "--clip 1 may help; the checkpoint saved before is kept"
            )
    write_atomically(path, save(tensors, metadata))


def load_checkpoint(path: str | Path, which: str | None = None) -> Checkpoint:
    """Load a run's model from its folder; nothing is unpickled.

    Args:
        path: the run's folder, or the name of one of the app's runs, such as "demo-dancer".
        which: "best", "last", or None for the best if there is one, else the last.

    Raises:
        CheckpointError: something is missing, damaged, or does not fit; the message names file and field or layer.
    """
    if which not in (None, "best", "last"):
        raise CheckpointError(f"checkpoints are 'best' and 'last' (got {which!r})")
    folder = find_run_folder(path)
    if not os.path.isdir(folder):
        raise CheckpointError(
            f"'{path}': expected the folder of a run made by 'train', or a run's name; there is no such folder"
        )
    run = Run.open(folder)
    file = run.folder / (LAST_FILE if which == "last" else BEST_FILE)
    if which is None and not file.exists():
        file = run.folder / LAST_FILE
    marker_set, fps, preprocessing = run.marker_set, run.fps, run.preprocessing()
    if marker_set is None or fps is None:
        raise CheckpointError(f"'{run.folder / 'data.json'}' is missing")
    if preprocessing.labels != marker_set.labels:
        raise CheckpointError(f"'{run.folder / 'preprocessing.json'}': its markers are not those of data.json")
    with _open_safetensors(file) as weights:
        _check_kind(weights.metadata, run.settings, file)
        model = _make_model_like(weights, run.settings, marker_set, fps)
        model.load(weights.tensors(_MODEL_PREFIX), f"'{file}'")
        result = _parse_result(weights.metadata, file)
    epoch = result.epoch if result else 0
    return Checkpoint(model.eval(), run.settings, preprocessing, marker_set, fps, epoch, result, run.name)


def load_training_checkpoint(path: str | Path, settings: RunSettings) -> TrainingCheckpoint:
    """Load what `save_checkpoint` wrote of a trainer, to resume its training.

    Raises:
        CheckpointError: the file is missing, damaged, of another kind of model, or contains weights only.
    """
    path = Path(path)
    with _open_safetensors(path) as file:
        metadata = file.metadata
        _check_kind(metadata, settings, path)
        if "state" not in metadata:
            raise CheckpointError(f"'{path}' contains weights only, so its training cannot be resumed")
        weights, optimiser_state = file.tensors(_MODEL_PREFIX), file.tensors(_OPTIMISER_PREFIX)
    for name, tensor in optimiser_state.items():
        layer, _, key = name.rpartition(".")
        if layer not in weights or key not in _OPTIMISER_KEYS:
            raise CheckpointError(f"'{path}': optimiser's {name} belongs to no layer")
        expected = torch.Size() if key == "step" else weights[layer].shape
        if tensor.shape != expected:
            raise CheckpointError(
                f"'{path}': optimiser's {name}: expected shape {tuple(expected)}, found {tuple(tensor.shape)}"
            )
        if not torch.isfinite(tensor).all():
            raise CheckpointError(f"'{path}': optimiser's {name} has values that are not finite")
    state = TrainState.from_json(metadata["state"], f"'{path}': state")
    return TrainingCheckpoint(weights, optimiser_state, state, _parse_result(metadata, path))


def import_notebook_model(
    path: str | Path, preprocessing: Preprocessing, marker_set: MarkerSet, *, length: int = 128
) -> NotebookVae:
    """Load the model from a `state_dict` that the published notebook saved (`best_model.pth`); no pickle is executed.

    The numbers of layers, hidden units and latent dimensions are taken from the layers' shapes.

    Args:
        path: the file.
        preprocessing: the scaling of its training data, fitted with `reference=True` for the notebook's own.
        marker_set: the markers.
        length: frames of a phrase.

    Raises:
        CheckpointError: the file is missing, damaged or foreign, or a layer does not fit; the message names it.
    """
    tensors = _read_state_dict(Path(path))
    origin = f"'{path}'"
    latent, hidden = _layer_shape(tensors, "encoder.hid_mean.weight", 2, origin)
    layers = sum(name.startswith("encoder.lstm_enc.weight_ih_l") for name in tensors)
    _, channels = _layer_shape(tensors, "encoder.lstm_enc.weight_ih_l0", 2, origin)
    if channels != 3 * len(marker_set):
        raise CheckpointError(
            f"{origin}: layer encoder.lstm_enc.weight_ih_l0: expected {3 * len(marker_set)} inputs for "
            f"{len(marker_set)} markers, found {channels}"
        )
    try:
        settings = NotebookSettings(layers=layers, hidden=hidden, latent=latent)
    except MarielError as error:
        raise CheckpointError(f"{origin} is not a state_dict of the notebook's model: {error}") from error
    model = NotebookVae(settings, marker_set, length, preprocessing.fps)
    model.set_scaling(preprocessing)
    model.load({**tensors, "scale": model.scale, "shift": model.shift}, origin)
    return model.eval()


def import_notebook_run(
    path: str | Path,
    data: str | Path,
    root: str | Path | None,
    name: str,
    *,
    reference: bool = True,
    length: int = 128,
    trim: int | None = None,
) -> Run:
    """Create a finished run from a `state_dict` that the notebook saved, to be used like any other run.

    Args:
        path: the file.
        data: the recordings it was trained on, for their scaling and markers.
        root: the folder of runs.
        name: the new run's name.
        reference: whether the recordings were prepared as the published loader does.
        length: frames of a phrase.
        trim: see `load_recordings`.

    Raises:
        CheckpointError: see `import_notebook_model`.
        RecordingError: the recordings cannot be used.
        RunError: the run cannot be created.
    """
    recordings = load_recordings(data, trim=trim)
    preprocessing = Preprocessing.fit(recordings, reference=reference)
    first = next(iter(recordings.values()))
    model = import_notebook_model(path, preprocessing, first.marker_set, length=length)
    data_settings = DataSettings(
        data=str(data), trim=trim, length=length, split="random", validation=0.1, reference=reference
    )
    run = Run.create(root, name, RunSettings(model=model.settings, data=data_settings))
    with run.lock():
        run.write_data(fingerprint(recordings), first.marker_set, first.fps, preprocessing)
        save_checkpoint(run.folder / BEST_FILE, model)
        run.write_status(RunStatus(state="finished", reason=f"imported from {os.path.basename(path)}", progress=1.0))
    return run


class _WeightsFile:
    """An open checkpoint of this program: its metadata and shapes are known before any tensor is read."""

    def __init__(self, path: Path, file: Any) -> None:
        self.path, self._file = path, file
        self.metadata: dict[str, str] = file.metadata() or {}

    def shapes(self, prefix: str) -> dict[str, tuple[int, ...]]:
        """Shapes of the tensors whose names begin with a prefix, by the rest of the name; nothing is read."""
        names = [name for name in self._file.keys() if name.startswith(prefix)]  # noqa: SIM118 - not a mapping
        return {name.removeprefix(prefix): tuple(self._file.get_slice(name).get_shape()) for name in names}

    def tensors(self, prefix: str) -> dict[str, Tensor]:
        """The tensors whose names begin with a prefix, by the rest of the name."""
        return {name: self._file.get_tensor(prefix + name).clone() for name in self.shapes(prefix)}


@contextmanager
def _open_safetensors(path: Path) -> Iterator[_WeightsFile]:
    """Open a checkpoint of this program; whatever is wrong with it is raised as a CheckpointError."""
    if not path.is_file():
        raise CheckpointError(f"'{path}' is missing")
    try:
        with safe_open(path, "pt") as file:
            weights = _WeightsFile(path, file)
            if weights.metadata.get("format") != _FORMAT:
                raise CheckpointError(f"'{path}' is not a checkpoint of this program")
            if weights.metadata.get("version") != _VERSION:
                raise CheckpointError(
                    f"'{path}': expected version {_VERSION}, found {weights.metadata.get('version')}"
                )
            yield weights
    except MarielError:
        raise
    except Exception as error:  # safetensors and torch raise many kinds for a damaged file
        detail = (str(error) or type(error).__name__).splitlines()[0]
        raise CheckpointError(f"'{path}' is damaged or not a checkpoint: {detail}") from error


def _make_model_like(weights: _WeightsFile, settings: RunSettings, marker_set: MarkerSet, fps: float) -> PhraseModel:
    """A new model for weights, made after every shape was compared: settings may ask for more memory than there is.

    Raises:
        CheckpointError: the model cannot be made, or the weights are of another one; the message names the layer.
    """
    model = settings_of_layers(settings.model, weights.shapes(_MODEL_PREFIX))
    arguments = (model, marker_set, settings.data.length, fps)
    try:
        with torch.device("meta"):  # tensors have shapes, but no memory
            shapes_only = make_model(*arguments)
    except MarielError as error:
        raise CheckpointError(f"'{weights.path.parent}': the settings do not fit the markers: {error}") from error
    except Exception:  # a model that computes in its constructor cannot be made without memory
        shapes_only = None
    if shapes_only is not None:
        shapes_only.check_layers(weights.shapes(_MODEL_PREFIX), f"'{weights.path}'")
    try:
        return make_model(*arguments)
    except Exception as error:
        raise CheckpointError(f"'{weights.path.parent}': its model cannot be made: {error}") from error


def settings_of_layers(settings: ModelSettings, layers: Collection[str]) -> ModelSettings:
    """The settings with the decoder, PCA and prior that saved layers have, where "auto" or a default chose them.

    Defaults have changed, but a run keeps what it began with.
    """
    if not isinstance(settings, PhraseVaeSettings):
        return settings
    if any(name.startswith(_PHRASE_PCA_LAYERS) for name in layers):
        settings = settings.replace(components=0)
    if not any(name.startswith(_STITCHED_PRIOR_LAYERS) for name in layers):
        settings = settings.replace(prior="kernels")
    if settings.decoder == "auto":
        decoders = {_BODY_LAYERS: "body", _PROJECTION_LAYERS: "projected"}
        found = (decoder for prefixes, decoder in decoders.items() for name in layers if name.startswith(prefixes))
        settings = settings.replace(decoder=next(found, "markers"))
    return settings


def _check_kind(metadata: Mapping[str, str], settings: RunSettings, path: Path) -> None:
    if metadata.get("kind") != settings.model.kind:
        raise CheckpointError(
            f"'{path}': expected weights of a {settings.model.kind} model, found {metadata.get('kind')!r}"
        )


def _parse_result(metadata: Mapping[str, str], path: Path) -> EpochResult | None:
    text = metadata.get("result", "null")
    return None if text.strip() == "null" else EpochResult.from_json(text, f"'{path}': result")


def _read_state_dict(path: Path) -> dict[str, Tensor]:
    """Named tensors of a file that `torch.save` wrote; only weights are read, nothing is executed."""
    if not path.is_file():
        raise CheckpointError(f"no such file: '{path}'")
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"'{path}' is not loaded: it is damaged, or contains more than a state_dict, which could run code"
        ) from error
    except Exception as error:  # a damaged file can raise any exception in the reader
        detail = (str(error) or type(error).__name__).splitlines()[0]
        raise CheckpointError(f"'{path}' is damaged or not a state_dict: {detail}") from error
    if not isinstance(saved, Mapping):
        raise CheckpointError(f"'{path}': expected a state_dict, found {type(saved).__name__}")
    for name, value in saved.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise CheckpointError(f"'{path}': {name!r}: expected a layer's tensor, found {type(value).__name__}")
    return dict(saved)


def _layer_shape(tensors: Mapping[str, Tensor], name: str, dimensions: int, origin: str) -> tuple[int, ...]:
    if name not in tensors:
        raise CheckpointError(f"{origin}: layer {name} is missing; the file is damaged or of another model")
    shape = tuple(tensors[name].shape)
    if len(shape) != dimensions:
        raise CheckpointError(f"{origin}: layer {name}: expected {dimensions} dimensions, found shape {shape}")
    return shape
