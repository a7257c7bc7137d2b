"""The training loop: pairs in, averaged weights out. It knows no process by name.

Every random choice of step s is drawn from generators seeded by (seed, s), so a run that was
stopped and resumed from any saved state is the same run, bit for bit, on the same machine. Each
choice is made for the whole batch, of which a process takes its rows, so a run shared by several
processes is the same run but for rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from beyond_blur.config import Training
from beyond_blur.network import precision
from beyond_blur.network.compiling import compiling
from beyond_blur.network.ema import update_ema
from beyond_blur.processes import ForwardProcess, TrainingPair
from beyond_blur.processes.base import Predict
from beyond_blur.processes.noise import Stream, mix
from beyond_blur.training.batches import Source, pair_of_step
from beyond_blur.training.finite_steps import TrainingDiverged, check_pairs, check_weights
from beyond_blur.training.learning_rate import learning_rate_of
from beyond_blur.training.loss import loss_per_row
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
    """

    step: int
    loss: float
    gradient_norm: float
    learning_rate: float
    skipped: int
    k: Tensor = field(repr=False)
    loss_per_row: Tensor = field(repr=False)


def train_step(
    state: TrainingState, process: ForwardProcess, source: Source, spec: Training
) -> StepReport:
    """One step of Adam with warm-up, clipping and averaging; left out if it is not finite.

    Loss and gradient are means over the global batch, on every process of the group.

    Parameters
    ----------
    state : TrainingState
        Changed in place.
    process : ForwardProcess
    source : PairSource, or mapping of str to tensor
    spec : Training

    Raises
    ------
    TrainingDiverged
        After ``spec.max_skipped`` steps in a row without a finite loss and gradient.
    NotFinite
        If the training pairs are not finite, which no learning rate would mend.
    RuntimeError
        If the network or its gradients are to be compiled and cannot be.
    """
    group = state.group
    pair = pair_of_step(process, source, spec, state.step, group)
    learning_rate = learning_rate_of(spec, state.step)
    # Dropout has no generator argument in torch; this seeds the one it uses, for this step.
    torch.manual_seed(mix(spec.seed, Stream.DROPOUT, state.step))
    state.optimiser.zero_grad(set_to_none=True)
    losses = prediction_losses(process, state.predict, pair, spec, group.device)
    # Gradients are averaged over the processes, each of which holds some rows of the batch.
    with compiling("training.compile"):
        (losses.sum() * (group.size / spec.batch_size)).backward()
    norm = nn.utils.clip_grad_norm_(state.model.parameters(), spec.gradient_clip).item()
    own_rows = torch.stack([pair.k.double(), losses.detach().double()], 1)
    k, per_row = group.gather(own_rows, spec.batch_size).cpu().unbind(1)
    loss = per_row.mean().item()
    finite = math.isfinite(loss) and math.isfinite(norm)
    if not finite:
        check_pairs(state, source, spec, state.step, pair)
    _apply(state, spec, learning_rate, finite)
    return StepReport(
        state.step, loss, norm, learning_rate, state.skipped, k.long(), per_row.float()
    )


def prediction_losses(
    process: ForwardProcess, predict: Predict, pair: TrainingPair, spec: Training, device: str
) -> Tensor:
    """The loss of every row under a network, in the precision that training has on the device.

    Parameters
    ----------
    process : ForwardProcess
    predict : callable
        The network, (x_k, k) to its prediction.
    pair : TrainingPair
        On the device.
    spec : Training
        ``precision`` counts.
    device : str

    Returns
    -------
    float32 tensor, shape (n,)
    """
    low = precision.resolve(spec.precision, device) == "bfloat16"
    x_k = pair.x_k.contiguous(memory_format=torch.channels_last)
    with torch.autocast(torch.device(device).type, torch.bfloat16, enabled=low):
        prediction = predict(x_k, pair.k)
    return loss_per_row(process, prediction.float(), pair)


def _apply(state: TrainingState, spec: Training, learning_rate: float, finite: bool) -> None:
    """Take the step, or count it as skipped."""
    state.step += 1
    if not finite:
        state.skipped += 1
        state.skipped_in_a_row += 1
        if state.skipped_in_a_row >= spec.max_skipped:
            raise TrainingDiverged(
                f"loss or gradient was not finite in {state.skipped_in_a_row} steps in a row "
                f"(last: step {state.step}): lower training.learning_rate, or set "
                "training.precision to float32"
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
    source: Source,
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
    source : PairSource, or mapping of str to tensor
        Rows the process makes pairs from; a mapping is dealt out as `CachedRows`.
    spec : Training
        Iterations, batch size, optimiser.
    report : callable
        Called after every step.
    keep : callable
        Called every ``spec.checkpoint_every`` steps, when the run is told to stop and at its end,
        but never before the last step was finite and all weights are: a run that goes on from a
        state inside a series of skipped steps would soon stop where this one did.
    stop : callable
        Asked after every step whether to stop early; one process that says yes stops all.

    Returns
    -------
    bool
        Whether the last iteration was reached.

    Raises
    ------
    TrainingDiverged
        After ``spec.max_skipped`` steps in a row without a finite loss and gradient, or if a state
        that is to be kept holds weights that are not finite.
    NotFinite
        If training pairs are not finite.
    """
    state.model.train()
    due, stopped = False, False
    while state.step < spec.iterations and not stopped:
        report(train_step(state, process, source, spec))
        stopped = state.group.any(stop())
        ends = stopped or state.step == spec.iterations
        due = due or ends or state.step % spec.checkpoint_every == 0
        if due and not state.skipped_in_a_row:
            check_weights(state)
            keep(state)
            due = False
    return state.step >= spec.iterations
