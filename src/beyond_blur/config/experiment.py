"""A whole experiment: its sections, one field each."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from beyond_blur.config.base import STRICT, Many
from beyond_blur.config.options import Corruption, Dataset, Levels, Network
from beyond_blur.config.process_options import ProcessOptions, ProcessSpec
from beyond_blur.config.run_options import Evaluation, Sampling, Study, Training

DEFAULT_PRESET = "demo"

SMOKE = ", smoke run"
"""Behind the name of a preset that was made small."""


@dataclass(frozen=True, config=STRICT)
class Experiment:
    """Everything a run depends on."""

    preset: str = Field(
        default=DEFAULT_PRESET, description="name of the preset whose values are the starting point"
    )
    smoke: bool = Field(
        default=False,
        description="make the preset small, so that all its stages run in minutes: few images, "
        "levels, steps and samples, a thin network, and features of a network that is trained on "
        "the images in the place of Inception's; size, channels and processes stay. What the "
        "configuration says itself stays, too",
    )
    device: Literal["auto", "cpu"] = Field(
        default="auto",
        description="cpu: no job asks for a GPU or uses one; auto: as the keys device and backend "
        "of the sections say",
    )
    longest_job: int = Field(
        default=1440,
        ge=1,
        description="minutes that a job asks a cluster for at most; what is not done by then is "
        "ended, asked for again, and goes on where it was",
    )
    dataset: Dataset = Field(default_factory=Dataset, description="images")
    levels: Levels = Field(
        default_factory=Levels, description="blur levels, shared by every process that blurs"
    )
    corruption: Corruption = Field(
        default_factory=Corruption, description="lattice-Boltzmann corruption and its cache"
    )
    process_options: ProcessOptions = Field(
        default_factory=ProcessOptions, description="options shared by a kind of process"
    )
    processes: Many[ProcessSpec] = Field(
        default=(), description="the forward processes; one table row each"
    )
    network: Network = Field(default_factory=Network, description="U-Net")
    training: Training = Field(default_factory=Training, description="training")
    sampling: Sampling = Field(default_factory=Sampling, description="sampling")
    evaluation: Evaluation = Field(default_factory=Evaluation, description="evaluation")
    study: Study = Field(
        default_factory=Study, description="flows, a control and two kinds of prior, side by side"
    )

    @property
    def title(self) -> str:
        """What tables are of: the preset, and whether it was made small."""
        return f"{self.preset}{SMOKE}" if self.smoke else self.preset


def slug(process: ProcessSpec) -> str:
    """The process's name in paths: its name, and its Peclet number where it has one."""
    peclet = process.flow_peclet
    return process.name if peclet is None else f"{process.name}-pe{peclet:g}"


TRAINED = re.compile(r"(.+)-training([1-9]\d*)")
"""The name of a network that was trained with another seed than 0."""


def trained_name(process: ProcessSpec, training_seed: int) -> str:
    """The name in paths of a network of a process, and of all that is made with it.

    That of the process, with the training seed behind it where that is not 0.
    """
    return f"{slug(process)}-training{training_seed}" if training_seed else slug(process)


def untrained_name(name: str) -> tuple[str, int]:
    """The process's name, and the training seed, that a `trained_name` was made of."""
    found = TRAINED.fullmatch(name)
    return (name, 0) if found is None else (found[1], int(found[2]))


def to_json_values(section: Any) -> dict[str, Any]:
    """A section, or a job made of some, as values that JSON has: lists for tuples."""
    values: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(section)))
    return values
