"""Forward processes: sibling classes of one protocol, one file per paper."""

from beyond_blur.config import Levels, ProcessSpec
from beyond_blur.processes.advection_diffusion import AdvectionDiffusion
from beyond_blur.processes.base import Batch, ForwardProcess, TrainingPair

__all__ = ["AdvectionDiffusion", "Batch", "ForwardProcess", "TrainingPair", "build"]


def build(spec: ProcessSpec, levels: Levels, delta: float) -> ForwardProcess:
    """The process that a configuration describes.

    Parameters
    ----------
    spec : dataclass of `beyond_blur.config`
        Kind and options of the process.
    levels : Levels
        Blur levels, for processes that blur.
    delta : float
        Sampler noise, for processes whose reverse step adds a fixed one.
    """
    return AdvectionDiffusion(n_steps=levels.n_levels, sigma=spec.noise, delta=delta)
