"""What an experiment will cost before it runs: arithmetic, cell updates and bytes, by counting.

Nothing here is measured. Operations of the network are counted by torch on tensors without data;
lattice steps and bytes follow from the schedule and the shapes. Hours come from a rate that the
user has measured (``benchmarks/``), never from a guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from beyond_blur.config import AdvectionDiffusionOptions, Experiment, Network, disk
from beyond_blur.lbm.coarse.bound import objection
from beyond_blur.lbm.coarse.plan import Plan, plan
from beyond_blur.lbm.levels import LatticeSchedule
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.network.unet import UNet, n_parameters
from beyond_blur.processes import build

ROWS = (
    ("pair_updates", "one streamed pair, 10^6 cell updates", 1e6),
    ("cache_updates", "cached pairs, 10^12 cell updates", 1e12),
    ("terminal_updates", "terminal states, 10^12 cell updates", 1e12),
    ("cache_bytes", "cached pairs, GB", 1e9),
    ("terminal_bytes", "terminal states, GB", 1e9),
    ("sample_bytes", "samples of a seed, GB", 1e9),
    ("state_bytes", "weights and resumable state, GB", 1e9),
)
"""The rows of a table below the network's: field of `Cost`, what it is with its unit, its scale."""


@dataclass(frozen=True)
class Cost:
    """Counts of one trained and sampled process.

    Attributes
    ----------
    parameters : int
        Trained numbers of the network.
    training_flop : float
        Floating-point operations (a multiply-add is two) of the whole training.
    sampling_flop : dict of str to float
        Those of all samples, by the name of the process: processes have their own numbers of
        levels, and sampling calls the network at each.
    pair_updates : float
        Lattice cell updates of one cached pair, mean over uniformly drawn levels; all channels.
    cache_updates, terminal_updates : float
        Cell updates of the whole cache and of one terminal state per image; 0 without a flow cache.
    cache_bytes, terminal_bytes, sample_bytes, state_bytes : int
        On disk: pairs, terminal states, samples with what is kept beside them, resumable state and
        averaged weights.
    """

    parameters: int
    training_flop: float
    sampling_flop: dict[str, float]
    pair_updates: float
    cache_updates: float
    terminal_updates: float
    cache_bytes: int
    terminal_bytes: int
    sample_bytes: int
    state_bytes: int


@cache
def network_flop(network: Network, channels: int, size: int) -> tuple[int, int]:
    """Operations of the network for one image: forward alone, and forward with backward.

    Parameters
    ----------
    network : Network
    channels, size : int
        Of the image, size in pixels.

    Returns
    -------
    forward, both : int
        Convolutions, matrix products and attention; a multiply-add is two.
    """
    with torch.device("meta"):
        model = UNet(network, channels)
        x, k = torch.empty(1, channels, size, size), torch.empty(1, dtype=torch.int64)
    with FlopCounterMode(display=False) as counter:
        prediction = model(x, k)
        forward = counter.get_total_flops()
        prediction.sum().backward()
        return forward, counter.get_total_flops()


def steps_per_pair(schedule: LatticeSchedule, coarse: Plan | None = None) -> float:
    """Lattice steps up to a level drawn uniformly from 1..K, on average.

    Over coarser lattices level k - 1 has a branch of its own; steps on coarse cells count by how
    many they update.
    """
    if coarse is None:
        return float(schedule.first_step[1:].mean())
    pairs = ([k - 1, k] for k in range(1, schedule.n_levels + 1))
    return float(np.mean([coarse.equivalents(pair) for pair in pairs]))


def coarse_plan(experiment: Experiment, schedule: LatticeSchedule) -> Plan | None:
    """The coarser lattices that all flows of an experiment take on the CPU, or None.

    A GPU has none: there count without ``corruption.coarsen``.
    """
    options, shape = experiment.corruption, (experiment.dataset.size, experiment.dataset.size)
    # Without a flow no lattice steps are made.
    flows = [
        process
        for process in experiment.processes
        if isinstance(process, AdvectionDiffusionOptions) and process.peclet > 0
    ]
    if options.coarsen != "auto" or options.backend == "gpu" or not flows:
        return None
    ways = (Trajectory.from_options(flow, experiment.levels, options) for flow in flows)
    if any(objection(way, shape) for way in ways):
        return None
    return plan(schedule, shape)


