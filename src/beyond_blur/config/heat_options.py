"""Options of IHDM, and of IHDM with the noise of a flow's background."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from beyond_blur.config.base import STRICT, PathName
from beyond_blur.config.flow_band import band_problems
from beyond_blur.config.options import Velocity
from beyond_blur.config.options_of_kind import EVERY_EFFECT, OptionsOfKind, SamplingOption


@dataclass(frozen=True, config=STRICT)
class HeatDissipationOptions(OptionsOfKind):
    """IHDM: the heat kernel by cosine transform, exact at every level."""

    implementation: ClassVar[str] = "beyond_blur.processes.heat_dissipation:HeatDissipation"
    title: ClassVar[str] = "IHDM"
    sampling_effects: ClassVar[frozenset[SamplingOption]] = EVERY_EFFECT

    kind: Literal["heat_dissipation"] = Field(
        default="heat_dissipation", description="kind of process"
    )
    name: PathName = Field(
        default="heat_dissipation", description="name in the paths and in the table"
    )
    noise: float = Field(
        default=0.01, ge=0, description="standard deviation sigma of the noise on the input"
    )

    @property
    def input_noise(self) -> float:
        """``noise``."""
        return self.noise


@dataclass(frozen=True, config=STRICT)
class ColouredHeatDissipationOptions(HeatDissipationOptions):
    """IHDM with the noise that a flow would make of the background, and no flow: a control."""

    implementation: ClassVar[str] = (
        "beyond_blur.processes.coloured_heat_dissipation:ColouredHeatDissipation"
    )
    title: ClassVar[str] = "IHDM, coloured noise"

    kind: Literal["coloured_heat_dissipation"] = Field(  # type: ignore[assignment] # its own
        default="coloured_heat_dissipation", description="kind of process"
    )
    name: PathName = Field(
        default="coloured_heat_dissipation", description="name in the paths and in the table"
    )
    peclet: float = Field(
        default=0.0,
        ge=0,
        description="Peclet number of the flow whose noise it is, or a list of them; 0 is "
        "heat_dissipation to the last bit",
    )
    velocity: Velocity = Field(default_factory=Velocity, description="that flow")
    background: float = Field(
        default=9.5,
        ge=0,
        description="uniform field that the flow would stir up, in grey values; 9.5 is that of "
        "corruption.grey_range [0.95, 1.05]",
    )

    @property
    def flow_peclet(self) -> float | None:
        """``peclet``."""
        return self.peclet

    def problems(self, size: int) -> Iterator[str]:
        """A flow that makes no noise of a background, or does not fit the image."""
        velocity = self.velocity
        if velocity.flow != "turbulence" or velocity.divergence_free or velocity.basis == "walls":
            yield (
                f"process {self.name}: velocity of a flow that stirs up no background; take "
                "flow: turbulence, divergence_free: false and basis: periodic"
            )
        yield from band_problems(velocity, size)
