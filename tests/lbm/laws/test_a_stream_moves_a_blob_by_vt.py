"""A uniform stream carries a blob, which spreads on its way."""

import numpy as np
from lattice import run

from beyond_blur.lbm.levels import LatticeSchedule
from beyond_blur.lbm.units import rms_speed


def gaussian(n, at, variance):
    """A periodic blob (n, n) centred at (at, at)."""
    x = np.arange(n) - at
    row = sum(np.exp(-((x + n * i) ** 2) / (2 * variance)) for i in range(-3, 4))
    return np.outer(row, row) / variance


def stream_error(backend, n):
    """Relative error of a blob carried by a stream, same Pe and Fo at every n."""
    made = LatticeSchedule.from_blur_widths([0.0, n / 8])
    start, peclet = gaussian(n, n / 2, (n / 10) ** 2), 20.0
    phi = start[None, None].astype(np.float64 if backend == "reference" else np.float32)
    state = run(backend, phi, made, peclet, "periodic", flow="stream", speed_limit=0.3)[0, 0, 0]
    steps, alpha = int(made.n_lbm_steps[1]), float(made.alpha[1])
    speed = rms_speed(peclet, alpha, n)
    speed = 0.3 * np.tanh(np.sqrt(2) * speed / 0.3) / np.sqrt(2)
    expected = gaussian(n, n / 2 + speed * steps, (n / 10) ** 2 + 2 * alpha * steps)
    return np.abs(state - expected).max() / expected.max()


def test_a_blob_in_a_stream_moves_by_vt_and_spreads_by_two_alpha_t(backend):
    errors = [stream_error(backend, n) for n in (16, 32, 64)]
    assert errors[-1] < 2e-3
    assert errors[0] > 3.5 * errors[1] > 3.5**2 * errors[2]  # second order in the grid, or better
