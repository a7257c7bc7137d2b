"""What the page shows of a picture is what the processes make of it."""

from dataclasses import replace

import numpy as np
import pytest

from beyond_blur.data.photograph import square_photograph
from beyond_blur.play.state import FLOW, METHODS, N_LEVELS, Setting, levels_by_name, state_of


@pytest.fixture(scope="module")
def picture():
    return square_photograph(None, 32)


@pytest.mark.parametrize("method", METHODS)
def test_level_0_is_the_picture_and_the_last_level_is_far_from_it(picture, method):
    clean, last = (state_of(picture, Setting(method, level)).image for level in (0, N_LEVELS))
    np.testing.assert_allclose(clean, picture, atol=0.05)  # IHDM and DDPM have noise at level 0
    assert np.abs(last - picture).mean() > 0.1


def test_mirror_walls_keep_the_sum_whatever_the_flow(picture):
    for divergence_free in (False, True):
        state = state_of(picture, Setting(peclet=0.2, divergence_free=divergence_free))
        for channel, name in enumerate(("red", "green", "blue")):
            mean = picture[channel].mean()
            assert state.image[channel].mean() == pytest.approx(mean, abs=1e-5)
            before, _, after = state.facts[f"mean {name}"].split()
            assert before == after == f"{mean:.4f}"


def test_a_seed_is_a_flow_and_no_flow_has_none(picture):
    setting = Setting(peclet=0.2)
    first, again, other = (state_of(picture, replace(setting, seed=s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(first.image, again.image)
    assert np.abs(first.image - other.image).max() > 0.01
    assert np.sqrt((first.flow**2).mean()) == pytest.approx(1, abs=0.3), "in units of its speed"
    for setting in (Setting(peclet=0.0), Setting("IHDM"), Setting("DDPM")):
        assert state_of(picture, setting).flow is None


def test_without_a_flow_the_solver_blurs_as_ihdm_does(picture):
    """But for IHDM's noise of 0.01, and the lattice's error."""
    still = state_of(picture, Setting(FLOW, peclet=0.0)).image
    assert (still - state_of(picture, Setting("IHDM")).image).std() == pytest.approx(0.01, abs=2e-3)


def test_blur_width_and_fourier_number_are_said_where_there_is_blur(picture):
    facts = state_of(picture, Setting(level=N_LEVELS)).facts
    assert (
        facts["blur width σ_B"] == "8 px" and facts["Fourier number"] == "0.031"
    )  # 8^2 / 2 / 32^2
    assert "Fourier number" not in state_of(picture, Setting("DDPM")).facts


@pytest.mark.parametrize("method", METHODS)
def test_every_level_is_named_by_number_and_by_fourier_number_where_there_is_blur(method):
    named = levels_by_name(method, 32)
    assert list(named.values()) == list(range(N_LEVELS + 1))
    *_, last = named
    assert last == ("200, Fourier number 0.031" if method in (FLOW, "IHDM") else "200")
