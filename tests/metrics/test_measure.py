"""What a row says of a set: the library's metrics, the same for the same seed."""

import json
import os
import warnings
from pathlib import Path

import numpy as np
import pytest

from beyond_blur.data.idx import read_idx
from beyond_blur.metrics import FewSamples, frechet_distance, measure

OPTIONS = {"nearest_k": 3, "seed": 0, "threads": 1, "kid_subsets": 10}


def gaussian(n, d=8, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


def test_measure_gives_the_metrics_of_the_library():
    fake, real = gaussian(200, seed=1) + 0.5, gaussian(150, seed=2)
    found = measure.measure(fake, real, **OPTIONS)
    assert found["frechet_distance"] == frechet_distance(fake, real)
    assert (found["n_samples"], found["n_reference"], found["feature_dim"]) == (200, 150, 8)
    assert found["frechet_sizes"] == [50, 88, 125, 162, 200]
    assert found["frechet_by_size"][-1] == found["frechet_distance"]
    assert 0 <= found["coverage"] <= 1
    json.dumps(found)


def test_the_table_of_measures_names_every_column():
    found = measure.measure(gaussian(30, seed=1), gaussian(40, seed=2), **OPTIONS)
    assert list(found) == [name for names in measure.MEASURES for name in names]


def test_measure_is_the_same_for_the_same_seed_and_orders_known_gaussians():
    real = gaussian(300, seed=0)
    near, far = (measure.measure(gaussian(300, seed=1) + s, real, **OPTIONS) for s in (0, 1))
    assert near == measure.measure(gaussian(300, seed=1), real, **OPTIONS)
    for metric in ("frechet_distance", "frechet_infinity", "kernel_distance"):
        assert near[metric] < far[metric]
    for metric in ("precision", "recall", "density", "coverage"):
        assert near[metric] > far[metric]


def test_infinite_n_removes_the_bias_of_few_samples():
    """Gaussians a known step apart: what finite N adds is what the line takes away."""
    real, shift, errors = gaussian(4000, 16), 0.3, []
    for seed in range(1, 8):
        fake = gaussian(400, 16, seed) + shift
        plain = frechet_distance(fake, real)
        found = measure.extrapolate(fake, real, plain, 5, np.random.default_rng(0))
        errors.append(np.array([plain, found["frechet_infinity"]]) - 16 * shift**2)
    bias, left = np.mean(errors, axis=0)
    assert bias > 0.2
    assert abs(left) < bias / 3


@pytest.mark.parametrize("shift", [0.0, 0.3])
@pytest.mark.parametrize(("n", "m"), [(60, 60), (60, 240)])
def test_the_kernel_distances_error_is_what_new_samples_show(n, m, shift):
    """The spread over fresh pairs of sets, against the error that each pair states by itself.

    Of sets of one distribution too, where it falls as 1 / n, and of sets of two sizes. A spread
    over 80 pairs is known to 8 %.
    """
    found = [
        measure.kernel(gaussian(n, 16, 2 * s) + shift, gaussian(m, 16, 2 * s + 1),
                          np.random.default_rng(s), 20, 1)
        for s in range(1, 81)
    ]  # fmt: skip
    values, errors = (
        np.array([f[name] for f in found]) for name in ("kernel_distance", "kernel_standard_error")
    )
    assert np.sqrt(np.mean(errors**2)) / values.std(ddof=1) == pytest.approx(1, abs=0.25)


@pytest.mark.parametrize("shift", [0.0, 0.147])
def test_infinite_n_removes_the_bias_of_a_small_reference_as_well(shift):
    """600 samples of 64 dimensions against 599: a whole reference leaves 2 of it."""
    found = []
    for seed in range(3):
        fake, real = gaussian(600, 64, 2 * seed) + shift, gaussian(599, 64, 2 * seed + 1)
        plain, draw = frechet_distance(fake, real), np.random.default_rng(0)
        found.append(measure.extrapolate(fake, real, plain, 5, draw)["frechet_infinity"])
    assert np.mean(found) == pytest.approx(64 * shift**2, abs=0.5)


def test_a_set_against_itself_is_at_distance_0_at_every_n():
    features = gaussian(60, 8)
    found = measure.measure(features, features.copy(), **OPTIONS)
    assert found["frechet_distance"] == found["frechet_infinity"] == 0
    assert found["frechet_by_size"] == [0] * 5
    other = features.copy()
    other[0, 0] += 1e-3
    assert measure.measure(features, other, **OPTIONS)["frechet_distance"] > 0


def test_few_samples_are_warned_of_for_every_set():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for seed in (1, 2):
            measure.measure(gaussian(8, seed=seed), gaussian(30), **OPTIONS)
    assert [w.category for w in caught] == [FewSamples, FewSamples]


@pytest.mark.parametrize("n", [5, 6, 7])
def test_the_smallest_sets_there_can_be_are_measured(n):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewSamples)
        found = measure.measure(gaussian(n, 2, 1), gaussian(n, 2, 2), **OPTIONS)
    assert np.isfinite(found["frechet_infinity"])


@pytest.mark.skipif("BEYOND_BLUR_DATA" not in os.environ, reason="BEYOND_BLUR_DATA names no folder")
def test_metrics_move_as_they_should_on_fashion_mnist():
    from beyond_blur.features import build_extractor

    folder = Path(os.environ["BEYOND_BLUR_DATA"]) / "fashion-mnist"
    train = read_idx(folder / "train-images-idx3-ubyte.gz")[:1000, None]
    test = read_idx(folder / "t10k-images-idx3-ubyte.gz")[:500, None]
    noise = np.random.default_rng(0).normal(0, 25, train[:500].shape)
    sets = {
        "half": train[:500],
        "held out": test,
        "noised": np.clip(train[:500] + noise, 0, 255).astype(np.uint8),
        "shifted": np.roll(train[:500], 4, axis=3),
    }
    extractor = build_extractor("random")
    real = extractor(train[500:])
    found = {n: measure.measure(extractor(x), real, **OPTIONS) for n, x in sets.items()}
    assert found["held out"]["frechet_distance"] < 2 * found["half"]["frechet_distance"]
    for name in ("noised", "shifted"):
        assert found[name]["frechet_distance"] > 2 * found["half"]["frechet_distance"]
        assert found[name]["coverage"] < found["half"]["coverage"]
