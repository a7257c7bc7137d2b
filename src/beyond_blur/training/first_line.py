"""The first line of a run: where and how it computes, how fast, and when it will be done."""

from __future__ import annotations

import time

import torch

from beyond_blur.config.rule_specs import TrainingSpec
from beyond_blur.network.compiling import Guarded
from beyond_blur.network.unet import n_parameters
from beyond_blur.progress import clock
from beyond_blur.training.distributed import Group
from beyond_blur.training.state import TrainingState

WARM = 2
"""Steps that are not timed: they compile, allocate and choose algorithms. A choice."""

ENOUGH = 2.0
"""Seconds of timed steps after which the rate is said; a choice."""

PATIENCE = 10.0
"""Seconds from the start after which the line is said, however few steps there were."""


class FirstLine:
    """Times the first steps of a run and makes one line of them.

    Parameters
    ----------
    job : TrainingSpec
        Its ``precision`` and ``compile`` are what is done, not what was asked for.
    state : TrainingState
        The run as it starts or goes on.
    """

    def __init__(self, job: TrainingSpec, state: TrainingState) -> None:
        self.job, self.state = job, state
        self.begun = time.monotonic()
        self.n, self.warmed, self.said = 0, 0.0, False

    def after(self, step: int) -> str | None:
        """The line, once: as soon as its rate is known, with the last step, or after `PATIENCE`.

        Parameters
        ----------
        step : int
            Steps of the run that are done.
        """
        if self.said:
            return None
        now = time.monotonic()
        self.n += 1
        if self.n == WARM:
            self.warmed = now
        timed = now - self.warmed if self.n > WARM else 0.0
        ends = step >= self.job.training.iterations
        self.said = timed >= ENOUGH or ends or now - self.begun >= PATIENCE
        if not self.said:
            return None
        return f"{described(self.job, self.state)}: {self._speed(step, timed, now)}"

    def _speed(self, step: int, timed: float, now: float) -> str:
        """Images per second and the time left; of a run too short or too slow so far, its steps."""
        if timed <= 0:
            steps = "1 step" if self.n == 1 else f"{self.n} steps"
            return f"{steps} in the first {now - self.begun:.3g} s"
        per_step = timed / (self.n - WARM)
        images = self.job.training.batch_size / per_step
        left = clock(per_step * (self.job.training.iterations - step))
        return f"{images:,.{0 if images >= 10 else 1}f} images/s, {left} left"


def described(job: TrainingSpec, state: TrainingState) -> str:
    """Where and how a run computes: device, precision, compiled or not, batch, parameters."""
    training, group = job.training, state.group
    gave_up = isinstance(state.predict, Guarded) and state.predict.gave_up
    compiled = "compiled" if training.compile and not gave_up else "not compiled"
    part = group.part(training.batch_size)
    share = (
        "" if group.size == 1 else f" ({part.stop - part.start} in each of {group.size} processes)"
    )
    return (
        f"training {job.name} on {device_name(group)}, {training.precision}, {compiled}, "
        f"batch {training.batch_size}{share}, {n_parameters(state.model):,} parameters"
    )


def device_name(group: Group) -> str:
    """The device of a run as a person knows it: the card's name, or the number of CPU threads."""
    device = torch.device(group.device)
    if device.type == "cuda":
        return f"{group.device} ({torch.cuda.get_device_name(device)})"
    n = torch.get_num_threads()
    return f"{device.type} ({n} thread{'' if n == 1 else 's'})"
