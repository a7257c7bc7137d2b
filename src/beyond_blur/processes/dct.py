"""The cosine transform of images, and the heat kernel that is diagonal in it.

The orthonormal DCT-II holds the eigenvectors of the heat equation in a box with walls that let
nothing through: mode (n, m) of an image of h x w pixels decays at the rate f_h^2 + f_w^2 with
f = pi n / N. It keeps scalar products, so white noise is white on both sides.

Transforms are matrix products: on a CPU core they beat the FFT up to sides of 512 pixels, at 128
pixels by a factor of five, and come level with it at 1,024 (``benchmarks/dct.py``).
"""

from __future__ import annotations

import functools
import math

import torch
from torch import Tensor


def dct2(images: Tensor) -> Tensor:
    """Orthonormal DCT-II over the last two axes.

    Parameters
    ----------
    images : float tensor, shape (..., h, w)

    Returns
    -------
    float tensor, shape (..., h, w)
        Amplitude of every mode; element (0, 0) is the sum over pixels divided by sqrt(h w).

    Raises
    ------
    ValueError
        If the tensor has fewer than two axes or does not hold floating-point numbers.
    """
    rows, columns = _modes(images)
    return rows @ images @ columns.T


def idct2(amplitudes: Tensor) -> Tensor:
    """The inverse of `dct2`: images from amplitudes, both of shape (..., h, w)."""
    rows, columns = _modes(amplitudes)
    return rows.T @ amplitudes @ columns


def decay_rates(n: int) -> Tensor:
    """f^2 of every mode along an axis of n pixels, f = pi k / n: float64 (n,), on the CPU."""
    return (math.pi / n * torch.arange(n, dtype=torch.float64)).square()


def heat_kernel(sigma: Tensor, h: int, w: int) -> Tensor:
    """Share of every mode's amplitude left at each blur width.

    Parameters
    ----------
    sigma : float tensor, shape (...,)
        Blur widths in pixels; 0 leaves everything.

    Returns
    -------
    float64 tensor, shape (..., h, w), on the CPU
        exp(-(f_h^2 + f_w^2) sigma^2 / 2) (IHDM, with t = sigma^2 / 2).
    """
    rows, columns = decay_factors(sigma, h, w)
    return rows[..., :, None] * columns[..., None, :]


def decay_factors(sigma: Tensor, h: int, w: int) -> tuple[Tensor, Tensor]:
    """The two factors of `heat_kernel`, along each axis: float64 (..., h) and (..., w)."""
    t = 0.5 * sigma.detach().to("cpu", torch.float64).square()[..., None]
    return torch.exp(-t * decay_rates(h)), torch.exp(-t * decay_rates(w))


def blur(images: Tensor, sigma: Tensor) -> Tensor:
    """Images blurred by the heat kernel with walls that let nothing through.

    Parameters
    ----------
    images : float tensor, shape (n, c, h, w)
    sigma : float tensor, shape (n,)
        Blur width of each image in pixels.

    Returns
    -------
    float tensor, shape (n, c, h, w)

    Raises
    ------
    ValueError
        If there is not one finite blur width >= 0 for each image.
    """
    if images.dim() != 4 or sigma.shape != images.shape[:1]:
        raise ValueError(
            f"blur of images {tuple(images.shape)} by widths {tuple(sigma.shape)}: "
            "expected (n, c, h, w) and (n,), one width for each image"
        )
    if not bool(((sigma >= 0) & torch.isfinite(sigma)).all()):
        raise ValueError(f"blur widths {sigma.tolist()} must be finite and at least 0 px")
    return damped(images, heat_kernel(sigma, *images.shape[-2:]).to(images))


def damped(images: Tensor, kept: Tensor) -> Tensor:
    """Images (n, c, h, w) of which every mode keeps a share, (n, h, w)."""
    return idct2(kept[:, None] * dct2(images))


def _modes(values: Tensor) -> tuple[Tensor, Tensor]:
    """The modes along both axes of (..., h, w), each one row of a matrix."""
    if values.dim() < 2 or not values.is_floating_point():
        raise ValueError(
            f"a cosine transform of {values.dtype} {tuple(values.shape)}: expected floating-point "
            "numbers of shape (..., h, w); convert with .float()"
        )
    h, w = values.shape[-2:]
    return matrix(h, values.dtype, values.device), matrix(w, values.dtype, values.device)


@functools.lru_cache(maxsize=32)
def matrix(n: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """The orthonormal DCT-II as a matrix, shape (n, n): row k is mode k."""
    # A tensor made in inference mode could not be used in a later training step.
    with torch.inference_mode(False):
        k = torch.arange(n, dtype=torch.float64)
        modes = math.sqrt(2 / n) * torch.cos(math.pi / n * k[:, None] * (k[None] + 0.5))
        modes[0] = math.sqrt(1 / n)
        return modes.to(device=device, dtype=dtype)
