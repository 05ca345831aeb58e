"""One process or many, the same training: who takes which share of a batch, and how sums are made over all.

Processes are started by `torchrun`, which tells each its rank in the environment; PyTorch's own engine
(DistributedDataParallel; gloo on processors, NCCL on CUDA) averages the gradients.
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

LONGEST_MESSAGE = 2048
"""Bytes of an error's message that one process tells the others."""


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
        device = model.device
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

    @contextmanager
    def together(self) -> Iterator[None]:
        """Work that every process must be able to do: an error in one is raised in all, so that none waits in vain.

        Raises:
            RunError: another process failed; the message is its error's.
        """
        if self.count == 1:
            yield
            return
        problem: Exception | None = None
        try:
            yield
        except Exception as error:  # of any kind: whatever it is, the others must not go on without this process
            problem = error
        (failed,) = self.agree(float(self.count - self.rank) if problem else 0.0)
        if failed:
            told = self._broadcast_text(str(problem), self.count - int(failed))
            raise problem or RunError(told)

    def _broadcast_text(self, text: str, source: int) -> str:
        """One process' text, in all of them."""
        device = "cuda" if dist.get_backend() == "nccl" else "cpu"
        room = torch.zeros(LONGEST_MESSAGE, dtype=torch.uint8, device=device)
        if self.rank == source:
            letters = text.encode()[:LONGEST_MESSAGE]
            room[: len(letters)] = torch.tensor(list(letters), dtype=torch.uint8)
        dist.broadcast(room, source)
        return bytes(room.tolist()).rstrip(b"\0").decode(errors="ignore")

    def first_to_speak(self) -> bool:
        """Whether no other process has asked this before: of several that fail alike, one tells it."""
        if self.count == 1:
            return True
        try:
            host, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
            store = dist.TCPStore(host, port, is_master=False, timeout=timedelta(seconds=5))
            return store.add(f"mariel/spoken/{os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}", 1) == 1
        except (KeyError, ValueError, RuntimeError):
            return True  # told twice is better than not at all


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
        # A wrapped model is in cycles of references; where one outlives the engine, the process may end by abort.
        gc.collect()
        dist.destroy_process_group()
