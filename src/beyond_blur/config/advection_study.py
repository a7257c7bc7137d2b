"""The study of what advection adds, and whether it only changes what the prior leaks.

Flows of the same Peclet numbers (``study.flows``), and IHDM, which has none, in one experiment:

compressible
    the authors' flow, which also stirs up a uniform background;
divergence_free
    a flow that moves the image and leaves a uniform background alone;
between_walls
    the same made of a stream function that vanishes on the walls, where the one before piles up;
background_only
    the control: an image that only diffuses, plus what the compressible flow makes of a uniform
    background. It has the flow's low-frequency noise and no transport.

Each is sampled from priors made of training images and of held-out images.
"""

from __future__ import annotations

from dataclasses import replace

from beyond_blur.config.experiment import Experiment
from beyond_blur.config.options import PriorSource
from beyond_blur.config.process_options import (
    AdvectionDiffusionOptions,
    HeatDissipationOptions,
    ProcessSpec,
)

STUDY_PRIORS: tuple[PriorSource, ...] = ("train", "held_out")


def study_processes(experiment: Experiment) -> tuple[ProcessSpec, ...]:
    """The processes of the study, with the options that the experiment gives their kinds."""
    options = experiment.process_options.of(AdvectionDiffusionOptions)
    stirring = replace(options.velocity, divergence_free=False, basis="periodic")
    solenoidal, walled = replace(stirring, divergence_free=True), replace(stirring, basis="walls")
    flows = {
        "compressible": replace(options, velocity=stirring, transport=True),
        "divergence_free": replace(options, velocity=solenoidal, transport=True),
        "between_walls": replace(options, velocity=walled, transport=True),
        "background_only": replace(options, velocity=stirring, transport=False),
    }
    own = (
        process for process in experiment.processes if isinstance(process, HeatDissipationOptions)
    )
    return (
        next(own, experiment.process_options.of(HeatDissipationOptions)),
        *(
            replace(flows[name], name=name, peclet=peclet)
            for name in experiment.study.flows
            for peclet in experiment.study.peclet
        ),
    )
