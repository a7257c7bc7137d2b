"""What a person follows a training run by: held-out losses, sample grids, TensorBoard events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from beyond_blur.config.rule_specs import TrainingJob
from beyond_blur.processes import ForwardProcess, build
from beyond_blur.storage import atomic
from beyond_blur.storage.mapped_rows import open_training_rows
from beyond_blur.training.loop import StepReport
from beyond_blur.training.state import TrainingState


class Watch:
    """Held-out loss and sample grid every ``watch_every`` steps; does nothing if there are none.

    Parameters
    ----------
    job : TrainingJob
    run : TrainingState
        The run as it starts.
    held_out : list of str
        Shards of held-out images.
    folder : path
        Where grids go, in a folder ``watch``.
    """

    def __init__(
        self, job: TrainingJob, run: TrainingState, held_out: list[str], folder: Path
    ) -> None:
        self.job, self.folder = job, folder / "watch"
        every, end = job.training.watch_every, job.training.iterations
        self.wanted = bool(held_out) and every > 0 and end // every > run.step // every
        self.last: float | None = None
        if self.wanted:
            self._begin(held_out)

    def _begin(self, held_out: list[str]) -> None:
        from beyond_blur.training import held_out as watching

        job, self.tools = self.job, watching
        shards = open_training_rows(held_out)
        n = min(max(job.training.watch_images, watching.N_SAMPLES), len(shards.index))
        delta = watching.NOISE_RATIO * getattr(job.process, "noise", 0.0)
        self.process: ForwardProcess = build(job.process, job.levels, delta)
        self.fixed = watching.fix_images(
            self.process, job.process, job.levels, job.corruption, job.training,
            shards.arrays["images"][np.arange(n)], shards.index[:n],
        )  # fmt: skip

    def look(self, run: TrainingState) -> float | None:
        """Draw a grid and return the held-out loss, if it is time to."""
        training = self.job.training
        if not self.wanted or run.step % training.watch_every:
            return None
        grid = self.tools.sample_grid(run, self.process, self.fixed.prior, training.seed)
        write_png(self.folder / f"step-{run.step}.png", grid)
        self.last = self.tools.held_out_loss(run, self.process, self.fixed.pair, training)
        return self.last


def write_png(path: Path, pixels: np.ndarray) -> None:
    """An image, uint8 (h, w, 1 or 3), as PNG; whole or not at all."""
    from PIL import Image

    with atomic.atomic(path) as temporary:
        Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(temporary)


class Events:
    """TensorBoard events, where asked for.

    Parameters
    ----------
    wanted : bool
        False: nothing is written.
    folder : path
        Where to.
    step : int
        Step the run starts from; events of later steps, of a run that was killed, are hidden.

    Raises
    ------
    RuntimeError
        If TensorBoard is not installed.
    """

    EVERY = 10

    def __init__(self, wanted: bool, folder: Path, step: int) -> None:
        self.writer = None
        if not wanted:
            return
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise RuntimeError(
                "training.tensorboard is true, but the package tensorboard is not installed: "
                "pip install tensorboard, or set training.tensorboard to false"
            ) from error
        self.writer = SummaryWriter(str(folder), purge_step=step + 1)

    def add(self, step: StepReport, held_out_loss: float | None) -> None:
        """Every tenth step, and every held-out loss."""
        if self.writer is None:
            return
        values = {"held_out_loss": held_out_loss}
        if step.step % self.EVERY == 0:
            values |= {"loss": step.loss, "gradient_norm": step.gradient_norm,
                       "learning_rate": step.learning_rate}  # fmt: skip
        for name, value in values.items():
            if value is not None:
                self.writer.add_scalar(name, value, step.step)

    def close(self) -> None:
        """Write what is not written yet."""
        if self.writer is not None:
            self.writer.close()


def tell_stream(pairs: Any, step_seconds: float, batch_size: int) -> None:
    """What streamed pairs cost, beside what training on them costs.

    Of pairs left on a device only the host's time is known; the line says so.
    """
    if not getattr(pairs, "pairs_made", 0):
        return
    each = 1e3 * pairs.seconds_working / pairs.pairs_made
    image = 1e3 * step_seconds / batch_size
    whose, who, rest = "", "training", ""
    if pairs.left_on_device:
        whose, who = " of the host's time", "the host"
        rest = " (the device's time for them is part of that of training, and not counted here)"
    print(
        f"streamed pairs: {each:.3g} ms{whose} to make one, beside {image:.3g} ms of training per "
        f"image; {who} waited {pairs.seconds_waited:.3g} s for them{rest}"
    )
