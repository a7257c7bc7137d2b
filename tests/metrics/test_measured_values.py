"""What was measured is a number in its range, or the metric and the set are named."""

import numpy as np
import pytest

from beyond_blur.config.evaluation_specs import MetricsSpec
from beyond_blur.metrics import measure
from beyond_blur.metrics.measured_values import check_measured
from beyond_blur.metrics.rows import Samples, rows
from metrics.vectors import gaussian


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"precision": float("nan")}, "metric precision of samples is nan, which is not finite"),
        ({"recall": 1.5}, "metric recall of samples is 1.5, outside its range 0 to 1"),
        ({"frechet_distance": float("inf")}, "metric frechet_distance of samples is inf"),
        ({"kernel_distance": None}, "metric kernel_distance of samples is missing"),
        ({"kernel_standard_error": float("nan")}, "metric kernel_standard_error of samples is nan"),
        ({"frechet_by_size": [1.0, float("inf")]}, "metric frechet_by_size of samples is inf"),
        ({"own": "high"}, "metric own of samples is 'high', which is no number"),
    ],
)
def test_the_metric_the_set_and_the_sizes_are_named(found, words):
    sizes = {"n_samples": 9, "n_reference": 8, "feature_dim": 4}
    with pytest.raises(ValueError, match=rf"{words}.* \(9 samples, 8 of the reference, 4 dim"):
        check_measured({**sizes, **found}, "samples")
    assert check_measured({**sizes, "precision": 1.0, "frechet_infinity": None}, "a") is None


def test_a_metric_of_ones_own_that_finds_no_number_is_refused(monkeypatch):
    monkeypatch.setitem(measure.MEASURES, ("own",), lambda sets: {"own": float("nan")})
    rings = np.ones((40, 7))
    real = {"images": gaussian(40, 4), "images_rings": rings, "index": np.arange(40)}
    job = MetricsSpec("random", 3, 3, 5, 20, 0, "p", None, "noise")
    drawn = Samples({
        "samples": gaussian(20, 4, 2), "one_step": gaussian(20, 4, 1),
        "samples_rings": rings[:20], "one_step_rings": rings[:20],
    })  # fmt: skip
    with pytest.raises(ValueError, match="metric own of samples is nan, which is not finite"):
        rows(job, {"train": real, "held_out": real}, drawn)
