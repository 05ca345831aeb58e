"""Cost of training by amount of data and number of processes: measured here, then projected, as in docs/scaling.md.

    python -m benchmarks.scaling                  # about eight minutes; prints docs/scaling.md's tables
    python -m benchmarks.scaling --data DATA      # steps timed on other recordings than a take of the demo dancer
    python -m benchmarks.scaling --model notebook

Every measurement runs in its own process, or in two started by torchrun, on a machine that should do nothing else.
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

from benchmarks.long_takes import process_memory, write_long_take
from mariel.data.settings import DataSettings
from mariel.files import format_bytes
from mariel.models.settings import MODELS
from mariel.motion.demo import demo_folder
from mariel.training.settings import TrainSettings

BATCH_SIZE = 64
WARM_UP, STEPS, ROUNDS = 2, 6, 2
BATCH_SIZES = (8, 16, 32, BATCH_SIZE)
"""Batch sizes from which the cost per step and per phrase is fitted."""

GENERATED_FRAMES = (40_000, 160_000)
"""Frames of the two generated recordings from which the cost per frame is computed."""

CORPUS_FRAMES = 44_000
"""Frames of recordings as large as Mariel's, "× 1" in the tables."""

PHRASES_PER_TRAINING_PHRASE = 1.25
"""Phrases per epoch for each training phrase: a quarter as many are added as noisy copies."""

SMALL_SUMS = 2
"""Exchanges of a few numbers per step: the losses, and the elapsed time with the request to stop."""

NETWORKS = {"1 Gb/s": (0.125e9, 100e-6), "10 Gb/s": (1.25e9, 30e-6), "100 Gb/s": (12.5e9, 10e-6)}
"""Assumed networks: bytes per second, and latency in seconds."""


