"""Coarser lattices with emulated kernels: as the reference has them, whatever runs beside."""

import numpy as np
import pytest
from emulation import machine as emulation
from gpu_cases import SHARED, images

from beyond_blur.config import Levels, Velocity
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.lbm.coarse import reference
from beyond_blur.lbm.coarse.plan import plan
from beyond_blur.lbm.gpu.coarse import OverLattices
from beyond_blur.lbm.gpu.lattices import make_lattices
from beyond_blur.lbm.gpu.layout import layout
from beyond_blur.lbm.trajectory import Trajectory

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("early")]

OBLONG, SQUARE = (24, 32), (16, 16)
WIDTHS = tuple(blur_widths(Levels(n_levels=12, sigma_max=12.0)))
KEEP = np.array([[12, 0, 7, 3], [9, 9, 8, 1], [2, 4, 10, 11]])
BACKGROUND = 9.5


@pytest.fixture(scope="module")
def over_lattices(emulate):
    """States over coarser lattices by emulated kernels."""

    def run(phi, keep, seeds=None, room=2**30, widths=WIDTHS, **flow):
        trajectory, (n, channels, *shape) = Trajectory(widths, 0.3, Velocity(**flow)), phi.shape

        def on(cells):
            placed = layout(cells, channels, SHARED[90], clusters=True)
            return placed, emulate.machine(placed, "mirror")

        work = OverLattices(make_lattices(tuple(shape), channels, trajectory, on))
        seeds = np.arange(n) if seeds is None else seeds
        background = np.full((n, channels), BACKGROUND)
        return emulation.by(work, phi, background, seeds, keep, room)

    return run


def test_levels_lie_before_in_and_behind_every_coarse_stretch():
    """So that the cases below are of all kinds."""
    ways = plan(Trajectory(WIDTHS, 0.3).schedule, OBLONG)
    assert [stretch.factor for stretch in ways.trunk] == [1, 2, 4]
    kinds = {(branch.stretch, branch.tail is None) for branch in ways.branches}
    assert kinds == {(0, True), (0, False), (1, False), (2, False)}
    assert {(ways.branches[k].stretch, ways.branches[k].tail is None) for k in KEEP.flat} == kinds


@pytest.mark.parametrize("shape", [OBLONG, SQUARE], ids=str)
@pytest.mark.parametrize("divergence_free", [False, True])
def test_the_kernels_agree_with_the_reference_and_keep_mass(over_lattices, shape, divergence_free):
    phi, flow = images(shape, 3), {"divergence_free": divergence_free}
    states = over_lattices(phi, KEEP, **flow)
    trajectory = Trajectory(WIDTHS, 0.3, Velocity(**flow))
    constant = np.full((3, 3), BACKGROUND)
    expected = reference.trajectories(phi, constant, trajectory, np.arange(3), KEEP)
    assert np.abs(states - expected).max() <= 2e-6
    mass, before = states.sum((-2, -1), np.float64), phi.sum((-2, -1), np.float64)[:, None]
    np.testing.assert_allclose(mass, np.broadcast_to(before, mass.shape), rtol=1e-6)
    np.testing.assert_array_equal(states[0, 1], phi[0])


def test_an_image_does_not_depend_on_its_batch_its_chunk_or_its_other_levels(over_lattices):
    phi, rng = images(SQUARE, 5), np.random.default_rng(1)
    keep, seeds = rng.integers(0, 13, (5, 4)), rng.integers(0, 2**62, 5)
    together = over_lattices(phi, keep, seeds)
    in_chunks = over_lattices(phi, keep, seeds, room=1)
    alone = over_lattices(phi[2:3], keep[2:3, :1], seeds[2:3])
    np.testing.assert_array_equal(together, in_chunks)
    np.testing.assert_array_equal(together[2:3, :1], alone)


def test_levels_without_coarse_steps_are_those_of_the_pixels_bit_for_bit(over_lattices, emulate):
    """Those before the switch, and two just behind it that images want in different orders."""
    widths = tuple(blur_widths(Levels(n_levels=24, sigma_max=12.0)))
    branches = plan(Trajectory(widths, 0.3).schedule, SQUARE).branches
    behind = [k for k, branch in enumerate(branches) if branch.stretch == 0 and branch.tail]
    assert len(behind) >= 2
    keep = np.array([[3, behind[0], 24], [3, behind[1], 24], [5, behind[1], behind[0]]])
    phi, placed = images(SQUARE, 3), layout(SQUARE, 3, SHARED[90], clusters=True)
    fine = emulate(placed, phi, keep, widths=widths)
    states = over_lattices(phi, keep, widths=widths)
    np.testing.assert_array_equal(states[:, :-1], fine[:, :-1])
    np.testing.assert_array_equal(states[2], fine[2])
    assert np.abs(states[0, -1] - fine[0, -1]).max() > 1e-6
