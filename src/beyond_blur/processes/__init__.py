"""Forward processes: sibling classes of one protocol, one file per paper."""

from beyond_blur.processes.advection_diffusion import AdvectionDiffusion
from beyond_blur.processes.base import Batch, ForwardProcess, Jumping, TrainingPair
from beyond_blur.processes.build import build

__all__ = ["AdvectionDiffusion", "Batch", "ForwardProcess", "Jumping", "TrainingPair", "build"]
