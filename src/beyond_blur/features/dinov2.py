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

import os
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from beyond_blur.features.batches import in_batches, sha256_of_file
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
    sha256 : str
        How the file's sha256 must begin, where it is known.
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
        sha256: str = "",
        device: str = "cpu",
    ) -> None:
        if weights is None or not Path(weights).is_file():
            raise FileNotFoundError(
                f"DINOv2 weights {weights} do not exist: fetch dinov2_vitl14_pretrain.pth from the "
                "DINOv2 project and name its path; this extractor downloads nothing"
            )
        self.weights_sha256 = sha256_of_file(Path(weights))
        if not self.weights_sha256.startswith(sha256):
            raise ValueError(
                f"{weights} has sha256 {self.weights_sha256}, which does not begin with {sha256}"
            )
        state = _read(Path(weights))
        self.depth = _check(state)
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


def _read(path: Path) -> dict[str, Tensor]:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def _check(state: dict[str, Tensor]) -> int:
    """Return the number of blocks of a backbone this file can run."""
    needed = {"cls_token", "pos_embed", "patch_embed.proj.weight", "blocks.0.mlp.fc1.weight"}
    missing = sorted(needed - set(state))
    if missing or "register_tokens" in state or state["cls_token"].shape[-1] not in VARIANTS:
        raise ValueError(
            f"these weights are not a DINOv2 ViT-S/14, B/14 or L/14 without registers "
            f"(missing: {missing or 'nothing'}): use dinov2_vits14, vitb14 or vitl14_pretrain.pth"
        )
    return 1 + max(int(name.split(".")[1]) for name in state if name.startswith("blocks."))
