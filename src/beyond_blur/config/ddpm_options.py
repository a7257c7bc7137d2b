"""Options of DDPM, and of DDPM whose noise has a colour."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from beyond_blur.config.base import STRICT, Many, PathName
from beyond_blur.config.noise_schedule import linear_problem
from beyond_blur.config.options import Levels
from beyond_blur.config.options_of_kind import (
    STEEPEST,
    OptionsOfKind,
    SamplingOption,
    StartsFrom,
)
from beyond_blur.config.rising import first_fall


@dataclass(frozen=True, config=STRICT)
class DDPMOptions(OptionsOfKind):
    """Gaussian noise (Ho et al., 2020)."""

    implementation: ClassVar[str] = "beyond_blur.processes.ddpm:DDPM"
    title: ClassVar[str] = "DDPM"
    starts_from: ClassVar[StartsFrom] = "noise"
    sampling_effects: ClassVar[frozenset[SamplingOption]] = frozenset({"last_noise"})

    kind: Literal["ddpm"] = Field(default="ddpm", description="kind of process")
    name: PathName = Field(default="ddpm", description="name in the paths and in the table")
    n_steps: int = Field(default=1000, ge=1, description="number of levels T")
    schedule: Literal["linear", "cosine", "given"] = Field(
        default="linear", description="how the noise grows over the levels"
    )
    given: Many[float] = Field(
        default=(), description="alphas_cumprod of levels 1..T, where schedule is given"
    )
    sampler: Literal["ancestral", "ddim"] = Field(default="ancestral", description="reverse step")
    variance: Literal["fixed_large", "fixed_small"] = Field(
        default="fixed_large", description="variance of the ancestral step"
    )
    eta: float = Field(default=0.0, ge=0, le=1, description="DDIM's share of fresh noise")
    clip: bool = Field(
        default=True, description="clip the predicted image to its range in every step"
    )

    def given_options(self, values: list[float]) -> dict[str, Any]:
        """The schedule is one of several here, so it is named as well."""
        return {"schedule": "given", "given": values}

    def n_levels(self, levels: Levels) -> int | None:
        """The noise levels: those given, or T."""
        return len(self.given) or self.n_steps

    def problems(self, size: int) -> Iterator[str]:
        """So few levels of a linear schedule that the last is all noise; a wrong given schedule."""
        problem = linear_problem(self.n_steps) if self.schedule == "linear" else None
        if problem:
            yield f"process {self.name}: {problem}"
        if (self.schedule == "given") != bool(self.given):
            yield (
                f"process {self.name}: schedule = {self.schedule} with {len(self.given)} values in "
                "given: schedule: given takes alphas_cumprod of levels 1..T, and no other does"
            )
        if first_fall((0.0, *reversed(self.given), 1.0)) is not None:
            yield (
                f"process {self.name}: given = {list(self.given)} must fall from level to level, "
                "below 1 and above 0"
            )


@dataclass(frozen=True, config=STRICT)
class ColouredDDPMOptions(DDPMOptions):
    """DDPM whose noise has a power of the spatial frequency for its spectrum: a control."""

    implementation: ClassVar[str] = "beyond_blur.processes.coloured_ddpm:ColouredDDPM"
    title: ClassVar[str] = "DDPM, coloured noise"

    kind: Literal["coloured_ddpm"] = Field(  # type: ignore[assignment] # the base's is its own
        default="coloured_ddpm", description="kind of process"
    )
    name: PathName = Field(
        default="coloured_ddpm", description="name in the paths and in the table"
    )
    noise_exponent: float = Field(
        default=2.0,
        ge=-STEEPEST,
        le=STEEPEST,
        description="a of the noise's variance 1 / frequency^a: 0 white, as ddpm to the last bit; "
        "2 as photographs; below 0 more of high frequencies",
    )
