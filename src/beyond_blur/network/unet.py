"""The U-Net of inverse heat dissipation and of Beyond Blur.

Residual blocks with GroupNorm and SiLU, strided and nearest-neighbour convolutions between levels,
self-attention at chosen levels, sinusoidal embedding of the level k, zero-initialised last
convolutions: the architecture of improved diffusion (Nichol & Dhariwal, ICML 2021) with the
settings of Rissanen et al. (ICLR 2023).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from beyond_blur.config import Network
from beyond_blur.network.dropout import Dropout


def group_norm(channels: int) -> nn.GroupNorm:
    """GroupNorm with the papers' 32 groups, fewer where groups would hold under four channels."""
    return nn.GroupNorm(math.gcd(32, max(channels // 4, 1)), channels)


def zeroed(layer: nn.Conv2d) -> nn.Conv2d:
    """A layer that starts as zero, so that its block starts as the identity."""
    nn.init.zeros_(layer.weight)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer


def level_embedding(k: Tensor, width: int) -> Tensor:
    """Cosines and sines of the level at frequencies from 1 to 1/10,000 (Vaswani et al., 2017).

    Parameters
    ----------
    k : int tensor, shape (n,)
    width : int
        Even.

    Returns
    -------
    float32 tensor, shape (n, width)
    """
    half = width // 2
    exponents = torch.arange(half, dtype=torch.float32, device=k.device) / half
    angles = k[:, None].float() * torch.exp(-math.log(10_000) * exponents)
    return torch.cat([angles.cos(), angles.sin()], dim=1)


class ResidualBlock(nn.Module):
    """Norm, SiLU, conv; plus the level; norm, SiLU, dropout, conv; plus the input."""

    def __init__(self, c_in: int, c_out: int, c_level: int, dropout: float) -> None:
        super().__init__()
        self.norm_in = group_norm(c_in)
        self.conv_in = nn.Conv2d(c_in, c_out, 3, padding=1)
        self.level = nn.Linear(c_level, c_out)
        self.norm_out = group_norm(c_out)
        self.dropout = Dropout(dropout)
        self.conv_out = zeroed(nn.Conv2d(c_out, c_out, 3, padding=1))
        self.skip = nn.Identity() if c_in == c_out else nn.Conv2d(c_in, c_out, 1)

    def forward(self, x: Tensor, level: Tensor) -> Tensor:
        """(n, c_in, h, w) and (n, c_level) to (n, c_out, h, w)."""
        h = self.conv_in(F.silu(self.norm_in(x)))
        h = h + self.level(F.silu(level))[:, :, None, None]
        h = self.conv_out(self.dropout(F.silu(self.norm_out(h))))
        out: Tensor = self.skip(x) + h
        return out


class Attention(nn.Module):
    """Self-attention over all positions, one head."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = group_norm(channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = zeroed(nn.Conv2d(channels, channels, 1))

    def forward(self, x: Tensor, level: Tensor) -> Tensor:
        """(n, c, h, w) to the same; the level is not used."""
        n, c, h, w = x.shape
        q, k, v = self.qkv(self.norm(x)).reshape(n, 3, c, h * w).transpose(2, 3).unbind(1)
        mixed = attend(q, k, v)
        out: Tensor = x + self.out(mixed.transpose(1, 2).reshape(n, c, h, w))  # (n, hw, c) before
        return out


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Attention of queries to keys, softmax(q k^T / sqrt(c)) v.

    Parameters
    ----------
    q, k, v : float tensors, shape (n, positions, c)

    Returns
    -------
    float tensor, shape (n, positions, c)
    """
    if not q.is_cuda:
        return F.scaled_dot_product_attention(q[:, None], k[:, None], v[:, None])[:, 0]
    # One head is wider than fast attention kernels take. Of the ones left, torch's choice was an
    # eighth of a step of ffhq128 on an H100, and adds up in an order that changes from run to run.
    shares = torch.bmm(q * q.shape[-1] ** -0.5, k.transpose(1, 2)).softmax(2)
    return torch.bmm(shares.to(v.dtype), v)


class Down(nn.Module):
    """Halve the resolution by a strided convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2, padding=1)

    def forward(self, x: Tensor, level: Tensor) -> Tensor:
        """(n, c, h, w) to (n, c, h / 2, w / 2); the level is not used."""
        out: Tensor = self.conv(x)
        return out


class Up(nn.Module):
    """Double the resolution: nearest neighbour, then a convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor, level: Tensor) -> Tensor:
        """(n, c, h, w) to (n, c, 2 h, 2 w); the level is not used."""
        out: Tensor = self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))
        return out


