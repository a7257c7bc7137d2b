"""Uncompiled training steps against the reference recipe, number format by number format.

What is compiled takes longer to prepare than to time: see `gpu_parts.training_compiled`.
"""

from __future__ import annotations

from typing import Any

from gpu_parts.context import Context, free_memory
from gpu_parts.steps import (
    Ours,
    Setting,
    host_ms,
    matrix_rate,
    measured,
    reference_steps,
    settings,
)
from gpu_parts.timing import in_turns

FORMATS = ("bfloat16", "tf32", "float32")


def run(context: Context) -> None:
    """Every preset in every number format."""
    rate = matrix_rate(context)
    context.add("bfloat16 matrix product, TFLOP/s", rate / 1e12)
    for given in settings(context):
        name = given.preset
        spec = given.spec()
        context.attempt(
            f"{name}: TFLOP of a step", lambda g=given, s=spec: g.flop(s.batch_size) / 1e12
        )
        context.attempt(f"{name}: batch and noise on the host, ms", host_ms, context, given)
        context.attempt(f"{name}: reference, eager", reference, context, given)
        free_memory()
    for precision in FORMATS:  # the one that `auto` takes first: a short box leaves out the others
        for given in settings(context):
            name = f"{given.preset}: ours, {precision}, eager"
            if context.left() < 6:
                context.add(name, f"left out: {context.left():.0f} s left")
                continue
            context.attempt(name, variant, context, name, given, precision, rate)
            free_memory()


def reference(context: Context, given: Setting) -> dict[str, float]:
    """The reference recipe: eager, NCHW, float16 with a gradient scaler, tensor by tensor."""
    steps = reference_steps(given, context.device)
    return in_turns(context, {"reference": steps}, given.n_steps, min(3, given.rounds))


def variant(
    context: Context, key: str, given: Setting, precision: str, rate: float
) -> dict[str, Any]:
    """Our step, uncompiled."""
    with context.alone():
        ours = Ours(given, context.device, precision=precision, compile=False)
        first = ours.first_step()
    try:
        found = measured(context, key, ours, rate)
    finally:
        ours.close()
    base = context.values.get(f"{given.preset}: reference, eager", {}).get("reference, ms a step")
    if base is not None:
        found["times faster than the reference"] = base / found["ours, ms a step"]
    return {"first step, s": first, **found}
