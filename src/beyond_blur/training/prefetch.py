"""Training pairs ahead of the step that needs them: a thread makes those of the next step.

What is drawn depends on the number of the step and on nothing else, so the thread changes no bit.
On a GPU rows and noise lie in pinned memory and are copied on a stream of their own, beside the
step before; the training stream waits for them there, and the host does not. On a CPU making a
batch is a small share of a step (benchmarks/results/training_pairs.md), and a thread would take
that time from the step itself: there each batch is made when it is asked for.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor

import torch

from beyond_blur.config import Training
from beyond_blur.processes import ForwardProcess, TrainingPair
from beyond_blur.training.batches import PairSource, Source, dealt_out, pair_of_step
from beyond_blur.training.distributed import Group

HEAD_START = 1e-3
"""Seconds that the thread leaves to its caller: by then it is inside the backward pass, where it
needs Python no more. A choice."""

Ready = tuple[TrainingPair, torch.cuda.Event | None]
"""A pair, and what says that its stream has made it; None on a CPU."""


class PreparedPairs:
    """The training pairs of each step, made in a thread while the step before it computes.

    A context manager. Of a step that was not begun the pairs are made when they are asked for.

    Parameters
    ----------
    process : ForwardProcess
    source : PairSource, or mapping of str to tensor
    spec : Training
        ``batch_size``, ``seed`` and ``iterations`` count.
    group : Group, optional
        The processes that share the batch; by default this one alone, on the CPU.
    ahead : bool, optional
        Whether the next step's pairs are made ahead; by default on a GPU only.

    Attributes
    ----------
    seconds_waited : float
        Time that training stood still for pairs; where they are left on a device, its stream may
        wait for them later, which is not counted.
    """

    def __init__(
        self, process: ForwardProcess, source: Source, spec: Training, group: Group | None = None,
        ahead: bool | None = None,
    ) -> None:  # fmt: skip
        self.process, self.source, self.spec = process, dealt_out(source, spec), spec
        self.group, self.seconds_waited = group or Group(), 0.0
        self._device = torch.device(self.group.device)
        self._device_number = number_of(self._device)
        ahead = self._device.type == "cuda" if ahead is None else ahead
        self._worker = ThreadPoolExecutor(1, "prefetch", self._take_device) if ahead else None
        self._stream: torch.cuda.Stream | None = None
        self._next: tuple[int, Future[Ready]] | None = None

    def of_step(self, step: int) -> TrainingPair:
        """The pairs of step number ``step`` (from 0), on the device of this process.

        Raises
        ------
        Exception
            Whatever went wrong in the thread.
        """
        start = time.perf_counter()
        if self._worker is None:
            pair, ready = self._make(step)
        else:
            pair, ready = self._asked_for(self._worker, step).result()
        self.seconds_waited += time.perf_counter() - start
        if ready is not None:
            hand_over(pair, ready)
        return pair

    def begin(self, step: int) -> None:
        """Have the thread make the pairs of a step that is to come; a step too many is none.

        Best called before a backward pass, which runs without Python (but for gradient
        checkpointing) and so leaves it to the thread; beside a forward pass the two would take
        turns.
        """
        if self._worker is None or step >= self.spec.iterations:
            return
        if self._next is None or self._next[0] != step:
            self.at_rest()
            self._next = step, self._worker.submit(self._make_later, step)

    def at_rest(self) -> PairSource:
        """The source, with nothing asking it for rows meanwhile."""
        if self._next is not None:
            self._next[1].cancel()
            if not self._next[1].cancelled():
                self._next[1].exception()
            self._next = None
        return self.source

    def close(self) -> None:
        """Drop what is prepared and wait for the thread to end; harmless when repeated."""
        if self._worker is not None:
            self._worker.shutdown(cancel_futures=True)
            self._worker = None
        self._next = None

    def __enter__(self) -> PreparedPairs:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _asked_for(self, worker: ThreadPoolExecutor, step: int) -> Future[Ready]:
        expected, self._next = self._next, None
        if expected is not None and expected[0] == step:
            return expected[1]
        if expected is not None:
            expected[1].cancel()
        return worker.submit(self._make, step)

    def _make_later(self, step: int) -> Ready:
        time.sleep(HEAD_START)
        return self._make(step)

    def _make(self, step: int) -> Ready:
        if self._device.type != "cuda":
            return pair_of_step(self.process, self.source, self.spec, step, self.group), None
        if self._stream is None:
            self._stream = torch.cuda.Stream(self._device)
        with torch.cuda.stream(self._stream):
            pair = pair_of_step(self.process, self.source, self.spec, step, self.group)
            return pair, self._stream.record_event()

    def _take_device(self) -> None:
        """Begin the thread on this process's device: by itself it would take the first."""
        if self._device.type == "cuda":
            torch.cuda.set_device(self._device_number)


def number_of(device: torch.device) -> int:
    """Number of a CUDA device, that of the current one where it has none; -1 of a CPU."""
    if device.type != "cuda":
        return -1
    return torch.cuda.current_device() if device.index is None else device.index


def hand_over(pair: TrainingPair, ready: torch.cuda.Event) -> None:
    """Have the current stream wait for pairs that another stream makes, and keep their memory.

    Parameters
    ----------
    pair : TrainingPair
        On a CUDA device.
    ready : torch.cuda.Event
        Recorded after the pairs on the stream that makes them.
    """
    stream = torch.cuda.current_stream(pair.x_k.device)
    stream.wait_event(ready)
    for values in (pair.x_k, pair.k, pair.target):
        values.record_stream(stream)
