"""The whole pipeline with emulated kernels: their arithmetic, indexing and barriers."""

import numpy as np
import pytest
from gpu_cases import LAYOUTS, SCHEDULE, SHARED, WIDTHS, images

from beyond_blur.config import Velocity
from beyond_blur.lbm import reference
from beyond_blur.lbm.gpu import chunks
from beyond_blur.lbm.gpu.layout import Layout, layout
from beyond_blur.lbm.trajectory import Trajectory

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize(("name", "flow"), [
    *((name, {}) for name in LAYOUTS), ("cluster", {"flow": "vortex"}),
    ("bands, padded columns", {"divergence_free": True, "phase_step": 0.01}),
])  # fmt: skip
@pytest.mark.parametrize("walls", ["mirror", "periodic"])
def test_the_kernels_agree_with_the_reference_and_keep_mass(emulate, name, walls, flow):
    placed = LAYOUTS[name]
    phi = images((placed.height, placed.width))[:, : 1 if name == "one warp" else 3]
    keep = np.array([[0, 12, 3, 12], [7, 1, 0, 0]])
    states = emulate(placed, phi, keep, walls, **flow)
    trajectory = Trajectory(WIDTHS, 0.3, Velocity(**flow), walls=walls)
    background = np.full(phi.shape[:2], 9.5)
    expected = reference.trajectories(phi, background, trajectory, np.arange(2), keep)
    assert np.abs(states - expected).max() <= 2e-6
    mass, before = states.sum((-2, -1), np.float64), phi.sum((-2, -1), np.float64)[:, None]
    np.testing.assert_allclose(mass, np.broadcast_to(before, mass.shape), rtol=1e-6)
    np.testing.assert_array_equal(states[0, 0], phi[0])


@pytest.mark.parametrize("shape", [(4, 32), (64, 8), (128, 16), (16, 256)])
def test_on_chip_transforms_of_every_length_agree_with_the_reference(emulate, shape):
    trajectory = Trajectory((0.0, 0.5, 1.0), 0.3)
    columns = -(-shape[1] // 32)
    placed = Layout(*shape, 1, columns, -(-shape[0] // 2), frames_on_chip=True)
    phi, keep = images(shape, 1, 1), np.array([[1, 2]])
    states = emulate(placed, phi, keep, widths=trajectory.blur_widths, background=50.0)
    expected, still = (
        reference.trajectories(phi, np.full((1, 1), 50.0), each, np.arange(1), keep)
        for each in (trajectory, trajectory.without_flow())
    )
    assert np.abs(states - expected).max() <= 1e-3 * np.abs(still - expected).max()


@pytest.mark.slow
@pytest.mark.parametrize("arch", [80, 90])
@pytest.mark.parametrize("size", [28, 32, 64, 128, 192, 256])
def test_the_layouts_of_the_papers_sizes_agree_with_the_reference(emulate, size, arch):
    trajectory = Trajectory((0.0, 0.5, 1.0, 1.2), 1.0)
    placed = layout((size, size), 3, SHARED[arch], clusters=arch >= 90)
    phi, keep = images((size, size), 1), np.array([[2, 3]])
    states = emulate(placed, phi, keep, widths=trajectory.blur_widths, peclet=1.0)
    background = np.full((1, 3), 9.5)
    expected = reference.trajectories(phi, background, trajectory, np.arange(1), keep)
    assert np.abs(states - expected).max() <= 2e-6


def test_the_tanh_limit_and_small_backgrounds_agree_with_the_reference(emulate):
    placed, phi, keep = LAYOUTS["one warp"], images((8, 8), 1, 1), np.array([[6, 12]])
    fastest = 0.99 * 0.01 * 8 / SCHEDULE.alpha.max()
    for background in (9.5, 0.0, -0.5):
        states = emulate(placed, phi, keep, peclet=fastest, background=background)
        constant, trajectory = np.full((1, 1), background), Trajectory(WIDTHS, fastest)
        expected = reference.trajectories(phi, constant, trajectory, np.arange(1), keep)
        assert np.abs(states - expected).max() <= 2e-6


@pytest.mark.parametrize("name", ["bands, padded columns", "cluster", "frames on chip"])
def test_the_order_in_which_threads_run_does_not_matter(emulate, name):
    placed, keep = LAYOUTS[name], np.array([[12], [5]])
    phi = images((placed.height, placed.width))
    forwards, backwards = (emulate(placed, phi, keep, backwards=b) for b in (False, True))
    np.testing.assert_array_equal(forwards, backwards)


def test_an_image_does_not_depend_on_its_batch_on_chunks_or_on_segments(emulate, monkeypatch):
    placed, n = LAYOUTS["one warp"], 5
    phi, rng = images((8, 8), n, 1), np.random.default_rng(1)
    keep, seeds = rng.integers(0, 13, (n, 3)), rng.integers(0, 2**62, n)
    together = emulate(placed, phi, keep, seeds=seeds)
    in_chunks = emulate(placed, phi, keep, seeds=seeds, room=80_000)
    alone = [emulate(placed, phi[i : i + 1], keep[i : i + 1], seeds=seeds[i : i + 1])
             for i in range(n)]  # fmt: skip
    monkeypatch.setattr(chunks, "FRAMES_AT_ONCE", 5)
    in_segments = emulate(placed, phi, keep, seeds=seeds)
    np.testing.assert_array_equal(together, in_chunks)
    np.testing.assert_array_equal(together, np.concatenate(alone))
    np.testing.assert_array_equal(together, in_segments)