def cost(experiment: Experiment, n_images: int, n_samples: int) -> Cost:
    """Count what one process of an experiment costs.

    Parameters
    ----------
    experiment : Experiment
    n_images : int
        Training images.
    n_samples : int
        Samples drawn from the trained network.

    Returns
    -------
    Cost
    """
    dataset, options = experiment.dataset, experiment.corruption
    pixels = dataset.channels * dataset.size**2
    forward, both = network_flop(experiment.network, dataset.channels, dataset.size)
    with torch.device("meta"):
        parameters = n_parameters(UNet(experiment.network, dataset.channels))
    schedule = LatticeSchedule.from_levels(experiment.levels)
    coarse = coarse_plan(experiment, schedule)
    to_last = schedule.first_step[-1] if coarse is None else coarse.equivalents([schedule.n_levels])
    per_flow = last_steps(experiment, schedule, coarse)
    shape = (dataset.channels, dataset.size, dataset.size)
    flows = any(isinstance(process, AdvectionDiffusionOptions) for process in experiment.processes)
    training = experiment.training
    return Cost(
        parameters=parameters,
        training_flop=float(both) * training.iterations * training.batch_size,
        sampling_flop={
            name: float(forward) * n_samples * calls
            for name, calls in network_calls(experiment).items()
        },
        pair_updates=pixels * steps_per_pair(schedule, coarse),
        cache_updates=flows * pixels * n_images * options.draws * per_flow,
        terminal_updates=float(flows * pixels * n_images * to_last),
        cache_bytes=flows * disk.pairs_bytes(n_images, shape, options),
        terminal_bytes=flows * disk.terminal_bytes(n_images, shape),
        sample_bytes=disk.samples_bytes(n_samples, pixels),
        state_bytes=disk.training_bytes(parameters),
    )


def network_calls(experiment: Experiment) -> dict[str, int]:
    """Network calls for one sample, by the name of the process: one for each of its levels.

    ``sampling.steps`` sets their number for all processes.
    """
    steps, levels = experiment.sampling.steps, experiment.levels
    return {
        process.name: steps or build(process, levels, delta=0.0).n_steps
        for process in experiment.processes
    }


def last_steps(
    experiment: Experiment, schedule: LatticeSchedule, coarse: Plan | None = None
) -> float:
    """Lattice steps one cached flow is run for, on average: up to the largest of its levels.

    The m levels of a flow are stratified, so the largest is uniform on the last m-th of 1..K. Over
    coarser lattices each level and the one below have branches of their own; they are taken to lie
    at the same place of every m-th.
    """
    levels = schedule.n_levels
    stratum = max(1, levels // experiment.corruption.levels_per_draw)
    if coarse is None:
        return float(np.mean(schedule.first_step[1 + levels - stratum :]))
    flows = (np.arange(levels - place, 0, -stratum) for place in range(stratum))
    return float(np.mean([coarse.equivalents(np.append(k, k - 1)) for k in flows]))


def rows(
    counts: Sequence[Cost], tflops: float | None = None, updates: float | None = None
) -> list[list[str]]:
    """The lines of a table with one column for each count.

    Parameters
    ----------
    counts : sequence of Cost
    tflops : float, optional
        10^12 operations a second, as measured: adds hours of training and sampling.
    updates : float, optional
        10^9 cell updates a second, as measured: adds hours of corruption.

    Returns
    -------
    list of list of str
        What a line holds, then its number in each column; empty where a process is not there.
    """
    lines = [
        ["parameters, 10^6", *(digits(count.parameters / 1e6) for count in counts)],
        ["training, PFLOP", *(digits(count.training_flop / 1e15) for count in counts)],
        *sampling_rows(counts, ", PFLOP", 1e15),
    ]
    for field, words, scale in ROWS:
        lines.append([words, *(digits(getattr(count, field) / scale) for count in counts)])
    if tflops is not None:
        per_hour, unit = tflops * 1e12 * 3600, f" at {tflops:g} TFLOP/s, h"
        training = (digits(count.training_flop / per_hour) for count in counts)
        lines += [[f"training{unit}", *training], *sampling_rows(counts, unit, per_hour)]
    if updates is not None:
        work = (count.cache_updates + count.terminal_updates for count in counts)
        hours = (digits(total / updates / 1e9 / 3600) for total in work)
        lines.append([f"corruption at {updates:g} 10^9 updates/s, h", *hours])
    return lines


def sampling_rows(counts: Sequence[Cost], unit: str, scale: float) -> list[list[str]]:
    """A line for the samples of every process that one of the counts has."""
    lines = []
    for name in dict.fromkeys(name for count in counts for name in count.sampling_flop):
        values = (count.sampling_flop.get(name) for count in counts)
        numbers = ("" if value is None else digits(value / scale) for value in values)
        lines.append([f"sampling {name}{unit}", *numbers])
    return lines


def digits(value: float) -> str:
    """Three significant digits, never an exponent."""
    if value >= 100 or value == 0:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 1e-4 else f"{value:.5f}"
