"""The curve that the published notebook prints while it trains, to be drawn behind one's own."""

import csv
from dataclasses import dataclass
from importlib.resources import files

import numpy as np


@dataclass(frozen=True, eq=False)
class PublishedCurve:
    """Losses a phrase, summed squared error + 1e-4 × KL, as the `notebook` model counts them.

    Args:
        epochs: epochs that are over at each point (points,); the notebook calls its first epoch 0, here it is 1.
        train: mean over the training phrases (points,).
        validation: mean over the validation phrases (points,), NaN where they were not looked at.
    """

    epochs: np.ndarray
    train: np.ndarray
    validation: np.ndarray


def published_curve() -> PublishedCurve:
    """The notebook's 101 epochs on Mariel's recordings, 3 LSTM layers; the source is told in the table's head."""
    text = (files("mariel.data") / "notebook_curve.csv").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    epochs = np.array([int(row["epoch"]) + 1 for row in rows])
    train, validation = (np.array([float(row[side] or "nan") for row in rows]) for side in ("train", "validation"))
    return PublishedCurve(epochs, train, validation)
