"""The catalogue names every metric once, and what is measured lies in its range."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from beyond_blur.metrics import catalogue
from beyond_blur.metrics.measure import measure
from beyond_blur.rendering.figures import FIGURES

BY_NAME = {metric.name: metric for metric in catalogue.METRICS}


def test_names_are_unique_and_refer_to_names_that_exist():
    assert len(BY_NAME) == len(catalogue.METRICS)
    for metric in catalogue.METRICS:
        assert {*metric.merges, metric.of_inception} - {""} <= set(BY_NAME)
        assert set(metric.figures) <= set(FIGURES)
        assert metric.low < metric.high


def test_distances_come_first_in_print_as_in_the_paper():
    lower = [metric.better == "lower" for metric in catalogue.printed()]
    assert lower == sorted(lower, reverse=True)
    names = [metric.name for metric in catalogue.printed()]
    of_the_paper = [
        "fid",
        "frechet_distance",
        "precision",
        "recall",
        "density",
        "coverage",
        "copies",
    ]
    assert [name for name in names if name in of_the_paper] == of_the_paper


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("fid", 51.437, "51.44"),
        ("precision", 0.8124, "0.812"),
        ("frechet_distance", 0.012345, "0.01235"),
        ("frechet_distance", 1234.5, "1234"),
    ],
)
def test_values_have_the_decimals_of_the_paper_or_four_digits(name, value, text):
    assert BY_NAME[name].text(value) == text


def test_only_inceptions_features_earn_the_names_fid_and_kid():
    assert catalogue.inception_names() == {
        "fid": "frechet_distance",
        "fid_infinity": "frechet_infinity",
        "kid": "kernel_distance",
        "mind": "sliced_distance",
    }
    plain, earned = catalogue.listed(False), catalogue.listed(True)
    assert [name for name, _ in plain] == [name for name, _ in earned]
    assert [metric.title for _, metric in earned][:3] == ["FID", "at infinite N", "KID"]


def test_what_is_measured_lies_in_its_range():
    rng = np.random.default_rng(0)
    found = measure(
        rng.normal(size=(30, 4)), rng.normal(size=(40, 4)), nearest_k=3, seed=0, kid_subsets=5
    )
    measured = [metric for metric in catalogue.METRICS if metric.name in found]
    assert len(measured) >= 7
    for metric in measured:
        assert metric.low <= found[metric.name] <= metric.high
        assert not metric.error or metric.error in found


def test_the_catalogue_and_the_registry_of_figures_are_quick_to_import():
    heavy = "torch", "matplotlib", "pandas", "sklearn", "numba"
    code = (
        "import sys; import beyond_blur.metrics.catalogue, beyond_blur.rendering.figures;"
        f"print(sorted(set({heavy!r}) & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(catalogue.__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
