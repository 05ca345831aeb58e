"""Weights on disk: a run's best and last ones, and those that the published notebook saved.

Checkpoints are safetensors: names, shapes and numbers, nothing that could be executed. The notebook's `.pth` is a
pickle; it is read by PyTorch's reader for weights alone, which executes nothing either.
"""

import json
import os
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from mariel.data.preprocessing import Preprocessing
from mariel.data.settings import DataSettings
from mariel.errors import CheckpointError, MarielError, RunError
from mariel.files import write_atomically
from mariel.models.base import PhraseModel
from mariel.models.notebook_vae import NotebookVae
from mariel.models.registry import make_model
from mariel.models.settings import NotebookSettings
from mariel.motion.io.loading import load_recordings
from mariel.motion.marker_set import MarkerSet
from mariel.training.fingerprints import fingerprint
from mariel.training.loop import Training, TrainState
from mariel.training.results import EpochResult
from mariel.training.runs import Run, RunStatus
from mariel.training.settings import RunSettings

BEST, LAST = "best.safetensors", "last.safetensors"

_FORMAT, _VERSION = "mariel checkpoint", "1"
_MODEL, _OPTIMISER = "model.", "optimiser."
_MOMENTS = ("step", "exp_avg", "exp_avg_sq")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A trained model with all that is known of it.

    Args:
        model: on the processor, ready to be used.
        settings: everything its run was told.
        preprocessing: how its recordings were prepared.
        marker_set: its phrases' markers.
        fps: their frames a second.
        epoch: epochs after which it was so.
        result: that epoch's result, None for an imported model or one that has learned for no epoch.
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
class SavedTraining:
    """What is needed to go on from where a training was saved.

    Args:
        weights: the model's tensors by name.
        moments: the optimiser's, as `Training` takes them.
        state: where it stood.
        result: the result of the last epoch that was over, if any.
    """

    weights: dict[str, Tensor]
    moments: dict[str, Tensor]
    state: TrainState
    result: EpochResult | None


def save_checkpoint(
    path: str | Path, model: PhraseModel, training: Training | None = None, *, result: EpochResult | None = None
) -> None:
    """Write a model's weights, and all that is needed to go on training it, as one file, whole or not at all.

    Args:
        path: the file, replaced if it is there.
        model: the model.
        training: its training, between two batches; None to keep weights only.
        result: the result of the last epoch that is over.

    Raises:
        RunError: a weight is not finite, so that the file that is there is better; or the file cannot be written.
    """
    tensors = {_MODEL + name: tensor for name, tensor in model.state_dict().items()}
    metadata = {"format": _FORMAT, "version": _VERSION, "kind": model.kind}
    metadata["result"] = json.dumps(result and result.to_dict())
    if training is not None:
        tensors |= {_OPTIMISER + name: tensor for name, tensor in training.moments().items()}
        metadata["state"] = json.dumps(training.state.to_dict())
    # Each copied, for a GPU keeps several of a model's tensors in one piece of memory.
    tensors = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            at = "" if training is None else f", at epoch {training.state.epoch + 1}, batch {training.state.batch}"
            raise RunError(
                f"layer {name.partition('.')[2]} no longer holds numbers{at}: a smaller --learning-rate or --clip 1 "
                "may help; what was saved before is kept"
            )
    write_atomically(path, save(tensors, metadata))


