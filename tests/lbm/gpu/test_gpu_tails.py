"""Tails of many levels in one table, and what goes between lattices: the host's side."""

import numpy as np
import pytest
from gpu_cases import SHARED, Host

from beyond_blur.config.coarse_lattices import lattice_factors
from beyond_blur.lbm.coarse.grid import to_cells as cells_of
from beyond_blur.lbm.coarse.plan import Stretch, plan
from beyond_blur.lbm.gpu.coarse_flow import later
from beyond_blur.lbm.gpu.flow import FlowSpectra, make_problem
from beyond_blur.lbm.gpu.layout import layout
from beyond_blur.lbm.gpu.segments import Course
from beyond_blur.lbm.gpu.self_test import coarse_trial
from beyond_blur.lbm.gpu.tails import tables
from beyond_blur.lbm.gpu.transfers import to_cells
from beyond_blur.lbm.trajectory import Trajectory

LIMIT = 0.01


def course(first, n_steps, spacing):
    """A tail in parts of these steps, each with a diffusivity and a speed of its own."""
    steps = Stretch(1, first, np.array([0, *n_steps]), 0.01 * np.arange(len(n_steps) + 1))
    return Course(steps, first, 1e-3 * np.arange(len(n_steps) + 1), LIMIT, spacing)


@pytest.mark.parametrize("frames_at_once", [2, 5, 64])
@pytest.mark.parametrize("spacing", [1, 3, 40])
def test_tables_hold_every_tail_with_its_steps_and_key_frames(spacing, frames_at_once):
    courses = [
        course(16, [5, 9, 2], spacing),
        course(37, [12], spacing),
        course(0, [8, 13], spacing),
    ]
    made = tables(courses, frames_at_once)
    for row, tail in enumerate(courses):
        part = np.repeat(np.arange(len(tail.speeds)), tail.steps.n_lbm_steps)
        steps = np.concatenate([each.steps[row] for each in made])
        local, t = np.arange(len(part)), tail.first + np.arange(len(part))
        steps, rest = steps[: len(part)], steps[len(part) :]
        np.testing.assert_allclose(steps["half"], tail.steps.alpha[part], rtol=1e-6)
        np.testing.assert_allclose(steps["part"], t % spacing / spacing, rtol=1e-6)
        ended = np.where(local == len(part) - 1, len(part), 0)
        np.testing.assert_array_equal(steps["level"], ended)
        assert not rest["level"].any()
        for each in (each for each in made if each.start < len(part)):
            here = slice(each.start, min(each.start + each.n_steps, len(part)))
            assert np.diff(each.begin[row]).min(initial=0) >= 0
            assert each.begin[row, -1] <= max(frames_at_once, 2)
            frame = each.first_frame + np.repeat(np.arange(each.n_frames), np.diff(each.begin[row]))
            for end, more in (("now", 0), ("after", 1)):
                at = steps[end][here]
                wanted = t[here] // spacing - tail.first // spacing + more
                np.testing.assert_array_equal(frame[at], wanted)
                found = each.inverse[row, at] * LIMIT
                np.testing.assert_allclose(found, tail.speeds[part[here]], rtol=1e-6)
            n = here.stop - here.start
            np.testing.assert_allclose(each.speed[row, :n], tail.speeds[part[here]], rtol=1e-6)
    assert sum(each.n_steps for each in made) == 21  # of the longest


def test_flows_go_on_from_a_later_step_as_they_would_have():
    placed = layout((8, 16), 1, SHARED[90])
    problem = make_problem(Host(), (8, 16), 1, Trajectory((0.0, 4.0), 0.1), placed)
    rng, spacing = np.random.default_rng(0), problem.course.spacing

    def noise(*shape):
        return (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(np.complex64)

    m = len(problem.energy_rate)
    flows = FlowSpectra(noise(2, 128, 2), np.ones((2, 2), np.float32), noise(2, 2, m))
    first, image, row = np.array([7, 1001 * spacing + 1]), np.array([1, 0, 1]), np.array([1, 0, 0])
    found = later(Host(), problem, flows, image, first, row)
    ahead = 5  # steps, and key frames
    for i in range(3):
        start, waves = first[row[i]], flows.waves[image[i]]
        turn = np.exp(1j * problem.frame_rate * (start // spacing + ahead))
        own = np.exp(1j * problem.frame_rate * ahead)
        for half, sign in ((0, 1), (1, -1)):
            wanted = waves[:, half] * (turn if sign > 0 else turn.conj())
            made = found.waves[i, :, half] * (own if sign > 0 else own.conj())
            np.testing.assert_allclose(made, wanted, atol=2e-6)
        wanted = flows.swing[image[i]].conj() * np.exp(1j * problem.energy_rate * (start + ahead))
        made = found.swing[i].conj() * np.exp(1j * problem.energy_rate * ahead)
        np.testing.assert_allclose(made, wanted, atol=2e-6)


def test_cells_are_means_of_their_pixels_without_the_columns_that_pad_rows():
    fine, coarse = layout((8, 70), 1, SHARED[90]), layout((4, 35), 1, SHARED[90])
    field = np.random.default_rng(0).random((2, 1, 8, 70), np.float32)
    state = np.full((2, 1, 8, fine.pitch), 9.0, np.float32)
    state[..., :70] = field
    cells = to_cells(Host(), state, fine, coarse)
    assert cells.shape == (2, 1, 4, coarse.pitch) and fine.pitch > 70 and coarse.pitch > 35
    np.testing.assert_allclose(cells[..., :35], cells_of(field, 2), rtol=1e-6)
    assert not cells[..., 35:].any()


@pytest.mark.parametrize("shape", [(128, 128), (128, 192), (256, 256)])
def test_the_self_test_goes_over_every_lattice_and_to_levels_just_behind_the_switch(shape):
    asked = coarse_trial(shape)
    branches = [plan(asked.trajectory.schedule, shape).branches[k] for k in asked.levels[0]]
    kinds = {(branch.stretch, branch.tail is None) for branch in branches}
    coarser = {(i, False) for i in range(1, len(lattice_factors(shape)))}
    assert kinds == {(0, True), (0, False), *coarser}
