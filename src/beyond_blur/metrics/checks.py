"""What every metric asks of its features, said once and in one voice."""

from __future__ import annotations

import numpy as np

# Beyond this, squared distances of 2,048 dimensions leave the range of float32.
LARGEST_FEATURE = 1e15


class FewSamples(UserWarning):
    """A Frechet distance from fewer samples than dimensions is mostly bias."""


def as_features(name: str, features: np.ndarray, at_least: int = 1) -> np.ndarray:
    """Return `features` as a finite, C-ordered float32 or float64 array of shape (n, d).

    Parameters
    ----------
    name : str
        What the caller calls this set; errors repeat it.
    features : array, shape (n, d)
        One row per image. float32 and float64 are kept, all else becomes float64.
    at_least : int
        The smallest n the metric is defined for.

    Raises
    ------
    ValueError
        If the array is not 2-D, is too short, or holds NaN, infinities or absurdly large values.
    """
    array = np.asarray(features)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} has values of type {array.dtype}: features must be real numbers")
    if array.ndim != 2:
        raise ValueError(
            f"{name} has shape {array.shape}; features must be 2-D, (samples, dimensions): "
            "flatten each sample to one row"
        )
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float64)
    n, dimensions = array.shape
    if n < at_least:
        raise ValueError(f"{name} has {n} samples; at least {at_least} are needed: add samples")
    if dimensions == 0:
        raise ValueError(f"{name} has shape {array.shape}: it has no feature dimension")
    largest = max(array.max(), -array.min())
    # NaN fails every comparison, so the test is for what is right, not for what is wrong.
    if not largest <= LARGEST_FEATURE:
        _refuse_values(name, array)
    return np.ascontiguousarray(array)


def _refuse_values(name: str, array: np.ndarray) -> None:
    bad = ~np.isfinite(array)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise ValueError(
            f"{name} has {array[row, column]} at row {row}, column {column} "
            f"({int(bad.any(axis=1).sum())} rows are not finite): drop or recompute those samples"
        )
    raise ValueError(
        f"{name} has values up to {np.abs(array).max():.3g}, above {LARGEST_FEATURE:.0e}: "
        "divide all sets by one constant first"
    )


def as_feature_pair(
    name_a: str,
    features_a: np.ndarray,
    name_b: str,
    features_b: np.ndarray,
    at_least: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """Check two sets with `as_features` and that they have the same dimensions.

    Raises
    ------
    ValueError
        As `as_features`, or if the numbers of columns differ.
    """
    a = as_features(name_a, features_a, at_least)
    b = as_features(name_b, features_b, at_least)
    if a.shape[1] != b.shape[1]:
        raise ValueError(
            f"{name_a} has {a.shape[1]} dimensions and {name_b} has {b.shape[1]}: "
            "extract both with the same extractor"
        )
    return a, b
