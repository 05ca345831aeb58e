"""The losses per phrase that the published notebook prints while it trains, for comparison with other runs."""

import csv
from dataclasses import dataclass
from importlib.resources import files

import numpy as np


@dataclass(frozen=True, eq=False)
class NotebookCurve:
    """Losses per phrase, summed squared error + 1e-4 × KL, as those of the `notebook` model.

    Args:
        epochs: number of finished epochs at each point (points,): the notebook's epoch 0 is 1 here.
        train: mean over the training phrases (points,).
        validation: mean over the validation phrases (points,), NaN at epochs without validation.
    """

    epochs: np.ndarray
    train: np.ndarray
    validation: np.ndarray


def notebook_curve() -> NotebookCurve:
    """The notebook's 101 epochs on Mariel's recordings with 3 LSTM layers; `notebook_curve.csv` names the source."""
    text = (files("mariel.data") / "notebook_curve.csv").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    epochs = np.array([int(row["epoch"]) + 1 for row in rows])
    train, validation = (np.array([float(row[side] or "nan") for row in rows]) for side in ("train", "validation"))
    return NotebookCurve(epochs, train, validation)
