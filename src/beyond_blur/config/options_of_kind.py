"""What the options of every kind of process answer, whichever kind it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal, Self, get_args

from beyond_blur.config.options import Levels
from beyond_blur.config.unit_variance import unit_delta

# What a process's training batches hold: cached pairs of neighbouring levels, or clean images.
TrainsOn = Literal["pairs", "images"]
# What its sampling starts from: cached terminal states, clean images it corrupts itself, or noise.
StartsFrom = Literal["terminal", "images", "noise"]
SamplingOption = Literal["delta", "delta_spectrum", "prior_noise", "last_noise"]
STEEPEST = 4.0
"""Largest exponent of a noise's spectrum, of either sign: a choice, twice that of photographs."""
EVERY_EFFECT: frozenset[SamplingOption] = frozenset(get_args(SamplingOption))


class OptionsOfKind:
    """What the options of every kind of process answer; here, as most kinds do.

    Attributes
    ----------
    implementation : str
        The class of the process, "module:name"; it makes itself by its ``from_options``.
    title : str
        What its authors call the method; empty where the kind's name in words says it.
    trains_on : {"pairs", "images"}
        What a training batch holds.
    starts_from : {"terminal", "images", "noise"}
        What sampling starts from.
    sampling_effects : frozenset of {"delta", "delta_spectrum", "prior_noise", "last_noise"}
        Options of the sampler that can change a sample of this kind; the others it ignores.
    """

    implementation: ClassVar[str]
    title: ClassVar[str] = ""
    trains_on: ClassVar[TrainsOn] = "images"
    starts_from: ClassVar[StartsFrom] = "images"
    sampling_effects: ClassVar[frozenset[SamplingOption]] = frozenset()

    @property
    def flow_peclet(self) -> float | None:
        """The Peclet number of a kind with a flow; None of others."""
        return None

    @property
    def lattice_peclet(self) -> float:
        """The Peclet number of the flow that the lattice solver carries images with; 0: none."""
        return 0.0

    @property
    def input_noise(self) -> float:
        """Standard deviation of the noise that training puts on the network's input, if any."""
        return 0.0

    def n_levels(self, levels: Levels) -> int | None:
        """The number of levels K of the process.

        Parameters
        ----------
        levels : Levels
            The blur levels of the experiment.

        Returns
        -------
        int or None
            None of a user's own process, whose class alone knows.
        """
        return levels.n_levels

    def unit_delta(self, levels: Levels, size: int, spectrum: float = 0.0) -> float:
        """The delta with which samples have the variance of the data: see `unit_variance`.

        Parameters
        ----------
        levels : Levels
            The blur levels of the experiment.
        size : int
            Height and width of the images in pixels.
        spectrum : float
            Exponent of the spectrum of the noise whose size delta is; 0 is white.

        Returns
        -------
        float
            0 of a kind whose sampler adds no such noise.
        """
        if "delta" not in self.sampling_effects:
            return 0.0
        return unit_delta(levels, self.input_noise, size, spectrum)

    def scaled(self, factor: float) -> Self:
        """The same process on an image ``factor`` times as large.

        Peclet and Fourier numbers stay; only widths in pixels grow. `Levels.scaled` has the others.

        Parameters
        ----------
        factor : float
            New size over old.
        """
        return self

    def given_options(self, values: list[float]) -> dict[str, Any]:
        """The options of a process whose schedule is given, as a configuration has them.

        Parameters
        ----------
        values : list of float
            The schedule at levels 1..K.
        """
        return {"given": values}

    def problems(self, size: int) -> Iterator[str]:
        """What keeps the process from being made, a line each.

        Parameters
        ----------
        size : int
            Height and width of the images in pixels.
        """
        yield from ()

    def remarks(self, size: int, calls: int | None) -> Iterator[str]:
        """What can be made but had better be known before work is done, a line each.

        Parameters
        ----------
        size : int
            Height and width of the images in pixels.
        calls : int or None
            Network calls for one sample; None: one for each level.
        """
        yield from ()
