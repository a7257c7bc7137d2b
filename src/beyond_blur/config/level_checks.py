"""Checks of the blur levels: that widths rise, and that a level is left to train on."""

from __future__ import annotations

from collections.abc import Iterator

from beyond_blur.config.base import ConfigError
from beyond_blur.config.options import Levels
from beyond_blur.config.rising import first_fall


def last_trained(n_levels: int, train_last_level: bool) -> int:
    """The largest level that training draws: K, or K - 1 where the last is left out.

    Raises
    ------
    ConfigError
        If no level is left.
    """
    last = n_levels if train_last_level else n_levels - 1
    if last < 1:
        raise ConfigError(
            f"levels.train_last_level = false leaves none of {n_levels} levels to train on: raise "
            "levels.n_levels to 2 or more, or train the last one, too"
        )
    return last


def level_problems(levels: Levels) -> Iterator[str]:
    """Widths that do not rise, are too few, or are given and not used; a line each."""
    try:
        last_trained(levels.n_levels, levels.train_last_level)
    except ConfigError as error:
        yield str(error)
    if levels.spacing == "given":
        if len(levels.given) != levels.n_levels:
            yield (
                f"levels.given has {len(levels.given)} blur widths for levels.n_levels = "
                f"{levels.n_levels}: give one for each level"
            )
        if first_fall((0.0, *levels.given)) is not None:
            yield f"levels.given = {list(levels.given)} must be positive and increase"
        return
    if levels.given:
        yield (
            f"levels.given has no effect with levels.spacing = {levels.spacing}: say "
            "levels.spacing: given, or leave it out"
        )
    if levels.sigma_max <= levels.sigma_min:
        yield (
            f"levels.sigma_max = {levels.sigma_max:g} must be above "
            f"levels.sigma_min = {levels.sigma_min:g}"
        )
