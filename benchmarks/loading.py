"""Speed and memory of loading, preprocessing, phrases and graphs, compared with targets and the reference's code.

    python -m benchmarks.loading                  # on 44,309 generated raw frames
    python -m benchmarks.loading DATA             # on a folder of raw recordings
    python -m benchmarks.loading --huge           # also browse 100 times the frames (writes 2.9 GB temporarily)

The reference's code is rewritten here from its description: its loader is the one the tests use, an item is below.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.long_takes import process_memory, write_long_take
from mariel.data.preprocessing import Preprocessing
from mariel.data.splits import BlockSplit
from mariel.motion.io.loading import load_recordings
from mariel.motion.mariel_markers import MARIEL_53, NOTEBOOK_BONES
from tests.support.bodies import standing_pose, write_raw_take
from tests.support.reference_loader import run_reference_loader

USEFUL_FRAMES = (5309, 6000, 6500, 6500, 7000, 7000)
LENGTH = 128


def generate(folder: Path, dtype: type) -> None:
    """Six takes of 44,309 raw frames in all: a pose that moves on a curve, rotates and has noise."""
    rng = np.random.default_rng(0)
    pose = standing_pose()
    for number, useful in enumerate(USEFUL_FRAMES):
        seconds = np.arange(useful + 1000)[:, None] / 35
        angle = np.cumsum(rng.normal(0, 0.05, len(seconds)))[:, None]
        body = np.empty((len(seconds), 53, 3))
        body[..., 0] = np.cos(angle) * pose[:, 0] - np.sin(angle) * pose[:, 1] + 2 * np.cos(seconds * 0.3 + number)
        body[..., 1] = np.sin(angle) * pose[:, 0] + np.cos(angle) * pose[:, 1] + 2 * np.sin(seconds * 0.2)
        body[..., 2] = pose[:, 2] * (1 + 0.05 * np.sin(seconds * 2))
        write_raw_take(folder, f"take{number}", body + rng.normal(0, 0.001, body.shape), dtype)


def prepare_default(data: str):
    """The recordings as this project prepares them by default."""
    recordings = load_recordings(data)
    return Preprocessing.fit(recordings, train=BlockSplit().blocks(recordings).training).prepare(recordings)


def reference_item(data: np.ndarray, index: int):
    """One item as the reference makes it: all edges, bones and their repetition over time are built again."""
    import torch  # noqa: PLC0415
    from torch_geometric.data import Data  # noqa: PLC0415

    labels = list(MARIEL_53.labels)
    pairs = np.array([(i, j) for i in range(53) for j in range(53) if i != j])
    lines = [[labels.index(start[0]), labels.index(end[0])] for start, end in NOTEBOOK_BONES]
    bones = []
    for edge in range(len(pairs)):
        bones.append(torch.tensor(1.0 if [pairs[edge][0], pairs[edge][1]] in lines else 0.0))
    over_time = torch.tensor(np.tile(np.array(bones), (LENGTH, 1)).T)
    nodes = [
        torch.Tensor(data[index : index + frames].transpose(1, 0, 2).reshape(53, -1))
        for frames in (LENGTH, LENGTH + 1)
    ]
    return Data(
        x=nodes[0], y=nodes[1], edge_index=torch.tensor(pairs).t().contiguous(), edge_attr=torch.Tensor(over_time)
    )


def median(work: Callable[[], object], times: int) -> float:
    """Median seconds per call."""
    work()
    durations = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        durations.append(time.perf_counter() - started)
    return float(np.median(durations))


def format_seconds(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.2f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f} µs"


def print_row(what: str, default: str, target: str = "", reference: str = "", ratio: str = "") -> None:
    print(f"{what:<34}{default:>12}{target:>12}{reference:>16}{ratio:>10}")


def print_times(what: str, default: float, target: float, reference: float) -> None:
    print_row(
        what,
        format_seconds(default),
        f"≤ {format_seconds(target)}",
        format_seconds(reference),
        f"{reference / default:,.0f} ×",
    )


def measure_speed(data: str) -> None:
    import torch  # noqa: PLC0415

    from mariel.data.graphs import PhraseGraphs  # noqa: PLC0415
    from mariel.data.phrases import Phrases  # noqa: PLC0415

    print_row("", "this project", "target", "reference", "ratio")
    default_load = median(lambda: prepare_default(data), 5)
    reference_load = median(lambda: run_reference_loader(Path(data)), 1)
    print_times("load and preprocess", default_load, 1.5, reference_load)

    phrases = Phrases(prepare_default(data), LENGTH, target_frames=1)
    reference = run_reference_loader(Path(data))["concatenated_centred"]
    random = np.random.default_rng(0)
    indices = iter(random.integers(len(phrases), size=1_000_000).tolist())

    def reference_phrase():
        index = next(indices)
        return torch.Tensor(reference[index : index + LENGTH])

    print_times(
        "a phrase, at random", median(lambda: phrases[next(indices)], 5000), 50e-6, median(reference_phrase, 1000)
    )
    out = torch.empty(64, LENGTH, 53, 6)
    batch = median(lambda: phrases.batch(random.integers(len(phrases), size=64), out=out), 300)
    stacked = median(lambda: torch.stack([reference_phrase() for _ in range(64)]), 50)
    print_times("a batch of 64 phrases", batch, 1e-3, stacked)
    started = time.perf_counter()
    graphs = PhraseGraphs(phrases)
    build_seconds = time.perf_counter() - started
    item = median(lambda: graphs[next(indices)], 2000)
    print_times("a graph, at random", item, 0.2e-3, median(lambda: reference_item(reference, next(indices)), 20))
    print_row("  its edges, built once", format_seconds(build_seconds))


def measure_memory(data: str) -> None:
    """Print peak memory, each measured in its own process, because a process's peak never decreases."""
    frames = sum(len(take) for take in load_recordings(data).values())
    positions = frames * 53 * 3 * 4

    def measure(way: str, how: str) -> int:
        command = [sys.executable, "-m", "benchmarks.loading", data, "--measure", way, how]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    def times(size: int) -> str:
        return f"{size / positions:.2f} ×"

    print(f"\npeak memory in units of the float32 positions, {positions / 1e6:.1f} MB")
    default, reference = measure("default", "allocated"), measure("reference", "allocated")
    print_row("allocated", times(default), "≤ 3 ×", times(reference), f"{reference / default:,.1f} ×")
    if Path("/proc/self/status").exists():
        default, reference = measure("default", "resident"), measure("reference", "resident")
        print_row(
            "resident, mapped files included", times(default), "", times(reference), f"{reference / default:,.1f} ×"
        )
    phrases = frames - LENGTH
    print_row("all phrases", "0.00 ×", "", times(phrases * LENGTH * 53 * 3 * 4))
    print("  (phrases are views and need no memory; the notebook stores all of them, with 3 channels, in one tensor)")


