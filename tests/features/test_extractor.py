"""Extractors: a list that is true, and images that are checked before any of them."""

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from beyond_blur import config
from beyond_blur.features import EXTRACTORS, build_extractor, is_fid, load_extractor
from beyond_blur.features.extractor import check_needs
from features.noise_images import noise_images

ROOT = Path(__file__).parents[2]


def test_unknown_extractor_names_the_known():
    with pytest.raises(ValueError, match="'vgg' is unknown: use one of inception, inception-clean"):
        build_extractor("vgg")


def test_every_extractor_of_the_list_exists():
    for entry in EXTRACTORS.values():
        module, _, name = entry.implementation.partition(":")
        assert callable(getattr(importlib.import_module(module), name))


def test_the_configuration_names_the_extractors_of_the_list():
    assert set(config.options.Extractor.__args__) == set(EXTRACTORS)


def test_only_inceptions_distances_are_called_fid():
    assert [name for name in EXTRACTORS if is_fid(name)] == ["inception", "inception-clean"]
    assert not is_fid("dinov2-vits14") and not is_fid("inception-of-mine")


def test_what_an_extractor_needs_is_asked_for():
    with pytest.raises(ValueError, match="--extractor dinov2 needs --weights FILE: dinov2_vitl14"):
        check_needs("dinov2", {"classifier": "classifier.safetensors"})
    with pytest.raises(ValueError, match="needs --classifier FILE, as made by `snakemake"):
        check_needs("classifier", {"weights": "weights.pth"})
    check_needs("inception", {})


@pytest.mark.parametrize(("name", "taken"), [("random", None), ("inception", "weights"),
                                             ("classifier", "classifier")])  # fmt: skip
def test_a_file_that_an_extractor_never_reads_is_refused(name, taken):
    own = {} if taken is None else {taken: "file"}
    check_needs(name, {"weights": None, "encoder": None, **own})
    with pytest.raises(ValueError, match=f"^--encoder has no effect on --extractor {name}: leave"):
        check_needs(name, {**own, "encoder": "file"})


def test_an_extractor_without_weights_leaves_them_alone():
    """A configuration may name weights and change the extractor."""
    images = noise_images(3, 1, 8)
    expected = build_extractor("random")(images)
    found = load_extractor("random", weights="inception.pth", trained="none.safetensors")
    np.testing.assert_array_equal(found(images), expected)


def test_the_list_of_extractors_needs_neither_torch_nor_numpy():
    code = "import sys, beyond_blur.features; assert not {'torch', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(ROOT / "src")})


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 8, 8), dtype=np.uint8), r"shape \(2, 8, 8\)"),
        (np.zeros((2, 2, 8, 8), dtype=np.uint8), r"shape \(2, 2, 8, 8\)"),
        (np.zeros((2, 1, 8, 8)), "type float64"),
        (np.zeros((0, 1, 8, 8), dtype=np.uint8), "the set is empty"),
    ],
    ids=["no channels", "two channels", "floats", "empty"],
)
def test_bad_images_give_one_clear_error(images, message):
    with pytest.raises(ValueError, match=message):
        build_extractor("random")(images)


def test_a_batch_holds_at_least_one_image():
    with pytest.raises(ValueError, match="batch_size=0"):
        build_extractor("random")(noise_images(2, 1, 8), batch_size=0)
