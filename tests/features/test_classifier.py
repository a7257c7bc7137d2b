"""The classifier: it learns, repeats, and refuses what it was not trained on."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from sklearn.datasets import load_digits

from beyond_blur.features import build_extractor, small_network
from beyond_blur.features.classifier import train_classifier
from features.noise_images import noise_images


def digits(size=16):
    """The 1,797 digits enlarged, shuffled and cut into 1,200 for training and the rest."""
    data = load_digits()
    grey = np.rint(data.images * (255 / 16)).astype(np.uint8)
    large = [np.asarray(Image.fromarray(d).resize((size, size), Image.BICUBIC)) for d in grey]
    order = np.random.default_rng(0).permutation(len(large))
    images, labels = np.stack(large)[order, None], data.target[order]
    return (images[:1200], labels[:1200]), (images[1200:], labels[1200:])


@pytest.fixture(scope="module")
def trained():
    train, held_out = digits()
    state, accuracy = train_classifier(*train, seed=0, held_out=held_out, n_threads=1)
    return state, accuracy, held_out


def test_classifier_learns_the_digits(trained):
    _, accuracy, _ = trained
    assert accuracy["held_out"] > 0.97
    assert accuracy["train"] > 0.97


def test_classifier_features_do_not_depend_on_batches(trained):
    state, _, (images, labels) = trained
    extractor = build_extractor("classifier", state=state)
    features = extractor(images[:50])
    assert features.shape == (50, 64)
    assert_allclose(extractor(images[:50], batch_size=7), features, rtol=1e-4, atol=1e-4)
    assert (extractor.predict(images[:50]) == labels[:50]).mean() > 0.9


def test_classifier_state_is_plain_arrays(trained):
    """What a file of arrays keeps is enough, in any order."""
    state, _, (images, _) = trained
    assert all(type(array) is np.ndarray for array in state.values())
    copy = dict(reversed([(name, array.copy()) for name, array in state.items()]))
    first, second = (build_extractor("classifier", state=s) for s in (state, copy))
    assert first.weights_sha256 == second.weights_sha256
    assert_array_equal(first(images[:5]), second(images[:5]))


@pytest.mark.parametrize(("channels", "size", "n_classes"), [(1, 8, 2), (3, 32, 7), (1, 28, 10)])
def test_classifier_is_deterministic_for_any_images(channels, size, n_classes):
    images = noise_images(40, channels, size)
    labels = np.arange(40) % n_classes
    generator_before = torch.random.get_rng_state()
    states = [train_classifier(images, labels, seed=3, iterations=3)[0] for _ in range(2)]
    for name, array in states[0].items():
        assert_array_equal(array, states[1][name])
    assert torch.equal(torch.random.get_rng_state(), generator_before)
    assert len(states[0]["head.weight"]) == n_classes


def test_classifier_refuses_images_of_another_shape(trained):
    extractor = build_extractor("classifier", state=trained[0])
    with pytest.raises(ValueError, match=r"\(1, 8, 8\) for a classifier trained on \(1, 16, 16\)"):
        extractor(noise_images(2, 1, 8))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros(4, dtype=int), "two or more classes"),
        (np.array([-1, 0, 1, 2]), "two or more classes"),
        (np.arange(3), "one integer per image"),
        (np.arange(4.0), "one integer per image"),
    ],
)
def test_bad_labels_give_one_clear_error(labels, message):
    with pytest.raises(ValueError, match=message):
        train_classifier(noise_images(4, 1, 8), labels, seed=0)


def test_classifier_refuses_another_state():
    with pytest.raises(ValueError, match=r"lacks .*image_shape"):
        build_extractor("classifier", state={"weight": np.zeros(3)})


@pytest.mark.parametrize(
    ("name", "spoil", "message"),
    [
        ("head.weight", lambda w: w * np.nan, r"weights are not finite \(layer head.weight\)"),
        ("head.bias", lambda w: w[:1], r"layer head.bias: \[\d+\] described, \[1\] there"),
    ],
)
def test_classifier_refuses_a_spoilt_state_with_the_layer(trained, name, spoil, message):
    state = {**trained[0], name: spoil(trained[0][name])}
    with pytest.raises(ValueError, match=message) as refused:
        build_extractor("classifier", state=state)
    assert "\n" not in str(refused.value)


def test_a_classifier_whose_loss_is_not_finite_stops_with_the_step(monkeypatch):
    monkeypatch.setattr(small_network, "scaled", lambda images: torch.full(images.shape, np.inf))
    with pytest.raises(ValueError, match=r"loss is not finite \(step 1 of 3\)"):
        train_classifier(noise_images(4, 1, 8), np.arange(4), seed=0, iterations=3)
