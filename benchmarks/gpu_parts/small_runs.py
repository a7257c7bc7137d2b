"""Training of the small network, as the package does it, a few steps at a time."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from beyond_blur.config import Experiment, Network
from beyond_blur.network.arithmetic import set_for
from beyond_blur.network.compiling import Guarded
from beyond_blur.network.precision import resolve
from beyond_blur.network.unet import UNet, n_parameters
from beyond_blur.training.loop import steps
from beyond_blur.training.prefetch import PreparedPairs
from beyond_blur.training.state import new_state
from gpu_parts.context import Context
from gpu_parts.streaming import experiment
from gpu_parts.timing import seconds, synchronise

if TYPE_CHECKING:
    from gpu_parts.learners import Learner

NETWORK = Network(
    channels=64, multipliers=(1, 2, 2), blocks=2, attention_levels=(2,), dropout=0.0
)  # fmt: skip
BATCH_SIZE = 128


def experiment_of_part(context: Context) -> Experiment:
    """CIFAR-10's levels and flow; those of ``tiny`` in a dry run."""
    return experiment(context, "cifar10" if context.device == "cuda" else "tiny", BATCH_SIZE)


def network_of_part(context: Context) -> UNet:
    """A new network, on the CPU."""
    made = experiment_of_part(context)
    network = NETWORK if context.device == "cuda" else made.network
    return UNet(network, made.dataset.channels)


class SmallRun:
    """A training run that is asked for so many steps; compiled where it can be on a GPU.

    Parameters
    ----------
    context : Context
    learner : Learner

    Attributes
    ----------
    first_step : float
        Seconds of the first step, compilation included.
    parameters : int
    ms_per_step, share_waited : float
        Of all steps but the first.
    skipped : int
    """

    def __init__(self, context: Context, learner: Learner) -> None:
        self.context, self.stack = context, ExitStack()
        self.spec = replace(
            experiment_of_part(context).training, iterations=10**9, learning_rate=5e-4, warmup=100,
            ema=0.995, precision="auto", compile="auto", threads=1,
        )  # fmt: skip
        rows = learner.rows(context)
        self.state = new_state(lambda: network_of_part(context), self.spec, context.device)
        self.state.model.train()
        pairs = PreparedPairs(learner.process, rows, self.spec, self.state.group)
        self.pairs = self.stack.enter_context(pairs)
        self.walk = steps(self.state, self.pairs, self.spec)
        self.parameters = n_parameters(self.state.model)
        self.seconds, self.waited, self.taken = 0.0, 0.0, 0
        self.first_step = seconds(context.device, lambda: self.queue(1))

    def __enter__(self) -> SmallRun:
        return self

    def __exit__(self, *_: Any) -> None:
        self.walk.close()
        self.stack.close()

    def queue(self, n: int) -> list[float]:
        """The losses of ``n`` steps, the last of which may not have ended on the device."""
        with set_for(self.context.device, resolve(self.spec.precision, self.context.device)):
            return [next(self.walk).loss for _ in range(n)]

    def steps(self, n: int) -> list[float]:
        """The losses of ``n`` steps, alone on the device."""
        with self.context.alone():
            waited, start = self.pairs.seconds_waited, time.perf_counter()
            losses = self.queue(n)
            synchronise(self.context.device)
            self.seconds += time.perf_counter() - start
        self.waited += self.pairs.seconds_waited - waited
        self.taken += n
        return losses

    @property
    def ms_per_step(self) -> float:
        """Mean, milliseconds."""
        return 1e3 * self.seconds / self.taken

    @property
    def share_waited(self) -> float:
        """Share of the time in which training stood still for pairs."""
        return self.waited / self.seconds

    @property
    def skipped(self) -> int:
        """Steps left out because they were not finite."""
        return self.state.skipped

    @property
    def compiled(self) -> bool:
        """Whether the network is compiled."""
        return isinstance(self.state.predict, Guarded) and not self.state.predict.gave_up

    def average(self) -> dict[str, Tensor]:
        """A copy of the averaged weights."""
        return {name: torch.clone(weights) for name, weights in self.state.average.items()}
