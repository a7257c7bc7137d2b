"""Training: pairs in, averaged weights out. Knows no process by name.

Every random choice of step s is drawn from generators seeded by (seed, s), so a run that was
stopped and resumed from any saved state is the same run, bit for bit, on the same machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from beyond_blur.config import Training
from beyond_blur.ema import start_ema, update_ema
from beyond_blur.noise import BatchNoise, mix
from beyond_blur.processes import ForwardProcess, TrainingPair


class TrainingDiverged(RuntimeError):
    """Too many steps in a row without a finite loss and gradient."""


@dataclass
class TrainingState:
    """All that a run needs to go on: weights, their average, the optimiser, the step.

    Attributes
    ----------
    step : int
        Steps done.
    skipped : int
        Steps left out so far because loss or gradient was not finite.
    skipped_in_a_row : int
        The last of them in a row.
    """

    model: nn.Module
    average: dict[str, Tensor]
    optimiser: torch.optim.Optimizer
    step: int = 0
    skipped: int = 0
    skipped_in_a_row: int = 0

    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain numbers only: readable without pickle."""
        return {
            "model": self.model.state_dict(),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "counts": [self.step, self.skipped, self.skipped_in_a_row],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a saved state."""
        self.model.load_state_dict(state["model"])
        for name, weights in self.average.items():
            weights.copy_(state["average"][name])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.skipped, self.skipped_in_a_row = state["counts"]


@dataclass(frozen=True)
class StepReport:
    """What one step did."""

    step: int
    loss: float
    gradient_norm: float
    learning_rate: float
    skipped: int
    k: Tensor = field(repr=False)
    loss_per_row: Tensor = field(repr=False)


def new_state(make_model: Callable[[], nn.Module], spec: Training, device: str) -> TrainingState:
    """A run before its first step; the weights depend on the seed only."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(mix(spec.seed))
        model = make_model()
    model = model.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.Adam(
        model.parameters(), lr=spec.learning_rate, betas=(0.9, 0.999), eps=1e-8, foreach=True
    )
    return TrainingState(model, start_ema(model), optimiser)


def rows_of_step(n_rows: int, batch_size: int, step: int, seed: int) -> Tensor:
    """Rows that step number ``step`` (from 0) trains on: epoch after epoch, each in a new order.

    Returns
    -------
    int64 tensor, shape (batch_size,)
    """
    places = torch.arange(step * batch_size, (step + 1) * batch_size)
    epochs = places // n_rows
    rows = torch.empty_like(places)
    for epoch in epochs.unique().tolist():
        generator = torch.Generator().manual_seed(mix(seed, 1, epoch))
        order = torch.randperm(n_rows, generator=generator)
        here = epochs == epoch
        rows[here] = order[places[here] % n_rows]
    return rows


def pair_of_step(
    process: ForwardProcess, source: Mapping[str, Tensor], spec: Training, step: int
) -> TrainingPair:
    """The training pairs of step number ``step``, from rows of ``source``."""
    n_rows = len(next(iter(source.values())))
    rows = rows_of_step(n_rows, spec.batch_size, step, spec.seed)
    return process.training_pair(take_rows(source, rows), BatchNoise(spec.seed, 2, step))


def take_rows(source: Mapping[str, Tensor], rows: Tensor) -> dict[str, Tensor]:
    """Some rows as a batch: half precision becomes float32, bytes become grey values in [0, 1]."""
    batch = {}
    for name, values in source.items():
        chosen = values[rows]
        if chosen.dtype == torch.uint8:
            chosen = chosen.float() / 255
        batch[name] = chosen.float() if chosen.is_floating_point() else chosen
    return batch


def squared_error(prediction: Tensor, pair: TrainingPair) -> Tensor:
    """Sum over pixels of the squared error, one number per image (IHDM)."""
    return (prediction - pair.target).square().flatten(1).sum(1)


def loss_per_row(process: ForwardProcess, prediction: Tensor, pair: TrainingPair) -> Tensor:
    """The loss of every image: the process's own where it has one, else the squared error."""
    own: Callable[[Tensor, TrainingPair], Tensor] = getattr(process, "loss_per_row", squared_error)
    return own(prediction, pair)


def train_step(
    state: TrainingState, process: ForwardProcess, source: Mapping[str, Tensor], spec: Training
) -> StepReport:
    """One step of Adam with warm-up, clipping and averaging; left out if it is not finite.

    Raises
    ------
    TrainingDiverged
        After ``spec.max_skipped`` steps in a row without a finite loss and gradient.
    """
    device = next(state.model.parameters()).device
    pair = pair_of_step(process, source, spec, state.step)
    learning_rate = spec.learning_rate * min(1.0, (state.step + 1) / max(spec.warmup, 1))
    # Dropout has no generator argument in torch; this seeds the one it uses, for this step.
    torch.manual_seed(mix(spec.seed, 3, state.step))
    pair = TrainingPair(pair.x_k.to(device), pair.k.to(device), pair.target.to(device))
    x_k = pair.x_k.contiguous(memory_format=torch.channels_last)
    state.optimiser.zero_grad(set_to_none=True)
    with torch.autocast(device.type, torch.bfloat16, enabled=spec.precision == "bfloat16"):
        prediction = state.model(x_k, pair.k)
    losses = loss_per_row(process, prediction.float(), pair)
    loss = losses.mean()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(state.model.parameters(), spec.gradient_clip).item()
    _apply(state, spec, learning_rate, math.isfinite(loss.item()) and math.isfinite(norm))
    return StepReport(state.step, loss.item(), norm, learning_rate, state.skipped,
                      pair.k.cpu(), losses.detach().cpu())  # fmt: skip


def _apply(state: TrainingState, spec: Training, learning_rate: float, finite: bool) -> None:
    """Take the step, or count it as skipped."""
    state.step += 1
    if not finite:
        state.skipped += 1
        state.skipped_in_a_row += 1
        if state.skipped_in_a_row >= spec.max_skipped:
            raise TrainingDiverged(
                f"loss or gradient was not finite in {state.skipped_in_a_row} steps in a row "
                f"(last: step {state.step}): lower training.learning_rate or use precision: float32"
            )
        return
    state.skipped_in_a_row = 0
    for group in state.optimiser.param_groups:
        group["lr"] = learning_rate
    state.optimiser.step()
    update_ema(state.average, state.model, spec.ema, state.step - state.skipped)


def train(
    state: TrainingState,
    process: ForwardProcess,
    source: Mapping[str, Tensor],
    spec: Training,
    *,
    report: Callable[[StepReport], None] = lambda _: None,
    keep: Callable[[TrainingState], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Run from ``state`` to the last iteration.

    Parameters
    ----------
    state : TrainingState
        Changed in place; new or loaded from an earlier run.
    process : ForwardProcess
        Makes the pairs.
    source : mapping of str to tensor
        Rows the process makes pairs from; one first axis.
    spec : Training
        Iterations, batch size, optimiser.
    report : callable
        Called after every step.
    keep : callable
        Called every ``spec.checkpoint_every`` steps and when the run is told to stop.
    stop : callable
        Asked after every step whether to stop early.

    Returns
    -------
    bool
        Whether the last iteration was reached.
    """
    state.model.train()
    while state.step < spec.iterations:
        report(train_step(state, process, source, spec))
        stopped = stop()
        if stopped or state.step % spec.checkpoint_every == 0:
            keep(state)
        if stopped:
            break
    return state.step >= spec.iterations


def pick_device(wanted: str) -> str:
    """``cpu`` or ``cuda``; ``auto`` takes CUDA where there is a device."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("training.device = cuda, but torch sees no CUDA device: use auto or cpu")
    return "cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu"
