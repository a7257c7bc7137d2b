"""What was measured is a number in its metric's range, or an error that names the metric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from beyond_blur.metrics import catalogue


def check_measured(found: Mapping[str, Any], of: str) -> None:
    """Refuse numbers that are not finite, or outside the range that the catalogue gives a metric.

    Parameters
    ----------
    found : mapping
        Numbers, or lists of them, by name, as `measure` finds them.
    of : str
        The set that was measured.

    Raises
    ------
    ValueError
        Naming the metric, the set, the value and the sizes.
    """
    by_name = {metric.name: metric for metric in catalogue.measured()}
    for name, value in found.items():
        metric = by_name.get(name)
        fault = _unlisted_fault(value) if metric is None else metric.column.fault(value)
        if fault is not None:
            sizes = [found.get(size, "?") for size in ("n_samples", "n_reference", "feature_dim")]
            raise ValueError(
                f"metric {name} of {of} {fault} ({sizes[0]} samples, {sizes[1]} of the reference, "
                f"{sizes[2]} dimensions): the features are finite, so they lie too far apart for "
                "it, or its function is at fault; look at the features, or leave the metric out"
            )


def _unlisted_fault(value: Any) -> str | None:
    """What is wrong with what the catalogue does not list: errors, sizes, curves."""
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "biuf":
        return f"is {value!r}, which is no number"
    bad = numbers[~np.isfinite(numbers)]
    return f"is {float(bad[0])}, which is not finite" if bad.size else None
