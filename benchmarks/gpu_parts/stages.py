"""Stages of the GPU solver, by the kernels that make them."""

from __future__ import annotations

from collections.abc import Mapping

STAGES = {
    "flows": ("draw_waves", "class_energy", "mean_energy"),
    "frames": ("turns", "make_frames", "spectra", "limit_frames"),
    "scales": ("scales",),
    "steps": ("start", "advance"),
    "lattices": ("products",),
}
"""Every kernel once. ``turns`` serves the scales as well, by a share that events do not tell;
cuFFT, between ``spectra`` and ``limit_frames``, is in none."""


def by_stage(kernels: Mapping[str, float]) -> dict[str, float]:
    """Sums of a figure of each kernel."""
    return {stage: sum(kernels.get(name, 0.0) for name in names) for stage, names in STAGES.items()}
