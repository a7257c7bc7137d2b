"""Forward processes: sibling classes of one protocol, one file per paper."""

from beyond_blur.processes.advection_diffusion import AdvectionDiffusion
from beyond_blur.processes.base import (
    ForwardProcess,
    Guessing,
    Jumping,
    OwnLoss,
    Scheduled,
    TrainingPair,
    WithNoiseFloor,
)
from beyond_blur.processes.batch import Batch
from beyond_blur.processes.build import build

__all__ = [
    "AdvectionDiffusion",
    "Batch",
    "ForwardProcess",
    "Guessing",
    "Jumping",
    "OwnLoss",
    "Scheduled",
    "TrainingPair",
    "WithNoiseFloor",
    "build",
]
