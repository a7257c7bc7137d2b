"""What no metric can measure is one clear error; importing the metrics imports no torch."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

import beyond_blur
from beyond_blur.metrics import (
    copy_share,
    frechet_against_n,
    frechet_at_infinity,
    frechet_distance,
    frechet_from_moments,
    kernel_distance,
    nearest_neighbours,
    precision_recall_density_coverage,
)
from metrics.vectors import gaussian

METRICS = {
    "frechet": lambda a, b: frechet_distance(a, b),
    "kernel": lambda a, b: kernel_distance(a, b, np.random.default_rng(0), subset_size=3),
    "prdc": lambda a, b: precision_recall_density_coverage(a, b, 3),
    "neighbours": lambda a, b: nearest_neighbours(a, b),
}


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda x: x[:, 0], "must be 2-D"),
        (lambda x: x[:0], "has 0 samples"),
        (lambda x: x[:, :0], "no feature dimension"),
        (lambda x: x[:, :3], "4 dimensions and .* has 3"),
        (lambda x: np.where(x == x[2, 1], np.nan, x), "nan at row 2, column 1"),
        (lambda x: np.where(x == x[2, 1], -np.inf, x), "-inf at row 2, column 1"),
        (lambda x: x * 1e20, "divide all sets by one constant"),
    ],
    ids=["1-D", "empty", "no dimension", "differing dimensions", "NaN", "infinity", "huge"],
)
def test_bad_features_give_one_clear_error(metric, spoil, message):
    good, other = gaussian(20, 4, 1, np.float64), gaussian(20, 4, 2, np.float64)
    with pytest.raises(ValueError, match=message):
        metric(good, spoil(other))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a: precision_recall_density_coverage(a[:4], a, 3), "4 samples; at least 5"),
        (lambda a: precision_recall_density_coverage(a, a, 0), "nearest_k=0"),
        (lambda a: frechet_distance(a[:1], a), "1 samples; at least 2"),
        (lambda a: frechet_from_moments(a[0], np.eye(4), a[0], np.eye(3)), "do not fit"),
        (lambda a: frechet_from_moments(a[0], np.eye(4), a[0], np.eye(4) * np.nan), "not finite"),
        (lambda a: frechet_against_n(a, a, [5, 21], np.random.default_rng(0)), r"\[21\]"),
        (lambda a: frechet_at_infinity([5, 5], [1.0, 1.0]), "fewer than two different"),
        (lambda a: frechet_at_infinity([5], [1.0, 1.0]), "one distance per size"),
        (lambda a: kernel_distance(a, a, np.random.default_rng(0)), "subset_size=1000"),
        (
            lambda a: kernel_distance(a, a, np.random.default_rng(0), subset_size=5, n_subsets=1),
            "n_subsets=1",
        ),
        (lambda a: nearest_neighbours(a, a, 21), "k=21"),
        (lambda a: nearest_neighbours(a, a, exclude=np.full(20, 20)), "exclude runs from 20"),
        (lambda a: copy_share(a, np.arange(3), a), r"sources has shape \(3,\)"),
        (lambda a: copy_share(a, np.arange(20.0), a), "type float64"),
    ],
)
def test_bad_arguments_give_one_clear_error(call, message):
    with pytest.raises(ValueError, match=message):
        call(gaussian(20, 4))


def test_importing_the_metrics_and_the_list_of_extractors_imports_no_torch():
    code = """
        import sys, beyond_blur.metrics, beyond_blur.features
        assert "torch" not in sys.modules
    """
    source = str(Path(beyond_blur.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": source}
    subprocess.run([sys.executable, "-c", dedent(code)], check=True, env=environment)
