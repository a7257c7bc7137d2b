"""What is known of one metric: how it is called and shown, and in what range it lies."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10
from typing import Literal

from beyond_blur.metrics.column import Column


@dataclass(frozen=True)
class Metric:
    """One metric, under one name.

    Attributes
    ----------
    name : str
        Column of the tables as CSV, and key of what was measured.
    title : str
        In figures and in the terminal.
    heading : str
        In the printed tables; as the title where it is empty.
    better : {"lower", "higher"} or None
        Which way is better; None where neither is a merit.
    decimals : int or None
        Of the printed values; None for a distance with the scale of its features, which shows four
        digits.
    low, high : float
        Range of its values.
    printed : bool
        Whether it stands in the printed tables; all stand in the CSV.
    figures : tuple of str
        Figures that draw it over another quantity: "metrics", "study", "steps", "deltas".
    of_inception : str
        For a name that only Inception's features earn: what the same number is called otherwise.
    merges : tuple of str
        For a metric that is no column of its own: the columns of which each row fills one.
    error : str
        Column with its standard error, if it has one.
    listed : bool
        Whether the verb evaluate lists it.
    detail : bool
        Whether it is a finer reading of the metric before it, listed below that one.
    near_zero : bool
        Whether its values are so close to 0 that an axis has to start there and end at a few per
        cent at least.
    always : bool
        Whether every row has a value; copies need priors that were made of images, an extrapolation
        samples enough for two sizes, and rows may be older than a metric.
    """

    name: str
    title: str
    heading: str = ""
    better: Literal["lower", "higher"] | None = "higher"
    decimals: int | None = 3
    low: float = 0.0
    high: float = 1.0
    printed: bool = False
    figures: tuple[str, ...] = ()
    of_inception: str = ""
    merges: tuple[str, ...] = ()
    error: str = ""
    listed: bool = False
    detail: bool = False
    near_zero: bool = False
    always: bool = True

    @property
    def column(self) -> Column:
        """What a row may hold under the metric's name."""
        return Column("number", self.low, self.high, self.always)

    def text(self, value: float) -> str:
        """A value as printed, e.g. ``0.812``."""
        return f"{value:.{self.digits(value)}f}"

    def digits(self, value: float) -> int:
        """Decimals of a value, and of its spread."""
        if self.decimals is not None:
            return self.decimals
        return max(0, 3 - floor(log10(max(abs(value), 1e-9))))
