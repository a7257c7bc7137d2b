"""How much of the clean image the terminal state still holds, mode by mode.

A sampler that starts from corrupted images is handed part of its answer. The lowest cosine modes
are the last to go: this measures how large they still are, and how well they tell the image.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from scipy.fft import dctn

from beyond_blur import finite
from beyond_blur.processes.dct import heat_kernel

HIGHEST = 4
"""Highest wave number along each axis, in half waves per image."""

BLOCK = 256
"""Images transformed at once: all modes of all images in double precision would take many times
the memory of the images."""


def low_modes(images: np.ndarray, highest: int = HIGHEST) -> np.ndarray:
    """Orthonormal DCT-II amplitudes of the lowest modes.

    Parameters
    ----------
    images : float array, shape (n, c, h, w)
    highest : int
        Modes 0 ... highest along each axis are kept (fewer where the image is smaller).

    Returns
    -------
    float64 array, shape (n, c, highest + 1, highest + 1)
    """
    n, c, h, w = images.shape
    modes = np.empty((n, c, min(h, highest + 1), min(w, highest + 1)))
    for first in range(0, n, BLOCK):
        values = np.asarray(images[first : first + BLOCK], dtype=np.float64)
        whole = dctn(values, axes=(2, 3), norm="ortho")
        modes[first : first + BLOCK] = whole[:, :, : highest + 1, : highest + 1]
    return modes


def terminal_amplitude(
    clean: np.ndarray, terminal: np.ndarray, noise: float = 0.0
) -> list[dict[str, Any]]:
    """Regress each low mode of the terminal state on the same mode of the clean image.

    Over images and channels, with an intercept: what is the same for every image (a mean image, a
    shift of the grey values) tells nothing of the image and does not count.

    Parameters
    ----------
    clean, terminal : float arrays, shape (n, c, h, w)
        Images and their states at level K, in the same order and on the same grey scale.
    noise : float
        Standard deviation of the white noise that the sampler adds to the states; it counts as if
        it had been added, in every mode the same, without being drawn.

    Returns
    -------
    list of dict
        One per mode: ``mode_y``, ``mode_x`` (half waves per image), ``amplitude`` (slope of the
        regression: 1 where the mode is fully kept, 0 where it is gone), ``standard_error`` (of the
        slope, channels of one image not counted as independent) and ``correlation`` (1 where the
        image's mode can be read off the state exactly, however small; 0 where it cannot).

    Raises
    ------
    ValueError
        For shapes that differ, fewer than three images, or values that are not finite.
    """
    if clean.shape != terminal.shape or clean.ndim != 4 or len(clean) < 3 or 0 in clean.shape:
        raise ValueError(
            f"clean images {clean.shape} and terminal states {terminal.shape}: they must have one "
            "shape (n, c, h, w) with at least 3 images"
        )
    for what, values in (("clean images", clean), ("terminal states", terminal)):
        finite.check(values, what, "make their file again", "image {}".format)
    if not (math.isfinite(noise) and noise >= 0):
        raise ValueError(f"noise = {noise:g} is no standard deviation: a number from 0 up")
    x, y = low_modes(clean), low_modes(terminal)
    return [
        {"mode_y": j, "mode_x": i, **regress(x[:, :, j, i], y[:, :, j, i], noise)}
        for j in range(x.shape[2])
        for i in range(x.shape[3])
    ]


def regress(x: np.ndarray, y: np.ndarray, noise: float = 0.0) -> dict[str, float | None]:
    """Slope of y on x (n, c), its error and their correlation; None where they do not vary.

    ``noise`` is the standard deviation of what y is to carry beside its values.
    """
    dx, dy = x - x.mean(), y - y.mean()
    xx, yy, xy = float(np.vdot(dx, dx)), float(np.vdot(dy, dy)), float(np.vdot(dx, dy))
    yy += y.size * noise**2
    # What varies by rounding alone has no slope and no correlation worth the name.
    still = (x.size * (np.finfo(np.float64).eps * np.abs(v).max()) ** 2 for v in (x, y))
    x_still, y_still = (s >= v for s, v in zip(still, (xx, yy), strict=True))
    if x_still:
        return dict.fromkeys(("amplitude", "standard_error", "correlation"))
    unexplained = max(0.0, yy - xy**2 / xx)
    return {
        "amplitude": xy / xx,
        "standard_error": float(np.sqrt(unexplained / xx / (len(x) - 2))),
        "correlation": None if y_still else xy / float(np.sqrt(xx * yy)),
    }


def pure_blur(mode_y: int, mode_x: int, sigma: float, shape: tuple[int, int]) -> float:
    """What pure blur keeps of a mode's amplitude.

    Parameters
    ----------
    mode_y, mode_x : int
        Half waves per image.
    sigma : float
        Blur width in pixels.
    shape : (int, int)
        Height and width of the images in pixels.
    """
    return float(heat_kernel(torch.tensor(sigma, dtype=torch.float64), *shape)[mode_y, mode_x])


def amplitude_rows(
    clean: np.ndarray,
    terminal: np.ndarray,
    sigma: float,
    noise: float = 0.0,
    **facts: Any,
) -> list[dict[str, Any]]:
    """What is left of each mode beside what pure blur of width ``sigma`` pixels would leave.

    Parameters
    ----------
    clean, terminal, noise
        As in `terminal_amplitude`.
    sigma : float
        Width of the blur in pixels.
    **facts : JSON-ready values
        What every row is called.

    Returns
    -------
    list of dict
        The facts, the number of images, the mode and ``pure_blur``.

    Raises
    ------
    ValueError
        As `terminal_amplitude` does, and for a width that is none.
    """
    if not (math.isfinite(sigma) and sigma >= 0):
        raise ValueError(f"sigma = {sigma:g} is no width of a blur: a number of pixels from 0 up")
    shape, rows = (clean.shape[-2], clean.shape[-1]), []
    for mode in terminal_amplitude(clean, terminal, noise):
        kept = pure_blur(mode["mode_y"], mode["mode_x"], sigma, shape)
        rows.append({**facts, "n_images": len(clean), **mode, "pure_blur": kept})
    return rows
