"""The solver's work that jobs ask for is at least what is counted, over coarser lattices too."""

import numpy as np
import pytest

from beyond_blur.config import Levels, load_experiment, preset_names, rates
from beyond_blur.config.coarse_lattices import most_equivalents
from beyond_blur.config.solver_work import lattice_steps, solver_seconds
from beyond_blur.lbm.coarse.plan import plan
from beyond_blur.lbm.levels import LatticeSchedule


@pytest.mark.parametrize("preset", preset_names())
def test_the_solvers_work_is_at_least_what_is_counted(preset):
    made = load_experiment({"preset": preset, "corruption": {"backend": "cpu", "threads": 1}})
    flow = next(process for process in made.processes if process.flow_peclet)
    updates = solver_seconds(made, flow, 100, 0) * rates.CORE_UPDATES
    pixels = made.dataset.channels * made.dataset.size**2
    counted = 100.0 * pixels * LatticeSchedule.from_levels(made.levels).first_step[-1]
    assert counted <= updates <= 1.3 * counted + 100 * pixels * made.levels.n_levels


@pytest.mark.parametrize("size", [128, 256])
@pytest.mark.parametrize("sigma", [13.0, 16.0, 32.0, 128.0])
@pytest.mark.parametrize("n_levels", [20, 200])
def test_coarser_steps_are_at_least_those_of_the_plan(size, sigma, n_levels):
    schedule = LatticeSchedule.from_levels(Levels(n_levels=n_levels, sigma_max=sigma))
    ways = plan(schedule, (size, size))
    for kept in ([n_levels], [n_levels - 1, n_levels], np.arange(1, n_levels + 1, 6)):
        most = most_equivalents(
            sigma, size, rates.STEPS_PER_SQUARED_PIXEL, n_levels, states=len(kept)
        )
        assert ways.equivalents(kept) <= most
        if len(kept) == 1:
            assert most <= 1.5 * ways.equivalents(kept)


def on_pixels_and_coarser(states=1, **velocity):
    """Lattice steps that ffhq128 asks for without and with corruption.coarsen."""
    options = {"process_options": {"advection_diffusion": {"velocity": velocity}}}
    made = [
        load_experiment({"preset": "ffhq128", "corruption": {"coarsen": c}, **options})
        for c in (False, "auto")
    ]
    flow = next(process for process in made[0].processes if process.flow_peclet)
    return [lattice_steps(each, flow, states) for each in made]


def test_ffhq128_asks_for_an_eighth_of_the_steps_over_coarser_lattices():
    pixels, coarser = on_pixels_and_coarser()
    assert 8 * coarser < pixels
    assert on_pixels_and_coarser(states=2)[1] == coarser + 192 + 4


def test_outside_the_bound_steps_are_on_pixels():
    pixels, other_flow = on_pixels_and_coarser(slope=-2.0)
    assert other_flow == pixels
