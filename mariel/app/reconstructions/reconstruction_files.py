"""Downloads of what a comparison consists of: original, reconstructions, errors and latents."""

from functools import partial

import numpy as np

from mariel.app.reconstructions.reconstruction_view import PhraseChoice
from mariel.app.shell.query_params import RECONSTRUCTION_PLAYER
from mariel.app.widgets.downloads.download_control import DataFile, show_data_files
from mariel.app.widgets.models import LoadedModel
from mariel.evaluation.reconstruction_errors import Reconstruction
from mariel.export.reconstruction_data import errors_csv, latent_npz
from mariel.export.registry import EXPORTERS, ExportRequest
from mariel.stage.scene import Dancer, Scene


def show_reconstruction_files(
    models: list[LoadedModel], chosen: PhraseChoice, reconstructions: list[Reconstruction]
) -> None:
    """Download buttons for the original, and for each model's reconstruction, errors and latent."""
    files = [_dance_file(models[0], chosen.positions, "original", f"{chosen.title}, original", "The original")]
    for model, reconstruction in zip(models, reconstructions, strict=True):
        files += _files_of(model, chosen, reconstruction, by=f" by {model.checkpoint.run}" if len(models) > 1 else "")
    show_data_files(
        "Original, reconstruction, errors, latent",
        files,
        key=RECONSTRUCTION_PLAYER,
        help="Each as a file of numbers. Positions are those in the take, wherever the page shows the dancers.",
    )


def _files_of(model: LoadedModel, chosen: PhraseChoice, reconstruction: Reconstruction, *, by: str) -> list[DataFile]:
    """The files of one model; `by` names it on the buttons where there are several."""
    checkpoint = model.checkpoint
    run, phrase, errors = checkpoint.run, chosen.positions, reconstruction.errors
    return [
        _dance_file(
            model,
            reconstruction.positions,
            f"reconstruction {run}",
            f"{chosen.title} reconstructed by {run}",
            f"The reconstruction{by}",
        ),
        DataFile(
            f"errors {run}",
            f"Errors{by} (.csv)",
            f"{chosen.title}, errors of {run}",
            ".csv",
            "text/csv",
            "Distance of every marker from the original in every frame, centimetres: a row per frame.",
            partial(errors_csv, errors, checkpoint.marker_set.labels, checkpoint.fps),
        ),
        DataFile(
            f"latent {run}",
            f"Latent{by} (.npz)",
            f"{chosen.title}, latent of {run}",
            ".npz",
            "application/octet-stream",
            "The phrase's posterior: mean and log_variance of each of the latent's dimensions.",
            partial(latent_npz, checkpoint.model, phrase),
        ),
    ]


def _dance_file(model: LoadedModel, positions: np.ndarray, key: str, name: str, label: str) -> DataFile:
    """One dance as the file of coordinates with names that this program opens as a recording."""
    exporter, checkpoint = EXPORTERS["npz"], model.checkpoint
    name = name.replace("_", " ")
    request = ExportRequest(Scene([Dancer(positions, checkpoint.marker_set)], fps=checkpoint.fps), title=name)
    return DataFile(
        key,
        f"{label} ({exporter.suffix})",
        name,
        exporter.suffix,
        exporter.media_type,
        exporter.help,
        partial(exporter.export, request),
    )
