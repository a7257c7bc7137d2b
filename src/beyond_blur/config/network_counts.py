"""What a U-Net of given options has and does, counted without making one.

Standard library only: the workflow asks at parse time for the time and memory of its jobs. A test
holds the counts equal to those of the network itself (`network.unet`, `cost.network_flop`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from beyond_blur.config.options import Network


@dataclass
class Counts:
    """Counts of one network for one image.

    Attributes
    ----------
    parameters : int
        Trained numbers.
    flop : int
        Operations of one call; a multiply-add is two.
    activations : int
        Numbers that convolutions give out: a training step keeps a few times as many.
    layers : int
        Convolutions and linear layers.
    """

    parameters: int = 0
    flop: int = 0
    activations: int = 0
    layers: int = 0

    def convolution(self, c_in: int, c_out: int, width: int, pixels: int) -> None:
        """Add a convolution of ``width`` x ``width`` that gives out so many pixels."""
        weights = c_in * c_out * width**2
        self.parameters += weights + c_out
        self.flop += 2 * weights * pixels
        self.activations += c_out * pixels
        self.layers += 1

    def norm(self, channels: int) -> None:
        """Add a GroupNorm."""
        self.parameters += 2 * channels

    def residual(self, c_in: int, c_out: int, c_level: int, pixels: int) -> None:
        """Add a `network.unet.ResidualBlock`."""
        self.norm(c_in)
        self.convolution(c_in, c_out, 3, pixels)
        self.convolution(c_level, c_out, 1, 1)
        self.norm(c_out)
        self.convolution(c_out, c_out, 3, pixels)
        if c_in != c_out:
            self.convolution(c_in, c_out, 1, pixels)

    def attention(self, channels: int, pixels: int) -> None:
        """Add a `network.unet.Attention`: two products of pixels x pixels."""
        self.norm(channels)
        self.convolution(channels, 3 * channels, 1, pixels)
        self.flop += 4 * channels * pixels**2
        self.convolution(channels, channels, 1, pixels)


@cache
def count(network: Network, channels: int, size: int) -> Counts:
    """Counts of the network for one image, made once.

    Parameters
    ----------
    network : Network
    channels, size : int
        Of the image, size in pixels.
    """
    counts, c_level = Counts(), 4 * network.channels
    widths = [network.channels * multiplier for multiplier in network.multipliers]
    finest = 2 ** (len(widths) - 1) * math.ceil(size / 2 ** (len(widths) - 1))
    pixels = [(finest >> level) ** 2 for level in range(len(widths))]
    counts.convolution(network.channels, c_level, 1, 1)
    counts.convolution(c_level, c_level, 1, 1)
    counts.convolution(channels, network.channels, 3, pixels[0])
    skips = _down(counts, network, widths, pixels)
    counts.residual(widths[-1], widths[-1], c_level, pixels[-1])
    counts.attention(widths[-1], pixels[-1])
    counts.residual(widths[-1], widths[-1], c_level, pixels[-1])
    _up(counts, network, widths, pixels, skips)
    counts.norm(widths[0])
    counts.convolution(widths[0], channels, 3, pixels[0])
    return counts


def _down(counts: Counts, network: Network, widths: list[int], pixels: list[int]) -> list[int]:
    """The encoder; the channels of every state that is kept for the decoder."""
    c, skips = network.channels, [network.channels]
    for level, width in enumerate(widths):
        for _ in range(network.blocks):
            counts.residual(c, width, 4 * network.channels, pixels[level])
            if level in network.attention_levels:
                counts.attention(width, pixels[level])
            c = width
            skips.append(c)
        if level < len(widths) - 1:
            counts.convolution(c, c, 3, pixels[level + 1])
            skips.append(c)
    return skips


def _up(
    counts: Counts, network: Network, widths: list[int], pixels: list[int], skips: list[int]
) -> None:
    """The decoder: every block takes one state of the encoder along."""
    c = widths[-1]
    for level, width in reversed(list(enumerate(widths))):
        for i in range(network.blocks + 1):
            counts.residual(c + skips.pop(), width, 4 * network.channels, pixels[level])
            if level in network.attention_levels:
                counts.attention(width, pixels[level])
            c = width
            if level > 0 and i == network.blocks:
                counts.convolution(c, c, 3, pixels[level - 1])
