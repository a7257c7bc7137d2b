"""A measured set of images as a short table for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from beyond_blur.features.extractor import is_fid
from beyond_blur.metrics import catalogue
from beyond_blur.metrics.metric import Metric


def to_terminal(found: Mapping[str, Any], remarks: Sequence[str] = ()) -> str:
    """What was measured, with what, and what to beware of.

    Parameters
    ----------
    found : mapping
        The numbers of `evaluation.measure` with ``extractor``, ``resize``, ``nearest_k``,
        ``images`` and ``reference``.
    remarks : sequence of str
        What was done to the images, and what is to be known of them.
    """
    inception = is_fid(found["extractor"])
    lines = [
        (name_of(metric), value_of(found, name, metric))
        for name, metric in catalogue.listed(inception)
        if found.get(name) is not None
    ]
    width = max(len(name) for name, _ in lines)
    table = "\n".join(f"{name:<{width}}  {value}" for name, value in lines)
    return "\n".join(
        [
            f"{found['n_samples']} images of {found['images']}",
            f"against {found['n_reference']} of {found['reference']}",
            f"extractor {found['extractor']} (its own resize: {found['resize']}), "
            f"k = {found['nearest_k']}",
            "",
            table,
            *(f"\nnote: {line}" for line in (*remarks, *limits(found))),
        ]
    )


def name_of(metric: Metric) -> str:
    """What a line is called; a distance says where it is not the one of Inception's features."""
    if metric.detail:
        return f"  {metric.title}"
    twin = next((m for m in catalogue.METRICS if m.of_inception == metric.name), None)
    return metric.title if twin is None else f"{metric.title} (not {twin.title})"


def value_of(found: Mapping[str, Any], name: str, metric: Metric) -> str:
    """A value, four digits of a distance, with its standard error where there is one."""
    value = found[name]
    text = f"{value:.4g}" if metric.better == "lower" else metric.text(value)
    return f"{text} ± {found[metric.error]:.2g}" if metric.error else text


def limits(found: Mapping[str, Any]) -> list[str]:
    """What limits the numbers: few images, and how much of the distance is their bias.

    Parameters
    ----------
    found : mapping
        As `to_terminal` takes it.
    """
    lines = []
    if not any(found["frechet_by_size"]):
        lines.append("identical: both sets have the same features, image by image.")
    n, dim = min(found["n_samples"], found["n_reference"]), found["feature_dim"]
    if n <= dim:
        lines.append(
            f"{n} images are too few for {dim} feature dimensions: the distance is mostly bias. "
            "Compare equal numbers of images only, or read the kernel distance."
        )
    at_infinity = found.get("frechet_infinity")
    bias = 0.0 if at_infinity is None else found["frechet_distance"] - at_infinity
    if bias > 0:
        name = "FID" if is_fid(found["extractor"]) else "Fréchet distance"
        lines.append(
            f"about {bias:.2g} of the {name} is bias of {n} images, as its value at infinite N "
            "says: distances of other numbers of images do not compare."
        )
    return lines
