"""The noise of samples by its definition, number by number, in Python's own arithmetic."""

import math
import struct

from beyond_blur.processes.noise import Stream, mix
from beyond_blur.processes.normal_quantile import CENTRE, TAIL

WORD = 2**32 - 1


def philox(counter, key):
    """Philox4x32-10 as Salmon et al. (2011) define it, of four and two words."""
    (c0, c1, c2, c3), (k0, k1) = counter, key
    for _ in range(10):
        first, second = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (
            second >> 32 ^ c1 ^ k0, second & WORD, first >> 32 ^ c3 ^ k1, first & WORD
        )  # fmt: skip
        k0, k1 = k0 + 0x9E3779B9 & WORD, k1 + 0xBB67AE85 & WORD
    return c0, c1, c2, c3


def words(seed, sample, draw, block, use):
    """The words of one block of a sample's draw: use 0 is for normal, 1 for whole numbers."""
    key = mix(seed, Stream.SAMPLE_NOISE)
    return philox((block, draw, sample, use), (key & WORD, key >> 32))


def normal(seed, sample, draw, i):
    """Number i of an image of normal numbers, as float32."""
    z = quantile(words(seed, sample, draw, i // 4, 0)[i % 4])
    return struct.unpack("f", struct.pack("f", z))[0]


def whole_number(seed, sample, draw, low, high):
    """A whole number from low to high."""
    upper, lower, *_ = words(seed, sample, draw, 0, 1)
    return low + ((2**32 * upper + lower) * (high - low + 1)) // 2**64


def quantile(word):
    """AS 241, each operation rounded on its own."""
    p = (word + 0.5) / 2**32
    q = p - 0.5
    if abs(q) <= 0.425:
        return ratio(0.180625 - q * q, CENTRE) * q
    x, root = negative_logarithm(min(p, 1 - p)), None
    for _ in range(5):
        root = 0.15 * x + 1.24 if root is None else 0.5 * (x / root + root)
    return math.copysign(ratio(root - 1.6, TAIL), q)


def ratio(x, coefficients):
    values = []
    for polynomial in zip(*coefficients, strict=True):
        value = 0.0
        for coefficient in polynomial:
            value = value * x + coefficient
        values.append(value)
    return values[0] / values[1]


def negative_logarithm(p):
    """-log(p) by the series in (m - 1) / (m + 1) for p = m 2^e, m from sqrt(1/2) to sqrt(2)."""
    m, e = math.frexp(p)
    if m < 0.7071067:
        m, e = 2 * m, e - 1
    s = (m - 1) / (m + 1)
    series = 0.0
    for j in range(10, -1, -1):
        series = series * (s * s) + 2 / (2 * j + 1)
    return -(e * math.log(2) + series * s)
