"""The learning rate of a step: warm-up, and changes after some steps."""

from __future__ import annotations

from beyond_blur.config import Training


def learning_rate_of(spec: Training, step: int) -> float:
    """Adam's learning rate in step number ``step`` (from 0): a function of nothing else.

    Parameters
    ----------
    spec : Training
        ``learning_rate`` holds until the first of ``learning_rate_changes``, and each of those
        until the next; every one of them is warmed up over the first ``warmup`` steps.
    step : int
    """
    return full_rate_of(spec, step) * min(1.0, (step + 1) / max(spec.warmup, 1))


def full_rate_of(spec: Training, step: int) -> float:
    """The learning rate of a step, were it warmed up."""
    changed = [rate for n_steps, rate in spec.learning_rate_changes if n_steps <= step]
    return changed[-1] if changed else spec.learning_rate
