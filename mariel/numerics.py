"""Numerical functions that more than one room needs."""

import numpy as np


def evenly_spaced_rows(count: int, at_most: int) -> np.ndarray:
    """Numbers of at most so many of `count` rows, evenly spaced, the first and the last among them: (rows,) int64."""
    return np.linspace(0, count - 1, min(count, at_most)).round().astype(np.int64)


def matrix_square_root(matrix: np.ndarray) -> np.ndarray:
    """The symmetric square root of a symmetric positive semidefinite matrix (n, n).

    By its eigenvalues; those that rounding has made slightly negative count as zero.
    """
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.sqrt(values.clip(0)) @ vectors.T
