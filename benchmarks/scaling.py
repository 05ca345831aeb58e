"""How the cost of training grows with data and with processes: measured here, then projected, as in docs/scaling.md.

    python -m benchmarks.scaling                  # about eight minutes; prints docs/scaling.md's tables
    python -m benchmarks.scaling --data DATA      # steps timed on other recordings than a take of the demo dancer
    python -m benchmarks.scaling --model notebook

Every measurement is a process of its own, or two started by torchrun, on a machine that should do nothing else.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mariel.data.settings import DataSettings
from mariel.models.settings import MODELS
from mariel.motion.demo import demo_folder
from mariel.training.settings import TrainSettings

BATCH = 64
WARM_UP, STEPS, ROUNDS = 2, 6, 2
BATCHES = (8, 16, 32, BATCH)
"""Sizes of batch through which the cost of a step and of a phrase is found."""

FRAMES = (40_000, 160_000)
"""Frames of generated recordings between which the cost of a frame is found."""

CORPUS = 44_000
"""Frames of one Mariel's worth of recordings, ours times 1 below."""

EXTRA = 1.25
"""Phrases an epoch for each training phrase: a quarter again are noisy copies."""

SMALL_SUMS = 2
"""Exchanges of a few numbers a step: the losses, and the clock with whether to stop."""

NETWORKS = {"1 Gb/s": (0.125e9, 100e-6), "10 Gb/s": (1.25e9, 30e-6), "100 Gb/s": (12.5e9, 10e-6)}
"""Assumed networks: bytes a second, and seconds until the first of them arrives."""


