"""Inception: pytorch-fid's features, from weights that were checked."""

import hashlib
import runpy
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from beyond_blur.features import build_extractor
from beyond_blur.features.resize import bicubic
from features.noise_images import noise_images

ROOT = Path(__file__).parents[2]


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    """torch's cache, empty; and no network."""

    def no_network(*args, **kwargs):
        raise URLError("no network")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", no_network)
    return tmp_path / "hub/checkpoints/pt_inception-2015-12-05-6726825d.pth"


def test_missing_inception_weights_say_where_to_put_them(empty_cache):
    with pytest.raises(FileNotFoundError, match=f"not at {empty_cache} .*put it there"):
        build_extractor("inception")


def test_a_cache_that_cannot_be_made_says_where_to_put_them(tmp_path, monkeypatch):
    (tmp_path / "home").write_text("")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home/torch"))
    with pytest.raises(FileNotFoundError, match=r"could not be downloaded .*put it there"):
        build_extractor("inception")


def test_a_wrong_path_is_not_replaced_by_the_cache(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.pth do not exist"):
        build_extractor("inception", weights=tmp_path / "nowhere.pth")


def test_inception_weights_of_another_hash_are_refused(empty_cache):
    empty_cache.parent.mkdir(parents=True)
    empty_cache.write_bytes(b"half a download")
    with pytest.raises(ValueError, match="does not begin with 6726825d"):
        build_extractor("inception")


@pytest.mark.slow
def test_inception_gives_pytorch_fids_features(empty_cache):
    """Random weights where pytorch-fid looks for its own; grey and colour."""
    benchmark = runpy.run_path(str(ROOT / "benchmarks/features.py"))
    state = benchmark["random_inception_state"](seed=0)
    empty_cache.parent.mkdir(parents=True)
    torch.save(state, empty_cache)
    extractor = build_extractor("inception", sha256=sha256(empty_cache)[:8])
    assert extractor.weights_sha256 == sha256(empty_cache)

    images = noise_images(5, 3, 32)
    theirs = benchmark["reference_loop"](state)(images)
    assert_allclose(extractor(images, batch_size=2), theirs, atol=1e-4 * theirs.max())
    grey = images[:2, :1]
    repeated = np.repeat(grey, 3, axis=1)
    assert_allclose(extractor(grey), extractor(repeated), atol=1e-4 * theirs.max())

    clean = build_extractor("inception-clean", sha256=sha256(empty_cache))
    full_size = noise_images(2, 3, 299)
    # No resize is left to do, so the two rules agree.
    assert_allclose(clean(full_size), extractor(full_size), atol=1e-4 * theirs.max())
    assert np.abs(clean(images) - theirs).max() > 0.01 * theirs.max()


def test_bicubic_keeps_constants_and_filters_before_it_shrinks():
    flat = np.full((1, 3, 32, 32), 77, dtype=np.uint8)
    assert_allclose(bicubic(flat, 299), 77, rtol=1e-5)
    stripes = np.zeros((1, 1, 64, 64), dtype=np.uint8)
    stripes[..., ::2] = 255
    # Finer than the small image can show: an aliased resize would keep some stripes.
    assert_allclose(bicubic(stripes, 16)[..., 2:-2], 127.5, atol=2)
