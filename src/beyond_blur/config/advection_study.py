"""The study of what advection adds, and whether it only changes what the prior leaks.

IHDM, flows of the same Peclet numbers with the controls that take them apart (``study.flows``), and
methods without a flow (``study.baselines``), in one experiment:

compressible
    the authors' flow, which also stirs up a uniform background;
divergence_free
    a flow that moves the image and leaves a uniform background alone;
between_walls
    the same made of a stream function that vanishes on the walls, where the one before piles up;
background_only
    a control: an image that only diffuses, plus what the compressible flow makes of a uniform
    background. It has the flow's low-frequency noise and no transport;
coloured_noise
    a control of that: the same noise drawn by its spectrum, without a flow or a lattice;
stream
    the same speed everywhere, which moves the image as a whole and piles up at the walls;
frozen
    the compressible flow, which does not change over time.

What starts from images is sampled from priors made of training images and of held-out images.
"""

from __future__ import annotations

from dataclasses import replace

from beyond_blur.config.experiment import Experiment
from beyond_blur.config.heat_options import ColouredHeatDissipationOptions
from beyond_blur.config.options import PriorSource
from beyond_blur.config.process_options import AdvectionDiffusionOptions, ProcessSpec

STUDY_PRIORS: tuple[PriorSource, ...] = ("train", "held_out")


def study_processes(experiment: Experiment) -> tuple[ProcessSpec, ...]:
    """The processes of the study, with the options that the experiment gives their kinds."""
    flows = _flows(experiment)
    return (
        _as_given(experiment, "heat_dissipation"),
        *(
            replace(flows[name], name=name, peclet=peclet)
            for name in experiment.study.flows
            for peclet in experiment.study.peclet
        ),
        *(_as_given(experiment, kind) for kind in experiment.study.baselines),
    )


def _flows(
    experiment: Experiment,
) -> dict[str, AdvectionDiffusionOptions | ColouredHeatDissipationOptions]:
    """Every flow and control by its name in ``study.flows``, of any Peclet number."""
    options = experiment.process_options.of(AdvectionDiffusionOptions)
    stirring = replace(options.velocity, divergence_free=False, basis="periodic")
    solenoidal, walled = replace(stirring, divergence_free=True), replace(stirring, basis="walls")
    noise = experiment.process_options.of(ColouredHeatDissipationOptions)
    low, high = experiment.corruption.grey_range
    # A range that does not rise is refused with a line of its own, after the processes are made.
    background = max(0.0, low / (high - low)) if high > low else 0.0
    return {
        "compressible": replace(options, velocity=stirring, transport=True),
        "divergence_free": replace(options, velocity=solenoidal, transport=True),
        "between_walls": replace(options, velocity=walled, transport=True),
        "background_only": replace(options, velocity=stirring, transport=False),
        "coloured_noise": replace(
            noise, velocity=stirring, noise=options.noise, background=background
        ),
        "stream": replace(options, velocity=replace(stirring, flow="stream"), transport=True),
        "frozen": replace(options, velocity=replace(stirring, phase_step=0.0), transport=True),
    }


def _as_given(experiment: Experiment, kind: str) -> ProcessSpec:
    """The first process of a kind, or what ``process_options`` makes of one."""
    own = (process for process in experiment.processes if process.kind == kind)
    made: ProcessSpec = next(own, getattr(experiment.process_options, kind))
    return made
