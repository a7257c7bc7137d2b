"""DINOv2: torch's own transformer with the same weights gives the same features."""

import hashlib

import pytest
import torch
from numpy.testing import assert_allclose
from torch import nn

from beyond_blur.features import build_extractor
from beyond_blur.features.dinov2 import interpolate_positions
from features.noise_images import noise_images


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


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


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
    with pytest.raises(ValueError, match=r"not a DINOv2 .*missing or .*cls_token"):
        build_extractor("dinov2", weights=path)
    with pytest.raises(ValueError, match="does not begin with 0000"):
        build_extractor("dinov2", weights=path, sha256="0000")


@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        ("blocks.1.mlp.fc2.bias", None),
        ("blocks.0.ls1.gamma", torch.zeros(3)),
        ("cls_token", torch.tensor(0.0)),
        ("cls_token", torch.zeros(1, 1, 512)),
        ("pos_embed", torch.zeros(1, 1 + 37**2 + 5, 384)),
        ("blocks.3.norm1.weight", torch.zeros(384)),
        ("register_tokens", torch.zeros(1, 4, 384)),
    ],
)
def test_a_backbone_that_is_not_whole_is_refused_by_name(tmp_path, name, tensor):
    state = dinov2_state()
    state.pop(name, None)
    if tensor is not None:
        state[name] = tensor
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(ValueError, match=r"a\.pth: these weights are not a DINOv2") as refused:
        build_extractor("dinov2", weights=tmp_path / "a.pth")
    assert name in str(refused.value) and len(str(refused.value)) < 400
