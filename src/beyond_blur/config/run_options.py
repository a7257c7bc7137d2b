"""Sections of an experiment: training, sampling, measuring and the study."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Strict
from pydantic.dataclasses import dataclass

from beyond_blur.config.base import STRICT, ConfigError, Many, NumberOrAuto
from beyond_blur.config.options import (
    Baseline,
    Compile,
    Extractor,
    Pairs,
    Precision,
    PriorSource,
    StudyFlow,
)
from beyond_blur.config.options_of_kind import STEEPEST

RateChange = Annotated[
    tuple[Annotated[int, Field(ge=1)], Annotated[float, Field(gt=0)]], Strict(False)
]
"""Steps that have been done, and the learning rate of those that follow."""


@dataclass(frozen=True, config=STRICT)
class Training:
    """One training run; every process gets the same."""

    iterations: int = Field(default=200_000, ge=1, description="optimiser steps")
    batch_size: int = Field(default=32, ge=1, description="images per step")
    learning_rate: float = Field(
        default=2e-4, gt=0, description="Adam's learning rate after warm-up"
    )
    learning_rate_changes: Many[RateChange] = Field(
        default=(),
        description="pairs [n, rate]: the learning rate after n steps, in place of learning_rate",
    )
    warmup: int = Field(default=5_000, ge=0, description="steps over which the learning rate rises")
    gradient_clip: float = Field(default=1.0, gt=0, description="largest gradient norm")
    ema: float = Field(
        default=0.999,
        ge=0,
        lt=1,
        description="decay of the averaged weights, ramped as (1 + n)/(10 + n)",
    )
    precision: Precision = Field(
        default="auto",
        description="number format of the network; auto: bfloat16 where the hardware multiplies in "
        "it; tf32: float32 with convolutions in TF32, on a GPU that has it",
    )
    pairs: Pairs = Field(
        default="cached",
        description="pairs of a flow from the cache, or streamed: made anew for every step",
    )
    compile: Compile = Field(
        default="auto",
        description="compile the network with torch.compile; auto: on a CUDA device with Triton, "
        "in a run long enough to pay",
    )
    deterministic: bool = Field(
        default=False,
        description="same seed, same bits on a CUDA device, too, by slower algorithms; on a CPU "
        "always so",
    )
    gradient_checkpointing: bool = Field(
        default=False,
        description="compute activations a second time instead of keeping them: less memory, "
        "slower",
    )
    devices: int = Field(
        default=1, ge=1, description="processes on a node that share each batch, one per GPU"
    )
    nodes: int = Field(default=1, ge=1, description="nodes that share each batch")
    seeds: Many[int] = Field(
        default=(0,),
        description="seeds of the weights, the data order and the noise: one training of every "
        "process for each; with several the spread in the table is over them",
    )
    checkpoint_every: int = Field(default=1_000, ge=1, description="steps between resumable states")
    max_skipped: int = Field(
        default=20, ge=1, description="non-finite steps in a row after which the run stops"
    )
    watch_every: int = Field(
        default=10_000,
        ge=0,
        description="steps between held-out losses and sample grids of a run; 0: never",
    )
    watch_images: int = Field(
        default=64, ge=1, description="held-out images that the held-out loss is measured on"
    )
    tensorboard: bool = Field(
        default=False, description="write TensorBoard events beside the history"
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="where the network runs"
    )
    threads: int = Field(
        default=1,
        ge=1,
        description="CPU threads of one training job; part of the result's last bits",
    )

    @property
    def seed(self) -> int:
        """The seed of one training run, whose job has that seed only.

        Raises
        ------
        ConfigError
            Of a whole experiment's options, which have several.
        """
        if len(self.seeds) != 1:
            raise ConfigError(
                f"training.seeds = {list(self.seeds)} in the job of one training: give it one seed"
            )
        return self.seeds[0]


@dataclass(frozen=True, config=STRICT)
class Sampling:
    """Drawing samples from a trained network."""

    n_samples: int = Field(default=10_000, ge=1, description="samples per seed")
    seeds: Many[int] = Field(
        default=(0, 1, 2), description="sampling seeds; the spread in the table is over them"
    )
    delta: NumberOrAuto = Field(
        default=0.0125,
        description="standard deviation of the noise added at each reverse step; auto: for each "
        "process that with which samples of its levels have the variance of the data",
    )
    delta_spectrum: float = Field(
        default=0.0,
        ge=-STEEPEST,
        le=STEEPEST,
        description="a of that noise's variance 1 / frequency^a, the same in the mean: 0 white, "
        "above 0 more of low frequencies, below 0 of high ones",
    )
    steps: int | None = Field(
        default=None,
        ge=1,
        description="network calls per sample, spread evenly over the levels; null: every level",
    )
    prior_noise: bool = Field(
        default=True,
        description="whether the prior carries the noise the network was trained with, as the "
        "papers say; their code adds none",
    )
    last_noise: bool = Field(
        default=False,
        description="whether the last step adds noise as all others do; false returns the last "
        "mean",
    )
    priors: Many[PriorSource] = Field(
        default=("train",),
        description="images whose terminal states the samples start from; a table row for each",
    )
    batch_size: int = Field(
        default=256,
        ge=1,
        description="samples drawn at once; does not change the samples but for rounding",
    )
    precision: Precision = Field(
        default="auto",
        description="number format of the network; auto: bfloat16 on a CUDA device that multiplies "
        "in it, float32 on every CPU, so that samples do not depend on which CPU it is; tf32: "
        "float32 with convolutions in TF32, on a GPU that has it",
    )
    compile: Compile = Field(
        default="auto",
        description="compile the network, on a GPU into CUDA graphs; auto: on a CUDA device with "
        "Triton, where there are enough calls to pay",
    )

    @property
    def step_noise(self) -> float:
        """``delta`` in a job, where it is a number.

        Raises
        ------
        ConfigError
            Of a whole experiment's options, where auto may be another number for each process.
        """
        if self.delta == "auto":
            raise ConfigError("sampling.delta = auto in a job of one process: give it a number")
        return self.delta


@dataclass(frozen=True, config=STRICT)
class Evaluation:
    """How samples are measured."""

    extractor: Extractor = Field(
        default="inception", description="feature network; only Inception gives a number called FID"
    )
    nearest_k: int = Field(
        default=5, ge=1, description="k of precision, recall, density and coverage"
    )
    weights: str | None = Field(
        default=None,
        description="path of the Inception or DINOv2 weights, or of a network that another run "
        "trained for extractor classifier or self-supervised; null: Inception's usual cache place, "
        "and a network that this run trains",
    )
    network_seed: int = Field(
        default=0,
        ge=0,
        lt=2**32,
        description="seed of the network that is trained for extractor classifier or "
        "self-supervised, whatever training.seeds are",
    )
    batch_size: int = Field(default=64, ge=1, description="images per pass of the feature network")
    classifier_iterations: int = Field(
        default=400, ge=1, description="optimiser steps of the classifier"
    )
    encoder_iterations: int = Field(
        default=600, ge=1, description="optimiser steps of the network of extractor self-supervised"
    )
    infinity_sizes: int = Field(
        default=5,
        ge=2,
        description="subsets of rising size that FID at infinite N is extrapolated from",
    )
    kid_subsets: int = Field(
        default=100, ge=2, description="random subsets the kernel distance is averaged over"
    )
    table_methods: Literal["rows", "columns"] = Field(
        default="rows",
        description="what methods are in the printed tables; metrics are the other, and in the CSV "
        "methods are rows",
    )


@dataclass(frozen=True, config=STRICT)
class Study:
    """The study of what advection adds: the workflow's target ``study``."""

    peclet: Many[Annotated[float, Field(ge=0)]] = Field(
        default=(0.06, 0.12), min_length=1, description="Peclet numbers of its flows"
    )
    flows: Many[StudyFlow] = Field(
        default=("compressible", "divergence_free", "background_only", "coloured_noise"),
        min_length=1,
        description="its flows and controls; not among them by default are between_walls "
        "(divergence-free between mirror walls, where divergence_free piles up), stream (the same "
        "speed everywhere) and frozen (the compressible flow, which does not change)",
    )
    baselines: Many[Baseline] = Field(
        default=("ddpm", "blurring_diffusion"),
        description="methods without a flow that stand beside IHDM, a network more for each "
        "([]: none), with the options of their first entry in processes, or else of "
        "process_options",
    )
    deltas: Many[NumberOrAuto] = Field(
        default=(),
        description="sampler noises delta that every process of the study which adds one is "
        "sampled with once more: results/deltas.csv",
    )
