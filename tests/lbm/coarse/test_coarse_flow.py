"""The flow on coarse cells does to a uniform field what the pixels' steps do."""

import numpy as np
import pytest
from scipy.fft import dctn

from beyond_blur.config import Velocity
from beyond_blur.lbm.coarse.flow import (
    CoarseFlow,
    along_walls,
    coarse_energy,
    coarse_modes,
    wall_share,
)
from beyond_blur.lbm.coarse.grid import to_cells
from beyond_blur.lbm.key_frames import Flow
from beyond_blur.lbm.reference import memoryless_step
from beyond_blur.lbm.turbulence import energy, random_modes, raw_field

SLOW = 1e-6
"""Speed at which what the flow does is linear in it, to 1e-6 of it."""


@pytest.mark.parametrize("walls", ["periodic", "mirror"])
@pytest.mark.parametrize(
    ("shape", "factor"), [((16, 16), 2), ((16, 24), 2), ((32, 32), 4)], ids=str
)
def test_one_coarse_step_is_all_the_fine_ones_it_stands_for(shape, factor, walls):
    """Exactly inside; cells at mirror walls are another law's."""
    velocity = Velocity(wavenumber_max=2, phase_step=0.02)
    modes = random_modes(shape, velocity, np.array([3]))
    coarse, number = coarse_modes(modes, factor), 5
    fine = np.ones(shape)
    for step in range(number * factor**2, (number + 1) * factor**2):
        fine = memoryless_step(fine, SLOW * raw_field(modes, step)[0], 1 / 6, walls)
    cells = np.ones((shape[0] // factor, shape[1] // factor))
    speed = SLOW * factor * raw_field(coarse, number)[0]
    cells = memoryless_step(cells, speed, 1 / 6, walls)
    wanted, found = (to_cells(fine, factor) - 1) / SLOW, (cells - 1) / SLOW
    inside = np.s_[:] if walls == "periodic" else np.s_[2:-2, 2:-2]
    scale = np.abs(wanted).max()
    np.testing.assert_allclose(found[inside], wanted[inside], atol=2e-4 * scale)


@pytest.mark.parametrize("divergence_free", [False, True])
def test_cells_at_walls_make_up_for_what_they_turn_back(divergence_free):
    """Without it the lowest cosine modes of a uniform field are off by several times as much."""
    shape, n_steps = (32, 32), 200
    modes = random_modes(shape, Velocity(divergence_free=divergence_free), np.array([0]))
    coarse = coarse_modes(modes, 2)
    fine = np.ones(shape)
    for step in range(n_steps):
        fine = memoryless_step(fine, SLOW * raw_field(modes, step)[0], 1 / 6, "mirror")
    wanted = dctn(to_cells(fine, 2) - 1)[:4, :4]

    def error(share):
        cells = np.ones((16, 16))
        for number in range(n_steps // 4):
            field = 2 * SLOW * along_walls(raw_field(coarse, number)[0], share)
            cells = memoryless_step(cells, field, 1 / 6, "mirror")
        return np.abs(dctn(cells - 1)[:4, :4] - wanted).max()

    assert error(wall_share(2)) < error(0.0) / 2


def test_energy_is_that_of_the_pixels_flow_in_the_middle_of_the_step():
    fine = energy(random_modes((16, 16), Velocity(), np.array([1, 2])))
    for number in (0, 7):
        found = coarse_energy(fine, 4).mean_square(number)
        np.testing.assert_allclose(found, fine.mean_square(16 * number + 7.5), rtol=1e-12)


def test_the_same_speed_is_more_cells_per_step():
    """Waves much longer than a cell: fine velocity times q, in step with the pixels below."""
    velocity = Velocity(wavenumber_max=1, phase_step=1e-5, speed_limit=1e-4)
    fine = Flow((64, 64), velocity, 0, 1)
    coarse = CoarseFlow(fine, 2)
    rms = 3e-5  # the limit of 1e-4 cells per step bends it by some per cent
    pixels, cells = fine.at(8, rms), coarse.at(2, 2 * rms)
    np.testing.assert_allclose(cells, 2 * to_cells(pixels, 2), atol=0.01 * np.abs(cells).max())
    scale = rms / np.sqrt(fine.energy.mean_square(8)[0])
    unlimited = scale[:, None, None] * raw_field(fine.modes, 8)[0]
    assert np.abs(pixels - unlimited).max() > 0.02 * np.abs(pixels).max()
