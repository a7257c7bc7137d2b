"""What makes pairs of a flow for a training run, found by name.

So a run depends on the code of the solver only where it solves: an edit of it trains no DDPM again.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Literal

MAKERS: dict[Literal["streamed", "held_out"], str] = {
    "streamed": "beyond_blur.training.streamed_pairs:StreamedPairs",
    "held_out": "beyond_blur.training.held_out_flows:fixed_rows",
}
"""Pairs that are made while a network trains, and those that a run is followed by."""


def maker(name: Literal["streamed", "held_out"]) -> Any:
    """The class or function of one of `MAKERS`, imported only now."""
    module, _, attribute = MAKERS[name].partition(":")
    return getattr(import_module(module), attribute)
