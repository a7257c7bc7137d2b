"""An image carried by a flow: its levels, its flow, and a row of Peclet numbers at one level."""

from dataclasses import replace

import numpy as np
import pytest

from beyond_blur.analysis.carried_image import carried, peclet_row, run_of
from beyond_blur.config import ConfigError, load_experiment, rule_specs
from beyond_blur.lbm.turbulence import random_modes, unit_field
from beyond_blur.lbm.units import fourier_number

IMAGE = np.random.default_rng(0).random((1, 16, 16), np.float32)


@pytest.fixture(scope="module")
def job():
    levels = {"n_levels": 6, "sigma_min": 0.5, "sigma_max": 3.0}
    values = {"preset": "tiny", "levels": levels, "corruption": {"backend": "reference"},
              "processes": [{"kind": "advection_diffusion", "peclet": 0.1,
                             "velocity": {"speed_limit": 0.01}}]}  # fmt: skip
    return rule_specs.forward_spec(load_experiment(values), "advection_diffusion-pe0.1")


@pytest.fixture(scope="module")
def run(job):
    return run_of("Beyond Blur, Pe = 0.1", job, IMAGE, 7)


def test_the_states_are_those_of_the_levels_and_keep_their_sum(run):
    found = carried(run, n=3)
    np.testing.assert_allclose(found.sigma, run.trajectory.schedule.sigma[[0, 3, 6]])
    np.testing.assert_array_equal(found.states[0], IMAGE)
    np.testing.assert_allclose(found.states.sum((1, 2, 3)), IMAGE.sum(), rtol=1e-4)
    np.testing.assert_array_equal(found.states, run.states(np.array([0, 3, 6])))


def test_the_flow_is_that_of_the_image_at_the_step_that_led_there(run):
    found = carried(run, n=3)
    first_step = run.trajectory.schedule.first_step
    modes = random_modes((16, 16), run.trajectory.velocity, np.array([run.flow_seed]))
    for field, step in zip(found.fields, (0, first_step[3] - 1, first_step[6] - 1), strict=True):
        np.testing.assert_allclose(np.sqrt((field**2).mean((1, 2))), 1, rtol=0.1)
        together = np.corrcoef(field.ravel(), unit_field(modes, int(step))[0].ravel())[0, 1]
        assert together > 0.99, "but for the speed limit, which bends it"


def test_between_walls_it_is_that_of_the_image_and_not_of_its_mirrors(run):
    velocity = replace(run.trajectory.velocity, basis="walls")
    walled = replace(run, trajectory=replace(run.trajectory, velocity=velocity))
    found = carried(walled, n=3)
    assert found.fields.shape == (3, 2, 16, 16)
    np.testing.assert_allclose(np.sqrt((found.fields**2).mean((1, 2, 3))), 1, rtol=0.1)
    assert walled.title.endswith("divergence-free flow between walls")


def test_a_row_of_peclet_numbers_is_one_level_of_one_flow_as_far_as_the_limit_lets_it(run):
    found = peclet_row(run)
    assert found.peclets == (0.0, 0.03, 0.1, 0.3), "1 is too fast for 16 pixels"
    widths = run.trajectory.schedule.sigma[1:]
    assert found.sigma == widths[np.abs(widths - 1).argmin()], "next to a sixteenth of 16 px"
    assert found.fourier == fourier_number(found.sigma, 16)
    level = 1 + int(np.abs(widths - 1).argmin())
    np.testing.assert_array_equal(found.states[2], run.states(np.array([level]))[0])
    changes = [state - found.states[0] for state in found.states[1:]]
    assert np.corrcoef(changes[0].ravel(), changes[1].ravel())[0, 1] > 0.99
    np.testing.assert_allclose(
        np.linalg.norm(changes[1]) / np.linalg.norm(changes[0]), 0.1 / 0.03, rtol=0.05
    )


def test_another_image_of_the_set_has_another_flow(job):
    assert run_of("a", job, IMAGE, 7).flow_seed != run_of("a", job, IMAGE, 8).flow_seed


def test_a_process_without_a_flow_is_refused(job):
    still = replace(job, process=replace(job.process, peclet=0.0))
    with pytest.raises(ConfigError, match="a has no flow to draw: give an advection_diffusion"):
        run_of("a", still, IMAGE, 7)
