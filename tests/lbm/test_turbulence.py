"""The random flow: spectrum, scale, divergence, seeds and the error of key frames."""

import dataclasses

import numpy as np
import pytest

from beyond_blur.config import Velocity
from beyond_blur.lbm import turbulence
from beyond_blur.lbm.key_frames import Flow
from beyond_blur.lbm.turbulence import energy, random_modes, raw_field, unit_field

SHAPES = [(8, 8), (16, 16), (15, 20), (33, 17), (64, 64)]


def modes(shape, n=4, **velocity):
    return random_modes(shape, Velocity(**velocity), np.arange(n))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("step", [0, 777])
def test_each_component_has_unit_rms_and_no_mean(shape, step):
    field = unit_field(modes(shape), step)
    np.testing.assert_allclose(field.std(axis=(2, 3)), 1, rtol=1e-12)
    np.testing.assert_allclose(field.mean(axis=(2, 3)), 0, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_energy_is_the_mean_square_at_any_time(shape):
    drawn = modes(shape)
    for step in (0, 3, 1234):
        direct = (raw_field(drawn, step) ** 2).mean(axis=(2, 3))
        np.testing.assert_allclose(energy(drawn).mean_square(step), direct, rtol=1e-11)


def test_waves_that_stand_still_at_one_time_leave_a_thousandth_of_the_rms():
    drawn = modes((8, 8), 1)
    standing = dataclasses.replace(drawn, backward=-drawn.forward)
    least = energy(standing)
    assert (least.mean_square(0) == turbulence.LEAST_SHARE * least.mean).all()
    assert (least.mean_square(250) > 1e-3 * least.mean).all()


def test_velocity_has_the_rms_that_the_peclet_number_asks_for():
    flow = Flow((32, 32), Velocity(), 3, 1)
    np.testing.assert_allclose(flow.at(100, 1e-4).std(axis=(1, 2)), 1e-4, rtol=1e-3)


@pytest.mark.parametrize("shape", SHAPES)
def test_divergence_free_flow_has_no_spectral_divergence(shape):
    field = unit_field(modes(shape, divergence_free=True), 55)
    spectrum = np.fft.fft2(field)
    divergence = (turbulence.derivative_numbers(shape) * spectrum).sum(axis=1)
    size = np.abs(spectrum).max()
    assert np.abs(divergence).max() < 1e-12 * size * max(shape)
    np.testing.assert_allclose((field**2).mean(axis=(1, 2, 3)), 1, rtol=1e-12)


def slope_of_spectrum(velocity, power):
    """Slope of log amplitude (power 1) or log shell energy (power 2) over 3..24 waves."""
    drawn = random_modes((64, 64), velocity, np.arange(20))
    square = (np.abs(np.fft.fft2(raw_field(drawn, 0))) ** 2).mean(axis=(0, 1))
    n = np.hypot(*turbulence.wave_numbers((64, 64)))
    shell = np.rint(n).astype(int)
    waves = np.arange(3, 25)
    mean = np.array([square[shell == k].mean() for k in waves])
    value = np.sqrt(mean) if power == 1 else waves * mean
    return np.polyfit(np.log(waves), np.log(value), 1)[0]


def test_slope_is_recovered_as_amplitude_and_as_energy():
    assert slope_of_spectrum(Velocity(slope=-5 / 3), 1) == pytest.approx(-5 / 3, abs=0.05)
    energy_slope = Velocity(slope=-5 / 3, slope_of="energy")
    assert slope_of_spectrum(energy_slope, 2) == pytest.approx(-5 / 3, abs=0.1)


def test_nothing_lies_outside_the_band():
    field = unit_field(modes((32, 32), wavenumber_min=3, wavenumber_max=5), 0)
    n = np.hypot(*turbulence.wave_numbers((32, 32)))
    outside = np.abs(np.fft.fft2(field))[..., (n < 3) | (n > 5)]
    assert outside.max() < 1e-10


def test_an_empty_band_is_refused():
    with pytest.raises(
        ValueError, match=r"wavenumber_min 40 leaves no mode on a grid of 16 x 16; lower"
    ):
        modes((16, 16), wavenumber_min=40)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_flow_depends_on_its_own_seed_only(shape):
    together = random_modes(shape, Velocity(), np.array([5, 6, 7]))
    alone = random_modes(shape, Velocity(), np.array([6]))
    np.testing.assert_array_equal(together.forward[1], alone.forward[0])
    assert np.abs(together.forward[0] - together.forward[1]).max() > 0.1


def test_one_seed_gives_the_same_large_eddies_at_every_resolution():
    band = {"wavenumber_max": 6}
    coarse = raw_field(modes((32, 32), **band), 20)
    fine = raw_field(modes((64, 64), **band), 20)
    np.testing.assert_allclose(fine[..., ::2, ::2], coarse, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_mode_has_a_phase_of_its_own(shape):
    order = turbulence.outward_order(shape)
    assert len(np.unique(order)) == order.size


def test_the_lowest_mode_turns_once_in_a_thousand_steps():
    drawn = modes((16, 16), wavenumber_max=1)
    np.testing.assert_allclose(raw_field(drawn, 1000), raw_field(drawn, 0), atol=1e-12)
    assert np.abs(raw_field(drawn, 250) - raw_field(drawn, 0)).max() > 0.1


def test_a_frozen_flow_stays():
    flow = Flow((16, 16), Velocity(phase_step=0.0), 0, 1)
    np.testing.assert_allclose(flow.at(500, 1e-3), flow.at(0, 1e-3), rtol=1e-12)


def test_no_speed_passes_the_limit_and_slow_flow_is_left_alone():
    velocity = Velocity(speed_limit=0.01)
    fast = Flow((16, 16), velocity, 0, 1).at(0, 0.01)
    assert np.hypot(*fast).max() < 0.0101
    slow = Flow((16, 16), velocity, 0, 1).at(0, 1e-5)
    np.testing.assert_allclose(slow.std(axis=(1, 2)), 1e-5, rtol=1e-5)


def test_a_stream_is_uniform_and_a_vortex_keeps_to_its_walls():
    stream = Flow((8, 12), Velocity(flow="stream"), 0, 1).at(0, 1e-5)
    np.testing.assert_allclose(stream, 1e-5, rtol=1e-5)
    vortex = turbulence.single_vortex((64, 64))
    assert np.abs(vortex[0][:, [0, -1]]).max() < 0.06 and np.abs(vortex[1][[0, -1]]).max() < 0.06
    divergence = np.gradient(vortex[0], axis=1) + np.gradient(vortex[1], axis=0)
    assert np.abs(divergence[1:-1, 1:-1]).max() < 1e-12
    assert (vortex**2).mean() == pytest.approx(1)
