"""What an experiment will cost before it runs: arithmetic, cell updates and bytes, by counting.

Nothing here is measured. Operations of the network are counted by torch on tensors without data;
lattice steps and bytes follow from the schedule and the shapes. Hours come from a rate that the
user has measured (``benchmarks/``), never from a guess.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from beyond_blur.config import AdvectionDiffusionOptions, Experiment, Network
from beyond_blur.lbm.levels import LatticeSchedule
from beyond_blur.network.unet import UNet, n_parameters
from beyond_blur.storage import cache_checks

FLOAT = 4
"""Bytes of a number of the weights."""
STATE_NUMBERS = 4
"""Numbers per parameter of a resumable state: weight, average, and Adam's two moments."""
KEPT_PER_SAMPLE = 3
"""Images kept per sample: itself, what it started from, the guess of one network call."""


@dataclass(frozen=True)
class Cost:
    """Counts of one trained and sampled process.

    Attributes
    ----------
    parameters : int
        Trained numbers of the network.
    training_flop, sampling_flop : float
        Floating-point operations (a multiply-add is two) of the whole training and of all samples.
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
    sampling_flop: float
    pair_updates: float
    cache_updates: float
    terminal_updates: float
    cache_bytes: int
    terminal_bytes: int
    sample_bytes: int
    state_bytes: int


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
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(x, k)
    forward = counter.get_total_flops()
    with FlopCounterMode(display=False) as counter:
        model(x, k).sum().backward()
    return forward, counter.get_total_flops()


def steps_per_pair(schedule: LatticeSchedule) -> float:
    """Lattice steps up to a level drawn uniformly from 1..K, on average."""
    return float(schedule.first_step[1:].mean())


def cost(experiment: Experiment, n_images: int, n_samples: int) -> Cost:
    """Count what one process of an experiment costs.

    Parameters
    ----------
    experiment : Experiment
    n_images : int
        Training images.
    n_samples : int
        Samples drawn from the trained network.
    """
    dataset, options = experiment.dataset, experiment.corruption
    pixels = dataset.channels * dataset.size**2
    forward, both = network_flop(experiment.network, dataset.channels, dataset.size)
    with torch.device("meta"):
        parameters = n_parameters(UNet(experiment.network, dataset.channels))
    schedule = LatticeSchedule.from_levels(experiment.levels)
    shape = (dataset.channels, dataset.size, dataset.size)
    flows = any(isinstance(process, AdvectionDiffusionOptions) for process in experiment.processes)
    training = experiment.training
    return Cost(
        parameters=parameters,
        training_flop=float(both) * training.iterations * training.batch_size,
        sampling_flop=float(forward) * n_samples * (experiment.sampling.steps or schedule.n_levels),
        pair_updates=pixels * steps_per_pair(schedule),
        cache_updates=flows * pixels * n_images * options.draws * last_steps(experiment, schedule),
        terminal_updates=float(flows * pixels * n_images * schedule.first_step[-1]),
        cache_bytes=flows * cache_checks.pairs_bytes(n_images, shape, options),
        terminal_bytes=flows * cache_checks.terminal_bytes(n_images, shape),
        sample_bytes=n_samples * (KEPT_PER_SAMPLE * pixels + 8),
        state_bytes=(STATE_NUMBERS + 1) * parameters * FLOAT,
    )


def last_steps(experiment: Experiment, schedule: LatticeSchedule) -> float:
    """Lattice steps one cached flow is run for, on average: up to the largest of its levels.

    The m levels of a flow are stratified, so the largest is uniform on the last m-th of 1..K.
    """
    levels = schedule.n_levels
    first = levels - max(1, levels // experiment.corruption.levels_per_draw)
    return float(np.mean(schedule.first_step[1 + first :]))
