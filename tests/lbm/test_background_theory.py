"""The spectrum of a flow's background, calculated, is that which the lattice makes."""

import numpy as np
import pytest

from beyond_blur.config import Levels, Velocity
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.corruption.states import corrupt
from beyond_blur.lbm.background_theory import background_noise
from beyond_blur.lbm.diffusion import wave_basis
from beyond_blur.lbm.trajectory import Trajectory

WIDTHS = tuple(blur_widths(Levels(n_levels=6, sigma_min=0.4, sigma_max=10.0)).tolist())
FLOW = Velocity(speed_limit=0.05)


def in_cosines(states):
    """Orthonormal DCT-II modes of (..., h, w)."""
    h, w = states.shape[-2:]
    return wave_basis(h, "mirror")[0] @ states @ wave_basis(w, "mirror")[0].T


@pytest.mark.parametrize("shape", [(8, 8), (12, 16)])
def test_the_lattice_makes_this_variance_and_levels_go_together_as_calculated(shape):
    """500 flows: a mode's variance scatters by 6 %, a correlation by 0.045, sums by less.

    What is left out (the rms of a flow of few modes swings) is up to a tenth of a mode.
    """
    n, levels = 500, [1, 4, 5, 6]
    trajectory = Trajectory(WIDTHS, 0.06, FLOW)
    black = np.zeros((n, 1, *shape), np.float32)
    states = corrupt(black, trajectory, np.arange(n), np.tile(levels, (n, 1)))[:, :, 0]
    found, modes = (
        background_noise(shape, WIDTHS, 0.06, FLOW, 9.5),
        in_cosines(states.astype(float)),
    )
    variance = (modes**2).mean(0)
    for i, k in enumerate(levels):
        wanted = found.spread[k] ** 2
        assert variance[i].sum() == pytest.approx(wanted.sum(), rel=0.12)
        for part in (np.s_[:3, :3], np.s_[3:, 3:]):
            assert variance[i][part].sum() == pytest.approx(wanted[part].sum(), rel=0.25)
    together = (modes[:, 2] * modes[:, 3]).mean(0) / np.sqrt(variance[2] * variance[3])
    np.testing.assert_allclose(together[:3, 1:3], found.likeness[6][:3, 1:3], atol=0.15)


def test_noise_grows_as_the_peclet_number_and_the_background():
    one, three = (background_noise((8, 8), WIDTHS, pe, FLOW, 9.5) for pe in (0.02, 0.06))
    np.testing.assert_allclose(three.spread, 3 * one.spread)
    np.testing.assert_allclose(three.likeness, one.likeness)
    tenth = background_noise((8, 8), WIDTHS, 0.02, FLOW, 0.95)
    np.testing.assert_allclose(10 * tenth.spread, one.spread)


def test_mass_is_kept_so_that_the_mean_has_no_noise_and_level_0_none_at_all():
    found = background_noise((8, 12), WIDTHS, 0.1, FLOW, 9.5)
    assert (found.spread[:, 0, 0] == 0).all() and (found.spread[0] == 0).all()
    assert found.likeness.min() >= -1 and found.likeness.max() <= 1


def test_a_frozen_flow_of_one_wave_number_has_the_variance_of_its_closed_form():
    """The first step of one frozen wave: c V sin(q_a) (1 - 2 alpha (1 - cos q_b)) per unit rms."""
    widths = (0.0, 0.5)  # one step with alpha = 1/8
    still = Velocity(speed_limit=0.05, phase_step=0.0, wavenumber_max=1)
    n = 8
    found = background_noise((n, n), widths, 0.1, still, 2.0).spread[1]
    x, alpha, speed = np.arange(n), 0.125, 0.1 * 0.125 / n
    # Waves (+-1, 0) and (0, +-1) have equal shares of each component's mean square.
    sines = np.sin(np.pi * 1 * (x + 0.5) / n) * np.sqrt(2 / n)
    flat = np.full(n, np.sqrt(1 / n))
    along = abs(sines @ np.exp(2j * np.pi * x / n)) ** 2 * n / 2
    across = abs(sines.sum()) ** 2 * abs(flat @ np.exp(2j * np.pi * x / n)) ** 2 / 2
    wanted = 2.0 * speed * np.sin(np.pi / n) * np.sqrt(along + across)
    assert found[0, 1] == pytest.approx(wanted, rel=1e-9)
    assert found[1, 0] == pytest.approx(wanted, rel=1e-9)
    assert alpha == 0.5**2 / 2
