"""How many processor threads a training uses, and how they wait, so that other busy programs do not stop it.

Threads that compute one result together wait for each other, by default by spinning: a waiting thread occupies its
core. Where other programs use the cores, too, it can occupy the very core that the other thread needs in order to
finish. Measured on two cores beside six other busy processes: a step of the notebook's model took 33 seconds with
spinning threads, 9 with sleeping ones, and 5 with a single thread. This module does not import torch.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager


def limit_spinning() -> None:
    """Let waiting threads sleep; it has to be called before torch is imported, and keeps what the user has set."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # GNU's and LLVM's OpenMP
    os.environ.setdefault("KMP_BLOCKTIME", "0")  # Intel's, and MKL


def usable_cores() -> int:
    """Number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def free_cores() -> int:
    """Number of usable cores that other programs leave free, going by the last minute; at least 1."""
    usable = usable_cores()
    try:
        load = os.getloadavg()[0]
    except (OSError, AttributeError):  # Windows has no load average
        return usable
    return max(1, round(usable * (1 - min(load / (os.cpu_count() or 1), 1.0))))


@contextmanager
def threads_limited(count: int | None) -> Iterator[None]:
    """Use `count` processor threads in torch and in numpy's linear algebra while the block runs; all if None."""
    import torch  # noqa: PLC0415
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    before = torch.get_num_threads()
    if count:
        torch.set_num_threads(count)
    try:
        with threadpool_limits(count, user_api="blas"):
            yield
    finally:
        torch.set_num_threads(before)
