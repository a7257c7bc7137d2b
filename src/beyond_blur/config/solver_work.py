"""The work of taking images through the solver: lattice steps and seconds, at most.

From the schedule and the rates of `rates`. Standard library only: the workflow asks for it when it
is parsed.
"""

from __future__ import annotations

from beyond_blur.config import rates
from beyond_blur.config.between_walls import has_walled_flow
from beyond_blur.config.coarse_lattices import most_equivalents, options_objection
from beyond_blur.config.experiment import Experiment
from beyond_blur.config.process_options import ProcessSpec


def numbers(experiment: Experiment) -> int:
    """Numbers of one image."""
    return experiment.dataset.channels * experiment.dataset.size**2


def lattice_steps(experiment: Experiment, process: ProcessSpec, states: int = 1) -> float:
    """Steps of the pixels' lattice to the last level at most; coarser steps count by their cells.

    ``corruption.coarsen`` leaves fewer, and some before each of so many states.
    """
    levels, options, size = experiment.levels, experiment.corruption, experiment.dataset.size
    sigma = levels.given[-1] if levels.spacing == "given" else levels.sigma_max
    steps = rates.STEPS_PER_SQUARED_PIXEL * sigma**2 + levels.n_levels
    velocity = getattr(process, "velocity", None)
    if options.coarsen != "auto" or velocity is None:
        return steps
    low, high = options.grey_range
    objection = options_objection(
        process.lattice_peclet, velocity, options.walls, low / (high - low), (size, size)
    )
    if objection:
        return steps
    return most_equivalents(sigma, size, rates.STEPS_PER_SQUARED_PIXEL, levels.n_levels, states)


def solver_seconds(
    experiment: Experiment, process: ProcessSpec, n: float, gpus: int, states: int = 1
) -> float:
    """Seconds that n images take to the last level, of which so many states are kept."""
    options, threads = experiment.corruption, experiment.corruption.threads
    if not process.lattice_peclet and options.backend != "reference":
        return n * states * numbers(experiment) / rates.DIFFUSED_NUMBERS
    updates = n * numbers(experiment) * lattice_steps(experiment, process, states)
    if options.backend == "reference":
        return updates / rates.REFERENCE_UPDATES
    if gpus:
        drawn = n * experiment.dataset.size**2 * rates.FLOW_SECONDS
        return updates / rates.GPU_UPDATES + drawn / threads
    longer = rates.WALLED_FLOW if has_walled_flow(process) else 1
    return longer * updates / rates.CORE_UPDATES / threads
