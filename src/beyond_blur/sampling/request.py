"""What a person asks for by `sample` or `explore`, checked before anything is loaded or drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from beyond_blur.config import (
    Levels,
    ProcessSpec,
    Sampling,
    read,
    read_process,
    slug,
)
from beyond_blur.config.base import Delta
from beyond_blur.config.options_of_kind import STEEPEST, SamplingOption
from beyond_blur.config.process_options import kinds_with
from beyond_blur.config.rule_specs import SamplingSpec, from_json

LEVELS = 8
"""Levels of a way in a picture."""


@dataclass(frozen=True)
class Request:
    """Which samples of a network, and what a picture of them shows; every field is an option.

    Attributes
    ----------
    n : int
        Samples, or rows of them.
    seed : int
        Sample i is sample i of this seed.
    shared_noise, shared_state : bool
        Whether all samples see the same noise, and whether they start from one state.
    interpolate : int, optional
        Pictures from one sample to another.
    trajectory : bool
        Whether to show the way from start to sample.
    levels : int, optional
        Levels of the way that are shown; by default `LEVELS`.
    steps : int, optional
        Network calls; by default the job's.
    delta : float or "auto", optional
        Noise added at each step, or that with which samples have the variance of the data
        (`beyond_blur.config.unit_variance`); by default the job's.
    delta_spectrum : float, optional
        Its colour; by default the job's.
    no_prior_noise, last_noise : bool
        Leave the prior without noise; add noise in the last step, too.

    Raises
    ------
    ValueError
        No sample, a value out of range, or two pictures at once.
    """

    n: int = 8
    seed: int = 0
    shared_noise: bool = False
    shared_state: bool = False
    interpolate: int | None = None
    trajectory: bool = False
    levels: int | None = None
    steps: int | None = None
    delta: Delta | None = None
    delta_spectrum: float | None = None
    no_prior_noise: bool = False
    last_noise: bool = False

    def __post_init__(self) -> None:
        if self.n < 1:
            raise ValueError(f"--n {self.n}: at least one sample")
        if not 0 <= self.seed < 2**32:
            raise ValueError(f"--seed {self.seed} is outside the range of seeds, 0 to 2^32 - 1")
        if self.steps is not None and self.steps < 1:
            raise ValueError(f"--steps {self.steps}: at least one network call")
        if isinstance(self.delta, float | int) and not 0 <= self.delta < math.inf:
            raise ValueError(f"--delta {self.delta:g} is no standard deviation: a number from 0 up")
        spectrum = self.delta_spectrum
        if spectrum is not None and not abs(spectrum) <= STEEPEST:
            raise ValueError(
                f"--delta-spectrum {spectrum:g}: a number from -{STEEPEST:g} to {STEEPEST:g}"
            )
        if spectrum and self.delta == 0:
            raise ValueError("--delta-spectrum with --delta 0: no noise to give a colour")
        if self.interpolate is not None and self.trajectory:
            raise ValueError("--interpolate and --trajectory make a picture each: give one of them")
        if self.levels is not None and not self.trajectory:
            raise ValueError("--levels without --trajectory: levels are those of a way; give both")
        if self.levels is not None and self.levels < 2:
            raise ValueError(f"--levels {self.levels}: at least 2, the start and the sample")

    def job(
        self, spec: str | None, trained: Mapping[str, Any], size: int | None = None
    ) -> SamplingSpec:
        """How samples are drawn: a job of the workflow or the usual one, with what is asked for.

        Parameters
        ----------
        spec : str, optional
            A sampling job of the workflow as JSON.
        trained : mapping
            The job that the network was trained by, as its weights file holds it.
        size : int, optional
            Pixels per side of the images that the network makes, which ``delta: auto`` asks for.

        Raises
        ------
        ValueError
            If an option would change nothing, or ``delta: auto`` misses the size.
        """
        job = usual_job(trained, self.seed) if spec is None else from_json(SamplingSpec, spec)
        self.check_effects(job.process)
        usual = job.sampling
        spectrum = usual.delta_spectrum if self.delta_spectrum is None else self.delta_spectrum
        delta = usual.delta if self.delta is None else self.delta
        if delta == "auto":
            delta = unit_delta(job, size, spectrum)
        sampling = replace(
            usual,
            n_samples=self.n,
            steps=usual.steps if self.steps is None else self.steps,
            delta=delta,
            delta_spectrum=spectrum,
            last_noise=usual.last_noise or self.last_noise,
            prior_noise=usual.prior_noise and not self.no_prior_noise,
        )
        return replace(job, sampling=sampling)

    def check_effects(self, process: ProcessSpec) -> None:
        """Refuse options that change nothing, instead of drawing the same samples again.

        Raises
        ------
        ValueError
            With the option and the process.
        """
        given: dict[SamplingOption, tuple[str, bool]] = {
            "delta": ("--delta", self.delta is not None),
            "delta_spectrum": ("--delta-spectrum", self.delta_spectrum is not None),
            "prior_noise": ("--no-prior-noise", self.no_prior_noise),
            "last_noise": ("--last-noise", self.last_noise),
        }
        for effect, (option, is_given) in given.items():
            if is_given and effect not in process.sampling_effects:
                raise ValueError(
                    f"{option} has no effect on {slug(process)}, whose class decides about its "
                    f"noise itself: leave it out (it is for {', '.join(kinds_with(effect))})"
                )


def unit_delta(job: SamplingSpec, size: int | None, spectrum: float) -> float:
    """The delta with which samples of a job have the variance of the data.

    Raises
    ------
    ValueError
        If the weights do not say how large their images are.
    """
    if size is None:
        raise ValueError(
            "--delta auto: the weights do not say how large their images are: give a number"
        )
    return job.process.unit_delta(job.levels, size, spectrum)


def usual_job(trained: Mapping[str, Any], seed: int) -> SamplingSpec:
    """The default sampling job for a network of this training job: one seed, of no split."""
    process = read_process(trained["process"])
    levels = read(Levels, trained["levels"], "levels")
    (training_seed,) = trained["training"]["seeds"]
    sampling = Sampling(seeds=(seed,), priors=())
    return SamplingSpec(process, levels, sampling, training_seed=training_seed)
