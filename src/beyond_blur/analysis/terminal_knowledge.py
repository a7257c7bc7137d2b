"""What a terminal state x_K still knows of its image, at every wave number.

The marginal of the process itself, noise included, of held-out images: of a process that is sampled
from pure noise, too, this says how far that noise is from what its network was trained on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.fft import dctn

from beyond_blur import finite
from beyond_blur.config.rule_specs import TrajectorySpec
from beyond_blur.features.ring_energies import ring_numbers
from beyond_blur.processes import build
from beyond_blur.processes.noise import SampleNoise

N_IMAGES = 64
"""Images that are followed: as many as levels are aligned on."""


@dataclass(frozen=True)
class Known:
    """Terminal states beside their images, ring by ring of the cosine spectrum.

    What all images have in common tells nothing of one: of every mode and channel the mean over
    images is taken off, x of the images and y of the states.

    Attributes
    ----------
    label : str
        The process.
    wavenumber : int64 array, shape (m,)
        1, 2, ...: half waves per larger side.
    n_values : int64 array, shape (m,)
        Images times modes of a ring.
    correlation : float64 array, shape (m,)
        Mean over the modes of a ring of sum(x y) / sqrt(sum(x^2) sum(y^2)), sums over images and
        channels. 1 where the image can be read off exactly, however small: of blur alone; gain
        g, variance s^2 and noise v give g s / sqrt(g^2 s^2 + v). Modes that do not vary are left
        out; NaN where none does.
    energy : float64 array, shape (m,)
        sum(y^2) / sum(x^2), sums over the modes of a ring, too: g^2 + v / s^2.
    """

    label: str
    wavenumber: np.ndarray
    n_values: np.ndarray
    correlation: np.ndarray
    energy: np.ndarray


def terminal_states(job: TrajectorySpec, images: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """x_K of images in [0, 1], float32 (n, c, h, w), in grey values, each with a noise of its own.

    Raises
    ------
    NotFinite
        Naming the process and the image.
    """
    process = build(job.process, job.levels, job.sampling.step_noise, job.corruption)
    k = torch.full((len(images),), process.n_steps)
    noise = SampleNoise(job.seed, ids.tolist())
    states = process.to_image(process.forward(torch.from_numpy(images), k, noise)).numpy()
    what = f"terminal states of {job.process.name}"
    finite.check(states, what, "look at the options of the process", lambda i: f"image {ids[i]}")
    return np.asarray(states)


def known(label: str, images: np.ndarray, states: np.ndarray) -> Known:
    """Compare terminal states with their images.

    Parameters
    ----------
    label : str
    images, states : float arrays, shape (n, c, h, w)
        In the same order and on the same grey scale.
    """
    n, _, h, w = images.shape
    x, y = (centred_modes(values) for values in (images, states))
    xx, yy, xy = (np.einsum("nchw,nchw->hw", *pair).ravel() for pair in ((x, x), (y, y), (x, y)))
    # What varies by the rounding of single precision alone has no correlation worth the name.
    varies = (xx > xx.max() * 1e-12) & (yy > 0)
    each = np.divide(xy, np.sqrt(xx * yy), out=np.zeros_like(xy), where=varies)
    ring, side = ring_numbers(h, w).ravel(), max(h, w)
    rings = np.arange(1, side)

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(ring, values, minlength=side)[rings]

    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = summed(each * varies) / summed(varies)
        energy = summed(yy) / summed(xx)
    return Known(label, rings, n * summed(np.ones(h * w)).astype(np.int64), correlation, energy)


def centred_modes(values: np.ndarray) -> np.ndarray:
    """Orthonormal DCT-II amplitudes of images, without their mean over images: (n, c, h, w)."""
    modes = dctn(np.asarray(values, dtype=np.float64), axes=(2, 3), norm="ortho")
    return np.asarray(modes - modes.mean(0))
