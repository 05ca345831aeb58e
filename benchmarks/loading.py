"""Loading, preprocessing, phrases and graphs, each beside its target and beside the published way of doing it.

    python benchmarks/loading.py                  # on 44,309 generated raw frames
    python benchmarks/loading.py DATA             # on a folder of raw recordings
    python benchmarks/loading.py --huge           # also browse 100 times the frames (writes 2.9 GB for the while)

The published way is written out from its description: the loader is the tests' oracle, an item is below.
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

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mariel.data.preprocessing import Preprocessing
from mariel.data.splits import BlockSplit
from mariel.motion.io.loading import load_recordings
from mariel.motion.mariel_markers import MARIEL_53, NOTEBOOK_BONES
from tests.support.bodies import standing_pose, write_take
from tests.support.published_loader import published

USEFUL_FRAMES = (5309, 6000, 6500, 6500, 7000, 7000)
LENGTH = 128


def generate(folder: Path, dtype: type) -> None:
    """Six takes of 44,309 raw frames in all: a body that circles, turns about itself and trembles."""
    rng = np.random.default_rng(0)
    pose = standing_pose()
    for number, useful in enumerate(USEFUL_FRAMES):
        seconds = np.arange(useful + 1000)[:, None] / 35
        turn = np.cumsum(rng.normal(0, 0.05, len(seconds)))[:, None]
        body = np.empty((len(seconds), 53, 3))
        body[..., 0] = np.cos(turn) * pose[:, 0] - np.sin(turn) * pose[:, 1] + 2 * np.cos(seconds * 0.3 + number)
        body[..., 1] = np.sin(turn) * pose[:, 0] + np.cos(turn) * pose[:, 1] + 2 * np.sin(seconds * 0.2)
        body[..., 2] = pose[:, 2] * (1 + 0.05 * np.sin(seconds * 2))
        write_take(folder, f"take{number}", body + rng.normal(0, 0.001, body.shape), dtype)


def prepare_ours(data: str):
    recordings = load_recordings(data)
    return Preprocessing.fit(recordings, train=BlockSplit().blocks(recordings).training).prepare(recordings)


def published_item(data: np.ndarray, index: int):
    """One item the published way: all edges, bones and their repetition over time are made anew."""
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
    """Median seconds of one call."""
    work()
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return float(np.median(spent))


def show(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.2f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f} µs"


def row(what: str, ours: str, target: str = "", theirs: str = "", ratio: str = "") -> None:
    print(f"{what:<34}{ours:>12}{target:>12}{theirs:>16}{ratio:>10}")


def time_row(what: str, ours: float, target: float, theirs: float) -> None:
    row(what, show(ours), f"≤ {show(target)}", show(theirs), f"{theirs / ours:,.0f} ×")


def speed(data: str) -> None:
    import torch  # noqa: PLC0415

    from mariel.data.graphs import PhraseGraphs  # noqa: PLC0415
    from mariel.data.phrases import Phrases  # noqa: PLC0415

    row("", "ours", "target", "published way", "ratio")
    load_ours = median(lambda: prepare_ours(data), 5)
    load_theirs = median(lambda: published(Path(data)), 1)
    time_row("load and preprocess", load_ours, 1.5, load_theirs)

    phrases = Phrases(prepare_ours(data), LENGTH, target_frames=1)
    theirs = published(Path(data))["joined_centred"]
    random = np.random.default_rng(0)
    draw = iter(random.integers(len(phrases), size=1_000_000).tolist())

    def their_phrase():
        index = next(draw)
        return torch.Tensor(theirs[index : index + LENGTH])

    time_row("a phrase, at random", median(lambda: phrases[next(draw)], 5000), 50e-6, median(their_phrase, 1000))
    out = torch.empty(64, LENGTH, 53, 6)
    batch = median(lambda: phrases.batch(random.integers(len(phrases), size=64), out=out), 300)
    stacked = median(lambda: torch.stack([their_phrase() for _ in range(64)]), 50)
    time_row("a batch of 64 phrases", batch, 1e-3, stacked)
    began = time.perf_counter()
    graphs = PhraseGraphs(phrases)
    made = time.perf_counter() - began
    item = median(lambda: graphs[next(draw)], 2000)
    time_row("a graph, at random", item, 0.2e-3, median(lambda: published_item(theirs, next(draw)), 20))
    row("  its edges, made once", show(made))


def memory(data: str) -> None:
    """Each in a process of its own, because a process never says that it needs less than it once did."""
    frames = sum(len(take) for take in load_recordings(data).values())
    positions = frames * 53 * 3 * 4

    def measure(way: str, how: str) -> int:
        command = [sys.executable, __file__, data, "--measure", way, how]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    def times(size: int) -> str:
        return f"{size / positions:.2f} ×"

    print(f"\npeak memory in units of the float32 positions, {positions / 1e6:.1f} MB")
    ours, theirs = measure("ours", "allocated"), measure("published", "allocated")
    row("allocated", times(ours), "≤ 3 ×", times(theirs), f"{theirs / ours:,.1f} ×")
    if Path("/proc/self/status").exists():
        ours, theirs = measure("ours", "resident"), measure("published", "resident")
        row("resident, mapped files included", times(ours), "", times(theirs), f"{theirs / ours:,.1f} ×")
    phrases = frames - LENGTH
    row("all phrases", "0.00 ×", "", times(phrases * LENGTH * 53 * 3 * 4))
    print("  (views cost nothing; the notebook stores all phrases of 3 channels in one float32 tensor)")


def measure(data: str, way: str, how: str) -> None:
    """Print the bytes by which memory peaked above where it began."""
    work = {"ours": prepare_ours, "published": lambda data: published(Path(data))}[way]
    if how == "allocated":
        tracemalloc.start()
        kept = work(data)
        print(tracemalloc.get_traced_memory()[1])
    else:
        before = own_status("VmRSS")
        kept = work(data)
        print(own_status("VmHWM") - before)
    del kept


def own_status(field: str) -> int:
    """A number of bytes from what Linux tells about this process, such as VmRSS or RssAnon."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field + ":"))


