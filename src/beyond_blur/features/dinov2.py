"""DINOv2's class token, from weights the user supplies.

A vision transformer that reads the published backbones ViT-S/14, ViT-B/14 and ViT-L/14 (not the
giant, whose feed-forward layers are gated, nor the variants with registers). Stein et al. find
Frechet distances on these features closer to human judgement than on Inception's, and recommend
ViT-L/14.

References
----------
Oquab et al., "DINOv2: Learning robust visual features without supervision", 2023.
Stein et al., "Exposing flaws of generative model evaluation metrics...", NeurIPS 2023.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from beyond_blur.features.batches import in_batches
from beyond_blur.features.published import checked_sha256, read_state
from beyond_blur.features.resize import as_rgb, bicubic

SIZE, PATCH = 224, 14
HEAD_DIM = 64
LAYER_NORM_EPS = 1e-6
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
# The published code asks for 16.1 of 37 positions per side, to be safe from rounding; the feature
# depends on that tenth.
POSITION_OFFSET = 0.1
VARIANTS = {384: "dinov2-vits14", 768: "dinov2-vitb14", 1024: "dinov2-vitl14"}


class DINOv2:
    """Features of a DINOv2 backbone.

    Parameters
    ----------
    weights : path
        The published state dict (`dinov2_vitl14_pretrain.pth`), or the same as safetensors.
    sha256 : str, optional
        The file's sha256, or how it must begin; by default what is known of a file of its name, see
        `beyond_blur.features.published`.
    device : str

    Raises
    ------
    FileNotFoundError
        If there is no such file, or none was named.
    ValueError
        If the file's sha256 is another, or it is no supported backbone.
    """

    resize = "antialiased bicubic to 224 on floats"

    def __init__(
        self,
        weights: str | os.PathLike[str] | None = None,
        *,
        sha256: str | None = None,
        device: str = "cpu",
    ) -> None:
        if weights is None or not Path(weights).is_file():
            raise FileNotFoundError(
                f"DINOv2 weights {weights} do not exist: fetch dinov2_vitl14_pretrain.pth from the "
                "DINOv2 project and name its path; this extractor downloads nothing"
            )
        self.weights_sha256 = checked_sha256(Path(weights), sha256)
        state = read_state(Path(weights))
        self.depth = check_backbone(state, weights)
        self.dim = state["cls_token"].shape[-1]
        self.name = VARIANTS[self.dim]
        self.device = device
        self.state = {name: tensor.float().to(device) for name, tensor in state.items()}
        self.positions = interpolate_positions(self.state["pos_embed"], SIZE // PATCH)

    def __call__(self, images: np.ndarray, batch_size: int = 32) -> np.ndarray:
        """Return the features, float32 (n, dim), of `images`, uint8 (n, 1 or 3, h, w)."""
        return in_batches(self._class_token, self._prepare, images, self.dim, batch_size)

    def _prepare(self, images: np.ndarray) -> Tensor:
        x = torch.from_numpy(as_rgb(bicubic(images, SIZE))).to(self.device) / 255
        mean, std = (torch.tensor(c, device=self.device) for c in (IMAGENET_MEAN, IMAGENET_STD))
        return (x - mean[:, None, None]) / std[:, None, None]

    def _class_token(self, x: Tensor) -> Tensor:
        p = self.state
        patches = F.conv2d(x, p["patch_embed.proj.weight"], p["patch_embed.proj.bias"], PATCH)
        patches = patches.flatten(2).transpose(1, 2)  # (b, d, 16, 16) -> (b, 256, d)
        x = torch.cat([p["cls_token"].expand(len(x), -1, -1), patches], dim=1) + self.positions
        for block in range(self.depth):
            x = x + self._attention(x, f"blocks.{block}.")
            x = x + self._feed_forward(x, f"blocks.{block}.")
        return self._norm(x[:, 0], "norm.")

    def _attention(self, x: Tensor, at: str) -> Tensor:
        b, n, d = x.shape
        qkv = self._linear(self._norm(x, at + "norm1."), at + "attn.qkv.")
        q, k, v = qkv.view(b, n, 3, d // HEAD_DIM, HEAD_DIM).permute(2, 0, 3, 1, 4)
        x = F.scaled_dot_product_attention(q, k, v)  # (b, heads, n, 64)
        x = self._linear(x.transpose(1, 2).reshape(b, n, d), at + "attn.proj.")
        return x * self.state[at + "ls1.gamma"]

    def _feed_forward(self, x: Tensor, at: str) -> Tensor:
        x = F.gelu(self._linear(self._norm(x, at + "norm2."), at + "mlp.fc1."))
        return self._linear(x, at + "mlp.fc2.") * self.state[at + "ls2.gamma"]

    def _linear(self, x: Tensor, at: str) -> Tensor:
        return F.linear(x, self.state[at + "weight"], self.state[at + "bias"])

    def _norm(self, x: Tensor, at: str) -> Tensor:
        p = self.state
        return F.layer_norm(x, (self.dim,), p[at + "weight"], p[at + "bias"], LAYER_NORM_EPS)


def interpolate_positions(positions: Tensor, side: int) -> Tensor:
    """Return position embeddings (1, 1 + side^2, d) from those of the training size (1, 1 + N, d).

    Bicubic without antialiasing, the class token's own kept: as in the published code.
    """
    trained_side = int((positions.shape[1] - 1) ** 0.5)
    if trained_side == side:
        return positions
    of_class, grid = positions[:, :1], positions[:, 1:]
    grid = grid.view(1, trained_side, trained_side, -1).permute(0, 3, 1, 2)
    scale = (side + POSITION_OFFSET) / trained_side
    grid = F.interpolate(grid, scale_factor=(scale, scale), mode="bicubic")
    return torch.cat([of_class, grid.flatten(2).transpose(1, 2)], dim=1)


def check_backbone(state: Mapping[str, Tensor], path: str | os.PathLike[str]) -> int:
    """Check that tensors are those of a backbone that this file can run.

    Returns
    -------
    int
        The number of its blocks.

    Raises
    ------
    ValueError
        Naming the file and the first tensors that are missing, of another shape or one too many.
    """
    class_token, depth = state.get("cls_token"), 0
    width = class_token.shape[-1] if class_token is not None and class_token.ndim else 0
    while f"blocks.{depth}.norm1.weight" in state:
        depth += 1
    positions = state.get("pos_embed")
    side = 0 if positions is None or positions.ndim != 3 else math.isqrt(positions.shape[1])
    expected = expected_shapes(width, depth, side)
    wrong = [] if width in VARIANTS else ["cls_token"]
    wrong += [n for n, shape in expected.items() if n not in state or state[n].shape != shape]
    wrong += sorted(n for n in set(state) - set(expected) if n.startswith(("blocks.", "register_")))
    if wrong or depth == 0:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise ValueError(
            f"{os.fspath(path)}: these weights are not a DINOv2 ViT-S/14, B/14 or L/14 without "
            f"registers (missing or of another shape: {wrong[:3] or 'all blocks'}{more}): use "
            "dinov2_vits14, vitb14 or vitl14_pretrain.pth"
        )
    return depth


def expected_shapes(width: int, depth: int, side: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a backbone's tensors.

    Parameters
    ----------
    width : int
        Dimensions d of a token.
    depth : int
        Number of blocks.
    side : int
        Patches along each side of the images that it was trained on.
    """
    shapes: dict[str, tuple[int, ...]] = {
        "cls_token": (1, 1, width),
        "pos_embed": (1, 1 + side**2, width),
        "patch_embed.proj.weight": (width, 3, PATCH, PATCH),
        "patch_embed.proj.bias": (width,),
    }
    linear = {
        "attn.qkv.": (3 * width, width),
        "attn.proj.": (width, width),
        "mlp.fc1.": (4 * width, width),
        "mlp.fc2.": (width, 4 * width),
    }
    for at in (f"blocks.{block}." for block in range(depth)):
        for name, shape in linear.items():
            shapes |= {f"{at}{name}weight": shape, f"{at}{name}bias": shape[:1]}
        shapes |= {f"{at}{name}.gamma": (width,) for name in ("ls1", "ls2")}
    for at in ("", *(f"blocks.{block}." for block in range(depth))):
        for name in ("norm1.", "norm2.") if at else ("norm.",):
            shapes |= {f"{at}{name}{kind}": (width,) for kind in ("weight", "bias")}
    return shapes
