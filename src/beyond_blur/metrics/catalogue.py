"""Every metric: what it is called, which way is better, in what range it lies, where it is shown.

Presentation and ranges alone: `measure` computes. Tables, figures and the terminal iterate over
`METRICS`, so a new metric is its function and one entry here. Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from beyond_blur.metrics.metric import Metric

EVERYWHERE = ("metrics", "study", "steps", "deltas")


METRICS: tuple[Metric, ...] = (
    Metric(
        "fid",
        "FID",
        better="lower",
        high=inf,
        decimals=2,
        of_inception="frechet_distance",
        error="frechet_standard_error",
        printed=True,
        listed=True,
        figures=EVERYWHERE,
    ),
    Metric("precision", "precision", "P", printed=True, listed=True, figures=EVERYWHERE),
    Metric("recall", "recall", "R", printed=True, listed=True, figures=EVERYWHERE),
    Metric(
        "density",
        "density",
        "D",
        high=inf,
        printed=True,
        listed=True,
        figures=("metrics", "study", "deltas"),
    ),
    Metric("coverage", "coverage", "C", printed=True, listed=True, figures=EVERYWHERE),
    Metric(
        "frechet_distance",
        "Fréchet distance",
        better="lower",
        high=inf,
        decimals=None,
        error="frechet_standard_error",
        printed=True,
        listed=True,
        figures=EVERYWHERE,
    ),
    # An extrapolation, and below it an unbiased estimate: both may fall below zero.
    Metric(
        "fid_infinity",
        "at infinite N",
        better="lower",
        low=-inf,
        high=inf,
        decimals=2,
        of_inception="frechet_infinity",
        listed=True,
        detail=True,
        always=False,
    ),
    Metric(
        "frechet_infinity",
        "at infinite N",
        better="lower",
        low=-inf,
        high=inf,
        decimals=None,
        listed=True,
        detail=True,
        always=False,
    ),
    Metric(
        "kid",
        "KID",
        better="lower",
        low=-inf,
        high=inf,
        of_inception="kernel_distance",
        error="kernel_standard_error",
        listed=True,
    ),
    Metric(
        "kernel_distance",
        "kernel distance",
        better="lower",
        low=-inf,
        high=inf,
        decimals=None,
        error="kernel_standard_error",
        listed=True,
    ),
    # Two to three times a Frechet distance of the same features; called MIND for Inception's alone.
    Metric(
        "mind",
        "MIND",
        better="lower",
        high=inf,
        decimals=2,
        of_inception="sliced_distance",
        listed=True,
        always=False,
    ),
    Metric(
        "sliced_distance",
        "sliced Wasserstein distance",
        better="lower",
        high=inf,
        decimals=None,
        listed=True,
        always=False,
    ),
    Metric(
        "spectral_distance",
        "spectral distance (dB)",
        better="lower",
        high=inf,
        decimals=2,
        listed=True,
        always=False,
    ),
    # Rows of before December 2026 lack both.
    Metric("clipped_density", "clipped density", listed=True, always=False),
    Metric("clipped_coverage", "clipped coverage", listed=True, always=False),
    Metric("authenticity", "authenticity", better=None, listed=True, always=False),
    Metric(
        "held_out_authenticity",
        "of the held-out images",
        better=None,
        listed=True,
        detail=True,
        always=False,
    ),
    Metric(
        "copying_statistic",
        "C_T (below 0: copying)",
        better=None,
        low=-inf,
        high=inf,
        decimals=2,
        listed=True,
        always=False,
    ),
    Metric("copy_share", "copies of the prior's training image", better=None, always=False),
    Metric(
        "copy_share_pixels",
        "copies of the prior's training image, by pixels",
        better=None,
        always=False,
    ),
    Metric(
        "held_out_copy_share", "copies of the prior's held-out image", better=None, always=False
    ),
    Metric(
        "held_out_copy_share_pixels",
        "copies of the prior's held-out image, by pixels",
        better=None,
        always=False,
    ),
    Metric(
        "copies",
        "copies of the prior's image",
        "copies",
        better=None,
        printed=True,
        figures=("metrics", "study"),
        merges=("copy_share", "held_out_copy_share"),
        near_zero=True,
        always=False,
    ),
)
"""In the order of the CSV's columns."""


def columns() -> list[str]:
    """Names of the metrics that are columns of the CSV."""
    return [metric.name for metric in METRICS if not metric.merges]


def errors() -> list[str]:
    """Columns with the standard errors of metrics."""
    return list(dict.fromkeys(metric.error for metric in METRICS if metric.error))


def measured() -> list[Metric]:
    """Metrics under the names that they are measured by, whatever the features: one a number."""
    return [metric for metric in METRICS if not metric.merges and not metric.of_inception]


def merged() -> list[Metric]:
    """Metrics that are no columns of their own."""
    return [metric for metric in METRICS if metric.merges]


def inception_names() -> dict[str, str]:
    """Names that only Inception's features earn, and what the same number is called otherwise."""
    return {metric.name: metric.of_inception for metric in METRICS if metric.of_inception}


def printed() -> list[Metric]:
    """Metrics of the printed tables, distances first, as in the paper."""
    return distances_first(metric for metric in METRICS if metric.printed)


def drawn_in(figure: str) -> list[Metric]:
    """Metrics that a figure draws, distances first."""
    return distances_first(metric for metric in METRICS if figure in metric.figures)


def listed(inception: bool) -> list[tuple[str, Metric]]:
    """Metrics that the verb evaluate lists: the name each was measured under, and its entry.

    Parameters
    ----------
    inception : bool
        Whether the features are Inception's, whose distances have names of their own.
    """
    earned = {name: other for other, name in inception_names().items()}
    by_name = {metric.name: metric for metric in METRICS}
    measured = distances_first(m for m in METRICS if m.listed and not m.of_inception)
    return [
        (
            metric.name,
            by_name[earned[metric.name]] if inception and metric.name in earned else metric,
        )
        for metric in measured
    ]


def distances_first(metrics: Iterable[Metric]) -> list[Metric]:
    """Metrics of which lower is better before the others, each group in its order."""
    return sorted(metrics, key=lambda metric: metric.better != "lower")