def load_checkpoint(path: str | Path, which: str | None = None) -> Checkpoint:
    """A run's model, from nothing but its folder; nothing is unpickled.

    Args:
        path: the run's folder.
        which: "best", "last", or None for the best there is.

    Raises:
        CheckpointError: something is missing, damaged, or does not fit; the message names file and field or layer.
    """
    if which not in (None, "best", "last"):
        raise CheckpointError(f"checkpoints are 'best' and 'last' (got {which!r})")
    if not Path(path).is_dir():
        raise CheckpointError(f"'{path}': expected the folder of a run that 'train' has made; there is none")
    run = Run.open(path)
    file = run.folder / (LAST if which == "last" else BEST)
    if which is None and not file.exists():
        file = run.folder / LAST
    tensors, metadata = _read(file)
    marker_set, fps = run.marker_set, run.fps
    if marker_set is None:
        raise CheckpointError(f"'{run.folder / 'data.json'}' is missing")
    _check_kind(metadata, run.settings, file)
    model = make_model(run.settings.model, marker_set, run.settings.data.length, fps)
    model.load(_part(tensors, _MODEL), f"'{file}'")
    result = _result(metadata, file)
    epoch = result.epoch if result else 0
    return Checkpoint(model.eval(), run.settings, run.preprocessing(), marker_set, fps, epoch, result, run.name)


def load_training(path: str | Path, settings: RunSettings) -> SavedTraining:
    """What `save_checkpoint` wrote of a training, to go on from.

    Raises:
        CheckpointError: the file is missing, damaged, of another kind of model, or holds weights only.
    """
    path = Path(path)
    tensors, metadata = _read(path)
    _check_kind(metadata, settings, path)
    if "state" not in metadata:
        raise CheckpointError(f"'{path}' holds weights only, which cannot be trained on")
    weights, moments = _part(tensors, _MODEL), _part(tensors, _OPTIMISER)
    for name, tensor in moments.items():
        layer, _, what = name.rpartition(".")
        if layer not in weights or what not in _MOMENTS:
            raise CheckpointError(f"'{path}': optimiser's {name} belongs to no layer")
        expected = torch.Size() if what == "step" else weights[layer].shape
        if tensor.shape != expected:
            raise CheckpointError(
                f"'{path}': optimiser's {name}: expected shape {tuple(expected)}, found {tuple(tensor.shape)}"
            )
        if not torch.isfinite(tensor).all():
            raise CheckpointError(f"'{path}': optimiser's {name} holds numbers that are not finite")
    return SavedTraining(weights, moments, _state(metadata, path), _result(metadata, path))


