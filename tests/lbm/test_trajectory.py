"""The way of an image: what it holds, what it refuses, how it is described."""

import dataclasses

import numpy as np
import pytest

from beyond_blur.config import AdvectionDiffusionOptions, Corruption, Levels, Velocity
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.config.rule_specs import CorruptionSpec
from beyond_blur.lbm.key_frames import frame_spacing
from beyond_blur.lbm.levels import LatticeSchedule
from beyond_blur.lbm.trajectory import Trajectory

LEVELS = Levels(n_levels=10, sigma_max=8.0)


def test_it_holds_what_the_options_say_and_no_more():
    flow = AdvectionDiffusionOptions(peclet=0.1, velocity=Velocity(slope=-1.0), transport=False)
    corruption = Corruption(walls="periodic", grey_range=(0.5, 1.0), threads=7, seed=9)
    made = Trajectory.from_options(flow, LEVELS, corruption)
    widths = tuple(blur_widths(LEVELS).tolist())
    assert made == Trajectory(widths, 0.1, flow.velocity, False, "periodic", (0.5, 1.0))
    job = CorruptionSpec(0.1, False, flow.velocity, LEVELS, corruption)
    assert Trajectory.from_options(job, LEVELS, corruption) == made
    assert hash(made) == hash(Trajectory.from_options(job, LEVELS, corruption))


def test_its_schedule_is_that_of_its_levels_and_is_made_once():
    made, expected = Trajectory(tuple(blur_widths(LEVELS))), LatticeSchedule.from_levels(LEVELS)
    for name, values in vars(expected).items():
        np.testing.assert_array_equal(getattr(made.schedule, name), values)
    assert made.schedule is made.schedule and made.n_levels == 10


def test_key_frames_are_spaced_for_the_background_of_its_grey_range():
    made = Trajectory((0.0, 4.0), 0.1)
    assert made.background == pytest.approx(9.5)
    assert made.frame_spacing((3, 20, 30)) == frame_spacing(
        Velocity(), (20, 30), 0.1, made.background + 1
    )
    faint = dataclasses.replace(made, grey_range=(0.0, 1.0))
    assert faint.background == 0 and faint.frame_spacing((20, 30)) > made.frame_spacing((20, 30))


@pytest.mark.parametrize(("change", "message"), [
    ({"blur_widths": (0.5, 1.0)}, r"sigma must be \(K \+ 1,\) with sigma\[0\] = 0"),
    ({"blur_widths": (0.0, 1.0, 1.0)}, r"blur width 1 of level 2 does not exceed 1 of level 1"),
    ({"grey_range": (1.0, 1.0)}, r"corruption.grey_range = \[1, 1\] must rise"),
])  # fmt: skip
def test_what_cannot_be_a_trajectory_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Trajectory(**{"blur_widths": (0.0, 1.0), **change})


def test_description_states_steps_displacement_and_diffusivities():
    made = Trajectory(tuple(blur_widths(Levels())), 0.1)
    text, alpha = made.describe((3, 128, 96)), made.schedule.alpha[1:]
    for part in ("49,266", "6.4 px", f"{alpha.min():.3g}", "0.1667", "Fourier number 0.5"):
        assert part in text
    with pytest.raises(ValueError, match="lower peclet to"):
        dataclasses.replace(made, peclet=50.0).describe((3, 128, 96))
