"""Whether the band of a flow's wave numbers fits an image."""

from __future__ import annotations

from collections.abc import Iterator

from beyond_blur.config.options import Velocity


def band_problems(velocity: Velocity, size: int) -> Iterator[str]:
    """A band of wave numbers that holds no wave of an image of ``size`` pixels."""
    if velocity.wavenumber_max < velocity.wavenumber_min:
        yield (
            f"velocity.wavenumber_max = {velocity.wavenumber_max} must be at least "
            f"velocity.wavenumber_min = {velocity.wavenumber_min}"
        )
    if velocity.wavenumber_min > size // 2:
        yield (
            f"velocity.wavenumber_min = {velocity.wavenumber_min} does not fit "
            f"dataset.size = {size}: at most {size // 2}"
        )
