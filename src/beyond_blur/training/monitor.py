"""What a person follows a training run by: progress, held-out losses, sample grids, events."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from beyond_blur.config.rule_specs import TrainingSpec
from beyond_blur.data.pictures import write_png
from beyond_blur.finite import NotFinite
from beyond_blur.processes import ForwardProcess, build
from beyond_blur.progress import Progress
from beyond_blur.storage.mapped_rows import open_training_rows
from beyond_blur.training.events import Events
from beyond_blur.training.first_line import FirstLine
from beyond_blur.training.held_out import N_SAMPLES, fix_images, held_out_loss, sample_grid
from beyond_blur.training.history import History
from beyond_blur.training.state import TrainingState
from beyond_blur.training.step import StepReport

if TYPE_CHECKING:
    from beyond_blur.training.streamed_pairs import StreamedPairs


class Monitor:
    """Everything that a person follows one run by; a context manager.

    Where processes share a run, rank 0 alone has a monitor.

    Parameters
    ----------
    job : TrainingSpec
    state : TrainingState
        The run as it starts or goes on.
    history : History
        Every step is added to it.
    held_out : sequence of path
        Shards of held-out images; none: the run is not watched.
    folder : path
        Sample grids go to ``watch`` in it, TensorBoard events to ``tensorboard``.

    Raises
    ------
    RuntimeError
        If events are asked for and TensorBoard is not installed.
    """

    def __init__(
        self,
        job: TrainingSpec,
        state: TrainingState,
        history: History,
        held_out: Sequence[Path | str],
        folder: Path,
    ) -> None:
        training = job.training
        self.state, self.history = state, history
        self.events = (
            Events(folder / "tensorboard", state.step, history) if training.tensorboard else None
        )
        watched = held_out and looks_are_left(training.watch_every, state.step, training.iterations)
        self.watch = Watch(job, held_out, folder / "watch") if watched else None
        self.first_line = FirstLine(job, state)
        label, images = f"train {job.name}", training.batch_size
        self.progress = Progress(training.iterations, state.step, label, images=images)

    def report(self, step: StepReport) -> None:
        """Take one step in: history, first line, progress, events; every so often a look."""
        first = self.first_line.after(step.step)
        if first:
            self.progress.say(first)
        looked = self.watch.look(self.state) if self.watch else None
        self.history.add(step, looked)
        if self.events:
            self.events.add(step, looked)
        last = self.watch.last if self.watch else None
        held_out = "" if last is None else f", held out {last:.3g}"
        self.progress.advance(f"loss {self.history.recent:.3g}{held_out}")

    def close(self) -> None:
        """End the progress line and write the events that are not written yet."""
        self.progress.close()
        if self.events:
            self.events.close()

    def __enter__(self) -> Monitor:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def looks_are_left(every: int, step: int, iterations: int) -> bool:
    """Whether a multiple of ``every`` lies between step ``step`` and the last; 0: never."""
    return every > 0 and iterations // every > step // every


class Watch:
    """Looks at a run every ``watch_every`` steps: its held-out loss and a grid of samples.

    Parameters
    ----------
    job : TrainingSpec
    held_out : sequence of path
        Shards of held-out images.
    folder : path
        Where grids go, as ``step-N.png``.

    Attributes
    ----------
    last : float, optional
        The held-out loss of the last look.
    """

    def __init__(self, job: TrainingSpec, held_out: Sequence[Path | str], folder: Path) -> None:
        self.training, self.folder = job.training, folder
        self.last: float | None = None
        self.process: ForwardProcess = build(
            job.process, job.levels, job.delta, delta_spectrum=job.delta_spectrum
        )
        shards = open_training_rows(held_out, split="held_out")
        n = min(max(job.training.watch_images, N_SAMPLES), len(shards.index))
        images = shards.arrays["images"][np.arange(n)]
        self.fixed = fix_images(self.process, job, images, shards.index[:n])

    def look(self, state: TrainingState) -> float | None:
        """Draw a grid and return the held-out loss, if it is time to.

        Samples that are not finite, as an untrained network may draw, end no run: their grid is
        left out, and a line says so.

        Raises
        ------
        TrainingDiverged
            If the held-out loss is not finite.
        """
        if state.step % self.training.watch_every:
            return None
        try:
            grid = sample_grid(state, self.process, self.fixed.prior, self.training.seed)
        except NotFinite as error:
            print(f"no sample grid at step {state.step:,}: {error}", flush=True)
        else:
            write_png(self.folder / f"step-{state.step}.png", grid)
        self.last = held_out_loss(state, self.process, self.fixed.pair, self.training)
        return self.last


def stream_cost(pairs: StreamedPairs, step_seconds: float, batch_size: int, waited: float) -> str:
    """What streamed pairs cost, beside what training on them costs: one line.

    Of pairs left on a device only the host's time is known; the line says so.

    Parameters
    ----------
    pairs : StreamedPairs
        That made at least one pair.
    step_seconds : float
        Mean time of a training step.
    batch_size : int
    waited : float
        Seconds that training stood still for pairs.
    """
    each = 1e3 * pairs.seconds_working / pairs.pairs_made
    image = 1e3 * step_seconds / batch_size
    whose, who, rest = "", "training", ""
    if pairs.left_on_device:
        whose, who = " of the host's time", "the host"
        rest = " (the device's time for them is part of that of training, and not counted here)"
    return (
        f"streamed pairs: {each:.3g} ms{whose} to make one, beside {image:.3g} ms of training per "
        f"image; {who} waited {waited:.3g} s for them{rest}"
    )
