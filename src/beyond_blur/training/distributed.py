"""Several processes that share every batch of a training run.

Each process (rank) computes some rows of the global batch; gradients are averaged by
DistributedDataParallel. Data order, noise and dropout belong to the global batch, so that the
result does not depend on the number of processes but for rounding.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor

TIMEOUT = timedelta(hours=2)
"""How long a process waits for the others: rank 0 also draws sample grids and writes states."""


@dataclass(frozen=True)
class Group:
    """The processes of a run, seen from one of them.

    Attributes
    ----------
    device : str
        Where this process computes.
    rank : int
        Number of this process, from 0.
    size : int
        Number of processes.
    """

    device: str = "cpu"
    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes files and speaks."""
        return self.rank == 0

    def part(self, n_rows: int) -> slice:
        """The rows of a batch that are this process's; the shares differ by at most one row.

        Raises
        ------
        ValueError
            If there are fewer rows than processes.
        """
        if n_rows < self.size:
            raise ValueError(
                f"training.batch_size = {n_rows} is smaller than the {self.size} processes that "
                "share it (training.devices x training.nodes): give each at least one image"
            )
        return slice(self.rank * n_rows // self.size, (self.rank + 1) * n_rows // self.size)

    def gather(self, rows: Tensor, n_rows: int) -> Tensor:
        """The rows of all processes in the order of the batch, on every process.

        Parameters
        ----------
        rows : tensor, shape (len of this process's part, ...)
        n_rows : int
            Rows of the whole batch.

        Returns
        -------
        tensor, shape (n_rows, ...)
        """
        if self.size == 1:
            return rows
        everything = rows.new_zeros((n_rows, *rows.shape[1:]))
        everything[self.part(n_rows)] = rows
        dist.all_reduce(everything)
        return everything

    def any(self, flag: bool) -> bool:
        """Whether the flag is set on any process: the same answer on all."""
        if self.size == 1:
            return flag
        raised = torch.tensor([float(flag)], device=self.device)
        dist.all_reduce(raised, dist.ReduceOp.MAX)
        return bool(raised.item())

    def wait(self) -> None:
        """Go on when every process has come here."""
        self.any(False)

    def check_agreement(self, step: int) -> None:
        """Refuse to start where processes would go on from different steps.

        Raises
        ------
        RuntimeError
            If they would.
        """
        own = torch.tensor([float(step)], dtype=torch.float64, device=self.device)
        steps = self.gather(own, self.size).tolist()
        if len(set(steps)) > 1:
            raise RuntimeError(
                f"the processes found saved states at different steps ({steps}): results/ must lie "
                "on a file system that every node sees"
            )


@contextmanager
def join(device: str) -> Iterator[Group]:
    """The group that torchrun started this process in; a group of one without torchrun.

    Parameters
    ----------
    device : str
        ``cpu`` or ``cuda``; of several CUDA devices each process takes its own.

    Raises
    ------
    RuntimeError
        If the node has fewer CUDA devices than processes.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield Group(device)
        return
    if device == "cuda":
        device = _own_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("gloo" if device == "cpu" else "nccl", timeout=TIMEOUT)
    try:
        yield Group(device, dist.get_rank(), size)
    finally:
        dist.destroy_process_group()


def _own_device(local_rank: int) -> str:
    """The CUDA device of a process, made the current one."""
    if local_rank >= torch.cuda.device_count():
        raise RuntimeError(
            f"process {local_rank} of this node finds {torch.cuda.device_count()} CUDA devices: "
            "set training.devices to their number"
        )
    torch.cuda.set_device(local_rank)
    return f"cuda:{local_rank}"