class Stage(nn.Module):
    """Blocks that run one after the other, each given the level."""

    def __init__(self, *blocks: nn.Module) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)

    def forward(self, x: Tensor, level: Tensor) -> Tensor:
        """Every block in turn, from (n, c, h, w) and the embedded level (n, c_level)."""
        for block in self.blocks:
            x = block(x, level)
        return x


class UNet(nn.Module):
    """f(x_k, k): the prediction of a process at level k.

    Parameters
    ----------
    spec : Network
        Widths, depths, attention levels, dropout.
    image_channels : int
        Channels of the images, in and out.
    checkpointing : bool
        Compute the activations of each stage a second time in the backward pass instead of keeping
        them: less memory, the same numbers, more time.
    """

    def __init__(self, spec: Network, image_channels: int, checkpointing: bool = False) -> None:
        super().__init__()
        self.spec, self.checkpointing = spec, checkpointing
        self.c_level = 4 * spec.channels
        self.embed = nn.Sequential(
            nn.Linear(spec.channels, self.c_level), nn.SiLU(), nn.Linear(self.c_level, self.c_level)
        )
        widths = [spec.channels * multiplier for multiplier in spec.multipliers]
        self.stem = nn.Conv2d(image_channels, spec.channels, 3, padding=1)
        skips = self._build_down(widths)
        self.middle = Stage(
            self._residual(widths[-1], widths[-1]),
            Attention(widths[-1]),
            self._residual(widths[-1], widths[-1]),
        )
        self._build_up(widths, skips)
        self.norm = group_norm(widths[0])
        self.head = zeroed(nn.Conv2d(widths[0], image_channels, 3, padding=1))

    def _residual(self, c_in: int, c_out: int) -> ResidualBlock:
        return ResidualBlock(c_in, c_out, self.c_level, self.spec.dropout)

    def _stage(self, c_in: int, c_out: int, level: int) -> list[nn.Module]:
        attention = [Attention(c_out)] if level in self.spec.attention_levels else []
        return [self._residual(c_in, c_out), *attention]

    def _build_down(self, widths: list[int]) -> list[int]:
        """The encoder; returns the channels of every state kept for the decoder."""
        self.down = nn.ModuleList()
        c, skips = self.spec.channels, [self.spec.channels]
        for level, width in enumerate(widths):
            for _ in range(self.spec.blocks):
                self.down.append(Stage(*self._stage(c, width, level)))
                c = width
                skips.append(c)
            if level < len(widths) - 1:
                self.down.append(Stage(Down(c)))
                skips.append(c)
        return skips

    def _build_up(self, widths: list[int], skips: list[int]) -> None:
        """The decoder: every block takes one state of the encoder along."""
        self.up = nn.ModuleList()
        c = widths[-1]
        for level, width in reversed(list(enumerate(widths))):
            for i in range(self.spec.blocks + 1):
                stage = self._stage(c + skips.pop(), width, level)
                c = width
                if level > 0 and i == self.spec.blocks:
                    stage.append(Up(c))
                self.up.append(Stage(*stage))

    def forward(self, x: Tensor, k: Tensor) -> Tensor:
        """Predict from images at levels k.

        Parameters
        ----------
        x : float tensor, shape (n, c, h, w)
            Any height and width; those the levels do not divide are padded and cropped.
        k : int64 tensor, shape (n,)

        Returns
        -------
        float tensor, shape (n, c, h, w)
        """
        height, width = x.shape[-2:]
        x = self._pad(x)
        level = self.embed(level_embedding(k, self.spec.channels))
        h = self.stem(x)
        states = [h]
        for stage in self.down:
            h = self._run(stage, h, level)
            states.append(h)
        h = self._run(self.middle, h, level)
        for stage in self.up:
            h = self._run(stage, torch.cat([h, states.pop()], dim=1), level)
        out: Tensor = self.head(F.silu(self.norm(h)))
        return out[..., :height, :width]

    def _run(self, stage: nn.Module, x: Tensor, level: Tensor) -> Tensor:
        """A stage, with or without its activations kept; dropout is the same both times."""
        again = self.checkpointing and self.training and torch.is_grad_enabled()
        out: Tensor = checkpoint(stage, x, level, use_reentrant=False) if again else stage(x, level)
        return out

    def _pad(self, x: Tensor) -> Tensor:
        multiple = 2 ** (len(self.spec.multipliers) - 1)
        down, right = (-x.shape[-2]) % multiple, (-x.shape[-1]) % multiple
        return F.pad(x, (0, right, 0, down), mode="replicate") if down or right else x


def n_parameters(model: nn.Module) -> int:
    """Number of trainable parameters of a network."""
    return sum(parameter.numel() for parameter in model.parameters())