def measure_peak(data: str, way: str, how: str) -> None:
    """Print the bytes by which the process's memory grew at its peak."""
    work = {"default": prepare_default, "reference": lambda data: run_reference_loader(Path(data))}[way]
    if how == "allocated":
        tracemalloc.start()
        kept = work(data)
        print(tracemalloc.get_traced_memory()[1])
    else:
        before = process_memory("VmRSS")
        kept = work(data)
        print(process_memory("VmHWM") - before)
    del kept


def measure_huge_take(folder: Path) -> None:
    """Open one take of 100 times the frames and read phrases at random positions (Linux only: it reads /proc)."""
    frames = 100 * (sum(USEFUL_FRAMES) + 6000)
    print(f"\none take of {frames:,} frames, {frames * 55 * 12 / 1e9:.1f} GB")
    path = folder / "mariel_huge.npy"
    write_long_take(path, frames)
    before = process_memory("RssAnon")
    started = time.perf_counter()
    take = next(iter(load_recordings(path).values()))
    print_row(
        "open, with gap detection",
        format_seconds(time.perf_counter() - started),
        "",
        f"{(process_memory('RssAnon') - before) / 1e6:+.1f} MB",
    )
    starts = iter(np.random.default_rng(0).integers(len(take) - LENGTH, size=10_000).tolist())

    def read_phrase() -> float:
        start = next(starts)
        return float(take.frames(start, start + LENGTH).positions.mean())

    for count in (100, 1000, 4000):
        seconds = median(read_phrase, count)
        print_row(
            f"a phrase, {count:,} more",
            format_seconds(seconds),
            "",
            f"{(process_memory('RssAnon') - before) / 1e6:+.1f} MB",
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="a folder of raw mariel_*.npy; generated by default")
    parser.add_argument("--float64", action="store_true", help="generate float64 files, as the originals are")
    parser.add_argument("--huge", action="store_true", help="also browse 100 times the frames")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure_peak(options.data, *options.measure)
        return
    with tempfile.TemporaryDirectory() as folder:
        data = options.data or folder
        if not options.data:
            generate(Path(folder), np.float64 if options.float64 else np.float32)
        raw = sum(take.source.shape[0] for take in load_recordings(data).values())
        print(f"{raw:,} raw frames, {'generated' if data is folder else data}\n")
        measure_speed(data)
        measure_memory(data)
        if options.huge:
            measure_huge_take(Path(folder))


if __name__ == "__main__":
    main()
