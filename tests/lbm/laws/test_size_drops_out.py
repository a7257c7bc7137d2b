"""Equal Peclet and Fourier numbers are the same problem at any size."""

import numpy as np
from lattice import run

from beyond_blur.lbm.levels import LatticeSchedule


def test_the_same_peclet_and_fourier_numbers_give_the_same_field_at_any_size():
    """Halving the cells divides the difference to the next finer grid."""
    band = {"wavenumber_max": 3, "divergence_free": True, "speed_limit": 0.3}
    fields = []
    for n in (32, 64, 128):
        made = LatticeSchedule.from_blur_widths(n * np.array([0.0, 0.04, 0.08]))
        x = (np.arange(n) + 0.5) / n
        wave = np.cos(2 * np.pi * x)[:, None] + np.cos(3 * np.pi * x)
        # The flow turns once per thousand steps: per Fourier number it must turn as fast on every
        # grid.
        turning = dict(band, phase_step=1e-3 * (32 / n) ** 2)
        # Grid points of the flow are cell corners of the coarser grid: shift it by whole fine
        # cells.
        state = run("cpu", wave[None, None].astype(np.float32), made, 5.0, "periodic", **turning)
        fields.append(state[0, -1, 0])
    assert np.abs(fields[2]).max() > 0.3
    means = [f.reshape(32, f.shape[0] // 32, 32, -1).mean((1, 3)) for f in fields]
    coarse, fine = np.abs(means[0] - means[1]).max(), np.abs(means[1] - means[2]).max()
    assert fine < 0.03 and coarse > 1.7 * fine
