"""Extractors: the same features whatever the batches, from weights that were checked."""

from __future__ import annotations

import hashlib
import pickle
import runpy
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from sklearn.datasets import load_digits
from torch import nn

from beyond_blur.features import EXTRACTORS, build_extractor
from beyond_blur.features.classifier import train_classifier
from beyond_blur.features.dinov2 import interpolate_positions
from beyond_blur.features.resize import bicubic

ROOT = Path(__file__).parents[2]


def noise_images(n, channels, size, seed=0):
    shape = (n, channels, size, size)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def digits(size=16):
    """The 1,797 digits enlarged, shuffled and cut into 1,200 for training and the rest."""
    data = load_digits()
    grey = np.rint(data.images * (255 / 16)).astype(np.uint8)
    large = [np.asarray(Image.fromarray(d).resize((size, size), Image.BICUBIC)) for d in grey]
    order = np.random.default_rng(0).permutation(len(large))
    images, labels = np.stack(large)[order, None], data.target[order]
    return (images[:1200], labels[:1200]), (images[1200:], labels[1200:])


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- All extractors -------------------------------------------------------------------------------


def test_unknown_extractor_names_the_known():
    with pytest.raises(ValueError, match="'vgg' is unknown: use one of inception, inception-clean"):
        build_extractor("vgg")


def test_every_extractor_of_the_list_exists():
    for place in EXTRACTORS.values():
        module, _, attribute = place.partition(":")
        source = (ROOT / "src" / f"{module.replace('.', '/')}.py").read_text()
        assert f"class {attribute}" in source


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


# --- Random network -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [8, 28, 32])
@pytest.mark.parametrize("channels", [1, 3])
def test_random_features_do_not_depend_on_batches_or_order(channels, size):
    extractor = build_extractor("random")
    images = noise_images(10, channels, size)
    features = extractor(images)
    assert features.shape == (10, extractor.dim)
    assert features.dtype == np.float32
    assert_allclose(extractor(images, batch_size=3), features, rtol=1e-4, atol=1e-5)
    assert_allclose(extractor(images[::-1])[::-1], features, rtol=1e-4, atol=1e-5)


def test_grey_is_colour_with_equal_channels():
    extractor = build_extractor("random")
    grey = noise_images(4, 1, 16)
    assert_allclose(extractor(np.repeat(grey, 3, axis=1)), extractor(grey), rtol=1e-5)


def test_random_weights_are_told_by_their_hash():
    first, again, other = (build_extractor("random", seed=seed) for seed in (0, 0, 1))
    assert first.weights_sha256 == again.weights_sha256 != other.weights_sha256
    assert (first.name, other.name) == ("random", "random-1")


# --- Classifier -----------------------------------------------------------------------------------


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


# --- Inception ------------------------------------------------------------------------------------


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


