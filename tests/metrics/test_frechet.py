"""Laws of the Frechet distance, and agreement with pytorch-fid."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose

from beyond_blur.features import torchvision_guard
from beyond_blur.metrics import (
    FewSamples,
    frechet_against_n,
    frechet_at_infinity,
    frechet_distance,
    frechet_from_moments,
    moments,
)
from metrics.vectors import gaussian, relu_features


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
    assert abs(limit) < 0.25 * distances[-1]


def test_the_reference_is_cut_as_the_samples_are():
    """Samples that are all alike meet the same distance, but for the rows of the reference."""
    a, b = np.zeros((400, 2)), gaussian(100, 2, 1)
    whole, halves = (
        frechet_against_n(a, b, [size] * 20, np.random.default_rng(0)) for size in (400, 200)
    )
    assert whole == pytest.approx([frechet_distance(a, b)] * 20, rel=1e-12)
    # The mean square of 50 of 100 normal pairs scatters by 2 sqrt(1 / 50 - 1 / 100).
    assert halves.std(ddof=1) == pytest.approx(0.2, rel=0.6)


def test_line_in_one_over_n_is_exact():
    sizes = np.array([100, 200, 500])
    assert frechet_at_infinity(sizes, 3.5 + 700 / sizes) == pytest.approx(3.5)


@pytest.mark.parametrize(("n", "warned"), [(64, True), (65, False)])
def test_few_samples_are_said(n, warned):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        frechet_distance(gaussian(n, 64), gaussian(200, 64, 1))
    assert [w.category for w in caught] == [FewSamples] * warned
