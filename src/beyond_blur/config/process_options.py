"""Options of every kind of process, and what follows from them without making the process.

Each kind answers for itself, so that nobody has to ask which kind it is; no member needs PyTorch.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar, get_args

from pydantic import Field
from pydantic.dataclasses import dataclass

from beyond_blur.config import step_gain
from beyond_blur.config.base import STRICT, Many, PathName, WholeNumber
from beyond_blur.config.ddpm_options import ColouredDDPMOptions, DDPMOptions
from beyond_blur.config.equal_steps import equal_steps
from beyond_blur.config.flow_band import band_problems
from beyond_blur.config.heat_options import (
    ColouredHeatDissipationOptions,
    HeatDissipationOptions,
)
from beyond_blur.config.noise_schedule import even_times
from beyond_blur.config.options import Levels, Velocity
from beyond_blur.config.options_of_kind import (
    EVERY_EFFECT,
    OptionsOfKind,
    SamplingOption,
    StartsFrom,
    TrainsOn,
)
from beyond_blur.config.rising import first_fall
from beyond_blur.config.speed import speed_problem


@dataclass(frozen=True, config=STRICT)
class AdvectionDiffusionOptions(OptionsOfKind):
    """Beyond Blur: blur carried by a random flow; Peclet number 0 is IHDM on the lattice."""

    implementation: ClassVar[str] = "beyond_blur.processes.advection_diffusion:AdvectionDiffusion"
    title: ClassVar[str] = "Beyond Blur"
    trains_on: ClassVar[TrainsOn] = "pairs"
    starts_from: ClassVar[StartsFrom] = "terminal"
    sampling_effects: ClassVar[frozenset[SamplingOption]] = EVERY_EFFECT

    kind: Literal["advection_diffusion"] = Field(
        default="advection_diffusion", description="kind of process"
    )
    name: PathName = Field(
        default="advection_diffusion", description="name in the paths and in the table"
    )
    peclet: float = Field(
        default=0.0, ge=0, description="Peclet number V L / alpha, or a list of them"
    )
    noise: float = Field(
        default=0.01, ge=0, description="standard deviation sigma of the noise on the input"
    )
    transport: bool = Field(
        default=True,
        description="whether the flow carries the image; false keeps only what the flow makes of a "
        "uniform background, a control with the same low-frequency noise and no advection",
    )
    velocity: Velocity = Field(default_factory=Velocity, description="the flow")

    @property
    def flow_peclet(self) -> float | None:
        """``peclet``."""
        return self.peclet

    @property
    def lattice_peclet(self) -> float:
        """``peclet``."""
        return self.peclet

    @property
    def input_noise(self) -> float:
        """``noise``."""
        return self.noise

    def problems(self, size: int) -> Iterator[str]:
        """A flow that does not fit the image, or is too fast for the lattice."""
        velocity = self.velocity
        yield from band_problems(velocity, size)
        problem = speed_problem(self.peclet, size, velocity.speed_limit)
        if problem is not None:
            yield problem


@dataclass(frozen=True, config=STRICT)
class BlurringDiffusionOptions(OptionsOfKind):
    """Blurring Diffusion: every frequency has its own schedule (Hoogeboom & Salimans, 2023)."""

    implementation: ClassVar[str] = "beyond_blur.processes.blurring_diffusion:BlurringDiffusion"
    title: ClassVar[str] = "Blurring Diffusion"
    starts_from: ClassVar[StartsFrom] = "noise"
    sampling_effects: ClassVar[frozenset[SamplingOption]] = frozenset({"last_noise"})

    kind: Literal["blurring_diffusion"] = Field(
        default="blurring_diffusion", description="kind of process"
    )
    name: PathName = Field(
        default="blurring_diffusion", description="name in the paths and in the table"
    )
    n_steps: int = Field(default=1000, ge=1, description="number of levels T")
    spacing: Literal["even", "equal_steps"] = Field(
        default="even",
        description="times of the levels: evenly spaced, as in the paper, or such that every step "
        "takes as much from the frequency that loses most, by calculation (docs/processes.md)",
    )
    given: Many[float] = Field(
        default=(), description="the times in (0, 1] of levels 1..T themselves, whatever spacing is"
    )
    blur_width_max: float = Field(
        default=20.0, ge=0, description="largest blur width sigma_B,max in pixels"
    )
    blur_share: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="how much of the log signal-to-noise ratio blur takes at every frequency and "
        "time, as a share of what it takes in the paper: 1 the paper's process, 0 no blur (DDPM "
        "with schedule: cosine); the noise stays",
    )

    def n_levels(self, levels: Levels) -> int | None:
        """The levels of its own schedule: those given, or T."""
        return len(self.given) or self.n_steps

    def times(self, n_steps: int) -> tuple[float, ...]:
        """Times of levels 0..n_steps: those given, or as many as this by their spacing."""
        if self.given:
            return (0.0, *self.given)
        if self.spacing == "equal_steps":
            return equal_steps(n_steps, self.blur_width_max, self.blur_share)
        return even_times(n_steps)

    def problems(self, size: int) -> Iterator[str]:
        """Times that do not rise, or leave the range that the schedule is of."""
        if first_fall((0.0, *self.given)) is not None or (self.given and self.given[-1] > 1):
            yield (
                f"process {self.name}: given = {list(self.given)} must rise from level to level, "
                "above 0 and at most 1"
            )

    def scaled(self, factor: float) -> Self:
        """The same process on an image ``factor`` times as large: its blur width grows."""
        return replace(self, blur_width_max=self.blur_width_max * factor)

    def remarks(self, size: int, calls: int | None) -> Iterator[str]:
        """Levels so few for the blur that a network a little wrong makes samples run away."""
        times = self.times(calls or self.n_steps)
        gain = step_gain.worst_gain(times, self.blur_width_max, size, blur_share=self.blur_share)
        if gain > step_gain.LIMIT:
            yield (
                f"process {self.name}: {len(times) - 1} steps back for blur_width_max = "
                f"{self.blur_width_max:g} at {size} px are large: where a network misses "
                f"{step_gain.OFF:.0%} of the noise, samples have {gain:.2g} times the variance of "
                "the data in one frequency. Take less blur (blur_width_max, blur_share), more "
                "levels (n_steps; sampling.steps: null) or spacing: equal_steps, see "
                "docs/processes.md"
            )


@dataclass(frozen=True, config=STRICT)
class ColdDiffusionOptions(OptionsOfKind):
    """Cold Diffusion: blur without noise; the network predicts the image (Bansal et al., 2022)."""

    implementation: ClassVar[str] = "beyond_blur.processes.cold_diffusion:ColdDiffusion"
    title: ClassVar[str] = "Cold Diffusion"

    kind: Literal["cold_diffusion"] = Field(default="cold_diffusion", description="kind of process")
    name: PathName = Field(
        default="cold_diffusion", description="name in the paths and in the table"
    )
    algorithm: Annotated[Literal[1, 2], WholeNumber] = Field(
        default=2, description="reverse rule: the paper's Algorithm 1 or 2"
    )
    loss: Literal["l1", "squared", "soft"] = Field(
        default="l1",
        description="absolute or squared error of the image, or squared error after blurring it "
        "again",
    )
    noise: float = Field(
        default=0.0, ge=0, description="standard deviation sigma of noise on the input"
    )

    @property
    def input_noise(self) -> float:
        """``noise``."""
        return self.noise


@dataclass(frozen=True, config=STRICT)
class OwnProcessOptions(OptionsOfKind):
    """A process of yours: any class with the members of ForwardProcess."""

    implementation: ClassVar[str] = "beyond_blur.processes.own:OwnProcess"

    kind: Literal["own"] = Field(default="own", description="kind of process")
    name: PathName = Field(default="own", description="name in the paths and in the table")
    file: str = Field(default="", description="Python file that holds the class")
    class_name: str = Field(default="", description="the class, a ForwardProcess")
    options: dict[str, Any] = Field(default_factory=dict, description="what the class is made with")

    def n_levels(self, levels: Levels) -> int | None:
        """None: only the user's class knows."""
        return None

    def problems(self, size: int) -> Iterator[str]:
        """A file that is not there."""
        if not Path(self.file).is_file():
            yield (
                f"process {self.name}: file = {self.file!r} does not exist; it should hold "
                "the class that class_name names"
            )


