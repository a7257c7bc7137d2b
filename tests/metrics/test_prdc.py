"""Precision, recall, density and coverage: to the bit those of the package prdc."""

import numpy as np
import pytest
from prdc import compute_prdc

from beyond_blur.metrics import precision_recall_density_coverage
from metrics.vectors import gaussian, relu_features


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
