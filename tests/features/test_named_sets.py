"""Features are checked under the name of their set."""

import numpy as np
import pytest

from beyond_blur import cli
from beyond_blur.config import evaluation_specs, rule_specs
from beyond_blur.features import build_extractor
from beyond_blur.features.classifier import Classifier, train_classifier
from beyond_blur.features.named_sets import features_of
from beyond_blur.finite import NotFinite
from beyond_blur.metrics import evaluate_sets
from beyond_blur.storage import artifacts

IMAGES = np.random.default_rng(0).integers(0, 256, (12, 1, 8, 8), dtype=np.uint8)


class Means:
    """Two features of an image; `spoil` changes them."""

    name, resize, weights_sha256, dim = "means", "none", "0" * 64, 2

    def __init__(self, spoil=lambda values: values):
        self.spoil = spoil

    def __call__(self, images, batch_size=32):
        values = images.reshape(len(images), -1).astype(np.float32)
        return self.spoil(np.stack([values.mean(1), values.std(1)], 1))


def with_nan(values):
    values[5, 1] = np.nan
    return values


def test_features_are_those_of_the_extractor():
    found = features_of(build_extractor("random"), {"a": IMAGES, "b": IMAGES[:3]}, 5)
    np.testing.assert_array_equal(found["b"], build_extractor("random")(IMAGES[:3], 5))
    assert list(found) == ["a", "b"] and found["a"].shape == (12, 256)


def test_the_set_and_the_row_are_named():
    with pytest.raises(NotFinite, match=r"features of b by extractor means .* \(row 5\)"):
        features_of(Means(with_nan), {"b": IMAGES}, 4)
    with pytest.raises(NotFinite, match="features of images by extractor means"):
        evaluate_sets(IMAGES, IMAGES, Means(with_nan))


@pytest.mark.parametrize(
    ("sets", "spoil", "words"),
    [
        ({}, None, "no images to take features of"),
        ({"a": IMAGES}, lambda values: values[:-1], r"of shape \(11, 2\) of 12 a: expected"),
        ({"a": IMAGES}, lambda values: values[:, 0], r"expected \(12, 2\)"),
    ],
)
def test_what_is_not_a_vector_for_each_image_is_refused(sets, spoil, words):
    with pytest.raises(ValueError, match=words):
        features_of(Means(spoil), sets, 4)


def test_images_that_an_extractor_does_not_take_are_named():
    with pytest.raises(ValueError, match=r"^prior: images have shape"):
        features_of(build_extractor("random"), {"prior": IMAGES[:, 0]}, 4)


@pytest.fixture(scope="module")
def state():
    return train_classifier(IMAGES, np.arange(12) % 3, seed=0, iterations=1)[0]


def test_a_classifier_of_nan_makes_no_features(state, tmp_path, capsys):
    spoilt = {name: v * np.float32(np.nan) if v.dtype == np.float32 else v
              for name, v in state.items()}  # fmt: skip
    paths = [str(tmp_path / f"{name}.safetensors") for name in ("images", "weights", "out")]
    artifacts.save(paths[0], {"images": IMAGES, "index": np.arange(12)}, kind="images", spec={})
    artifacts.save(paths[1], spoilt, kind="classifier", spec={})
    job = rule_specs.to_json(evaluation_specs.FeaturesSpec("classifier", None, 4))
    with pytest.raises(SystemExit):
        cli.main(["features", "--spec", job, "--images", paths[0], "--trained", paths[1],
                  "--out", paths[2]])  # fmt: skip
    error = capsys.readouterr().err
    assert "the classifier: weights are not finite (layer " in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"head.weight": np.zeros((3, 7), np.float32)}, r"layer head\.weight: \[3, 64\]"),
        ({"head.weight": np.zeros(3, np.float32)}, "have other axes"),
        ({"body.0.weight": np.zeros(4, np.float32)}, "have other axes"),
        ({"more": np.zeros(4, np.float32)}, "layer more: none described"),
        ({"image_shape": np.array([1, 8])}, "expected"),
        ({"image_shape": np.array([1.0, 8.0, 8.0])}, "expected"),
    ],
)
def test_a_state_of_another_network_is_one_line(state, change, words):
    with pytest.raises(ValueError, match=words) as found:
        Classifier({**state, **change})
    assert "\n" not in str(found.value)


@pytest.mark.parametrize(
    ("labels", "held_out", "words"),
    [
        (np.arange(12) * 10**6, None, "labels run to 11000000 for 12 images"),
        (np.arange(12) % 3, np.arange(12) % 4, "held-out images are of class 3 and training"),
    ],
)
def test_classes_that_cannot_be_learnt_are_refused(labels, held_out, words):
    unseen = None if held_out is None else (IMAGES, held_out)
    with pytest.raises(ValueError, match=words):
        train_classifier(IMAGES, labels, seed=0, held_out=unseen, iterations=1)
