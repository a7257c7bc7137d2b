"""Coarser lattices at late levels: compiled as the reference, within 1e-4 of the pixels' own."""

import numpy as np
import pytest
from lattice import BACKGROUND, FAST, NO_DEVICE, images, run, schedule

from beyond_blur.lbm.coarse.plan import plan
from beyond_blur.lbm.cpu import slabs

SHAPE = (24, 32)
COMPILED = ["cpu-coarse", pytest.param("gpu-coarse", marks=NO_DEVICE)]
COARSE = ["reference-coarse", *COMPILED]


def run_early(backend, phi, **changes):
    """12 levels to 12 px, over three lattices."""
    return run(backend, phi, schedule(12, 12.0), 0.3, background=BACKGROUND, **changes)


@pytest.mark.usefixtures("early")
@pytest.mark.parametrize("backend", COMPILED)
@pytest.mark.parametrize("divergence_free", [False, True])
def test_compiled_solvers_agree_with_the_reference(backend, divergence_free):
    assert [s.factor for s in plan(schedule(12, 12.0), SHAPE).trunk] == [1, 2, 4]
    states = [run_early(b, images(SHAPE), divergence_free=divergence_free)
              for b in ("reference-coarse", backend)]  # fmt: skip
    assert np.abs(states[1] - states[0]).max() <= 1e-5


@pytest.mark.usefixtures("early")
@pytest.mark.parametrize("pixels", FAST)
def test_levels_before_the_switch_are_those_of_the_pixels_bit_for_bit(pixels):
    phi, made = images(SHAPE), schedule(12, 12.0)
    alone = [k for k, b in enumerate(plan(made, SHAPE).branches) if b.tail is None and k > 0]
    states = [run_early(b, phi)[:, np.array(alone) - 1] for b in (pixels, f"{pixels}-coarse")]
    assert len(alone) >= 3
    np.testing.assert_array_equal(*states)


@pytest.mark.usefixtures("early")
@pytest.mark.parametrize("backend", COARSE)
def test_a_state_depends_on_no_other_image_or_level(backend):
    phi, keep = images(SHAPE), np.array([[12, 0, 7], [3, 9, 9]])
    together = run_early(backend, phi, keep=keep)
    for i in range(2):
        for j in range(3):
            alone = run_early(backend, phi[i : i + 1], keep=keep[i : i + 1, j : j + 1],
                              seeds=np.array([i]))  # fmt: skip
            np.testing.assert_array_equal(together[i, j], alone[0, 0])
    np.testing.assert_array_equal(together[0, 1], phi[0])


@pytest.mark.usefixtures("early")
def test_threads_that_share_an_image_change_no_bit(monkeypatch):
    monkeypatch.setattr(slabs, "SLAB_CELLS", 1)
    phi, keep = images((48, 32), 1), np.array([[5, 12]])
    one, three = (run_early("cpu-coarse", phi, keep=keep, threads=threads) for threads in (1, 3))
    np.testing.assert_array_equal(one, three)


@pytest.mark.usefixtures("early")
@pytest.mark.parametrize(
    ("backend", "bar"),
    [
        ("reference-coarse", 1e-15),
        ("cpu-coarse", 1e-7),
        pytest.param("gpu-coarse", 1e-7, marks=NO_DEVICE),
    ],
)
def test_mass_of_every_channel_is_kept(backend, bar):
    """Relative to the mass that is carried, background included."""
    phi = images(SHAPE)
    before = phi.mean((-2, -1), np.float64)[:, None]
    moved = run_early(backend, phi).mean((-2, -1), np.float64) - before
    assert np.abs(moved).max() <= 4 * bar * (BACKGROUND + 1)


def error(shape, peclet, sigma_max, levels, **flow):
    """Largest difference from the pixels' lattice at some of 200 levels."""
    coarse_images = images((shape[0] // 4, shape[1] // 4), 1, 1)
    phi = np.kron(coarse_images, np.ones((4, 4), np.float32))
    states = [run(b, phi, schedule(200, sigma_max), peclet, background=BACKGROUND,
                  keep=np.array([levels]), **flow) for b in ("cpu", "cpu-coarse")]  # fmt: skip
    return np.abs(states[1] - states[0]).max()


@pytest.mark.parametrize("divergence_free", [False, True])
@pytest.mark.parametrize("shape", [(128, 128), (128, 192)])
def test_they_cost_at_most_a_ten_thousandth_of_the_grey_range(shape, divergence_free):
    levels = [170, 180, 190, 200]
    assert error(shape, 0.3, 24.0, levels, divergence_free=divergence_free) <= 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("divergence_free", [False, True])
@pytest.mark.parametrize("peclet", [0.02, 0.1, 0.3])
def test_they_cost_at_most_a_ten_thousandth_at_all_levels(peclet, divergence_free):
    levels = list(range(1, 201))
    found = error((128, 128), peclet, 128.0, levels, divergence_free=divergence_free)
    assert found <= 1e-4
