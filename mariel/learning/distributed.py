"""One process or many, the same training: who takes which share of a batch, and how sums are made over all.

Processes are started by `torchrun`, which tells each its rank in the environment; PyTorch's own engine
(DistributedDataParallel; gloo on processors, NCCL on CUDA) averages the gradients.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel


class Processes:
    """The processes that train one model together; one alone by default.

    Args:
        rank: this process' number, from 0; the first prints and writes.
        count: how many there are.
    """

    def __init__(self, rank: int = 0, count: int = 1) -> None:
        self.rank, self.count = rank, count

    @property
    def first(self) -> bool:
        """Whether this process is the one that prints and writes."""
        return self.rank == 0

    def share(self, items: int) -> slice:
        """This process' share of some items, consecutive; shares differ by one at most."""
        return slice(items * self.rank // self.count, items * (self.rank + 1) // self.count)

    def wrap(self, model: nn.Module) -> nn.Module:
        """The module to train: averages gradients over all processes where there are several."""
        if self.count == 1:
            return model
        device = next(model.parameters()).device
        return DistributedDataParallel(model, device_ids=[device.index] if device.type == "cuda" else None)

    def sum(self, values: Tensor) -> Tensor:
        """Values added up over all processes, in place."""
        if self.count > 1:
            dist.all_reduce(values)
        return values

    def agree(self, *values: float) -> tuple[float, ...]:
        """The largest of every value over all processes, so that all decide alike."""
        if self.count == 1:
            return values
        device = torch.device("cuda") if dist.get_backend() == "nccl" else torch.device("cpu")
        together = torch.tensor(values, dtype=torch.float64, device=device)
        dist.all_reduce(together, op=dist.ReduceOp.MAX)
        return tuple(together.tolist())

    def same(self, model: nn.Module) -> None:
        """Give every process the first one's weights and buffers."""
        if self.count > 1:
            for tensor in (*model.parameters(), *model.buffers()):
                dist.broadcast(tensor.data, 0)

    def wait(self) -> None:
        """Until all processes are here."""
        if self.count > 1:
            dist.barrier()


def launched_by_torchrun() -> bool:
    """Whether `torchrun` started this process together with others."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1 and "RANK" in os.environ


@contextmanager
def joined_processes(device: torch.device) -> Iterator[Processes]:
    """The processes that `torchrun` started, joined for the while; this one alone otherwise."""
    if not launched_by_torchrun():
        yield Processes()
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Processes(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()