@dataclass(frozen=True)
class Cost:
    """Cost of one training step of a model, in seconds.

    Args:
        step: fixed cost per step.
        phrase: cost per phrase of the batch.
        gradient: bytes of gradient that processes exchange per step.
    """

    step: float
    phrase: float
    gradient: int

    def seconds(self, batch: int, processes: int = 1, network: tuple[float, float] = (np.inf, 0.0)) -> float:
        """Seconds of a step with a batch divided among processes; communication does not overlap computation."""
        sums = SMALL_SUMS * exchange(0, processes, network)
        return self.step + self.phrase * -(-batch // processes) + exchange(self.gradient, processes, network) + sums


def exchange(size: int, processes: int, network: tuple[float, float]) -> float:
    """Seconds to all-reduce `size` bytes over P processes in a ring; each link carries 2 (P - 1) / P of them."""
    bandwidth, latency = network
    return 2 * (processes - 1) / processes * size / bandwidth + 2 * (processes - 1) * latency


def fit_cost(seconds: dict[int, float], gradient: int) -> Cost:
    """The cost fitted as a straight line to the seconds per step by batch size."""
    phrase, step = np.polyfit(list(seconds), list(seconds.values()), 1)
    return Cost(max(float(step), 0.0), float(phrase), gradient)


# Measuring: each of these runs in a process of its own and prints JSON.


def run_steps(data: str, model: str, batch: int, threads: int) -> None:
    """Print seconds per step, in one process or under torchrun; with several also those to sum the gradient."""
    import torch  # noqa: PLC0415 - only processes that train need it

    from mariel.data.dataset import PhraseDataset  # noqa: PLC0415
    from mariel.models.registry import make_model  # noqa: PLC0415
    from mariel.motion.io.loading import load_recordings  # noqa: PLC0415
    from mariel.training.distributed import process_group  # noqa: PLC0415
    from mariel.training.loop import train  # noqa: PLC0415

    torch.set_num_threads(threads)
    with process_group(torch.device("cpu")) as processes:
        dataset = PhraseDataset(load_recordings(data), DataSettings(data=data))
        torch.manual_seed(0)
        new_model = make_model(MODELS[model].settings_class(), dataset.marker_set, dataset.length, dataset.fps)
        settings = TrainSettings(
            epochs=2, batch_size=batch, phrases_per_epoch=batch * (WARM_UP + STEPS + 1), device="cpu"
        )
        times: list[float] = []

        def record_time(_report) -> bool:
            times.append(time.perf_counter())
            return len(times) > WARM_UP + STEPS

        list(train(new_model, dataset, settings, processes=processes, on_batch=record_time))
        parameters = sum(each.numel() for each in new_model.parameters() if each.requires_grad)
        found = {"seconds": np.diff(times[WARM_UP:]).tolist(), "parameters": parameters}
        if processes.world_size > 1:
            for what, size in (("sum", parameters), ("hop", 1)):
                values = torch.zeros(size)
                durations = []
                for _ in range(STEPS):
                    processes.barrier()
                    started = time.perf_counter()
                    processes.all_reduce_sum(values)
                    durations.append(time.perf_counter() - started)
                found[what] = float(np.median(durations))
        if processes.is_main:
            print(json.dumps(found))


def run_frames(frames: int) -> None:
    """Print bytes and seconds for opening and preparing a number of generated frames."""
    from mariel.data.dataset import PhraseDataset  # noqa: PLC0415
    from mariel.motion.io.loading import load_recordings  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mariel_long.npy"
        write_long_take(path, frames)
        started, before = time.perf_counter(), process_memory("VmRSS")
        dataset = PhraseDataset(load_recordings(path, trim=0), DataSettings(data=str(path)))
        found = {
            "seconds": time.perf_counter() - started,
            "peak": process_memory("VmHWM") - before,
            "kept": process_memory("RssAnon"),
            "device": dataset.frames.nbytes,
        }
    print(json.dumps(found))


def run_worker(*words: object, processes: int = 1, threads: int = 1) -> dict:
    """The JSON that this module prints when run as a worker, in one process or several."""
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    command = [sys.executable, *(launcher if processes > 1 else []), "-m", "benchmarks.scaling", "--work"]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    done = subprocess.run([*command, *map(str, words)], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


# Printing: tables in Markdown, so that docs/scaling.md can quote them as they are.


def print_row(*cells: object) -> None:
    print("| " + " | ".join(map(str, cells)) + " |")


def print_header(*cells: str) -> None:
    print()
    print_row(*cells)
    print_row(*["---"] * len(cells))


def measure_model(data: str, model: str) -> tuple[Cost, float]:
    """Print the measurements of a model; returns its cost per step, and phrases per second in one process."""
    ways = {"1 process × 2 threads": (1, 2), "1 process × 1 thread": (1, 1), "2 processes × 1 thread": (2, 1)}
    spent: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):  # in turn, so that a busy moment does not affect one way only
        for way, (processes, threads) in ways.items():
            found = run_worker("steps", data, model, BATCH_SIZE, threads, processes=processes, threads=threads)
            spent[way] += found["seconds"]
    steps = {
        batch: run_worker("steps", data, model, batch, 1)["seconds"] for batch in BATCH_SIZES if batch != BATCH_SIZE
    }
    steps[BATCH_SIZE] = spent["1 process × 1 thread"]
    gradient = 4 * found["parameters"]
    cost = fit_cost({batch: float(np.median(seconds)) for batch, seconds in steps.items()}, gradient)
    here = (gradient / max(found["sum"] - 2 * found["hop"], 1e-9), found["hop"] / 2)

    speeds = {way: BATCH_SIZE / float(np.median(seconds)) for way, seconds in spent.items()}
    print_header(f"`{model}`, batches of {BATCH_SIZE}", "phrases/s", "÷ 1 × 1")
    for way, speed in speeds.items():
        print_row(way, f"{speed:,.0f}", f"{speed / speeds['1 process × 1 thread']:.2f}")
    print_row("2 processes × 1 thread, as projected", f"{BATCH_SIZE / cost.seconds(BATCH_SIZE, 2, here):,.0f}", "")
    print_header("cost per step, 1 thread", "")
    print_row("fixed, *a*", f"{1e3 * cost.step:.1f} ms")
    print_row("per phrase, *b*", f"{1e3 * cost.phrase:.2f} ms")
    print_row("parameters", f"{found['parameters']:,}")
    print_row("gradient exchanged per step, *G*", f"{gradient / 1e6:.1f} MB")
    print_row("… in 2 processes of this machine", f"{1e3 * found['sum']:.1f} ms, {here[0] / 1e9:.1f} GB/s")
    return cost, speeds["1 process × 2 threads"]


def project_processes(model: str, cost: Cost) -> None:
    """Print the speed-up of more processes with one thread each."""
    alone = cost.seconds(BATCH_SIZE)
    print_header(f"`{model}`, speed-up of *P* processes", *(str(2**power) for power in range(1, 7)))
    for name, network in {"no exchange": (np.inf, 0.0), **NETWORKS}.items():
        cells = (alone / cost.seconds(BATCH_SIZE, 2**power, network) for power in range(1, 7))
        print_row(f"batch of {BATCH_SIZE}, {name}", *(f"{cell:.1f}" for cell in cells))
    for name, network in NETWORKS.items():
        shares = ((2**power, cost.seconds(BATCH_SIZE * 2**power, 2**power, network)) for power in range(1, 7))
        print_row(f"{BATCH_SIZE} each, {name}", *(f"{count * alone / spent:.1f}" for count, spent in shares))


def measure_frames() -> dict[str, float]:
    """Print and return the cost per frame."""
    few, many = (run_worker("frames", frames) for frames in GENERATED_FRAMES)
    slope = {what: (many[what] - few[what]) / (GENERATED_FRAMES[1] - GENERATED_FRAMES[0]) for what in few}
    print_header("cost per frame of 53 markers", "")
    print_row("device memory", f"{slope['device']:.0f} bytes")
    print_row("host memory once prepared, device memory on a processor included", f"{slope['kept']:,.0f} bytes")
    print_row("host memory at the peak, mapped file included", f"{slope['peak']:,.0f} bytes")
    print_row("loading and preparing", f"{1e6 * slope['seconds']:.1f} µs")
    return slope


def project_data(model: str, slope: dict[str, float], speed: float, cost: Cost) -> None:
    """Print the cost of more data."""
    print_header(f"`{model}`", "× 1", "× 10", "× 100", "× 1000")
    sizes = [CORPUS_FRAMES * 10**power for power in range(4)]
    print_row("frames", *(f"{frames:,}" for frames in sizes))
    print_row("device memory, each process", *(format_bytes(slope["device"] * frames) for frames in sizes))
    print_row("host memory at the peak, each process", *(format_bytes(slope["peak"] * frames) for frames in sizes))
    print_row("loading and preparing", *(format_duration(slope["seconds"] * frames) for frames in sizes))
    print_row(
        "one epoch, these 2 cores",
        *(format_duration(PHRASES_PER_TRAINING_PHRASE * frames / speed) for frames in sizes),
    )
    for processes in (8, 64):
        step = cost.seconds(BATCH_SIZE * processes, processes, NETWORKS["10 Gb/s"])
        epochs = (PHRASES_PER_TRAINING_PHRASE * frames / (BATCH_SIZE * processes) * step for frames in sizes)
        print_row(
            f"one epoch, {processes} processes at 10 Gb/s, {BATCH_SIZE} phrases each", *map(format_duration, epochs)
        )


def format_duration(seconds: float) -> str:
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:,.1f} {name}"
    return f"{seconds:.1f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="recordings to time steps on; a take of the demo dancer by default")
    parser.add_argument("--model", choices=tuple(MODELS), help="one kind of model; all by default")
    parser.add_argument("--work", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        what, *words = options.work
        if what == "frames":
            run_frames(int(words[0]))
        else:
            data, model, batch, threads = words
            run_steps(data, model, int(batch), int(threads))
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
