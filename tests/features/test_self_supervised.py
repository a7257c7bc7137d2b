"""The encoder: it learns without labels, repeats, and refuses what it was not trained on."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from beyond_blur.features import build_extractor, small_network
from beyond_blur.features.self_supervised import LARGEST, fitted, train_encoder, vicreg_loss
from beyond_blur.metrics import frechet_distance
from features.noise_images import noise_images


def stripes(n, seed, size=16):
    """Noisy stripes of any phase: down in the first half of the images, across in the second."""
    rng = np.random.default_rng(seed)
    waves = np.sin(np.arange(size) * np.pi / 2 + rng.uniform(0, 2 * np.pi, (n, 1)))
    images = np.repeat(waves[:, None, None, :], size, axis=2)
    images[n // 2 :] = images[n // 2 :].swapaxes(2, 3)
    noisy = 128 + 40 * images + rng.normal(0, 40, images.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8), np.arange(n) >= n // 2


@pytest.fixture(scope="module")
def trained():
    images, _ = stripes(300, 0)
    held_out, _ = stripes(100, 1)
    return train_encoder(
        images, held_out=held_out, seed=0, iterations=60, batch_size=32, n_threads=1
    )


def told_apart(extractor):
    """Share of unseen images that have the texture of the training image with nearest features."""
    (known, textures), (unseen, wanted) = stripes(100, 2), stripes(100, 3)
    a, b = extractor(known), extractor(unseen)
    nearest = ((b[:, None] - a) ** 2).sum(2).argmin(1)
    return (textures[nearest] == wanted).mean()


def far_over_near(extractor):
    """Distance to images of one texture alone, over that to others of both."""
    both, other, (some, which) = stripes(400, 4)[0], stripes(400, 5)[0], stripes(800, 6)
    reference = extractor(both)
    lost = frechet_distance(extractor(some[which]), reference)
    return lost / frechet_distance(extractor(other), reference)


def test_two_textures_are_told_apart_better_than_by_random_features(trained):
    learned, random = (
        build_extractor("self-supervised", state=trained[0]),
        build_extractor("random"),
    )
    assert told_apart(learned) > told_apart(random)
    assert told_apart(learned) > 0.95
    assert far_over_near(learned) > far_over_near(random)


def test_how_well_images_are_told_by_another_view_is_said_of_both_splits(trained):
    assert set(trained[1]) == {"train", "held_out"}
    assert all(0 < share <= 1 for share in trained[1].values())


@pytest.mark.parametrize(("channels", "size"), [(1, 8), (3, 32), (1, 28), (3, 80)])
def test_an_encoder_is_deterministic_for_any_images(channels, size):
    images = noise_images(12, channels, size)
    generator_before = torch.random.get_rng_state()
    states = [train_encoder(images, seed=3, iterations=2, batch_size=8)[0] for _ in range(2)]
    for name, array in states[0].items():
        assert_array_equal(array, states[1][name])
    assert torch.equal(torch.random.get_rng_state(), generator_before)
    other = train_encoder(images, seed=4, iterations=2, batch_size=8)[0]
    assert (other["body.0.weight"] != states[0]["body.0.weight"]).any()
    extractor = build_extractor("self-supervised", state=states[0])
    features = extractor(images)
    assert features.shape == (12, extractor.dim)
    assert_allclose(extractor(images, batch_size=5), features, rtol=1e-4, atol=1e-4)


def test_large_images_are_seen_at_the_stated_size_and_others_as_they_are():
    assert fitted(noise_images(1, 3, 100)).shape == (1, 3, LARGEST, LARGEST)
    small = noise_images(1, 1, 28)
    assert_array_equal(fitted(small), small_network.scaled(small))
    assert_allclose(fitted(np.full((1, 1, 200, 200), 255, np.uint8)), 1, atol=1e-5)


def test_the_loss_is_least_where_views_agree_and_features_vary_and_differ():
    a = torch.tensor([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    # Spread 2 / sqrt(3) is above 1 in both, and they do not covary: no term is left.
    assert vicreg_loss(a, a) == 0
    assert_allclose(vicreg_loss(a, a + 1), 25)  # invariance: mean of 1
    assert_allclose(vicreg_loss(0 * a, 0 * a), 25 * (1 - 1e-2))  # spread sqrt(1e-4) in both views
    same = a[:, :1].repeat(1, 2)
    # Covariance 4 / 3, off the diagonal twice, in each of two views; over 2 features.
    assert_allclose(vicreg_loss(same, same), 2 * (4 / 3) ** 2, rtol=1e-6)


def test_images_and_states_of_another_shape_are_refused_in_one_line(trained):
    extractor = build_extractor("self-supervised", state=trained[0])
    with pytest.raises(ValueError, match=r"\(1, 8, 8\) for an encoder trained on \(1, 16, 16\)"):
        extractor(noise_images(2, 1, 8))
    with pytest.raises(ValueError, match=r"\(3, 8, 8\) for an encoder trained on \(1, 8, 8\)"):
        train_encoder(noise_images(2, 1, 8), held_out=noise_images(2, 3, 8), seed=0)
    with pytest.raises(ValueError, match=r"the encoder's state lacks .*make it with train_encoder"):
        build_extractor("self-supervised", state={"weight": np.zeros(3)})
    spoilt = {**trained[0], "body.0.weight": trained[0]["body.0.weight"] * np.nan}
    with pytest.raises(ValueError, match=r"the encoder: weights are not finite \(layer body.0"):
        build_extractor("self-supervised", state=spoilt)


def test_one_image_trains_no_encoder():
    with pytest.raises(ValueError, match="needs two or more, not 1"):
        train_encoder(noise_images(1, 1, 8), seed=0)


def test_an_encoder_whose_loss_is_not_finite_stops_with_the_step(monkeypatch):
    monkeypatch.setattr(small_network, "scaled", lambda images: torch.full(images.shape, np.inf))
    with pytest.raises(ValueError, match=r"the encoder's loss is not finite \(step 1 of 3\)"):
        train_encoder(noise_images(4, 1, 8), seed=0, iterations=3)
