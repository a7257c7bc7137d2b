"""One law bounds the speed of a flow: the config and the library refuse the same, and advise it."""

import re

import numpy as np
import pytest

from beyond_blur.config import ConfigError, Velocity, load_experiment
from beyond_blur.config.speed import (
    ALPHA_MAX,
    LIMIT_TO_RMS,
    PEAK_TO_RMS,
    largest_peclet,
    speed_problem,
)
from beyond_blur.lbm.stability import check_stability

SIZES = [8, 13, 16, 28, 32, 64, 127, 128, 256]
LIMITS = [0.001, 0.0037, 0.01, 0.02, 0.05, 1 / 7, 1 / 6, 0.17, 0.3]


def config_refuses(peclet, size, limit):
    """What a configuration with such a flow is refused with, or None."""
    values = {
        "preset": "tiny",
        "dataset": {"size": size},
        "process_options": {"advection_diffusion": {"velocity": {"speed_limit": limit}}},
        "processes": [{"kind": "advection_diffusion", "peclet": peclet}],
    }
    try:
        load_experiment(values)
    except ConfigError as error:
        return str(error)
    return None


def library_refuses(peclet, size, limit):
    """What the library refuses such a flow with, or None."""
    try:
        check_stability(peclet, Velocity(speed_limit=limit), size)
    except ValueError as error:
        return str(error)
    return None


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("size", SIZES)
def test_config_and_library_refuse_the_same_and_accept_what_either_advises(size, limit):
    bound = largest_peclet(size, limit)
    for share in (0.2, 0.999, 1.0, 1.001, 1.4, 3.1, 30.0):
        peclet = share * bound
        said = library_refuses(peclet, size, limit)
        assert (said is None) == (share <= 1)
        assert (config_refuses(peclet, size, limit) is None) == (said is None)
        if said is None:
            continue
        assert said in config_refuses(peclet, size, limit)
        lower = float(re.search(r"lower peclet to (\S+)", said)[1])
        assert 0.99 * bound < lower, "the advice is no stricter than it has to be"
        raised = re.search(r"raise velocity.speed_limit to (\S+)", said)
        advised = [(lower, limit)] + ([(peclet, float(raised[1]))] if raised else [])
        for better in advised:
            assert library_refuses(better[0], size, better[1]) is None
            assert config_refuses(better[0], size, better[1]) is None


def test_at_128_pixels_peclet_2_runs_and_5_does_not():
    assert speed_problem(2.5, 128, 0.01) is None
    assert speed_problem(5.0, 128, 0.01) == (
        "peclet = 5 needs an rms speed of 0.00651 cells per step at 128 pixels, over a third of "
        "velocity.speed_limit = 0.01, which would bend the flow; lower peclet to 2.56 or raise "
        "velocity.speed_limit to 0.0196"
    )


def limited(ratio):
    """Share of cells beyond the limit and rms speed left, with the limit ``ratio`` times V."""
    speed = np.linspace(0, 12, 200_001)[1:]  # |v| / V of two Gaussian components
    density = speed * np.exp(-(speed**2) / 2)
    density /= density.sum()
    bent = ratio * np.tanh(speed / ratio)
    return density[speed > ratio].sum(), np.sqrt((bent**2 * density).sum() / 2)


def test_a_third_of_the_limit_is_where_tanh_leaves_the_flow_nearly_as_it_is():
    """What the law is derived from: `beyond_blur.config.speed`."""
    beyond, left = limited(LIMIT_TO_RMS)
    assert beyond == pytest.approx(0.011, abs=5e-4) and left == pytest.approx(0.88, abs=5e-3)
    beyond, left = limited(1.0)
    assert beyond == pytest.approx(0.61, abs=5e-3) and left == pytest.approx(0.56, abs=5e-3)


@pytest.mark.parametrize("limit", LIMITS)
def test_within_the_law_no_weight_turns_negative_at_any_diffusivity(limit):
    alpha = np.linspace(1e-6, ALPHA_MAX, 10_000)
    rms = largest_peclet(32, limit) * alpha / 32
    peak = np.minimum(PEAK_TO_RMS * rms, limit)
    assert (2 * alpha - peak + peak**2 >= 0).all() and (1 - 2 * alpha - peak**2 >= 0).all()


def test_a_flow_past_the_speed_limit_is_refused_with_the_peclet_number_that_fits():
    with pytest.raises(
        ValueError, match=r"peclet = 3 .*speed_limit = 0.01.*; lower peclet to 0.32"
    ):
        check_stability(3.0, Velocity(), 16)
    check_stability(0.32, Velocity(), 16)


def test_a_weight_that_could_turn_negative_is_refused():
    with pytest.raises(ValueError, match=r"a weight would turn negative; lower peclet to 2.66$"):
        check_stability(10.0, Velocity(speed_limit=0.3), 8)
    check_stability(2.66, Velocity(speed_limit=0.3), 8)
