"""TensorBoard events of a training run."""

from __future__ import annotations

from pathlib import Path

from beyond_blur.training.history import History
from beyond_blur.training.step import StepReport


class Events:
    """TensorBoard events.

    Parameters
    ----------
    folder : path
        Where to.
    step : int
        Step the run starts from; events of later steps, of a run that was killed, are hidden.
    history : History
        Says in which bands of levels losses are kept apart.

    Raises
    ------
    RuntimeError
        If TensorBoard is not installed.
    """

    EVERY = 10
    """Steps between two events of the loss; a choice: enough points for a curve, small files."""

    def __init__(self, folder: Path, step: int, history: History) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise RuntimeError(
                "training.tensorboard is true, but the package tensorboard is not installed: "
                "pip install tensorboard, or set training.tensorboard to false"
            ) from error
        self.history = history
        self.writer = SummaryWriter(str(folder), purge_step=step + 1)

    def add(self, step: StepReport, held_out_loss: float | None) -> None:
        """Every tenth step, its loss in each band of levels, and every held-out loss."""
        values: dict[str, float | None] = {"held_out_loss": held_out_loss}
        if step.step % self.EVERY == 0:
            values["loss"] = step.loss
            values["gradient_norm"] = step.gradient_norm
            values["learning_rate"] = step.learning_rate
            sums, counts = self.history.by_band(step)
            for levels, total, count in zip(self.history.bands(), sums, counts, strict=True):
                values[f"loss_of_levels/{levels}"] = total / count if count else None
        for name, value in values.items():
            if value is not None:
                self.writer.add_scalar(name, value, step.step)

    def close(self) -> None:
        """Write what is not written yet."""
        self.writer.close()
