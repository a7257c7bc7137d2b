"""A measured set of images as a short table for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def to_terminal(found: Mapping[str, Any], remarks: Sequence[str] = ()) -> str:
    """What was measured, with what, and what to beware of.

    Parameters
    ----------
    found : mapping
        The numbers of `evaluation.measure` with ``extractor``, ``resize``, ``nearest_k``,
        ``images`` and ``reference``.
    remarks : sequence of str
        What was done to the images.
    """
    is_fid = found["extractor"].startswith("inception")
    at_infinity = found["frechet_infinity"]
    lines = [
        ("FID" if is_fid else "Fréchet distance (not FID)", f"{found['frechet_distance']:.4g}"),
        ("  at infinite N", "" if at_infinity is None else f"{at_infinity:.4g}"),
        (
            "KID" if is_fid else "kernel distance (not KID)",
            f"{found['kernel_distance']:.4g} ± {found['kernel_standard_error']:.2g}",
        ),
        *((name, f"{found[name]:.3f}") for name in ("precision", "recall", "density", "coverage")),
    ]
    width = max(len(name) for name, _ in lines)
    table = "\n".join(f"{name:<{width}}  {value}" for name, value in lines if value)
    return "\n".join([
        f"{found['n_samples']} images of {found['images']}",
        f"against {found['n_reference']} of {found['reference']}",
        f"extractor {found['extractor']}, resize: {found['resize']}, k = {found['nearest_k']}",
        "", table, *cautions(found, remarks),
    ])  # fmt: skip


def cautions(found: Mapping[str, Any], remarks: Sequence[str]) -> list[str]:
    """Lines under the table, each a reason to read it with care."""
    lines = [*remarks]
    n, dim = min(found["n_samples"], found["n_reference"]), found["feature_dim"]
    if n <= dim:
        lines.append(
            f"{n} images are too few for {dim} feature dimensions: the distance is mostly bias. "
            "Compare equal numbers of images only, or read the kernel distance."
        )
    return [f"\nnote: {line}" for line in lines]
