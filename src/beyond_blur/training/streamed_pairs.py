"""Training pairs made while a network trains: every epoch shows every image under a fresh flow.

A batch is a function of the seed and of the number of its step, and each of its rows of its place
in the batch. So a run that resumes at any step sees what an unbroken run would have seen, and
processes that share a batch make their own rows and no others. On a device, which one batch would
not fill, those of several steps are made in one call of the solver (`steps_at_once`): how many
changes no number either.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from beyond_blur.config import AdvectionDiffusionOptions, Corruption, Levels
from beyond_blur.config.level_checks import last_trained
from beyond_blur.corruption import pairs
from beyond_blur.corruption.backend import choose
from beyond_blur.corruption.states import corrupt, corrupt_on_device
from beyond_blur.data.pixels import to_float
from beyond_blur.lbm.solver import StatesOnDevice
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.processes.noise import Stream
from beyond_blur.storage.mapped_rows import MappedRows
from beyond_blur.training.batches import rows_of_step
from beyond_blur.training.pairs_of_steps import Asked, Batch, Made
from beyond_blur.training.steps_at_once import DeviceFacts, facts_of, steps_at_once

Images = np.ndarray | MappedRows


class StreamedPairs:
    """Pairs (x_k, x_{k-1}) of neighbouring levels, made in a thread while the network trains.

    Images come epoch after epoch, each in a new order. In epoch e an image has flow number e of
    `corruption.flow_seeds`: another one every time it is seen, and the same for every batch size.
    Levels are uniform on 1..K and stratified over the batch.

    Parameters
    ----------
    images : uint8 or float32 (n, c, h, w)
        Bytes, or grey values in [0, 1]; an array, or `MappedRows` that stay on disk.
    image_ids : int (n,)
        What identifies each image in its dataset; with the seed it fixes the flows.
    spec : AdvectionDiffusionOptions
        Peclet number, flow, and whether the flow carries the image.
    levels : Levels
        Blur widths; ``train_last_level`` false leaves level K out.
    options : Corruption
        Backend, walls and grey range.
    batch_size : int
        Rows of the global batch.
    seed : int
        Seed of data order, levels and flows.
    threads : int
        CPU threads of the solver; they do not change the result.
    depth : int
        Batches prepared ahead, at least; 0 makes each when it is asked for.
    device : str
        Where the network trains. On a CUDA device a solver that is ``on_device`` leaves the pairs
        there.
    iterations : int, optional
        Steps of the run: of later ones nothing is prepared.
    facts : DeviceFacts, optional
        What bounds the batches made in one call; by default asked of the device that pairs are left
        on, and one batch a call elsewhere.

    Attributes
    ----------
    seconds_working : float
        Time spent on making pairs; of those left on a device, the host's share.
    left_on_device : bool
        Whether pairs made so far were left on a device.
    pairs_made : int
        Pairs made, among them some ahead that nobody may ask for.

    Raises
    ------
    ValueError
        If there are no images, ids do not fit them, no level is left to train on, or the flow is
        too fast for the lattice.
    RuntimeError
        If the backend cannot run here.
    """

    def __init__(
        self, images: Images, image_ids: np.ndarray, spec: AdvectionDiffusionOptions,
        levels: Levels, options: Corruption, *, batch_size: int, seed: int, threads: int = 1,
        depth: int = 2, device: str = "cpu", iterations: int | None = None,
        facts: DeviceFacts | None = None,
    ) -> None:  # fmt: skip
        _check(images, image_ids)
        self.images, self.image_ids = images, np.asarray(image_ids)
        self.batch_size, self.seed, self.depth = batch_size, seed, depth
        self.iterations = iterations
        self.last_level = last_trained(levels.n_levels, levels.train_last_level)
        self.trajectory = Trajectory.from_options(spec, levels, options)
        self.trajectory.check(images.shape)
        self.backend = choose(replace(options, threads=threads), self.trajectory, images.shape[1:])
        self.seconds_working = 0.0
        self.pairs_made, self.left_on_device = 0, False
        self._worker = ThreadPoolExecutor(1, "pairs", *_same_device()) if depth else None
        self._ahead: dict[Asked, Future[Made]] = {}
        self._device, self._consumer = torch.device(device), 0
        self._stays = self._device.type == "cuda" and self.backend.on_device
        self._facts = facts_of(self._device) if facts is None and self._stays else facts

    def batch(self, step: int, part: slice = slice(None)) -> Batch:
        """Some rows of the batch of step number ``step`` (from 0).

        The next steps are begun as well, for the same part. A step that was not expected is made
        next, and what was prepared in its stead is dropped.

        Parameters
        ----------
        step : int
        part : slice
            Contiguous rows of the global batch.

        Returns
        -------
        dict of tensors on the CPU, or of states on the device they are solved and trained on
            ``x_k``, ``x_previous`` float32 (n, c, h, w): levels k and k - 1 under one flow; ``k``
            int64 (n,).

        Raises
        ------
        Exception
            Whatever went wrong in the thread.
        """
        first, last, stride = part.indices(self.batch_size)
        if stride != 1:
            raise ValueError(f"part {part} skips rows: ask for contiguous rows of the batch")
        if self._device.type == "cuda":
            self._consumer = torch.cuda.current_stream(self._device).cuda_stream
        asked = self._begin(step, first, last)
        begun = self._ahead.pop(asked)
        made = begun.result()
        if step != asked.steps[-1]:
            self._ahead[asked] = begun
        return made.batch(step)

    def name(self, step: int, row: int) -> str:
        """Which image row number ``row`` of a step's batch is of, under which flow, at which level.

        For a message.
        """
        rows, epochs, k = (int(values[row]) for values in self._choose(step))
        flow = int(pairs.flow_seeds(self.seed, self.image_ids[[rows]], epochs)[0])
        return f"image {self.image_ids[rows]} under the flow of seed {flow} at level {k}"

    def close(self) -> None:
        """Drop what is prepared and wait for the thread to end; harmless when repeated."""
        if self._worker is not None:
            self._worker.shutdown(cancel_futures=True)
            self._worker = None
        self._ahead.clear()

    def __enter__(self) -> StreamedPairs:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _begin(self, step: int, first: int, last: int) -> Asked:
        """Have this batch made, if it is not yet, and the next ones; the call that makes it."""
        part = (first, last)
        start = next((one.start for one in self._ahead if one[2:] == part and step in one.steps),
                     step)  # fmt: skip
        wanted = list(self._calls(start, first, last))
        for asked in self._ahead.keys() - wanted:
            self._ahead.pop(asked).cancel()
        for asked in wanted:
            if asked not in self._ahead:
                self._ahead[asked] = self._started(asked)
        return wanted[0]

    def _calls(self, start: int, first: int, last: int) -> Iterator[Asked]:
        """The call that begins at a step, and those after it that are to be prepared."""
        step_bytes = 8 * (last - first) * int(np.prod(self.images.shape[1:]))
        at_once = steps_at_once(self._facts, last - first, step_bytes, self.depth)
        end = start + at_once * (1 + -(-self.depth // at_once))
        if self.iterations is not None:
            end = min(end, max(start + 1, self.iterations))
        for one in range(start, end, at_once):
            yield Asked(one, min(at_once, end - one), first, last)

    def _started(self, asked: Asked) -> Future[Made]:
        """A call in the thread, or done at once where there is none."""
        if self._worker is not None:
            return self._worker.submit(self._make, asked)
        done: Future[Made] = Future()
        done.set_result(self._make(asked))
        return done

    def _make(self, asked: Asked) -> Made:
        """The rows of all steps of a call, from nothing but the seed."""
        begun = time.perf_counter()
        part = slice(asked.first, asked.last)
        chosen = [[values[part] for values in self._choose(step)] for step in asked.steps]
        rows, epochs, k = (np.concatenate(values) for values in zip(*chosen, strict=True))
        seeds = np.empty(len(rows), np.int64)
        for epoch in np.unique(epochs):
            here = epochs == epoch
            ids = self.image_ids[rows[here]]
            seeds[here] = pairs.flow_seeds(self.seed, ids, int(epoch))
        states = self._solve(self.images[rows], seeds, np.stack([k, k - 1], axis=1))
        self.pairs_made += len(rows)
        self.left_on_device = not isinstance(states, Tensor)
        self.seconds_working += time.perf_counter() - begun
        return Made(asked, states, [levels for _, _, levels in chosen])

    def _solve(
        self, images: np.ndarray, seeds: np.ndarray, keep: np.ndarray
    ) -> Tensor | StatesOnDevice:
        """States (2, n, c, h, w), or (n, 2, c, h, w) where they are solved and trained on."""
        values = to_float(images) if images.dtype == np.uint8 else images
        if self._stays:
            return corrupt_on_device(
                values, self.trajectory, seeds, keep, self.backend, self._consumer
            )
        states = corrupt(values, self.trajectory, seeds, keep, self.backend)
        return torch.from_numpy(np.ascontiguousarray(states.swapaxes(0, 1)))

    def _choose(self, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Image, epoch and level of every row of a step, int64 (batch_size,) each."""
        n, places = len(self.images), step * self.batch_size + np.arange(self.batch_size)
        rows = rows_of_step(n, self.batch_size, step, self.seed).numpy()
        rng = np.random.default_rng((self.seed, Stream.STREAMED_LEVELS, step))
        k = pairs.stratified_levels(self.batch_size, 1, self.last_level, rng)
        return rows, places // n, k[:, 0]


def _same_device() -> tuple[Any, ...]:
    """What begins a thread whose CUDA device is this one's: by itself it would take the first."""
    if not torch.cuda.is_initialized():
        return ()
    return torch.cuda.set_device, (torch.cuda.current_device(),)


def _check(images: Images, image_ids: np.ndarray) -> None:
    if images.ndim != 4 or not len(images):
        raise ValueError(f"images must be (n, c, h, w) with n > 0, but have shape {images.shape}")
    if np.shape(image_ids) != images.shape[:1]:
        raise ValueError(
            f"image_ids must be ({len(images)},), one per image, but have shape "
            f"{np.shape(image_ids)}"
        )
