"""One training run, from its files to its averaged weights: open, resume, train, keep."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch

from beyond_blur.config import AdvectionDiffusionOptions
from beyond_blur.config.rule_specs import TrainingSpec
from beyond_blur.network import compiling, precision
from beyond_blur.network.arithmetic import set_for
from beyond_blur.network.device import pick_device
from beyond_blur.network.unet import UNet
from beyond_blur.processes import build
from beyond_blur.storage import lock
from beyond_blur.storage.mapped_rows import TrainingRows, open_training_rows
from beyond_blur.threads import too_many
from beyond_blur.training import distributed, loop, state_file
from beyond_blur.training.batches import CachedRows, PairSource
from beyond_blur.training.finite_steps import TrainingDiverged
from beyond_blur.training.flow_pairs import maker
from beyond_blur.training.history import History
from beyond_blur.training.identity import identify, streams
from beyond_blur.training.learning_rate import full_rate_of
from beyond_blur.training.monitor import Monitor, stream_cost
from beyond_blur.training.prefetch import PreparedPairs
from beyond_blur.training.resuming import content, find_start
from beyond_blur.training.state import TrainingState, new_state
from beyond_blur.training.step import StepReport

if TYPE_CHECKING:
    from beyond_blur.training.streamed_pairs import StreamedPairs


@dataclass
class Run:
    """A training run: what it is trained on, where it stands, and where its state is kept.

    Attributes
    ----------
    job : TrainingSpec
        With the number format and the compilation that ``auto`` means on this device.
    rows : TrainingRows
        Pairs or images on disk.
    state : TrainingState
    history : History
    path : Path
        File of the resumable state.
    identity : dict
        What a state must agree on to be resumed.
    kept : int
        Step of the state on disk; 0 where there is none.
    """

    job: TrainingSpec
    rows: TrainingRows
    state: TrainingState
    history: History
    path: Path
    identity: dict[str, Any]
    kept: int = 0

    @property
    def group(self) -> distributed.Group:
        """The processes that share the run."""
        return self.state.group

    @property
    def finished(self) -> bool:
        """Whether the last iteration is done."""
        return self.state.step >= self.job.training.iterations

    @property
    def image_channels(self) -> int:
        """Channels of the images that the network is trained on."""
        return image_channels(self.rows)

    @property
    def image_size(self) -> int:
        """Height and width of these images in pixels."""
        return image_shape(self.rows)[1]

    def keep(self, state: TrainingState) -> None:
        """Save the state; return when rank 0 has written it."""
        if self.group.leads:
            saved = content(state.state_dict(), self.history.state(), self.identity)
            state_file.write(saved, self.path)
        self.kept = state.step
        self.group.wait()  # torchrun ends all processes as soon as one has left

    def resume(self) -> None:
        """Take over the state that an earlier run has left, if it is of this very run.

        A run that has done more steps than it is to make is one of as many as it has done.

        Raises
        ------
        RuntimeError
            If the processes that share the run find different states.
        """
        iterations = self.job.training.iterations
        start = find_start(self.path, self.identity, iterations)
        self.group.check_agreement(start.step)  # all have read before any file is renamed
        if self.group.leads:
            print(*start.settle(iterations), sep="\n", flush=True)
        if start.saved:
            self.state.load_state_dict(start.saved)
            self.history.restore(start.saved["history"])
            self.kept = start.step
            self.identity = {**self.identity, "changes": start.changes(iterations)}
            training = replace(self.job.training, iterations=max(iterations, start.step))
            self.job = replace(self.job, training=training)


def train_to_end(
    job: TrainingSpec,
    source: Sequence[Path | str],
    held_out: Sequence[Path | str],
    path: Path,
    stop: Callable[[], bool] = lambda: False,
) -> Run:
    """Train a network to its last iteration, from the state that an earlier run has left.

    Prints where it starts and how it goes on, and sets torch's number of threads.

    Parameters
    ----------
    job : TrainingSpec
    source : sequence of path
        Shards of pairs, or of images where the process or the stream makes pairs of them.
    held_out : sequence of path
        Shards of held-out images to follow the run by; may be empty.
    path : path
        File of the resumable state. Sample grids and events go into folders beside it.
    stop : callable
        Asked after every step whether to stop early.

    Returns
    -------
    Run
        Finished, or stopped early with its state saved.

    Raises
    ------
    ArtifactError
        If a shard is missing, truncated, altered, foreign or stale.
    NotFinite
        If training pairs or held-out images are not finite.
    RuntimeError
        If the device, compilation or TensorBoard is asked for and not there, if training diverges,
        or if another process trains at ``path``.
    """
    torch.set_num_threads(job.training.threads)
    with distributed.join(pick_device(job.training.device)) as group, alone(path, group):
        run = open_run(job, source, path, group)
        run.resume()
        training = run.job.training
        with set_for(group.device, precision.resolve(training.precision, group.device),
                     training.deterministic):  # fmt: skip
            go_on(run, held_out, stop)
    return run


@contextmanager
def alone(path: Path, group: distributed.Group) -> Iterator[None]:
    """See to it that no other run writes the state at ``path``, nor the files beside it.

    Raises
    ------
    Held
        If one does.
    """
    if not group.leads:
        yield
        return
    with lock.only_one(path) as locks:
        if not locks:
            print(
                f"warning: the file system of {path.parent} knows no locks: see to it yourself "
                "that no other run trains there",
                flush=True,
            )
        yield


def open_run(
    job: TrainingSpec, source: Sequence[Path | str], path: Path, group: distributed.Group
) -> Run:
    """A run before its first step, on this process of its group."""
    wanted = job.training.precision
    threads = too_many("training.threads", job.training.threads)
    for warned in (precision.warning(wanted, group.device), threads):
        if warned:
            group.say(f"warning: {warned}")
    asked = replace(job.training, precision=precision.resolve(wanted, group.device))
    compiled = compiling.trains_compiled(asked, group.device)
    training = replace(asked, compile=compiled)
    job = replace(job, training=training)
    rows = open_training_rows(
        source, job.process, job.levels, job.corruption, threads=training.threads, split="train"
    )
    state = new_state(
        lambda: UNet(job.network, image_channels(rows), training.gradient_checkpointing),
        asked,
        group.device,
        group,
    )
    history = History(build(job.process, job.levels, delta=0.0).n_steps)
    return Run(job, rows, state, history, path, identify(job, rows.checksum))


def image_channels(rows: TrainingRows) -> int:
    """Channels of the images among the rows."""
    return image_shape(rows)[0]


def image_shape(rows: TrainingRows) -> tuple[int, int, int]:
    """Channels, height and width of the images among the rows."""
    return next(values.shape[1:] for values in rows.arrays.values() if values.ndim == 4)


def go_on(run: Run, held_out: Sequence[Path | str], stop: Callable[[], bool]) -> None:
    """Train from where the run stands until its end or until it is told to stop."""
    job, state, first = run.job, run.state, run.state.step
    process = build(job.process, job.levels, delta=0.0)
    with ExitStack() as stack:
        source = stack.enter_context(pairs_of(job, run.rows, run.group.device))
        prepared = PreparedPairs(process, source, job.training, run.group)
        pairs = stack.enter_context(prepared)
        report: Callable[[StepReport], None] = run.history.add
        if run.group.leads:
            folder = run.path.parent
            monitor = stack.enter_context(Monitor(job, state, run.history, held_out, folder))
            report = monitor.report
        start = time.perf_counter()
        try:
            loop.train_on(state, pairs, job.training, report=report, keep=run.keep, stop=stop)
        except TrainingDiverged as error:
            raise TrainingDiverged(f"{error}{way_out(run)}") from error
        seconds = time.perf_counter() - start
    if state.step > first and run.group.leads and streams(job):
        per_step = seconds / (state.step - first)
        waited = pairs.seconds_waited
        streamed = cast("StreamedPairs", source)
        run.group.say(stream_cost(streamed, per_step, job.training.batch_size, waited))


def way_out(run: Run) -> str:
    """How a run that diverged may go on from the state on disk, if there is one."""
    if not run.kept:
        return ""
    if run.kept == run.state.step - run.state.skipped_in_a_row:
        return (
            f"; no step from the state at step {run.kept:,} on was finite, so that another rate "
            "from there on would not help: the run needs it from step 0"
        )
    lower = full_rate_of(run.job.training, run.state.step) / 10
    return (
        f"; another learning_rate starts at step 0, and to go on from the state at step "
        f"{run.kept:,} append [{run.kept}, {lower:.3g}] to training.learning_rate_changes"
    )


@contextmanager
def pairs_of(job: TrainingSpec, rows: TrainingRows, device: str) -> Iterator[PairSource]:
    """Where batches come from: the rows on disk, or pairs made from the images on disk."""
    training = job.training
    if not streams(job):
        yield CachedRows(
            rows.arrays,  # type: ignore[arg-type]
            training.batch_size,
            training.seed,
            rows.place,
        )
        return
    assert isinstance(job.process, AdvectionDiffusionOptions) and job.corruption is not None
    streamed: StreamedPairs = maker("streamed")(
        rows.arrays["images"],
        rows.index,
        job.process,
        job.levels,
        job.corruption,
        batch_size=training.batch_size,
        seed=training.seed,
        threads=training.threads,
        device=device,
        iterations=training.iterations,
    )
    with streamed:
        yield streamed
