"""The three processes that the part `real` compares: what they train on and start from."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from beyond_blur.config import AdvectionDiffusionOptions, DDPMOptions, HeatDissipationOptions
from beyond_blur.data.pixels import to_float
from beyond_blur.processes import build
from gpu_parts.context import Context
from gpu_parts.small_runs import experiment_of_part, network_of_part
from gpu_parts.streaming import PECLET, stream, threads

N_SAMPLES = 64
PAIRS = 0.12
"""Share of the box in which pairs are made; then they are trained on over and over."""


@dataclass
class Learner:
    """A process, and what it needs.

    Attributes
    ----------
    name : str
    process : ForwardProcess
    rows : callable
        What it trains on, by name.
    prior : callable
        What its prior is made from, by name, on the device.
    preparation : float
        Share of the box in which the rows are made.
    average : dict of str to tensor
        The averaged weights, once trained.
    """

    name: str
    process: Any
    rows: Callable[[Context], Mapping[str, Tensor]]
    prior: Callable[[Context], dict[str, Tensor]]
    preparation: float = 0.0
    average: dict[str, Tensor] = field(default_factory=dict)

    def network(self, context: Context) -> nn.Module:
        """A new network on the device."""
        return network_of_part(context).to(context.device)


def learners(context: Context, images: np.ndarray, held_out: np.ndarray) -> list[Learner]:
    """IHDM, advection-diffusion at a Peclet number above 0, DDPM; as many levels each."""
    made = experiment_of_part(context)
    rows = {"images": torch.from_numpy(images)}
    seen = torch.from_numpy(to_float(held_out[:N_SAMPLES]))
    velocity = made.process_options.advection_diffusion.velocity
    flow = AdvectionDiffusionOptions(peclet=PECLET, velocity=velocity)
    ddpm = DDPMOptions(n_steps=made.levels.n_levels, schedule="cosine")

    def whole(context: Context) -> Mapping[str, Tensor]:
        return rows

    def seen_there(context: Context) -> dict[str, Tensor]:
        return {"images": seen.to(context.device)}

    def pairs(context: Context) -> Mapping[str, Tensor]:
        return made_pairs(context, images)

    def terminal(context: Context) -> dict[str, Tensor]:
        return {"terminal": terminal_states_of(context, flow, seen.numpy()).to(context.device)}

    heat = build(HeatDissipationOptions(), made.levels)
    return [
        Learner("ihdm", heat, whole, seen_there),
        Learner("advection-diffusion", build(flow, made.levels), pairs, terminal, PAIRS),
        Learner("ddpm", build(ddpm, made.levels), whole, seen_there),
    ]


def made_pairs(context: Context, images: np.ndarray) -> dict[str, Tensor]:
    """Pairs for as long as there is time for, each under a flow of its own, on the CPU."""
    made, batches = experiment_of_part(context), []
    end = time.perf_counter() + PAIRS * context.box
    with context.alone(), stream(made, context.device, 0, images) as pairs:
        while not batches or (time.perf_counter() < end and not context.dry):
            batch = pairs.batch(len(batches))
            batches.append({name: values.cpu() for name, values in batch.items()})
    rows = {name: torch.cat([batch[name] for batch in batches]) for name in batches[0]}
    context.add("pairs made", len(rows["k"]))
    return rows


def terminal_states_of(
    context: Context, flow: AdvectionDiffusionOptions, seen: np.ndarray
) -> Tensor:
    """Held-out images (n, c, h, w) at the last level, under flows that no pair has seen."""
    from dataclasses import replace

    from beyond_blur.corruption.backend import choose
    from beyond_blur.corruption.pairs import terminal_states
    from beyond_blur.lbm.trajectory import Trajectory

    made = experiment_of_part(context)
    options = replace(made.corruption, threads=threads())
    way = Trajectory.from_options(flow, made.levels, options)
    backend = choose(options, way, seen.shape[1:])
    return torch.from_numpy(terminal_states(seen, np.arange(len(seen)), way, options.seed, backend))