_AnyKind = (
    AdvectionDiffusionOptions
    | HeatDissipationOptions
    | ColouredHeatDissipationOptions
    | DDPMOptions
    | ColouredDDPMOptions
    | BlurringDiffusionOptions
    | ColdDiffusionOptions
    | OwnProcessOptions
)
# The one list of kinds: everything else about them is made from it.
ProcessSpec = Annotated[_AnyKind, Field(discriminator="kind")]

PROCESS_SPECS: dict[str, type[_AnyKind]] = {spec().kind: spec for spec in get_args(_AnyKind)}
"""The options of each kind, by its name in the configuration."""


def kinds_with(effect: SamplingOption) -> list[str]:
    """The kinds of process whose samples an option of the sampler can change."""
    return [kind for kind, spec in PROCESS_SPECS.items() if effect in spec.sampling_effects]


Kind = TypeVar("Kind", bound=OptionsOfKind)


def _one_field_per_kind() -> type[Any]:
    """Named by the kinds; what a field means is the docstring of its options."""
    fields = [
        (kind, spec, dataclasses.field(default_factory=spec))
        for kind, spec in PROCESS_SPECS.items()
    ]
    return dataclasses.make_dataclass("_OneFieldPerKind", fields, frozen=True)


@dataclass(frozen=True, config=STRICT)
class ProcessOptions(_one_field_per_kind()):  # type: ignore[misc] # a base made of the union
    """Options that every process of a kind starts from; an entry of processes can change them."""

    def of(self, kind: type[Kind]) -> Kind:
        """The options that processes of a kind share, e.g. ``of(HeatDissipationOptions)``."""
        return next(shared for shared in vars(self).values() if isinstance(shared, kind))
