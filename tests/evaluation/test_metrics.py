"""Laws of the metrics, and agreement with the packages whose numbers papers report."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from prdc import compute_prdc

import beyond_blur
from beyond_blur.features import torchvision_guard
from beyond_blur.metrics import (
    FewSamples,
    copy_share,
    frechet_against_n,
    frechet_at_infinity,
    frechet_distance,
    frechet_from_moments,
    kernel_distance,
    moments,
    nearest_neighbours,
    precision_recall_density_coverage,
)


def gaussian(n, d, seed=0, dtype=np.float32):
    return np.random.default_rng(seed).standard_normal((n, d)).astype(dtype)


def relu_features(n, d, seed, shift=0.0):
    """Skewed, non-negative and partly dead: what pooled activations look like."""
    features = np.maximum(gaussian(n, d, seed) + shift, 0) * 0.4
    features[:, :2] = 0
    return features


# --- Frechet distance -----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(500, 64), (40, 64)], ids=["n > d", "n < d"])
@pytest.mark.filterwarnings("ignore::beyond_blur.metrics.FewSamples")
def test_frechet_distance_of_a_set_with_itself_is_zero(shape):
    features = relu_features(*shape, seed=0)
    trace = np.trace(moments(features)[1])
    assert 0 <= frechet_distance(features, features) < 1e-9 * trace


def test_frechet_distance_of_known_gaussians():
    mean = np.array([1.0, -2.0, 0.5])
    variances_a, variances_b = np.array([1.0, 4.0, 0.25]), np.array([9.0, 1.0, 0.0])
    expected = mean @ mean + ((np.sqrt(variances_a) - np.sqrt(variances_b)) ** 2).sum()
    distance = frechet_from_moments(mean, np.diag(variances_a), np.zeros(3), np.diag(variances_b))
    assert distance == pytest.approx(expected, rel=1e-12)


def test_frechet_distance_does_not_depend_on_the_axes():
    rotation, _ = np.linalg.qr(gaussian(6, 6, dtype=np.float64))
    a, b = gaussian(50, 6, 1, np.float64), 2 * gaussian(60, 6, 2, np.float64) + 1
    assert frechet_distance(a @ rotation, b @ rotation) == pytest.approx(frechet_distance(a, b))


def test_frechet_distance_of_samples_is_that_of_their_moments():
    a, b = gaussian(300, 16, 1), gaussian(200, 16, 2) + 0.3
    assert frechet_distance(a, b) == pytest.approx(
        frechet_from_moments(*moments(a), *moments(b)), rel=1e-10
    )


def test_moments_are_numpys():
    features = gaussian(9000, 3, dtype=np.float64)
    mean, cov = moments(features)
    assert_allclose(mean, features.mean(axis=0), atol=1e-14)
    assert_allclose(cov, np.cov(features, rowvar=False), atol=1e-13)


def test_frechet_distance_ignores_order_and_is_symmetric():
    a, b = gaussian(300, 16, 1), gaussian(200, 16, 2) + 0.3
    shuffled = np.random.default_rng(3).permutation(a)
    assert frechet_distance(shuffled, b) == pytest.approx(frechet_distance(a, b), rel=1e-10)
    assert frechet_distance(b, a) == pytest.approx(frechet_distance(a, b), rel=1e-10)


def test_singular_covariances_are_exact():
    """Two rank-one sets along orthogonal axes: nothing is shared, so the traces add up."""
    line = np.linspace(-1, 1, 4)
    a, b = np.zeros((4, 8)), np.zeros((4, 8))
    a[:, 0], b[:, 1] = line, 3 * line
    with pytest.warns(FewSamples):
        distance = frechet_distance(a, b)
    assert distance == pytest.approx(10 * line.var(ddof=1), rel=1e-12)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("n", "d"), [(400, 32), (2000, 128)])
def test_frechet_distance_agrees_with_pytorch_fid(n, d):
    torchvision_guard.ensure_importable()
    from pytorch_fid.fid_score import calculate_frechet_distance

    a, b = gaussian(n, d, 1, np.float64), 1.1 * gaussian(n, d, 2, np.float64) + 0.05
    a, b = a @ gaussian(d, d, 3, np.float64), b @ gaussian(d, d, 4, np.float64)
    statistics = (*moments(a), *moments(b))
    assert frechet_distance(a, b) == pytest.approx(
        calculate_frechet_distance(*statistics), rel=1e-6
    )


def test_bias_of_disjoint_halves_shrinks_as_one_over_n():
    """Two halves of one Gaussian: each covariance and mean errs independently.

    For d << n the means' part is 2 d / n. That of the covariances I + E is |E_a - E_b|^2 / 4 to
    second order, and each |E|^2 is (d^2 + d) / n on average.
    """
    n, d = 4000, 20
    halves = gaussian(2 * n, d).reshape(2, n, d)
    expected = 2 * d / n + (d**2 + d) / (2 * n)
    assert frechet_distance(*halves) == pytest.approx(expected, rel=0.1)


def test_infinite_n_removes_the_bias():
    a, b = gaussian(6000, 20, 1), gaussian(6000, 20, 2)
    sizes = [1000, 1500, 2000, 3000, 6000]
    distances = frechet_against_n(a, b, sizes, np.random.default_rng(0))
    assert distances[-1] == pytest.approx(frechet_distance(a, b), rel=1e-10)
    assert distances[0] > 2 * distances[-1]
    limit = frechet_at_infinity(sizes, distances)
    # What is left is the reference's own error.
    assert abs(limit) < 0.75 * distances[-1]


def test_line_in_one_over_n_is_exact():
    sizes = np.array([100, 200, 500])
    assert frechet_at_infinity(sizes, 3.5 + 700 / sizes) == pytest.approx(3.5)


@pytest.mark.parametrize(("n", "warned"), [(64, True), (65, False)])
def test_few_samples_are_said(n, warned):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        frechet_distance(gaussian(n, 64), gaussian(200, 64, 1))
    assert [w.category for w in caught] == [FewSamples] * warned


# --- Kernel distance ------------------------------------------------------------------------------


def test_kernel_distance_is_its_definition():
    a, b = gaussian(30, 4, 1, np.float64), gaussian(30, 4, 2, np.float64) + 0.2
    value, _ = kernel_distance(a, b, np.random.default_rng(0), n_subsets=2, subset_size=30)

    def kernel(x, y):
        return (x @ y / 4 + 1) ** 3

    n = len(a)
    within = sum(
        kernel(s[i], s[j]) for s in (a, b) for i in range(n) for j in range(n) if i != j
    ) / (n * (n - 1))
    across = sum(kernel(x, y) for x in a for y in b) / n**2
    assert value == pytest.approx(within - 2 * across, rel=1e-10)


def test_kernel_distance_is_unbiased():
    a, b = gaussian(4000, 16, 1), gaussian(4000, 16, 2)
    value, error = kernel_distance(a, b, np.random.default_rng(0), n_subsets=40, subset_size=100)
    assert error > 0
    assert abs(value) < 4 * error
    moved, error = kernel_distance(
        a, b + 0.3, np.random.default_rng(0), n_subsets=40, subset_size=100
    )
    assert moved > 10 * error


def test_kernel_distance_repeats_with_its_generator():
    a, b = gaussian(200, 8, 1), gaussian(200, 8, 2)
    first, second = (
        kernel_distance(a, b, np.random.default_rng(7), n_subsets=5, subset_size=50)
        for _ in range(2)
    )
    assert first == second


# --- Precision, recall, density, coverage ---------------------------------------------------------


def of_prdc(real, fake, k):
    return tuple(float(value) for value in compute_prdc(real, fake, k).values())


def with_copies(n, d):
    """A fake set half made of copies of the real one, itself holding duplicates."""
    real = gaussian(n, d, 1)
    real[n // 2 : n // 2 + 20] = real[:20]
    fake = gaussian(n, d, 2)
    fake[: n // 2] = real[: n // 2]
    return real, fake


FIXTURES = {
    "small": (gaussian(7, 3, 1), gaussian(9, 3, 2)),
    "low dimension": (gaussian(700, 4, 1), 0.8 * gaussian(600, 4, 2)),
    "float64": (gaussian(300, 64, 1, np.float64), gaussian(400, 64, 2, np.float64)),
    "mixed types": (gaussian(100, 8, 1), gaussian(100, 8, 2, np.float64)),
    "high dimension": (gaussian(400, 2048, 1), 0.95 * gaussian(500, 2048, 2)),
    "activations": (relu_features(500, 256, 1), relu_features(600, 256, 2, shift=0.05)),
    "far from the origin": (gaussian(300, 16, 1) + 100, gaussian(300, 16, 2) + 100.5),
    "copies": with_copies(400, 32),
    "grid with many ties": (
        np.random.default_rng(1).integers(0, 3, (300, 3)).astype(np.float64),
        np.random.default_rng(2).integers(0, 4, (250, 3)).astype(np.float64),
    ),
    "constant": (np.ones((50, 4)), np.ones((60, 4))),
    "collapsed": (gaussian(300, 16, 1), np.repeat(gaussian(2, 16, 2), 150, axis=0)),
    "disjoint": (gaussian(100, 8, 1), gaussian(100, 8, 2) + 50),
}


@pytest.mark.parametrize("k", [1, 5])
@pytest.mark.parametrize("name", FIXTURES)
def test_prdc_equals_the_prdc_package(name, k):
    real, fake = FIXTURES[name]
    assert precision_recall_density_coverage(real, fake, k) == of_prdc(real, fake, k)


def test_prdc_of_a_set_with_itself_is_one():
    features = gaussian(500, 32)
    assert precision_recall_density_coverage(features, features.copy(), 5) == (1, 1, 1, 1)


def test_prdc_does_not_depend_on_order_blocks_threads_or_device():
    real, fake = relu_features(300, 64, 1), relu_features(350, 64, 2)
    expected = precision_recall_density_coverage(real, fake, 3)
    rng = np.random.default_rng(0)
    assert expected == precision_recall_density_coverage(
        rng.permutation(real), rng.permutation(fake), 3, n_threads=2, chunk=17
    )
    assert expected == precision_recall_density_coverage(real, fake, 3, device="cpu")


def exact_prdc(real, fake, k):
    def distances(x, y):
        return np.sqrt(((x[:, None].astype(np.float64) - y) ** 2).sum(axis=-1))

    radii = [np.sort(distances(x, x), axis=1)[:, k] for x in (real, fake)]
    across = distances(real, fake)
    in_real, in_fake = across < radii[0][:, None], across < radii[1]
    shares = in_real.any(axis=0).mean(), in_fake.any(axis=1).mean()
    return *shares, in_real.sum(axis=0).mean() / k, in_real.any(axis=1).mean()


def test_tight_clusters_far_apart_are_resolved():
    """Float32 products see each cluster as one point; even float64 products lose digits."""
    rng = np.random.default_rng(0)
    centres = 1000 * rng.standard_normal((5, 16))
    real, fake = (
        centres[rng.integers(0, 5, 200)] + 1e-3 * rng.standard_normal((200, 16)) for _ in range(2)
    )
    assert precision_recall_density_coverage(real, fake, 3) == pytest.approx(
        exact_prdc(real, fake, 3), rel=1e-12
    )


# --- Nearest neighbours and copies ----------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 4])
def test_nearest_neighbours_are_those_of_brute_force(k):
    query, base = relu_features(150, 64, 1), relu_features(220, 64, 2)
    distances = np.sqrt(((query[:, None].astype(np.float64) - base) ** 2).sum(axis=-1))
    expected = np.argsort(distances, axis=1, kind="stable")[:, :k]
    indices, found = nearest_neighbours(query, base, k, chunk=64)
    assert_array_equal(indices, expected)
    assert_allclose(found, np.take_along_axis(distances, expected, axis=1), rtol=1e-12)


def test_equal_distances_come_by_index():
    base = np.repeat(gaussian(3, 4), 30, axis=0)
    indices, distances = nearest_neighbours(base[[0, 30, 60]], base, 2)
    assert_array_equal(indices, [[0, 1], [30, 31], [60, 61]])
    assert_array_equal(distances, 0)


def test_an_excluded_row_is_not_found():
    base = gaussian(100, 8)
    itself = np.arange(100)
    assert_array_equal(nearest_neighbours(base, base)[0][:, 0], itself)
    others, distances = nearest_neighbours(base, base, exclude=itself)
    assert (others[:, 0] != itself).all()
    assert (distances > 0).all()


def test_copy_share_counts_samples_beside_their_source():
    base = gaussian(200, 16)
    sources = np.arange(100)
    samples = base[:100] + 0.01
    samples[:25] = base[100:125]
    assert copy_share(samples, sources, base) == 0.75


def test_copies_in_the_base_hide_nothing():
    base = np.concatenate([gaussian(20, 4)] * 2)
    assert copy_share(base, np.arange(40), base) == 1.0


# --- Errors ---------------------------------------------------------------------------------------

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