def test_a_wrong_path_is_not_replaced_by_the_cache(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.pth do not exist"):
        build_extractor("inception", weights=tmp_path / "nowhere.pth")


def test_inception_weights_of_another_hash_are_refused(empty_cache):
    empty_cache.parent.mkdir(parents=True)
    empty_cache.write_bytes(b"half a download")
    with pytest.raises(ValueError, match="does not begin with 6726825d"):
        build_extractor("inception")


class Malicious:
    def __reduce__(self):
        return exec, ("raise SystemExit('code of the file was run')",)


def test_inception_weights_are_never_unpickled_freely(tmp_path):
    path = tmp_path / "weights.pth"
    torch.save({"weight": Malicious()}, path)
    with pytest.raises(pickle.UnpicklingError):
        build_extractor("inception", weights=path, sha256=sha256(path))


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


# --- DINOv2 ---------------------------------------------------------------------------------------


def dinov2_state(width=384, depth=2, seed=0):
    """A random state dict with the names and shapes of the published backbones."""
    generator = torch.Generator().manual_seed(seed)

    def random(*shape, scale=1.0):
        return scale * torch.randn(*shape, generator=generator)

    state = {
        "cls_token": random(1, 1, width),
        "pos_embed": random(1, 1 + 37**2, width),
        "mask_token": random(1, width),
        "patch_embed.proj.weight": random(width, 3, 14, 14, scale=0.04),
        "patch_embed.proj.bias": random(width),
        "norm.weight": 1 + random(width, scale=0.1),
        "norm.bias": random(width, scale=0.1),
    }
    shapes = {"attn.qkv": 3 * width, "attn.proj": width, "mlp.fc1": 4 * width, "mlp.fc2": width}
    for block in (f"blocks.{number}." for number in range(depth)):
        for name, out in shapes.items():
            into = 4 * width if name == "mlp.fc2" else width
            state[block + name + ".weight"] = random(out, into, scale=into**-0.5)
            state[block + name + ".bias"] = random(out, scale=0.1)
        for name in ("norm1", "norm2"):
            state[block + name + ".weight"] = 1 + random(width, scale=0.1)
            state[block + name + ".bias"] = random(width, scale=0.1)
        for name in ("ls1.gamma", "ls2.gamma"):
            state[block + name] = random(width, scale=0.5)
    return state


def as_torch_layer(state, block):
    """torch's own pre-norm transformer layer; the layer scales go into its output matrices."""
    width = state["cls_token"].shape[-1]
    layer = nn.TransformerEncoderLayer(
        width, width // 64, 4 * width, 0.0, "gelu", 1e-6, batch_first=True, norm_first=True
    )
    names = {"attn.qkv": "self_attn.in_proj_", "mlp.fc1": "linear1."}
    scaled = {"attn.proj": ("self_attn.out_proj.", "ls1"), "mlp.fc2": ("linear2.", "ls2")}
    own = {}
    for kind in ("weight", "bias"):
        for norm in ("norm1", "norm2"):
            own[f"{norm}.{kind}"] = state[f"{block}{norm}.{kind}"]
        for published, name in names.items():
            own[name + kind] = state[f"{block}{published}.{kind}"]
        for published, (name, scale) in scaled.items():
            tensor, gamma = state[f"{block}{published}.{kind}"], state[f"{block}{scale}.gamma"]
            own[name + kind] = gamma[:, None] * tensor if kind == "weight" else gamma * tensor
    layer.load_state_dict(own)
    return layer.eval()


def test_dinov2_is_the_transformer_of_its_weights(tmp_path):
    state = dinov2_state()
    path = tmp_path / "dinov2_vits14_pretrain.pth"
    torch.save(state, path)
    extractor = build_extractor("dinov2", weights=path, sha256=sha256(path)[:8])
    assert (extractor.name, extractor.dim) == ("dinov2-vits14", 384)

    images = noise_images(2, 3, 224)
    mean, std = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])[:, :, None, None]
    x = (torch.from_numpy(images) / 255 - mean) / std
    tokens = nn.functional.conv2d(
        x, state["patch_embed.proj.weight"], state["patch_embed.proj.bias"], stride=14
    )
    tokens = torch.cat([state["cls_token"].expand(2, 1, -1), tokens.flatten(2).mT], dim=1)
    tokens = tokens + interpolate_positions(state["pos_embed"], 16)
    for number in range(2):
        tokens = as_torch_layer(state, f"blocks.{number}.")(tokens)
    expected = nn.functional.layer_norm(
        tokens[:, 0], (384,), state["norm.weight"], state["norm.bias"], 1e-6
    )
    assert_allclose(extractor(images), expected.detach(), atol=1e-4)
    assert_allclose(extractor(images, batch_size=1), expected.detach(), atol=1e-4)


def test_positions_of_the_trained_size_are_kept():
    positions = torch.randn(1, 1 + 5**2, 8)
    assert interpolate_positions(positions, 5) is positions
    smaller = interpolate_positions(positions, 3)
    assert smaller.shape == (1, 1 + 3**2, 8)
    assert torch.equal(smaller[:, 0], positions[:, 0])


def test_dinov2_wants_its_weights_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"None do not exist: .* downloads nothing"):
        build_extractor("dinov2")
    path = tmp_path / "other.pth"
    torch.save({"weight": torch.zeros(3)}, path)
    with pytest.raises(ValueError, match=r"not a DINOv2 .*missing: .*cls_token"):
        build_extractor("dinov2", weights=path)
    with pytest.raises(ValueError, match="does not begin with 0000"):
        build_extractor("dinov2", weights=path, sha256="0000")