def browse_huge(folder: Path) -> None:
    """Open one take of 100 times the frames and jump about in it (Linux, which tells a process its own memory)."""
    frames = 100 * (sum(USEFUL_FRAMES) + 6000)
    print(f"\none take of {frames:,} frames, {frames * 55 * 12 / 1e9:.1f} GB")
    path = folder / "mariel_huge.npy"
    rng = np.random.default_rng(0)
    file = np.lib.format.open_memmap(path, "w+", np.float32, (55, frames, 3))
    sway = rng.normal(0, 0.01, (frames, 3)).astype(np.float32)
    pose = np.zeros((55, 3), np.float32)
    pose[[i for i in range(55) if i not in (26, 53)]] = standing_pose() * [1, -1, -1]
    for column, place in zip(file, pose, strict=True):
        column[:] = sway + place
    del file, sway
    before = own_status("RssAnon")
    began = time.perf_counter()
    take = next(iter(load_recordings(path).values()))
    row(
        "open, looking for gaps",
        show(time.perf_counter() - began),
        "",
        f"{(own_status('RssAnon') - before) / 1e6:+.1f} MB",
    )
    starts = iter(rng.integers(len(take) - LENGTH, size=10_000).tolist())

    def jump() -> float:
        start = next(starts)
        return float(take.frames(start, start + LENGTH).positions.mean())

    for so_far in (100, 1000, 4000):
        spent = median(jump, so_far)
        row(f"a phrase, {so_far:,} more", show(spent), "", f"{(own_status('RssAnon') - before) / 1e6:+.1f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="a folder of raw mariel_*.npy; generated if left out")
    parser.add_argument("--float64", action="store_true", help="generate float64 files, as the originals are")
    parser.add_argument("--huge", action="store_true", help="also browse 100 times the frames")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.data, *options.measure)
        return
    with tempfile.TemporaryDirectory() as folder:
        data = options.data or folder
        if not options.data:
            generate(Path(folder), np.float64 if options.float64 else np.float32)
        raw = sum(take.source.shape[0] for take in load_recordings(data).values())
        print(f"{raw:,} raw frames, {'generated' if data is folder else data}\n")
        speed(data)
        memory(data)
        if options.huge:
            browse_huge(Path(folder))


if __name__ == "__main__":
    main()