@dataclass(frozen=True)
class Cost:
    """What a step of one model costs, in seconds.

    Args:
        step: whatever the batch.
        phrase: more for every phrase of the batch.
        gradient: bytes of gradient that processes exchange a step.
    """

    step: float
    phrase: float
    gradient: int

    def seconds(self, batch: int, processes: int = 1, network: tuple[float, float] = (np.inf, 0.0)) -> float:
        """A step of a batch that several processes share, nothing of the exchange hidden behind the computing."""
        sums = SMALL_SUMS * exchange(0, processes, network)
        return self.step + self.phrase * -(-batch // processes) + exchange(self.gradient, processes, network) + sums


def exchange(size: int, processes: int, network: tuple[float, float]) -> float:
    """Seconds to sum `size` bytes over P processes in a ring: 2 (P - 1) / P of them a link, and 2 (P - 1) hops."""
    bandwidth, latency = network
    return 2 * (processes - 1) / processes * size / bandwidth + 2 * (processes - 1) * latency


def fitted(seconds: dict[int, float], gradient: int) -> Cost:
    """The straight line through the seconds of a step by its batch."""
    phrase, step = np.polyfit(list(seconds), list(seconds.values()), 1)
    return Cost(max(float(step), 0.0), float(phrase), gradient)


# Measuring: each of these runs in a process of its own and prints JSON.


def work_steps(data: str, model: str, batch: int, threads: int) -> None:
    """Seconds of a step, alone or in every process that torchrun started; there also of summing the gradient."""
    import torch  # noqa: PLC0415 - only processes that train need it

    from mariel.data.dataset import PhraseFeed  # noqa: PLC0415
    from mariel.models.registry import make_model  # noqa: PLC0415
    from mariel.motion.io.loading import load_recordings  # noqa: PLC0415
    from mariel.training.distributed import joined_processes  # noqa: PLC0415
    from mariel.training.loop import train  # noqa: PLC0415

    torch.set_num_threads(threads)
    with joined_processes(torch.device("cpu")) as processes:
        feed = PhraseFeed(load_recordings(data), DataSettings(data))
        torch.manual_seed(0)
        made = make_model(MODELS[model](), feed.marker_set, feed.length, feed.fps)
        settings = TrainSettings(
            epochs=2, batch_size=batch, phrases_an_epoch=batch * (WARM_UP + STEPS + 1), device="cpu"
        )
        times: list[float] = []

        def told(_report) -> bool:
            times.append(time.perf_counter())
            return len(times) > WARM_UP + STEPS

        list(train(made, feed, settings, processes=processes, on_batch=told))
        parameters = sum(each.numel() for each in made.parameters() if each.requires_grad)
        found = {"seconds": np.diff(times[WARM_UP:]).tolist(), "parameters": parameters}
        if processes.count > 1:
            for what, size in (("sum", parameters), ("hop", 1)):
                values = torch.zeros(size)
                spent = []
                for _ in range(STEPS):
                    processes.wait()
                    began = time.perf_counter()
                    processes.sum(values)
                    spent.append(time.perf_counter() - began)
                found[what] = float(np.median(spent))
        if processes.first:
            print(json.dumps(found))


def work_frames(frames: int) -> None:
    """Bytes and seconds that opening and preparing so many generated frames takes."""
    from mariel.data.dataset import PhraseFeed  # noqa: PLC0415
    from mariel.motion.io.loading import load_recordings  # noqa: PLC0415
    from tests.support.bodies import standing_pose  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mariel_long.npy"
        file = np.lib.format.open_memmap(path, "w+", np.float32, (55, frames, 3))
        sway = np.random.default_rng(0).normal(0, 0.01, (frames, 3)).astype(np.float32)
        pose = np.zeros((55, 3), np.float32)
        pose[[i for i in range(55) if i not in (26, 53)]] = standing_pose() * [1, -1, -1]
        for column, place in zip(file, pose, strict=True):
            column[:] = sway + place
        del file, sway
        began, before = time.perf_counter(), own_status("VmRSS")
        feed = PhraseFeed(load_recordings(path, trim=0), DataSettings(str(path)))
        found = {
            "seconds": time.perf_counter() - began,
            "peak": own_status("VmHWM") - before,
            "kept": own_status("RssAnon"),
            "device": feed.frames.nbytes,
        }
    print(json.dumps(found))


def own_status(field: str) -> int:
    """A number of bytes from what Linux tells about this process, such as VmRSS or RssAnon."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field + ":"))


def measured(*words: object, processes: int = 1, threads: int = 1) -> dict:
    """What this file prints when it is run as a worker, in one process or several."""
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    command = [sys.executable, *(launcher if processes > 1 else []), "-m", "benchmarks.scaling", "--work"]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    done = subprocess.run([*command, *map(str, words)], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


# Printing: tables in Markdown, so that docs/scaling.md can quote them as they are.


def row(*cells: object) -> None:
    print("| " + " | ".join(map(str, cells)) + " |")


def head(*cells: str) -> None:
    print()
    row(*cells)
    row(*["---"] * len(cells))


def measure_model(data: str, model: str) -> tuple[Cost, float]:
    """Print what was measured of a model; gives the cost of its step, and phrases a second in one process."""
    ways = {"1 process × 2 threads": (1, 2), "1 process × 1 thread": (1, 1), "2 processes × 1 thread": (2, 1)}
    spent: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):  # in turn, so that a busy moment does not fall on one way alone
        for way, (processes, threads) in ways.items():
            found = measured("steps", data, model, BATCH, threads, processes=processes, threads=threads)
            spent[way] += found["seconds"]
    steps = {batch: measured("steps", data, model, batch, 1)["seconds"] for batch in BATCHES if batch != BATCH}
    steps[BATCH] = spent["1 process × 1 thread"]
    gradient = 4 * found["parameters"]
    cost = fitted({batch: float(np.median(seconds)) for batch, seconds in steps.items()}, gradient)
    here = (gradient / max(found["sum"] - 2 * found["hop"], 1e-9), found["hop"] / 2)

    speeds = {way: BATCH / float(np.median(seconds)) for way, seconds in spent.items()}
    head(f"`{model}`, batches of {BATCH}", "phrases/s", "÷ 1 × 1")
    for way, speed in speeds.items():
        row(way, f"{speed:,.0f}", f"{speed / speeds['1 process × 1 thread']:.2f}")
    row("2 processes × 1 thread, as projected", f"{BATCH / cost.seconds(BATCH, 2, here):,.0f}", "")
    head("cost of a step, 1 thread", "")
    row("whatever the batch, *a*", f"{1e3 * cost.step:.1f} ms")
    row("a phrase, *b*", f"{1e3 * cost.phrase:.2f} ms")
    row("parameters", f"{found['parameters']:,}")
    row("gradient exchanged a step, *G*", f"{gradient / 1e6:.1f} MB")
    row("… in 2 processes of this machine", f"{1e3 * found['sum']:.1f} ms, {here[0] / 1e9:.1f} GB/s")
    return cost, speeds["1 process × 2 threads"]


def project_processes(model: str, cost: Cost) -> None:
    """Print the speed-up of more processes, of one thread each."""
    alone = cost.seconds(BATCH)
    head(f"`{model}`, speed-up of *P* processes", *(str(2**power) for power in range(1, 7)))
    for name, network in {"no exchange": (np.inf, 0.0), **NETWORKS}.items():
        cells = (alone / cost.seconds(BATCH, 2**power, network) for power in range(1, 7))
        row(f"batch of {BATCH}, {name}", *(f"{cell:.1f}" for cell in cells))
    for name, network in NETWORKS.items():
        shares = ((2**power, cost.seconds(BATCH * 2**power, 2**power, network)) for power in range(1, 7))
        row(f"{BATCH} each, {name}", *(f"{count * alone / spent:.1f}" for count, spent in shares))


def measure_frames() -> dict[str, float]:
    """Print and give the cost of a frame."""
    few, many = (measured("frames", frames) for frames in FRAMES)
    slope = {what: (many[what] - few[what]) / (FRAMES[1] - FRAMES[0]) for what in few}
    head("cost of a frame of 53 markers", "")
    row("device memory", f"{slope['device']:.0f} bytes")
    row("host memory once prepared, device memory on a processor included", f"{slope['kept']:,.0f} bytes")
    row("host memory at the peak, mapped file included", f"{slope['peak']:,.0f} bytes")
    row("opening and preparing", f"{1e6 * slope['seconds']:.1f} µs")
    return slope


def project_data(model: str, slope: dict[str, float], speed: float, cost: Cost) -> None:
    """Print what more data costs."""
    head(f"`{model}`", "× 1", "× 10", "× 100", "× 1000")
    sizes = [CORPUS * 10**power for power in range(4)]
    row("frames", *(f"{frames:,}" for frames in sizes))
    row("device memory, each process", *(amount(slope["device"] * frames) for frames in sizes))
    row("host memory at the peak, each process", *(amount(slope["peak"] * frames) for frames in sizes))
    row("opening and preparing", *(span(slope["seconds"] * frames) for frames in sizes))
    row("an epoch, these 2 cores", *(span(EXTRA * frames / speed) for frames in sizes))
    for processes in (8, 64):
        step = cost.seconds(BATCH * processes, processes, NETWORKS["10 Gb/s"])
        epochs = (EXTRA * frames / (BATCH * processes) * step for frames in sizes)
        row(f"an epoch, {processes} processes at 10 Gb/s, {BATCH} phrases each", *map(span, epochs))


def amount(size: float) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.0f} MB"


def span(seconds: float) -> str:
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:,.1f} {name}"
    return f"{seconds:.1f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="recordings to time steps on; a take of the demo dancer if left out")
    parser.add_argument("--model", choices=tuple(MODELS), help="one kind of model; all if left out")
    parser.add_argument("--work", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        what, *words = options.work
        if what == "frames":
            work_frames(int(words[0]))
        else:
            data, model, batch, threads = words
            work_steps(data, model, int(batch), int(threads))
        return
    data = options.data or str(demo_folder() / "mariel_waltz_for_one.npy")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start")
    slope = measure_frames()
    for model in [options.model] if options.model else MODELS:
        cost, speed = measure_model(data, model)
        project_processes(model, cost)
        project_data(model, slope, speed, cost)


if __name__ == "__main__":
    main()
