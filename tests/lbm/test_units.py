"""Conversions invert, and every level's variance is met exactly."""

import numpy as np
import pytest

from beyond_blur.config import Levels, Velocity
from beyond_blur.lbm import units
from beyond_blur.lbm.levels import LatticeSchedule, blur_widths
from beyond_blur.lbm.stability import check_stability, describe


def schedule(**levels):
    return LatticeSchedule.from_blur_widths(blur_widths(Levels(**levels)))


def test_conversions_invert():
    speed = units.rms_speed(0.06, 0.13, 128)
    assert units.peclet_number(speed, 0.13, 128) == pytest.approx(0.06, rel=1e-15)
    assert units.blur_width(units.fourier_number(17.3, 64), 64) == pytest.approx(17.3, rel=1e-15)
    assert units.omega(1 / 6) == pytest.approx(1, abs=1e-15)


def test_fourier_number_is_alpha_t_over_length_squared():
    alpha, t, size = 0.1, 50, 32
    assert units.fourier_number(np.sqrt(2 * alpha * t), size) == pytest.approx(alpha * t / size**2)


def test_expected_displacement_is_the_papers():
    assert units.expected_displacement(0.1, 128, 128) == pytest.approx(6.4)
    assert units.expected_displacement(0.1, 32, 128) == pytest.approx(0.4)


@pytest.mark.parametrize("spacing", ["log", "linear", "cosine"])
@pytest.mark.parametrize("n_levels", [1, 2, 50, 200])
def test_blur_widths_rise_from_sigma_min_to_sigma_max(spacing, n_levels):
    sigma = blur_widths(Levels(n_levels=n_levels, sigma_max=20.0, spacing=spacing))
    assert sigma.shape == (n_levels + 1,) and sigma[0] == 0
    assert sigma[-1] == pytest.approx(20) and (np.diff(sigma) > 0).all()
    if n_levels > 1:
        assert sigma[1] == pytest.approx(0.5)


def test_given_blur_widths_are_taken_as_they_are():
    sigma = blur_widths(Levels(n_levels=3, spacing="given", given=(1.0, 2.0, 5.0)))
    np.testing.assert_array_equal(sigma, [0, 1, 2, 5])


@pytest.mark.parametrize("spacing", ["log", "linear", "cosine"])
def test_every_level_meets_its_variance_with_the_fewest_steps(spacing):
    made = schedule(spacing=spacing)
    spread = np.cumsum(2 * made.alpha * made.n_lbm_steps)
    np.testing.assert_allclose(spread, made.sigma**2, rtol=1e-12)
    assert made.alpha.max() <= units.ALPHA_MAX * (1 + 1e-11)
    one_fewer = np.diff(made.sigma**2) / (2 * np.maximum(made.n_lbm_steps[1:] - 1, 1e-9))
    assert (one_fewer > units.ALPHA_MAX).all()


@pytest.mark.parametrize(("sigma_max", "total", "mean"), [(128, 49_266, 4_596), (32, 3_194, 443)])
def test_step_counts_of_the_papers_campaigns(sigma_max, total, mean):
    made = schedule(sigma_max=float(sigma_max))
    assert made.n_lbm_steps.sum() == total
    assert made.first_step[1:].mean() == pytest.approx(mean, abs=0.5)


def test_widths_that_do_not_rise_are_refused():
    with pytest.raises(
        ValueError, match=r"0.5 of level 2 does not exceed 0.6 of level 1.*sigma_max"
    ):
        blur_widths(Levels(n_levels=2, sigma_min=0.6, sigma_max=0.5))
    with pytest.raises(ValueError, match=r"given has 2 blur widths but levels.n_levels is 3"):
        blur_widths(Levels(n_levels=3, spacing="given", given=(1.0, 2.0)))
    with pytest.raises(ValueError, match=r"sigma must be \(K \+ 1,\) with sigma\[0\] = 0"):
        LatticeSchedule.from_blur_widths(np.array([0.5, 1.0]))


def test_a_flow_past_the_speed_limit_is_refused_with_the_peclet_number_that_fits():
    made = schedule(sigma_max=8.0)
    with pytest.raises(
        ValueError, match=r"peclet 3 .*velocity.speed_limit 0.01; lower peclet to"
    ) as error:
        check_stability(made, 3.0, Velocity(), 16)
    fits = float(str(error.value).split("lower peclet to ")[1].split()[0])
    check_stability(made, 0.999 * fits, Velocity(), 16)


def test_a_weight_that_could_turn_negative_is_refused():
    slow = LatticeSchedule.from_blur_widths(np.array([0.0, 0.05]))
    with pytest.raises(ValueError, match=r"a weight would turn negative; lower peclet below"):
        check_stability(slow, 10.0, Velocity(speed_limit=0.3), 8)


def test_description_states_steps_displacement_and_diffusivities():
    made = schedule()
    text = describe(made, 0.1, Velocity(), 128)
    for part in ("49,266", "6.4 px", f"{made.alpha[1:].min():.3g}", "0.1667", "Fourier number 0.5"):
        assert part in text
