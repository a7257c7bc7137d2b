"""What `training.deterministic` costs, and whether runs give the same bits with and without it."""

from __future__ import annotations

import os
from typing import Any

import torch

from beyond_blur.network.arithmetic import WORKSPACE
from gpu_parts.context import Context, free_memory
from gpu_parts.steps import Ours, Setting, settings
from gpu_parts.timing import in_turns

CHOICES = {"fast": False, "deterministic": True}


def run(context: Context) -> None:
    """Both choices in every preset, uncompiled and in the number format of `auto`."""
    os.environ.setdefault(*WORKSPACE)  # cuBLAS reads it once: it is set for both
    for given in settings(context):
        for label, chosen in CHOICES.items():
            key = f"{given.preset}: two runs, {label}"
            context.attempt(key, two_runs, context, given, chosen)
            free_memory()
        if context.left() > 6:
            context.attempt(f"{given.preset}: cost", cost, context, given)
            free_memory()


def two_runs(context: Context, given: Setting, deterministic: bool) -> dict[str, Any]:
    """Whether two runs of a few steps end with the same weights."""
    with context.alone():
        one, other = (ended(context, given, deterministic) for _ in range(2))
    apart = max(float((a - b).abs().max()) for a, b in zip(one, other, strict=True))
    same = all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
    return {"same bits": same, "largest difference": apart}


def ended(context: Context, given: Setting, deterministic: bool) -> list[torch.Tensor]:
    """The weights after a few steps."""
    ours = made(context, given, deterministic)
    ours.run(6 if context.device == "cuda" else 2)
    ours.close()
    return ours.weights()


def cost(context: Context, given: Setting) -> dict[str, float]:
    """Both choices, taking turns."""
    both = {label: made(context, given, chosen) for label, chosen in CHOICES.items()}
    runs = {label: ours.run for label, ours in both.items()}
    found = in_turns(context, runs, given.n_steps // 2, min(2, given.rounds))
    for ours in both.values():
        ours.close()
    return found


def made(context: Context, given: Setting, deterministic: bool) -> Ours:
    """A run before its first step."""
    return Ours(given, context.device, compile=False, deterministic=deterministic)
