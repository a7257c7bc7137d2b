"""The flow between walls: walls, divergence on the lattice, energy, slope and seeds."""

import numpy as np
import pytest

from beyond_blur.config import Velocity
from beyond_blur.lbm.reference import memoryless_step
from beyond_blur.lbm.turbulence import raw_field
from beyond_blur.lbm.wall_flow import wall_energy, wall_modes
from beyond_blur.lbm.wall_frames import WallFlow, fitted, flow_of

SHAPES = [(8, 8), (15, 20), (33, 17), (64, 64)]
WALLED = Velocity(basis="walls")


def flow(shape, seed=0, **options):
    return flow_of(shape, Velocity(basis="walls", **options), seed, 1)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_field_goes_on_beyond_the_walls_as_mirrors_reflect_it(shape):
    h, w = shape
    u, v = raw_field(wall_modes(shape, WALLED, np.array([3])), 77)[0]
    size = np.abs(u).max()
    for component, odd in ((u, 1), (v, 0)):
        for axis, n in ((0, h), (1, w)):
            sign = -1 if axis == odd else 1
            half, rest = np.split(component, [n], axis=axis)
            np.testing.assert_allclose(np.flip(rest, axis), sign * half, atol=1e-12 * size)


@pytest.mark.parametrize("alpha", [0.005, 0.1, 1 / 6])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_step_changes_a_uniform_field_to_the_second_order_of_the_speed_only(shape, alpha):
    made, uniform = flow(shape), np.ones((1, *shape))
    change = []
    for speed in (1e-4, 1e-5):
        field = made.at(50, speed, alpha)
        change.append(np.abs(memoryless_step(uniform, field, alpha, "mirror") - 1).max())
    assert change[0] <= 20 * 1e-4**2
    assert change[1] == pytest.approx(change[0] / 100, rel=0.01, abs=1e-14)


def test_a_periodic_flow_changes_it_to_the_first_order():
    made = flow_of((64, 64), Velocity(divergence_free=True), 0, 1)
    still = memoryless_step(np.ones((1, 64, 64)), made.at(50, 1e-4), 1 / 6, "mirror")
    assert np.abs(still - 1).max() > 1e-5


@pytest.mark.parametrize("shape", SHAPES)
def test_both_components_together_have_the_energy_of_the_peclet_number(shape):
    field = flow(shape).at(123, 1e-5)
    assert (field**2).mean() == pytest.approx(1e-10, rel=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_energy_is_the_mean_square_of_the_fitted_field(shape):
    modes = wall_modes(shape, WALLED, np.arange(2))
    for step in (0, 321):
        fields = np.stack([fitted(field, 1 / 6) for field in raw_field(modes, step)])
        direct = (fields**2).mean(axis=(1, 2, 3))
        found = wall_energy(modes).mean_square(step)
        np.testing.assert_allclose(found, np.stack([direct, direct], 1), rtol=1e-11)


def test_amplitudes_fall_as_the_slope_says():
    """Of the fitted field, over |n| = hypot(m, n) / 2 waves from 3 to 24."""
    (waves_of_both,) = np.fft.ifft2(wall_modes((64, 64), WALLED, np.arange(1)).forward)
    square = (np.abs(np.fft.fft2(fitted(waves_of_both, 1 / 6))) ** 2).sum(axis=0)
    waves = np.hypot(*np.meshgrid(*[np.fft.fftfreq(128) * 128] * 2)) / 2
    inside = (square > 1e-20) & (waves >= 3) & (waves < 25)
    slope = np.polyfit(np.log(waves[inside]), 0.5 * np.log(square[inside]), 1)[0]
    assert slope == pytest.approx(-5 / 3, abs=1e-6)


def test_nothing_lies_outside_the_band():
    modes = wall_modes((32, 32), Velocity(basis="walls", wavenumber_min=3, wavenumber_max=5),
                       np.arange(1))  # fmt: skip
    waves = np.hypot(*np.meshgrid(*[np.fft.fftfreq(64) * 64] * 2)) / 2
    assert np.abs(modes.forward[..., (waves < 2.99) | (waves > 5.01)]).max() == 0
    assert np.abs(modes.forward).max() > 0


def test_one_seed_gives_the_same_large_eddies_at_every_resolution():
    coarse, fine = (flow((n, n), 5, wavenumber_max=3).at(20, 1e-5) for n in (64, 128))
    halved = fine.reshape(2, 64, 2, 64, 2).mean(axis=(2, 4))
    assert np.abs(halved - coarse).max() < 0.02 * np.abs(coarse).max()


def test_a_flow_depends_on_its_own_seed_only():
    together = wall_modes((15, 20), WALLED, np.array([5, 6]))
    alone = wall_modes((15, 20), WALLED, np.array([6]))
    np.testing.assert_array_equal(together.forward[1], alone.forward[0])
    assert np.abs(together.forward[0] - together.forward[1]).max() > 0.1


def test_the_speed_limit_slows_the_whole_flow_and_leaves_slow_ones_alone():
    slow, fast = (flow((16, 16)).at(0, speed) for speed in (1e-5, 0.01))
    np.testing.assert_allclose(
        fast / np.hypot(*fast).max(), slow / np.hypot(*slow).max(), atol=1e-12
    )
    assert 0.0095 < np.hypot(*fast).max() <= 0.0101


def test_an_empty_band_is_refused():
    with pytest.raises(ValueError, match=r"wavenumber_min 40 leaves no mode on a grid of 16 x 16"):
        wall_modes((16, 16), Velocity(basis="walls", wavenumber_min=40), np.arange(1))


def test_only_the_basis_of_walls_has_such_a_flow():
    assert isinstance(flow((8, 8)), WallFlow)
    assert not isinstance(flow_of((8, 8), Velocity(), 0, 1), WallFlow)
