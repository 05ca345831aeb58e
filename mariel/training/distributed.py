"""Distributed training: how processes divide a batch, and how values are reduced over all processes.

`torchrun` starts the processes and sets each one's rank in the environment. PyTorch's DistributedDataParallel (gloo
on processors, NCCL on CUDA) averages the gradients.
"""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from mariel.errors import RunError


class Processes:
    """The processes that train one model together; a single process by default.

    Args:
        rank: this process's number, from 0; process 0 prints and writes files.
        world_size: the number of processes.
    """

    def __init__(self, rank: int = 0, world_size: int = 1) -> None:
        self.rank, self.world_size = rank, world_size

    @property
    def is_main(self) -> bool:
        """Whether this process is the one that prints and writes files."""
        return self.rank == 0

    def shard(self, count: int) -> slice:
        """This process's consecutive part of `count` items; the parts' sizes differ by one at most."""
        return slice(count * self.rank // self.world_size, count * (self.rank + 1) // self.world_size)

    def wrap(self, model: nn.Module) -> nn.Module:
        """The module to train; with several processes, one that averages gradients over them."""
        if self.world_size == 1:
            return model
        device = model.device
        return DistributedDataParallel(model, device_ids=[device.index] if device.type == "cuda" else None)

    def all_reduce_sum(self, values: Tensor) -> Tensor:
        """Values summed over all processes, in place."""
        if self.world_size > 1:
            dist.all_reduce(values)
        return values

    def all_reduce_max(self, *values: float) -> tuple[float, ...]:
        """The maximum of each value over all processes, so that all processes take the same decision."""
        if self.world_size == 1:
            return values
        device = torch.device("cuda") if dist.get_backend() == "nccl" else torch.device("cpu")
        maxima = torch.tensor(values, dtype=torch.float64, device=device)
        dist.all_reduce(maxima, op=dist.ReduceOp.MAX)
        return tuple(maxima.tolist())

    def broadcast_weights(self, model: nn.Module) -> None:
        """Copy the weights and buffers of process 0 to every process."""
        if self.world_size > 1:
            for tensor in (*model.parameters(), *model.buffers()):
                dist.broadcast(tensor.data, 0)

    def barrier(self) -> None:
        """Wait until all processes have reached this point."""
        if self.world_size > 1:
            dist.barrier()

    @contextmanager
    def share_errors(self) -> Iterator[None]:
        """Raise an error of the block in all processes if it occurs in one, so that none waits for a failed process.

        Raises:
            RunError: another process failed; the message is that of its error.
        """
        if self.world_size == 1:
            yield
            return
        problem: Exception | None = None
        try:
            yield
        except Exception as error:  # whatever it is, the others must not continue without this process
            problem = error
        (failed,) = self.all_reduce_max(float(self.world_size - self.rank) if problem else 0.0)
        if failed:
            message = self._broadcast_text(str(problem), self.world_size - int(failed))
            raise problem or RunError(message)

    def _broadcast_text(self, text: str, source: int) -> str:
        """The text of process `source`, in all processes."""
        texts = [text]
        device = torch.device("cuda" if dist.get_backend() == "nccl" else "cpu")
        dist.broadcast_object_list(texts, source, device=device)
        return texts[0]

    def claim_error_report(self) -> bool:
        """Whether this process is the first to call this: when several fail alike, only one prints the error."""
        if self.world_size == 1:
            return True
        try:
            host, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
            timeout = timedelta(seconds=5)
            store = dist.TCPStore(host, port, is_master=False, timeout=timeout)  # pyright: ignore[reportPrivateImportUsage]
            return store.add(f"mariel/error_reports/{os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}", 1) == 1
        except (KeyError, ValueError, RuntimeError):
            return True  # an error printed twice is better than none


def launched_by_torchrun() -> bool:
    """Whether `torchrun` started this process as one of several."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1 and "RANK" in os.environ


@contextmanager
def process_group(device: torch.device) -> Iterator[Processes]:
    """Initialise PyTorch's process group while the block runs, if `torchrun` started several processes."""
    if not launched_by_torchrun():
        yield Processes()
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Processes(dist.get_rank(), dist.get_world_size())
    finally:
        # A wrapped model is part of reference cycles; if it outlives the process group, the process may abort.
        gc.collect()
        dist.destroy_process_group()
