"""A compiled training step in turns with the reference recipe, for one preset.

It runs beside the other parts: compiling takes a minute and more and mostly CPUs. Only then does it
wait for the device.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from gpu_parts.context import Context, free_memory
from gpu_parts.quiet import compiling, wait_for_compilers
from gpu_parts.steps import Ours, Setting, Steps, matrix_rate, measured, reference_steps, setting

STEP = "step"


def compiled(preset: str, context: Context) -> None:
    """Compile the step of a preset, then time it."""
    given = setting(context, preset)
    ours = Ours(given, context.device, precision="auto", compile=True)
    context.add("precision", ours.precision)
    try:
        with compiling(context):
            context.add("first (compiling) step, s", first_step(context, ours))
        context.attempt("of it, s", compiling_seconds)
        free_memory()  # others measure now
        wait_for_compilers(context)
        context.attempt(STEP, against_reference, context, given, ours)
    finally:
        ours.close()


def compiling_seconds() -> dict[str, float]:
    """What torch says it spent on tracing, on its backend and on the kernels."""
    from torch._dynamo.utils import calculate_time_spent

    return {name: round(spent, 1) for name, spent in calculate_time_spent().items()}


def first_step(context: Context, ours: Ours) -> float:
    """Seconds of the first step; where memory runs out beside another part, alone once more."""
    try:
        return ours.first_step()
    except torch.OutOfMemoryError:
        context.add("first step", "ran out of memory beside another part; once more, alone")
    free_memory()
    ours.close()
    with context.alone():  # whoever is timed has let go of its memory by now
        ours.begin()
    return ours.first_step()


def against_reference(context: Context, given: Setting, ours: Ours) -> dict[str, Any]:
    """The compiled step and the reference, taking turns alone on the device."""
    with context.alone():
        rate = matrix_rate(context)

        def reference() -> dict[str, Steps]:
            return {"reference": reference_steps(given, context.device)}

        return measured(context, STEP, ours, rate, reference)


cifar10 = partial(compiled, "cifar10")
ffhq128 = partial(compiled, "ffhq128")