def import_notebook(
    path: str | Path, preprocessing: Preprocessing, marker_set: MarkerSet, *, length: int = 128
) -> NotebookVae:
    """The model of a `state_dict` that the published notebook saved (`best_model.pth`); its pickle is not executed.

    How many layers, hidden units and latent dimensions it has is read off its layers' shapes.

    Args:
        path: the file.
        preprocessing: the scaling of what it was trained on, fitted with `reference=True` for the notebook's own.
        marker_set: the markers.
        length: frames of a phrase.

    Raises:
        CheckpointError: the file is missing, damaged or foreign, or a layer does not fit; the message names it.
    """
    tensors = _read_state_dict(Path(path))
    origin = f"'{path}'"
    latent, hidden = _shape(tensors, "encoder.hid_mean.weight", 2, origin)
    layers = sum(name.startswith("encoder.lstm_enc.weight_ih_l") for name in tensors)
    _, channels = _shape(tensors, "encoder.lstm_enc.weight_ih_l0", 2, origin)
    if channels != 3 * len(marker_set):
        raise CheckpointError(
            f"{origin}: layer encoder.lstm_enc.weight_ih_l0: expected {3 * len(marker_set)} inputs for "
            f"{len(marker_set)} markers, found {channels}"
        )
    try:
        settings = NotebookSettings(layers=layers, hidden=hidden, latent=latent)
    except MarielError as error:
        raise CheckpointError(f"{origin} is not of the notebook's model: {error}") from error
    model = NotebookVae(settings, marker_set, length, preprocessing.fps)
    model.scale_like(preprocessing)
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
    """Make a finished run of a `state_dict` that the notebook saved, so that it can be used like every other.

    Args:
        path: the file.
        data: the recordings it was trained on, for their scaling and markers.
        root: the folder of runs.
        name: the new run's name.
        reference: whether the recordings were prepared as the published loader does.
        length: frames of a phrase.
        trim: see `load_recordings`.

    Raises:
        CheckpointError: see `import_notebook`.
        RecordingError: the recordings cannot be used.
        RunError: the run cannot be made.
    """
    recordings = load_recordings(data, trim=trim)
    preprocessing = Preprocessing.fit(recordings, reference=reference)
    first = next(iter(recordings.values()))
    model = import_notebook(path, preprocessing, first.marker_set, length=length)
    data_settings = DataSettings(
        str(data), trim=trim, length=length, split="random", validation=0.1, reference=reference
    )
    run = Run.create(root, name, RunSettings(model.settings, data_settings))
    with run.writing():
        run.write_data(fingerprint(recordings), first.marker_set, first.fps, preprocessing)
        save_checkpoint(run.folder / BEST, model)
        run.write_status(RunStatus("finished", f"imported from {os.path.basename(path)}", progress=1.0))
    return run


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata of a checkpoint of ours."""
    if not path.is_file():
        raise CheckpointError(f"'{path}' is missing")
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 - no mapping
    except (SafetensorError, OSError, ValueError, KeyError, RuntimeError) as error:
        raise CheckpointError(f"'{path}' is damaged or no checkpoint: {error}") from error
    if metadata.get("format") != _FORMAT:
        raise CheckpointError(f"'{path}' is no checkpoint of this program")
    if metadata.get("version") != _VERSION:
        raise CheckpointError(f"'{path}': expected version {_VERSION}, found {metadata.get('version')}")
    return tensors, metadata


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _check_kind(metadata: Mapping[str, str], settings: RunSettings, path: Path) -> None:
    if metadata.get("kind") != settings.model.kind:
        raise CheckpointError(
            f"'{path}': expected weights of a {settings.model.kind} model, found {metadata.get('kind')!r}"
        )


def _result(metadata: Mapping[str, str], path: Path) -> EpochResult | None:
    try:
        result = json.loads(metadata.get("result", "null"))
        return None if result is None else EpochResult.from_dict(result)
    except (ValueError, CheckpointError) as error:
        raise CheckpointError(f"'{path}': result is damaged: {error}") from error


def _state(metadata: Mapping[str, str], path: Path) -> TrainState:
    try:
        state = json.loads(metadata["state"])
        if missing := [each.name for each in fields(TrainState) if each.name not in state]:
            raise ValueError(f"it lacks {', '.join(missing)}")
        return TrainState.from_dict(state)
    except (ValueError, TypeError) as error:
        raise CheckpointError(f"'{path}': state is damaged: {error}") from error


def _read_state_dict(path: Path) -> dict[str, Tensor]:
    """Named tensors of a file that `torch.save` wrote; weights alone are read, nothing is executed."""
    if not path.is_file():
        raise CheckpointError(f"no such file: '{path}'")
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"'{path}' is not read: it is damaged, or holds more than a state_dict, which could be executed"
        ) from error
    except Exception as error:  # whatever a reader of damaged files stumbles over
        detail = (str(error) or type(error).__name__).splitlines()[0]
        raise CheckpointError(f"'{path}' is damaged or no state_dict: {detail}") from error
    if not isinstance(saved, Mapping):
        raise CheckpointError(f"'{path}': expected a state_dict, found {type(saved).__name__}")
    for name, value in saved.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise CheckpointError(f"'{path}': {name!r}: expected a layer's tensor, found {type(value).__name__}")
    return dict(saved)


def _shape(tensors: Mapping[str, Tensor], name: str, dimensions: int, origin: str) -> tuple[int, ...]:
    if name not in tensors:
        raise CheckpointError(f"{origin}: layer {name} is missing; it is of another model or damaged")
    shape = tuple(tensors[name].shape)
    if len(shape) != dimensions:
        raise CheckpointError(f"{origin}: layer {name}: expected {dimensions} dimensions, found shape {shape}")
    return shape
