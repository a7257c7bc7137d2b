"""A training step of the package and what there is to measure of it, compiled or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

import training_step as bench
from beyond_blur.network.arithmetic import set_for
from beyond_blur.network.precision import resolve
from gpu_parts.context import Context
from gpu_parts.profiling import profile
from gpu_parts.timing import Steps, in_turns, median_ms, seconds

BETWEEN_WAITS = 8
"""Steps between two waits for the device; the loop itself does not wait at all."""
ROUNDS = 3
GIB = 2**30

MakeRuns = Callable[[], dict[str, Steps]]


@dataclass
class Setting:
    """A preset as it is measured: whole on a GPU, and ``tiny`` with four images in a dry run.

    Attributes
    ----------
    preset : str
    batch : dict
        Change of the batch size, if any.
    n_steps, rounds : int
        Steps between two waits, and turns.
    """

    preset: str
    batch: dict[str, int]
    n_steps: int
    rounds: int

    def spec(self, **changes: Any) -> Any:
        """Options of training."""
        return bench.settings(self.preset, **self.batch, **changes)[2]

    def flop(self, batch_size: int) -> float:
        """Operations of a step, forward and backward."""
        size, channels = bench.PRESETS[self.preset]
        return batch_size * bench.network_flop(bench.settings(self.preset)[0], channels, size)[1]


def setting(context: Context, preset: str) -> Setting:
    """The preset as it is measured here."""
    if context.device == "cuda":
        return Setting(preset, {}, BETWEEN_WAITS, ROUNDS)
    return Setting("tiny", {"batch_size": 4}, 2, 1)


def settings(context: Context) -> list[Setting]:
    """All presets that are measured."""
    presets = ("cifar10", "ffhq128") if context.device == "cuda" else ("tiny",)
    return [setting(context, preset) for preset in presets]


class Ours:
    """The package's step, by the rules of its number format."""

    def __init__(self, given: Setting, device: str, **changes: Any) -> None:
        self.given, self.device = given, device
        self.spec = given.spec(**changes)
        self.precision = resolve(self.spec.precision, device)
        self.begin()

    def begin(self) -> None:
        """Begin with new weights."""
        with self.rules():
            self.step = bench.Ours(self.given.preset, self.spec, self.device)

    def rules(self) -> Any:
        """What torch is set to while this step computes."""
        return set_for(self.device, self.precision, self.spec.deterministic)

    def run(self, n: int) -> None:
        """Queue ``n`` steps."""
        with self.rules():
            for _ in range(n):
                next(self.step.walk)

    def close(self) -> None:
        """End the thread that makes pairs."""
        self.step.walk.close()
        self.step.pairs.close()

    def first_step(self) -> float:
        """Seconds of the first step, in which a network is compiled."""
        return seconds(self.device, lambda: self.run(1))

    def weights(self) -> list[torch.Tensor]:
        """The model's, on the CPU."""
        return [one.detach().cpu() for one in self.step.state.model.parameters()]


def reference_steps(given: Setting, device: str) -> Any:
    """The reference recipe, by torch's own rules."""
    reference = bench.Reference(given.preset, given.spec(precision="float32"), device)

    def run(n: int) -> None:
        for _ in range(n):
            reference.step()

    return run


def measured(
    context: Context, key: str, ours: Ours, rate: float, others: MakeRuns = dict
) -> dict[str, Any]:
    """Everything about a step, and about others that take turns with it.

    Parameters
    ----------
    key : str
        What it is kept under as it is found.
    others : callable
        Makes them, once our own memory is measured.
    rate : float
        Operations a second of a bfloat16 matrix product; nan if not known.
    """
    given, flop = ours.given, ours.given.flop(ours.spec.batch_size)
    found: dict[str, Any] = watched(context, ours)
    context.keep(key, found)
    runs = {**others(), "ours": ours.run}
    found.update(in_turns(context, runs, given.n_steps, given.rounds))
    if context.device == "cuda":
        found["share of the matrix rate"] = 1e3 * flop / found["ours, ms a step"] / rate
    context.keep(key, found)
    if context.left() > 4:
        bare = forward_backward_ms(context, ours)
        found["forward and backward alone, ms"] = bare
        found["forward and backward alone, TFLOP/s"] = flop / bare / 1e9
        context.keep(key, found)
    if context.left() > 4 and context.device == "cuda" and ours.precision == "bfloat16":
        found["profile"] = profile(context, ours.run, 3)
    return found


def watched(context: Context, ours: Ours) -> dict[str, float]:
    """The share of the time in which training stood still for pairs; the peak of device memory.

    Weights and optimiser are part of the peak.
    """
    on_gpu = context.device == "cuda"
    with context.alone():
        ours.run(2)
        before = ours.step.pairs.seconds_waited
        if on_gpu:
            torch.cuda.reset_peak_memory_stats()
        spent = seconds(context.device, lambda: ours.run(ours.given.n_steps))
        waited = ours.step.pairs.seconds_waited - before
        peak = {"memory GiB": torch.cuda.max_memory_allocated() / GIB} if on_gpu else {}
    return {"share waited for pairs": waited / spent, **peak}


def forward_backward_ms(context: Context, ours: Ours) -> float:
    """The step without host, optimiser and average: its pair lies on the device already."""
    step = ours.step
    pair = bench.batches.pair_of_step(step.process, step.rows, ours.spec, 0, step.state.group)

    def run() -> None:
        step.state.optimiser.zero_grad(set_to_none=True)
        losses = bench.prediction_losses(
            step.process, step.state.predict, pair, ours.spec, ours.device
        )
        losses.mean().backward()

    with ours.rules():
        return median_ms(context, run, 5, 1)


def host_ms(context: Context, given: Setting) -> float:
    """Making a batch and its noise on the host, which a thread does beside the step before."""
    process, spec = bench.AdvectionDiffusion(n_steps=30), given.spec()
    rows = bench.rows_of(given.preset, 4 * spec.batch_size)
    return median_ms(context, lambda: bench.batches.pair_of_step(process, rows, spec, 0), 5)


def matrix_rate(context: Context) -> float:
    """Operations a second of a bfloat16 matrix product; nan without a GPU."""
    if context.device == "cpu":
        return float("nan")
    with context.alone():
        return bench.matrix_rate()
