"""Which lattice at which step: by arithmetic on the steps alone."""

import numpy as np
import pytest

from beyond_blur.config import Levels
from beyond_blur.lbm.coarse import plan as plans
from beyond_blur.lbm.coarse.plan import factors, plan
from beyond_blur.lbm.levels import LatticeSchedule

FFHQ = LatticeSchedule.from_levels(Levels(n_levels=200, sigma_max=128.0))


def variance(stretch, part):
    """2 alpha t in pixels squared up to the end of a part."""
    own = 2 * stretch.n_lbm_steps[: part + 1] @ stretch.alpha[: part + 1]
    return own * stretch.factor**2


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((64, 64), [1]),
        ((126, 126), [1]),
        ((128, 128), [1, 2]),
        ((128, 96), [1]),
        ((129, 128), [1]),
        ((128, 192), [1, 2]),
        ((256, 256), [1, 2, 4]),
        ((258, 256), [1, 2]),
    ],
)
def test_cells_are_doubled_while_64_remain_across_and_sides_divide(shape, expected):
    assert factors(shape) == expected


@pytest.mark.parametrize("shape", [(64, 64), (128, 128), (256, 256)])
def test_every_level_has_its_variance_exactly(shape):
    ways = plan(FFHQ, shape)
    ends = np.cumsum([variance(s, s.n_parts) for s in ways.trunk])
    for level, branch in enumerate(ways.branches):
        before = ends[branch.stretch - 1] if branch.stretch else 0.0
        reached = before + variance(ways.trunk[branch.stretch], branch.part)
        reached += variance(branch.tail, branch.tail.n_parts) if branch.tail else 0.0
        np.testing.assert_allclose(reached, FFHQ.sigma[level] ** 2, rtol=1e-12)


def test_no_step_passes_the_stable_diffusivity():
    ways = plan(FFHQ, (256, 256))
    stretches = [*ways.trunk, *(b.tail for b in ways.branches if b.tail)]
    assert max(s.alpha.max() for s in stretches) <= 1 / 6 + 1e-12


@pytest.mark.parametrize("shape", [(128, 128), (256, 256)])
def test_coarse_steps_end_a_tail_before_every_level_and_tails_start_where_they_end(shape):
    ways = plan(FFHQ, shape)
    coarse = 0
    for level, branch in enumerate(ways.branches):
        stretch = ways.trunk[branch.stretch]
        left = stretch.first + stretch.n_lbm_steps[: branch.part + 1].sum()
        end = int(FFHQ.first_step[level])
        if branch.stretch > 0:
            coarse += 1
            assert end - left * stretch.factor**2 >= plans.TAIL
        if branch.tail:
            assert branch.tail.first == left * stretch.factor**2
            assert branch.tail.first + branch.tail.n_lbm_steps.sum() == end
    assert coarse > 50


def test_levels_below_the_switch_take_the_steps_of_the_schedule():
    ways = plan(FFHQ, (128, 128))
    last = max(k for k, branch in enumerate(ways.branches) if branch.tail is None)
    assert FFHQ.sigma[last] <= plans.SWITCH * 1.1
    trunk = ways.trunk[0]
    np.testing.assert_array_equal(trunk.n_lbm_steps[: last + 1], FFHQ.n_lbm_steps[: last + 1])
    np.testing.assert_allclose(trunk.alpha[: last + 1], FFHQ.alpha[: last + 1], rtol=0)
    assert [ways.branches[k].part for k in range(last + 1)] == list(range(last + 1))


def test_without_a_coarser_lattice_work_is_the_schedules_steps():
    ways = plan(FFHQ, (64, 64))
    assert ways.equivalents([200, 3]) == FFHQ.first_step[200]
    assert ways.equivalents([]) == ways.equivalents([0]) == 0


def test_coarse_steps_count_by_the_cells_they_update():
    """By hand at 128 px: pixels to the switch, a quarter of a quarter beyond, and one tail."""
    ways = plan(FFHQ, (128, 128))
    fine, coarse = ways.trunk
    switch = int(fine.n_lbm_steps.sum())
    tail = int(ways.branches[200].tail.n_lbm_steps.sum())
    between = FFHQ.first_step[200] - tail - switch
    assert ways.equivalents([200]) == switch + between / 16 + tail
    assert coarse.first == switch / 4
    both = ways.equivalents([199, 200]) - ways.equivalents([200])
    assert both == ways.branches[199].tail.n_lbm_steps.sum()


def test_the_last_level_of_ffhq_takes_at_least_eight_times_fewer_updates():
    assert FFHQ.first_step[200] / plan(FFHQ, (128, 128)).equivalents([200]) >= 8


def test_short_trajectories_stay_on_pixels():
    short = LatticeSchedule.from_levels(Levels(n_levels=50, sigma_max=14.0))
    assert len(plan(short, (128, 128)).trunk) == 1
