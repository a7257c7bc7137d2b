"""Training on arrays in memory, for notebooks: no files, no resuming."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from torch import Tensor, nn

from beyond_blur.config import Training
from beyond_blur.network.arithmetic import set_for
from beyond_blur.network.precision import resolve
from beyond_blur.processes import ForwardProcess
from beyond_blur.training.batches import pair_of_step
from beyond_blur.training.loop import train
from beyond_blur.training.state import new_state
from beyond_blur.training.step import StepReport

Network = TypeVar("Network", bound=nn.Module)


def train_in_memory(
    process: ForwardProcess,
    network: Network,
    arrays: Mapping[str, Tensor],
    spec: Training,
    report: Callable[[StepReport], None] = lambda _: None,
) -> Network:
    """Train a network as the workflow does, on arrays that are all there.

    Parameters
    ----------
    process : ForwardProcess
        Makes the training pairs.
    network : nn.Module
        Trained in place, on the device that it is on.
    arrays : mapping of str to tensor
        What the process trains on, e.g. ``images``: grey values in [0, 1] or bytes (n, c, h, w).
    spec : Training
        Iterations, batch size, optimiser.
    report : callable
        Called after every step.

    Returns
    -------
    nn.Module
        The same network with its averaged weights, in evaluation mode.

    Raises
    ------
    TrainingDiverged
        After ``spec.max_skipped`` steps in a row without a finite loss and gradient.
    NotFinite
        If training pairs are not finite.
    ValueError
        If the process refuses the arrays.
    """
    device = str(next(network.parameters()).device)
    if device != "cpu":
        pair_of_step(process, arrays, spec, 0)  # on the CPU, where a process looks at its values
    with set_for(device, resolve(spec.precision, device), spec.deterministic):
        state = new_state(lambda: network, spec, device)
        train(state, process, arrays, spec, report=report)
    network.load_state_dict({**network.state_dict(), **state.average})
    return network.eval()
