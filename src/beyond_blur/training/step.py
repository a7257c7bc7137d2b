"""One step of training in three parts, none of which waits for a device before it has to.

`gradients` and `update` queue work; whether loss and gradient were finite is decided where they
lie. `settle` reads what a step gave. The loop calls it once the gradients of the next step are
queued, so that a device is never idle while the host reads.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from beyond_blur.config import Training
from beyond_blur.network.compiling import CannotCompile, Guarded, compiling
from beyond_blur.network.ema import update_ema
from beyond_blur.processes import TrainingPair
from beyond_blur.processes.noise import Stream, mix
from beyond_blur.training.finite_steps import TrainingDiverged, check_pairs
from beyond_blur.training.learning_rate import learning_rate_of
from beyond_blur.training.loss import prediction_losses
from beyond_blur.training.prefetch import PreparedPairs
from beyond_blur.training.state import TrainingState


@dataclass(frozen=True)
class StepReport:
    """What one step did.

    Attributes
    ----------
    step : int
        Steps done, this one included.
    loss, gradient_norm : float
        Of the global batch, the norm before clipping; not finite where the step was left out.
    learning_rate : float
    skipped : int
        Steps left out so far.
    k : int64 tensor, shape (batch_size,)
        Level of every row of the global batch.
    loss_per_row : float32 tensor, shape (batch_size,)
    stops : bool
        Whether one of the processes that share the run was told to stop.
    """

    step: int
    loss: float
    gradient_norm: float
    learning_rate: float
    skipped: int
    k: Tensor = field(repr=False)
    loss_per_row: Tensor = field(repr=False)
    stops: bool = False


@dataclass(frozen=True)
class Gradients:
    """A step whose gradients are computed, or queued.

    Attributes
    ----------
    number : int
        Of the step, from 0.
    pair : TrainingPair
        What it was trained on.
    learning_rate : float
    finite : bool tensor, shape ()
        Whether loss and gradient are; on the device.
    values : float64 tensor, shape (batch_size + processes + 1, 2)
        In host memory, there once ``ready`` is: (k, loss) of every row of the global batch; for
        every process whether it is to stop; and the gradient's norm.
    ready : torch.cuda.Event, optional
        None on a CPU.
    """

    number: int
    pair: TrainingPair
    learning_rate: float
    finite: Tensor
    values: Tensor
    ready: torch.cuda.Event | None


def gradients(
    state: TrainingState,
    pairs: PreparedPairs,
    spec: Training,
    number: int,
    stop: Callable[[], bool] = lambda: False,
) -> Gradients:
    """The clipped gradients of a step, means over the global batch on every process of the group.

    Parameters
    ----------
    state : TrainingState
        Its gradients are replaced.
    pairs : PreparedPairs
    spec : Training
    number : int
        Of the step, from 0.
    stop : callable
        Asked, where processes share the run, whether this one is to stop.

    Raises
    ------
    RuntimeError
        If the network or its gradients are to be compiled and cannot be.
    """
    group = state.group
    pair = pairs.of_step(number)
    # Dropout has no generator argument in torch; this seeds the one it uses, for this step.
    torch.manual_seed(mix(spec.seed, Stream.DROPOUT, number))
    state.optimiser.zero_grad(set_to_none=True)
    losses = prediction_losses(pairs.process, state.predict, pair, spec, group.device)
    pairs.begin(number + 1)
    # Gradients are averaged over the processes, each of which holds some rows of the batch.
    try:
        with compiling("training.compile"):
            (losses.sum() * (group.size / spec.batch_size)).backward()
    except CannotCompile as error:
        if isinstance(state.predict, Guarded) and state.predict.give_up(error):
            return gradients(state, pairs, spec, number, stop)
        raise
    norm = nn.utils.clip_grad_norm_(state.model.parameters(), spec.gradient_clip)
    own_rows = torch.stack([pair.k.double(), losses.detach().double()], 1)
    rows = group.gather(own_rows, spec.batch_size)
    finite = rows[:, 1].mean().isfinite() & norm.isfinite()
    asked = rows.new_full((1, 2), float(group.size > 1 and stop()))
    of_step = torch.cat([rows, group.gather(asked, group.size), norm.double().expand(1, 2)])
    rate = learning_rate_of(spec, number)
    return Gradients(number, pair, rate, finite, *to_host(of_step))


def to_host(values: Tensor) -> tuple[Tensor, torch.cuda.Event | None]:
    """Values in host memory, and what says that they are there; a GPU is not waited for."""
    if not values.is_cuda:
        return values, None
    there = torch.empty(values.shape, dtype=values.dtype, pin_memory=True)
    there.copy_(values, non_blocking=True)
    return there, torch.cuda.current_stream(values.device).record_event()


def update(state: TrainingState, step: Gradients) -> None:
    """Take a step of Adam, or none where loss or gradient are not finite.

    Parameters
    ----------
    state : TrainingState
        Weights and moments are changed in place, or are to be by what is queued.
    step : Gradients
        The last that were computed.
    """
    optimiser = state.optimiser
    for group in optimiser.param_groups:
        group["lr"] = step.learning_rate
    if optimiser.defaults["fused"]:
        # Torch's fused Adam reads this attribute and leaves the step out by itself.
        optimiser.found_inf = (~step.finite).float()  # type: ignore[attr-defined]
        optimiser.step()
    elif step.finite:
        optimiser.step()


def settle(
    state: TrainingState, step: Gradients, spec: Training, pairs: PreparedPairs
) -> StepReport:
    """Read what an updated step gave, average its weights and count it.

    Parameters
    ----------
    state : TrainingState
        Its weights are those after this step; average and counts are changed in place.
    step : Gradients
    spec : Training
    pairs : PreparedPairs
        Where the step's pairs came from.

    Raises
    ------
    TrainingDiverged
        After ``spec.max_skipped`` steps in a row without a finite loss and gradient.
    NotFinite
        If the training pairs are not finite, which no learning rate would mend.
    """
    if step.ready is not None:
        step.ready.synchronize()
    n_rows = len(step.values) - state.group.size - 1
    k, per_row = step.values[:n_rows].unbind(1)
    asked, norm = step.values[n_rows:-1], step.values[-1, 0].item()
    loss = per_row.mean().item()
    finite = math.isfinite(loss) and math.isfinite(norm)
    if not finite:
        check_pairs(state.group, pairs, spec, step.number, step.pair)
    count(state, spec, finite)
    if finite:
        update_ema(state.average, state.model, spec.ema, state.step - state.skipped)
    return StepReport(
        step=state.step,
        loss=loss,
        gradient_norm=norm,
        learning_rate=step.learning_rate,
        skipped=state.skipped,
        k=k.long(),
        loss_per_row=per_row.float(),
        stops=bool(asked.any()),
    )


def count(state: TrainingState, spec: Training, finite: bool) -> None:
    """Count a step, as taken or as skipped.

    Raises
    ------
    TrainingDiverged
        After ``spec.max_skipped`` skipped steps in a row.
    """
    state.step += 1
    if finite:
        state.skipped_in_a_row = 0
        return
    state.skipped += 1
    state.skipped_in_a_row += 1
    if state.skipped_in_a_row >= spec.max_skipped:
        raise TrainingDiverged(
            f"loss or gradient was not finite in {state.skipped_in_a_row} steps in a row "
            f"(last: step {state.step}): lower training.learning_rate, or set "
            "training.precision to float32"
        )
