"""Opening ten minutes of 53 markers from each format beside the library's own bare read, in turns.

    python -m benchmarks.formats
    python -m benchmarks.formats --minutes 1 --times 3

A bare read returns the numbers and nothing else: no names, units, gaps or recordings. The ratio is the median of the
ratios of neighbouring reads, so that a busy machine slows both alike. Files are in the system's cache.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import mariel.motion.io.formats  # noqa: F401  (registers the formats)
from mariel.motion.io.registry import ReadOptions, open_recording_file
from mariel.motion.mariel_markers import MARIEL_53
from tests.support.bodies import to_raw_layout, walking_positions
from tests.support.recording_files import (
    write_c3d,
    write_described,
    write_mocap_toolbox,
    write_motive,
    write_nexus,
    write_npz,
    write_qualisys,
    write_smpl,
    write_table,
    write_trc,
)

FPS = 35
TARGET = 1.5


def bare_ezc3d(path: Path) -> object:
    import ezc3d  # noqa: PLC0415

    return ezc3d.c3d(str(path))["data"]["points"]


def bare_mat(path: Path) -> object:
    from scipy.io import loadmat  # noqa: PLC0415

    return loadmat(path)["d1"]["data"]


def bare_table(mark: str, skipped: int) -> Callable[[Path], object]:
    """pandas' read of the numbers of a table below some rows."""

    def read(path: Path) -> object:
        import pandas as pd  # noqa: PLC0415

        return pd.read_csv(path, sep=mark, skiprows=skipped, header=None)

    return read


def bare_npy(path: Path) -> object:
    return np.array(np.load(path))


def bare_npz(path: Path) -> object:
    with np.load(path) as archive:
        return [archive[name] for name in archive.files]


def cases(folder: Path, minutes: float) -> list[tuple[str, Path, str, Callable[[Path], object]]]:
    """(format, file, what the bare read is, the bare read)."""
    frames = round(minutes * 60 * FPS)
    labels = MARIEL_53.labels
    noise = np.random.default_rng(0).normal(0, 0.001, (frames, 53, 3))
    positions = (walking_positions(frames, speed=0.001) + noise).astype(np.float32)
    smpl_frames = np.random.default_rng(0).normal(0, 0.1, (frames, 156))
    np.save(folder / "mariel_raw.npy", to_raw_layout(positions))
    write_described(folder / "described.npy", positions, joints=list(labels), edges=[], fps=FPS)
    described = folder / "described.npy"
    toolbox = write_mocap_toolbox(folder / "toolbox.mat", positions, labels=labels, rate=FPS)
    named = write_npz(folder / "named.npz", data=positions, names=np.array(labels), edges=None, fps=FPS)
    amass = write_smpl(folder / "amass.npz", poses=smpl_frames, trans=np.zeros((frames, 3)))
    return [
        ("raw .npy", folder / "mariel_raw.npy", "np.load", bare_npy),
        (".npy with .json", described, "np.load", bare_npy),
        (".npz", named, "np.load", bare_npz),
        ("C3D", write_c3d(folder / "a.c3d", positions, labels, FPS), "ezc3d.c3d", bare_ezc3d),
        ("TRC", write_trc(folder / "a.trc", positions, labels, FPS), "pandas", bare_table("\t", 6)),
        ("Qualisys", write_qualisys(folder / "a.tsv", positions, labels, FPS), "pandas", bare_table("\t", 10)),
        ("Motive", write_motive(folder / "m.csv", positions, labels, FPS), "pandas", bare_table(",", 7)),
        ("Nexus", write_nexus(folder / "n.csv", positions, labels, FPS), "pandas", bare_table(",", 22)),
        ("table", write_table(folder / "t.csv", positions, labels, rate=FPS), "pandas", bare_table(",", 1)),
        ("MoCap Toolbox", toolbox, "loadmat", bare_mat),
        ("SMPL-H, 52 joints", amass, "np.load", bare_npz),
    ]


def seconds_of(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def compare(path: Path, bare: Callable[[Path], object], times: int) -> tuple[float, float, float]:
    """(median seconds to open, median seconds of the bare read, median ratio of neighbours)."""
    options = ReadOptions(trim=0)
    both = [
        (seconds_of(lambda: open_recording_file(path, options)), seconds_of(lambda: bare(path)))
        for _ in range(times + 1)
    ][1:]  # the first of each imports packages
    ours, theirs = (np.array(each) for each in zip(*both, strict=True))
    return float(np.median(ours)), float(np.median(theirs)), float(np.median(ours / theirs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--times", type=int, default=9)
    options = parser.parse_args()
    print(f"{options.minutes:g} minutes of 53 markers at {FPS} frames per second, target ≤ {TARGET} ×")
    print(f"{'':<20}{'MB':>6}{'open':>10}{'bare read':>12}  {'of':<12}{'ratio':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for name, path, of, bare in cases(Path(folder), options.minutes):
            opened, read, ratio = compare(path, bare, options.times)
            size = path.stat().st_size / 1e6
            print(
                f"{name:<20}{size:>6.0f}{opened * 1e3:>7.0f} ms{read * 1e3:>9.0f} ms  {of:<12}{ratio:>6.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
