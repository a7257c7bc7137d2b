"""What the two single-precision solvers, on the CPU and on the GPU, have in common.

**The stored state.** With a constant b of each channel, phi = b (1 + d), and d is what is stored:
no term of order one is ever added, so float32 rounds numbers that shrink with the contrast of the
image.

**The speed limit.** Its factor tanh(x) / x comes from one polynomial in x^2.
"""

from __future__ import annotations

import numpy as np

SMALLEST_BACKGROUND = 0.25
"""Least |b| that a state is stored with; a channel nearer to zero is stored with this one.

A choice: d and its rounding error grow as 1 / b, and the difference to the channel's own background
is carried along in d. With a quarter |d| of images in [-1, 1] is at most 5.
"""


SERIES_END = 1.3
"""Largest x^2 that the polynomial is used for; speeds a little past the limit (x = 1.14)."""


SERIES = (
    np.polynomial.Chebyshev.interpolate(
        lambda z: np.tanh(np.sqrt(z)) / np.sqrt(z), 7, domain=[0, SERIES_END]
    )
    .convert(kind=np.polynomial.Polynomial)
    .coef.astype(np.float32)
)
"""Coefficients of tanh(x) / x in x^2, lowest first.

Degree 7 is exact to float32 on [0, :data:`SERIES_END`]; tests/lbm/test_single_precision.py holds
the solvers to it.
"""


def split_background(background: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The constant that a channel is stored with, and what is left of its background.

    Parameters
    ----------
    background : float64 (n, c)

    Returns
    -------
    (base, offset) : float64 (n, c) each
        They add up to the background, and no base is nearer to zero than
        :data:`SMALLEST_BACKGROUND`; offset is 0 wherever the background itself is not.
    """
    small = np.abs(background) < SMALLEST_BACKGROUND
    base = np.where(small, SMALLEST_BACKGROUND, background)
    return base, background - base
