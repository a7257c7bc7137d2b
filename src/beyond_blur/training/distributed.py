"""Data-parallel training: several processes (ranks) share every batch of a run.

Each rank computes some rows of the global batch, and DistributedDataParallel averages the
gradients. Data order, noise and dropout belong to the global batch, so the result does not depend
on the number of processes, but for rounding.
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
"""Longest wait of a collective operation. Between two of them rank 0 also draws sample grids and
writes states, for which the defaults of torch (10 minutes for NCCL, 30 for Gloo) may be too short;
chosen far above both, not measured."""


@dataclass(frozen=True)
class Group:
    """The process group of a run, seen from one of its processes.

    Attributes
    ----------
    device : str
        Where this process computes.
    rank : int
        Number of this process, from 0.
    size : int
        Number of processes (world size).
    """

    device: str = "cpu"
    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this is rank 0, the one process that prints and writes files."""
        return self.rank == 0

    def say(self, line: str) -> None:
        """Print a line on rank 0, and nothing on the other processes."""
        if self.leads:
            print(line, flush=True)

    def part(self, n_rows: int) -> slice:
        """The rows of a batch that this process computes; shares differ by at most one row.

        Parameters
        ----------
        n_rows : int
            Rows of the global batch.

        Returns
        -------
        slice
            Contiguous rows.

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
        """All-gather: the rows of all processes in the order of the batch, on every process.

        Parameters
        ----------
        rows : tensor, shape (rows of this process's part, ...)
        n_rows : int
            Rows of the global batch.

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
        """All-reduce by "or": whether the flag is set on any process, the same answer on all."""
        if self.size == 1:
            return flag
        raised = torch.tensor([float(flag)], device=self.device)
        dist.all_reduce(raised, dist.ReduceOp.MAX)
        return bool(raised.item())

    def wait(self) -> None:
        """Barrier: return once every process has called this."""
        self.any(False)

    def check_agreement(self, step: int) -> None:
        """Check that every process resumes from the same step.

        Parameters
        ----------
        step : int
            Steps done, as this process found them in the saved state.

        Raises
        ------
        RuntimeError
            If the steps differ: the nodes do not see the same files.
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
    """The process group that torchrun started this process in; a group of one without torchrun.

    Parameters
    ----------
    device : str
        ``cpu`` (Gloo) or ``cuda`` (NCCL); of several CUDA devices each process takes its own.

    Yields
    ------
    Group

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
    """The CUDA device of a process by its number on the node, made the current one."""
    if local_rank >= torch.cuda.device_count():
        raise RuntimeError(
            f"process {local_rank} of this node finds {torch.cuda.device_count()} CUDA devices: "
            "set training.devices to their number"
        )
    torch.cuda.set_device(local_rank)
    return f"cuda:{local_rank}"
