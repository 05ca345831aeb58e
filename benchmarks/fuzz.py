"""Open damaged copies of a file of each format, and count how each ends.

    python -m benchmarks.fuzz                     # 10,000 of each format
    python -m benchmarks.fuzz --files 300 c3d trc
    python -m benchmarks.fuzz --show              # also print what escaped, with the number that makes it again

Each file is opened in a child process, with at most 5 s of processor time and 1 GB more memory than before. A file
may open, or be refused by a RecordingError that names its fault; anything else is a fault of the program: another
exception, the message for what no reader foresees, a crash, a file that takes too long or too much.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

import numpy as np

import mariel.motion.io.formats  # noqa: F401  (registers the formats)
from mariel.errors import RecordingError
from mariel.motion.io.registry import FORMATS, UNREADABLE_MESSAGE, ReadOptions, open_recording_file
from tests.support.mutations import mutate
from tests.support.recording_files import write_every_format

MAX_SECONDS = 5.0
MAX_GROWTH = 2**30
OUTCOMES = ("opened", "refused", "unforeseen", "exception", "too long", "too much memory", "crash")


def samples(folder: Path) -> dict[str, Path]:
    """A valid file by format."""
    found = {}
    for path in write_every_format(folder):
        head = path.read_bytes()[: 2**16]
        found[next(name for name, each in FORMATS.items() if each.sniff(path, head))] = path
    return found


def memory() -> int:
    """The largest resident size of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def work(name: str, first: int, count: int) -> None:
    """Open damaged files of one format, and print how each ends: number, outcome, seconds, growth, message."""
    with tempfile.TemporaryDirectory() as folder:
        source = samples(Path(folder))[name]
        content = source.read_bytes()
        open_recording_file(source, ReadOptions(trim=0))  # what is imported late must not count as growth
        limit = Path("/proc/self/statm")
        if limit.exists():
            used = int(limit.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
            resource.setrlimit(resource.RLIMIT_AS, (used + 2 * MAX_GROWTH, used + 2 * MAX_GROWTH))
        for number in range(first, first + count):
            source.write_bytes(mutate(content, Random(f"{name} {number}")))
            print(number, "begun", flush=True)
            before, begun = memory(), time.process_time()
            outcome, message = _open(source)
            seconds, growth = time.process_time() - begun, memory() - before
            if seconds > MAX_SECONDS:
                outcome = "too long"
            if growth > MAX_GROWTH or "more memory than there is" in message:
                outcome = "too much memory"
            print(number, "\t".join(["", outcome, f"{seconds:.4f}", str(growth), message[:200]]), flush=True)


def _open(path: Path) -> tuple[str, str]:
    try:
        for take in open_recording_file(path, ReadOptions(trim=0)):
            assert take.positions.shape == (len(take), len(take.marker_set), 3)
            assert take.positions.dtype == np.float32
    except RecordingError as error:
        text = " ".join(str(error).split())
        return ("unforeseen" if UNREADABLE_MESSAGE in text else "refused"), text
    except Exception as error:  # what must never escape
        return "exception", f"{type(error).__name__}: {error}"
    return "opened", ""


def measure(name: str, files: int, show: bool) -> None:
    """Print the row of one format."""
    outcomes: Counter[str] = Counter()
    slowest, largest, number = 0.0, 0, 0
    while number < files:
        command = [
            sys.executable,
            "-m",
            "benchmarks.fuzz",
            "--work",
            name,
            str(number),
            str(min(1000, files - number)),
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
            begun = number
            for line in child.stdout:
                at, _, rest = line.partition(" ")
                if rest.startswith("begun"):
                    begun = int(at)
                    continue
                _, outcome, seconds, growth, message = rest.rstrip("\n").split("\t", 4)
                outcomes[outcome] += 1
                slowest, largest, number = max(slowest, float(seconds)), max(largest, int(growth)), int(at) + 1
                if show and outcome not in ("opened", "refused"):
                    print(f"  {name} {at}: {outcome}: {message}")
        if child.returncode == 1:
            sys.exit(f"the child process for {name} failed by itself: run it with --work {name} 0 1 to see why")
        if child.returncode:  # killed by the file that was begun last
            outcomes["crash"] += 1
            number = begun + 1
            if show:
                print(f"  {name} {begun}: crash with {child.returncode}")
    row = "".join(f"{outcomes[outcome]:>17,}" for outcome in OUTCOMES)
    print(f"{name:<16}{row}{slowest:>12.2f}{largest / 1e6:>12.0f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("formats", nargs="*", help="names of formats; by default all")
    parser.add_argument("--files", type=int, default=10_000, help="damaged files of each format")
    parser.add_argument("--show", action="store_true", help="print what was neither opened nor refused")
    parser.add_argument("--work", nargs=3, metavar=("FORMAT", "FIRST", "COUNT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work[0], int(options.work[1]), int(options.work[2]))
        return
    print(f"{'':<16}{''.join(f'{outcome:>17}' for outcome in OUTCOMES)}{'slowest s':>12}{'growth MB':>12}")
    with tempfile.TemporaryDirectory() as folder:
        known = samples(Path(folder))
    for name in options.formats or known:
        measure(name, options.files, options.show)


if __name__ == "__main__":
    main()
