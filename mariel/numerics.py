"""Numerical functions that more than one room needs."""

import numpy as np


def matrix_square_root(matrix: np.ndarray) -> np.ndarray:
    """The symmetric square root of a symmetric positive semidefinite matrix (n, n).

    By its eigenvalues; those that rounding has made slightly negative count as zero.
    """
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.sqrt(values.clip(0)) @ vectors.T
