"""All that a training run is between two steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from beyond_blur.config import Training
from beyond_blur.network import compiling
from beyond_blur.network.dropout import share_dropout
from beyond_blur.network.ema import start_ema
from beyond_blur.network.layout import memory_format
from beyond_blur.network.unet import n_parameters
from beyond_blur.processes.base import Predict
from beyond_blur.processes.noise import mix
from beyond_blur.training.distributed import Group

FUSED_FROM = 1_000_000
"""Parameters above which Adam runs fused, in one pass over memory, on a CPU, too. A choice: the
optimiser is a small part of the step of a smaller network."""


@dataclass
class TrainingState:
    """All that a run needs to go on: weights, their average, the optimiser, the step.

    Attributes
    ----------
    model : nn.Module
    average : dict of str to tensor
        The exponential moving average of the weights.
    optimiser : torch.optim.Optimizer
    predict : callable
        The model as training calls it: compiled, and shared with other processes, or not.
    group : Group
        The processes that share the run.
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
    predict: Predict
    group: Group
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
        self.optimiser.load_state_dict(as_here(state["optimiser"], self.optimiser))
        self.step, self.skipped, self.skipped_in_a_row = state["counts"]


def as_here(saved: Mapping[str, Any], optimiser: torch.optim.Optimizer) -> dict[str, Any]:
    """A saved optimiser, fused or not as this one is: another device may have left it."""
    ways = {name: optimiser.defaults[name] for name in ("fused", "foreach")}
    return {**saved, "param_groups": [{**group, **ways} for group in saved["param_groups"]]}


def new_state(
    make_model: Callable[[], nn.Module], spec: Training, device: str, group: Group | None = None
) -> TrainingState:
    """A run before its first step; the weights depend on the seed only.

    Parameters
    ----------
    make_model : callable
        Called once, with torch's generator seeded.
    spec : Training
    device : str
        Where the network runs.
    group : Group, optional
        The processes that share the run; by default this one alone.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(mix(spec.seed))
        model = make_model()
    compiled = compiling.trains_compiled(spec, device)
    layout: Any = {"memory_format": memory_format(device, compiled)}
    model = model.to(device).to(**layout)
    fused = device.startswith("cuda") or n_parameters(model) > FUSED_FROM
    optimiser = torch.optim.Adam(
        model.parameters(),
        lr=spec.learning_rate,
        betas=(0.9, 0.999),
        eps=1e-8,
        fused=fused,
        foreach=not fused,
    )
    group = group or Group(device)
    if group.size > 1:
        share_dropout(model, spec.batch_size, group.part(spec.batch_size))
    predict = wrapped(model, spec, group)
    return TrainingState(model, start_ema(model), optimiser, predict, group)


def wrapped(model: nn.Module, spec: Training, group: Group) -> Predict:
    """The model as training calls it: compiled if asked, gradients averaged over the group."""
    plain: nn.Module = model
    if group.size > 1:
        plain = DistributedDataParallel(model, gradient_as_bucket_view=True)
    if not compiling.trains_compiled(spec, group.device):
        return plain
    # Compiled around the wrapper, the backward pass is cut where a bucket of gradients is whole.
    compiled: nn.Module = torch.compile(plain, dynamic=False)  # type: ignore[assignment]
    falls_back = spec.compile == "auto"
    return compiling.Guarded(compiled, "training.compile", plain if falls_back else None)
