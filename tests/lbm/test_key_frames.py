"""Key frames: what interpolating between them keeps, and the bound that chooses their spacing."""

import dataclasses
import itertools

import numpy as np
import pytest

from beyond_blur.config import Velocity
from beyond_blur.lbm import key_frames
from beyond_blur.lbm.key_frames import gain_and_error, interpolation_gain
from beyond_blur.lbm.turbulence import phase_rates, random_modes, raw_field


@pytest.mark.parametrize("spacing", [2, 5, 9])
def test_interpolated_frames_have_every_mode_at_its_strength(spacing):
    """Over whole turns of a mode the interpolated field correlates with the true one by one."""
    velocity = Velocity(wavenumber_min=4, wavenumber_max=4)
    drawn = random_modes((16, 16), velocity, np.array([0]))
    gain = interpolation_gain((16, 16), velocity.phase_step, spacing)
    truth = np.stack([raw_field(drawn, t)[0] for t in range(250 * spacing)])
    frames = [raw_field(drawn, j * spacing, gain)[0] for j in range(251)]
    part = np.arange(spacing)[:, None, None, None] / spacing
    between = np.concatenate([a + part * (b - a) for a, b in itertools.pairwise(frames)])
    assert (between * truth).sum() / (truth**2).sum() == pytest.approx(1, abs=1e-5)


def test_frame_spacing_follows_the_bound_and_the_option():
    for peclet in (0.02, 0.1, 0.5):
        for size in (8, 32, 128):
            spacing = key_frames.frame_spacing(Velocity(), (size, size), peclet)
            error = key_frames.frame_error(Velocity(), (size, size), peclet, spacing, 10.0)
            assert spacing == 1 or key_frames.PEAK_OVER_RMS * error <= key_frames.TOLERANCE
    chosen = dataclasses.replace(Velocity(), frame_spacing=17)
    assert key_frames.frame_spacing(chosen, (32, 32), 0.1) == 17


def test_frames_of_every_step_need_no_gain_and_leave_no_error():
    gain, error = gain_and_error((16, 24), 1e-3, 1)
    np.testing.assert_allclose(gain, 1, rtol=1e-12)
    assert (error <= 1e-9 * (1 / phase_rates((16, 24), 1e-3).max()) ** 2).all()


@pytest.mark.parametrize("spacing", [2, 3, 6])
@pytest.mark.parametrize("place", [(0, 3), (5, 2), (8, 8)])
def test_the_gain_leaves_the_least_error_and_the_predicted_one(spacing, place):
    """A mode driven by interpolated frames, run step by step, beside one driven by the wave."""
    shape, phase_step = (16, 16), 0.01
    gain, predicted = (x[place] for x in gain_and_error(shape, phase_step, spacing))
    omega = phase_rates(shape, phase_step)[place]
    damping = key_frames._damping(shape)[place]
    n = 60_000 // spacing * spacing
    wave = np.exp(1j * omega * np.arange(n))
    frames, part = np.exp(1j * omega * spacing * np.arange(n // spacing + 1)), np.arange(spacing)
    between = frames[:-1, None] + part / spacing * (frames[1:] - frames[:-1])[:, None]

    def error(factor):
        forcing, state, total, seen = wave - factor * between.ravel(), 0.0, 0.0, 0
        for t, f in enumerate(forcing):
            state = damping * state + f
            if t > 2000:
                total, seen = total + abs(state) ** 2, seen + 1
        return total / seen

    assert error(gain) == pytest.approx(predicted, rel=0.02)
    assert error(gain) < error(1.05 * gain) and error(gain) < error(0.95 * gain)


def test_a_mode_that_turns_too_fast_for_its_frames_is_left_out():
    """At pi per frame a mode is its own alias; beyond, the slower alias would win."""
    gain = gain_and_error((32, 32), 0.02, 5)[0]
    turn = 5 * phase_rates((32, 32), 0.02)
    assert (gain[turn > 1.5 * np.pi] < 0.1).all() and (gain[turn > 1.5 * np.pi]).size > 0
    assert (np.abs(gain[turn < 0.2 * np.pi] - 1) < 0.05).all()
    assert np.isfinite(gain).all() and (gain >= 0).all()


def test_the_speed_limit_brings_key_frames_closer():
    """A limited flow bends more between frames than its modes do."""
    tight = dataclasses.replace(Velocity(), speed_limit=0.002)
    near = key_frames.frame_spacing(tight, (32, 32), 0.1)
    assert 1 <= near < key_frames.frame_spacing(Velocity(), (32, 32), 0.1)
