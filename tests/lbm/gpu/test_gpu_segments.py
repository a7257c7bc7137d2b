"""A trajectory in segments, and images in chunks of bounded memory."""

import os
import subprocess
import sys

import numpy as np
import pytest
from gpu_cases import SCHEDULE, SHARED, WIDTHS, Host

from beyond_blur.lbm.gpu import chunks
from beyond_blur.lbm.gpu.flow import make_problem
from beyond_blur.lbm.gpu.layout import layout
from beyond_blur.lbm.gpu.segments import segments
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.units import rms_speed


@pytest.mark.parametrize("frames_at_once", [2, 5, 64])
@pytest.mark.parametrize("spacing", [1, 4, 1000])
def test_segments_hold_every_step_with_its_level_and_key_frames(spacing, frames_at_once):
    speeds = rms_speed(0.3, SCHEDULE.alpha, 16)
    found = list(segments(SCHEDULE, speeds, 0.01, spacing, 11, frames_at_once))
    steps = np.concatenate([s.steps for s in found])
    level = np.repeat(np.arange(12), SCHEDULE.n_lbm_steps[:12])
    t = np.arange(len(level))
    assert len(steps) == SCHEDULE.first_step[11] == sum(len(s.steps) for s in found)
    np.testing.assert_array_equal(steps["half"], SCHEDULE.alpha[level].astype(np.float32))
    np.testing.assert_allclose(steps["part"], t % spacing / spacing, rtol=1e-6)
    completes = np.append(np.diff(level), 1) != 0
    np.testing.assert_array_equal(steps["level"], np.where(completes, level, 0))
    for s in found:
        here = slice(s.start, s.start + len(s.steps))
        assert len(s.inverse) <= max(frames_at_once, 2) and s.level == level[s.start]
        frame = s.first_frame + np.repeat(np.arange(len(s.begin) - 1), np.diff(s.begin))
        np.testing.assert_array_equal(frame[s.steps["now"]], t[here] // spacing)
        np.testing.assert_array_equal(frame[s.steps["after"]], t[here] // spacing + 1)
        for end in ("now", "after"):
            limited_for = s.inverse[s.steps[end]] * 0.01
            np.testing.assert_allclose(limited_for, speeds[level[here]], rtol=1e-6)
        np.testing.assert_allclose(s.speed, speeds[level[here]], rtol=1e-6)


def test_chunks_stay_within_their_room():
    placed = layout((16, 16), 3, SHARED[90])
    problem = make_problem(Host(), (16, 16), 3, Trajectory(WIDTHS, 0.1), placed)
    n = chunks.images_at_once(problem, 4, 2**24)
    # Numbers of images as given and as stored, of the states of two chunks, and of frames.
    per_cell = 2 * 3 + 2 * 4 * 3 + 2 * chunks.FRAMES_AT_ONCE
    assert 1 < n <= 2**24 // (4 * 256 * per_cell)
    assert chunks.images_at_once(problem, 4, 1) == 1


def test_only_what_launches_on_a_device_imports_cupy():
    modules = (
        "beyond_blur.corruption.states, beyond_blur.lbm.cpu.solver, beyond_blur.lbm.gpu.chunks"
    )
    code = f"import sys, {modules}; print('cupy' in sys.modules)"
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    ran = subprocess.run([sys.executable, "-c", code], env=environment, check=True,
                         capture_output=True, text=True)  # fmt: skip
    assert ran.stdout == "False\n"
