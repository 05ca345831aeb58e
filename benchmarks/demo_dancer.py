"""The demo dancer beside real motion: speeds, rigidity, foot skating, smoothness and travel, take by take.

    python -m benchmarks.demo_dancer                                  # the demo takes, and the time to generate them
    python -m benchmarks.demo_dancer FOLDER                           # and every raw file of a folder

Markers are read as stored, without the padding. Columns:

    speed      quantiles of all markers' speeds, m/s
    head       mean over pairs of head markers of (standard deviation / mean) of their distance, %
    segments   the same over all rigid segments, %
    skate      share of low foot markers (within 5 cm of their standing height) that move faster than 0.5 m/s across
               the floor, %, and the mean speed of all low ones, m/s; standing height is the 10 % quantile
    accel      99 % quantile of markers' accelerations, m/s², after binomial smoothing over five frames
    jerk       median and 99 % quantile of jerk, m/s³, likewise
    travel     metres per minute of the waist across the floor; side: half the side of the square it stays in, m
    low        lowest marker, m
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from mariel.evaluation.metrics import segment_variation
from mariel.motion.demo import TAKES, choreograph, demo_folder
from mariel.motion.mariel_markers import MARIEL_53, RAW_LABELS
from mariel.motion.recording import FPS

QUANTILES = (0.01, 0.25, 0.5, 0.75, 0.95, 0.99)
LOW_HEIGHT, SKATING_SPEED = 0.05, 0.5


def take_figures(raw: np.ndarray) -> dict[str, float]:
    """The table's figures of one raw take (55, frames, 3), with its padding."""
    positions = raw[[RAW_LABELS.index(label) for label in MARIEL_53.labels], 500:-500].astype(float)
    positions = positions.transpose(1, 0, 2) * [1.0, -1.0, -1.0]
    result = {}
    speed = np.linalg.norm(np.diff(positions, axis=0), axis=2) * FPS
    result |= {
        f"v{quantile:.0%}": value for quantile, value in zip(QUANTILES, np.quantile(speed, QUANTILES), strict=True)
    }
    variation = {name: segment_variation(positions[None], MARIEL_53, name) for name, _ in MARIEL_53.segments}
    result["head"], result["segments"] = 100 * variation["head"], 100 * float(np.mean(list(variation.values())))
    result["skate%"], result["skate"] = _foot_skating(positions)
    smooth = sum(w * positions[i : len(positions) - 4 + i] for i, w in enumerate((1, 4, 6, 4, 1))) / 16
    acceleration = np.linalg.norm(np.diff(smooth, 2, axis=0), axis=2) * FPS**2
    jerk = np.linalg.norm(np.diff(smooth, 3, axis=0), axis=2) * FPS**3
    result["accel"] = float(np.quantile(acceleration, 0.99))
    result["jerk"], result["jerk99"] = (float(q) for q in np.quantile(jerk, (0.5, 0.99)))
    waist = smooth[:, MARIEL_53.indices(("LFWT", "RFWT", "LBWT", "RBWT")), :2].mean(axis=1)
    result["travel"] = float(np.linalg.norm(np.diff(waist[::5], axis=0), axis=1).sum() / (len(waist) / FPS / 60))
    result["side"] = float(np.ptp(waist, axis=0).max() / 2)
    result["low"] = float(positions[..., 2].min())
    return result


def _foot_skating(positions: np.ndarray) -> tuple[float, float]:
    feet = positions[
        :, MARIEL_53.indices([side + marker for side in "LR" for marker in ("HEL", "TOE", "MT1", "MT5")])
    ]
    across = np.linalg.norm(np.diff(feet[..., :2], axis=0), axis=2) * FPS
    low = (feet[..., 2] < np.quantile(feet[..., 2], 0.1, axis=0) + LOW_HEIGHT)[1:]
    return 100 * float(np.mean(across[low] > SKATING_SPEED)), float(np.mean(across[low]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path, help="folders of raw recordings to set beside the demo")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        demo_folder(Path(folder), options.seed)
        frames = sum(take.frames for take in TAKES.values())
        print(f"{frames:,} frames generated and written in {time.perf_counter() - begin:.1f} s\n")
    rows = {f"demo {name}": take_figures(choreograph(name, options.seed)) for name in TAKES}
    for real in options.folders:
        for path in sorted(real.glob("mariel_*.npy")):
            rows[path.stem.removeprefix("mariel_")] = take_figures(np.load(path, allow_pickle=False))
    columns = list(next(iter(rows.values())))
    print(f"{'':22s}" + "".join(f"{column:>9s}" for column in columns))
    for name, row in rows.items():
        print(f"{name:22s}" + "".join(f"{row[column]:9.3f}" for column in columns))
    if options.folders:
        for title, is_demo in (("median of demo", True), ("median of real", False)):
            selected = [row for name, row in rows.items() if name.startswith("demo ") == is_demo]
            print(f"{title:22s}" + "".join(f"{np.median([row[c] for row in selected]):9.3f}" for c in columns))


if __name__ == "__main__":
    main()
