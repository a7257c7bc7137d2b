"""The training loop: pairs in, averaged weights out. It knows no process by name.

Every random choice of step s is drawn from generators seeded by (seed, s), so a run that was
stopped and resumed from any saved state is the same run, bit for bit, on the same machine. Each
choice is made for the whole batch, of which a process takes its rows, so a run shared by several
processes is the same run but for rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from beyond_blur.config import Training
from beyond_blur.processes import ForwardProcess
from beyond_blur.training.batches import Source
from beyond_blur.training.finite_steps import check_weights
from beyond_blur.training.prefetch import PreparedPairs
from beyond_blur.training.state import TrainingState
from beyond_blur.training.step import Gradients, StepReport, gradients, settle, update


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
    with PreparedPairs(process, source, spec, state.group) as pairs:
        return train_on(state, pairs, spec, report=report, keep=keep, stop=stop)


def train_on(
    state: TrainingState,
    pairs: PreparedPairs,
    spec: Training,
    *,
    report: Callable[[StepReport], None],
    keep: Callable[[TrainingState], None],
    stop: Callable[[], bool],
) -> bool:
    """`train` on pairs that somebody else opens and closes."""
    state.model.train()
    kept, due = state.step, False
    for step in steps(state, pairs, spec, stop):
        report(step)
        due = due or state.step % spec.checkpoint_every == 0
        if due and keep_sound(state, keep):
            kept, due = state.step, False
    if state.step > kept:
        keep_sound(state, keep)
    return state.step >= spec.iterations


def keep_sound(state: TrainingState, keep: Callable[[TrainingState], None]) -> bool:
    """Keep a state whose last step was finite, and say whether it was.

    Raises
    ------
    TrainingDiverged
        If a weight of it is not finite.
    """
    if state.skipped_in_a_row:
        return False
    check_weights(state)
    keep(state)
    return True


def steps(
    state: TrainingState,
    pairs: PreparedPairs,
    spec: Training,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[StepReport]:
    """Step after step of Adam with warm-up, clipping and averaging, to the last iteration.

    Whenever a report is given, the state is that after its step, and the gradients of the next
    step are computed or queued already. They are thrown away where nobody asks for another report.

    Parameters
    ----------
    state : TrainingState
        Changed in place; its model is in training mode.
    pairs : PreparedPairs
    spec : Training
    stop : callable
        Asked after every step whether to stop, and again before the gradients of a step that would
        be thrown away. Where processes share the run it is asked with the gradients of each step,
        and all end after the step in which one was told to.

    Yields
    ------
    StepReport
        A step that is not finite is reported, too, and changes no weights.

    Raises
    ------
    TrainingDiverged
        After ``spec.max_skipped`` steps in a row without a finite loss and gradient.
    NotFinite
        If the training pairs are not finite, which no learning rate would mend.
    RuntimeError
        If the network or its gradients are to be compiled and cannot be.
    """
    alone, done = state.group.size == 1, state.step
    updated: Gradients | None = None
    while True:
        ends = done >= spec.iterations or (alone and updated is not None and stop())
        begun = None if ends else gradients(state, pairs, spec, done, stop)
        if updated is not None:
            report = settle(state, updated, spec, pairs)
            yield report
            if report.stops or (alone and stop()):
                return
        if begun is None:
            return
        update(state, begun)
        updated, done = begun, done + 1
