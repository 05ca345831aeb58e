"""What a reconstruction consists of, as files for other programs: a table of errors, and the phrase's latent."""

import csv
import io
from collections.abc import Sequence

import numpy as np

from mariel.generation.sampling import encode
from mariel.models.base import PhraseModel


def errors_csv(errors: np.ndarray, labels: Sequence[str], fps: float) -> bytes:
    """Errors as a table: a row per frame with its time, a column per marker, and the mean over the markers last.

    Args:
        errors: distance of each marker from the original, centimetres, (frames, markers).
        labels: of the markers.
        fps: frames per second.
    """
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["frame", "seconds", *(f"{label} (cm)" for label in labels), "mean (cm)"])
    for frame, row in enumerate(errors):
        table.writerow([frame, f"{frame / fps:.4f}", *(f"{error:.4f}" for error in row), f"{row.mean():.4f}"])
    return text.getvalue().encode()


def latent_npz(model: PhraseModel, phrase: np.ndarray) -> bytes:
    """A phrase's posterior as `.npz`: `mean` and `log_variance`, each (latent,) float32.

    Args:
        model: a trained model.
        phrase: (frames, markers, 3), metres.

    Raises:
        SettingsError: the phrase does not fit the model.
    """
    posterior = encode(model, phrase[None])
    content = io.BytesIO()
    arrays = {"mean": posterior.mean, "log_variance": posterior.log_variance}
    np.savez(content, allow_pickle=False, **{name: rows[0].float().cpu().numpy() for name, rows in arrays.items()})
    return content.getvalue()
