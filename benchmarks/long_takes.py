"""A generated take of any length, and the memory of this process, for benchmarks of loading."""

from pathlib import Path

import numpy as np

from tests.support.bodies import standing_pose


def write_long_take(path: Path, frames: int) -> None:
    """Write a raw take (55, frames, 3), float32, metres: a standing pose moved by normal noise of 1 cm per frame."""
    file = np.lib.format.open_memmap(path, "w+", np.float32, (55, frames, 3))
    sway = np.random.default_rng(0).normal(0, 0.01, (frames, 3)).astype(np.float32)
    pose = np.zeros((55, 3), np.float32)
    pose[[i for i in range(55) if i not in (26, 53)]] = standing_pose() * [1, -1, -1]
    for column, position in zip(file, pose, strict=True):
        column[:] = sway + position


def process_memory(field: str) -> int:
    """Bytes of a memory field that Linux reports for this process, such as VmRSS or RssAnon."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field + ":"))
