"""Normal numbers from random words, with the same bits on every device.

Every operation here is an addition, a multiplication, a division or a choice, in float64, or works
on whole numbers. IEEE 754 says how each is rounded, so that all devices agree. Logarithms and roots
of libraries are not: they differ in the last bit, MKL's square root included. For the same
reason each operation is one call: one that multiplies and adds (addcmul, lerp), or a compiler that
makes one of two (torch.compile), may round once where two round twice. Nothing is divided by a
scalar, for CUDA multiplies by its reciprocal.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor

CENTRE = (
    (2.5090809287301226727e3, 5.2264952788528545610e3),
    (3.3430575583588128105e4, 2.8729085735721942674e4),
    (6.7265770927008700853e4, 3.9307895800092710610e4),
    (4.5921953931549871457e4, 2.1213794301586595867e4),
    (1.3731693765509461125e4, 5.3941960214247511077e3),
    (1.9715909503065514427e3, 6.8718700749205790830e2),
    (1.3314166789178437745e2, 4.2313330701600911252e1),
    (3.3871328727963666080e0, 1.0),
)
"""Coefficients of numerator and denominator from the highest power, for |p - 1/2| <= 0.425."""

TAIL = (
    (7.74545014278341407640e-4, 1.05075007164441684324e-9),
    (2.27238449892691845833e-2, 5.47593808499534494600e-4),
    (2.41780725177450611770e-1, 1.51986665636164571966e-2),
    (1.27045825245236838258e0, 1.48103976427480074590e-1),
    (3.64784832476320460504e0, 6.89767334985100004550e-1),
    (5.76949722146069140550e0, 1.67638483018380384940e0),
    (4.63033784615654529590e0, 2.05319162663775882187e0),
    (1.42343711074968357734e0, 1.0),
)
"""The same for p further out."""

SQRT_HALF = 0x3FE6A09E00000000
"""The bits of a float64 number next to sqrt(1/2)."""

FRACTION_BITS = 52

LOG_2 = 0.6931471805599453

LOG_SERIES = tuple(2 / (2 * j + 1) for j in range(10, -1, -1))
"""log((1 + s) / (1 - s)) = s (2 + 2 s^2 / 3 + 2 s^4 / 5 + ...), from the highest power."""


def normal_quantile(words: Tensor) -> Tensor:
    """Standard normal numbers from random words w: z with Phi(z) = (w + 1/2) / 2^32.

    Wichura's algorithm AS 241, PPND16 (Applied Statistics 37, 1988, 477-484). Its third piece, for
    p under exp(-25), is out of the reach of 32 bits: the largest |z| is 6.338, at w = 0 and
    2^32 - 1, and the smallest 2.9e-10. Against the true quantile z is off by some 1e-15 of itself.

    Parameters
    ----------
    words : int64 tensor, any shape
        0 to 2^32 - 1.

    Returns
    -------
    float64 tensor of the same shape and device
    """
    # p - 1/2, without rounding: 33 bits.
    q = words.flatten().double().add_(0.5 - 2.0**31).mul_(2.0**-32)
    z = ratio(0.180625 - q * q, CENTRE).mul_(q)
    outside = q.abs() > 0.425
    if words.device.type != "cpu":
        # How many lie outside is not asked for: the answer would have to be waited for.
        z = torch.where(outside, tail(q), z)
    else:
        places = outside.nonzero()[:, 0]
        z[places] = tail(q[places])
    return z.view(words.shape)


def tail(q: Tensor) -> Tensor:
    """AS 241 for q = p - 1/2 beyond 0.425; some number or other elsewhere."""
    z = ratio(heron(negative_logarithm(0.5 - q.abs())).sub_(1.6), TAIL)
    return z.copysign_(q)


def ratio(x: Tensor, coefficients: tuple[tuple[float, float], ...]) -> Tensor:
    """Numerator over denominator, both by Horner's rule: float64 (n,) of float64 (n,)."""
    first, *others = on_device(coefficients, x.device)
    both = x * first
    for j, coefficient in enumerate(others, 1):
        both.add_(coefficient)
        if j < len(others):
            both.mul_(x)
    return both[0].div_(both[1])


def negative_logarithm(p: Tensor) -> Tensor:
    """-log(p) of positive normal float64 numbers, to some 1e-16 of itself where p < 1/2.

    p = m 2^e with m from sqrt(1/2) to sqrt(2) is read from the bits of p, and
    log(m) = 2 artanh((m - 1) / (m + 1)) is a series of which eleven terms are enough.
    """
    bits = p.view(torch.int64) - SQRT_HALF
    exponent = bits >> FRACTION_BITS
    m = bits.bitwise_and_((1 << FRACTION_BITS) - 1).add_(SQRT_HALF).view(torch.float64)
    s = (m - 1).div_(m + 1)
    square = s * s
    series = square * LOG_SERIES[0]
    for coefficient in LOG_SERIES[1:-1]:
        series.add_(coefficient).mul_(square)
    series.add_(LOG_SERIES[-1]).mul_(s)
    return exponent.double().mul_(LOG_2).add_(series).neg_()


def heron(x: Tensor) -> Tensor:
    """Square root of numbers from 2 to 25, by Heron's rule from the chord's height on."""
    root = x * 0.15 + 1.24
    for _ in range(4):
        root = (x / root).add_(root).mul_(0.5)
    return root


@functools.cache
def on_device(
    coefficients: tuple[tuple[float, float], ...], device: torch.device
) -> tuple[Tensor, ...]:
    """Pairs of coefficients, float64 (2, 1) each, copied to a device once and for all."""
    pairs = torch.tensor(coefficients, dtype=torch.float64, device=device)
    return pairs[..., None].unbind()
