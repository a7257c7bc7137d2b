"""Flows drawn by kernels are those that NumPy draws, whatever is drawn beside them."""

import ctypes

import numpy as np
import pytest
from gpu_cases import LAYOUTS, SHARED, WIDTHS, Host

from beyond_blur.config import Velocity
from beyond_blur.lbm.gpu.draw import philox_keys
from beyond_blur.lbm.gpu.flow import draw_flows, make_problem, mode_order
from beyond_blur.lbm.gpu.layout import layout
from beyond_blur.lbm.key_frames import interpolation_gain
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.turbulence import energy, random_modes

SEEDS = np.array([0, 1, 2**31, 2**62 + 12345, 2**63 - 1])
LAST_PLACE = 2.0**-23
"""One unit in the last place of float32, at most, relative to the number."""

FLOWS = [{}, {"divergence_free": True}, {"slope": -2.0, "wavenumber_max": 3, "frame_spacing": 3}]
FAST = [LAYOUTS["frames on chip"], LAYOUTS["bands, padded columns"]]
MORE = [layout(shape, 1, SHARED[90]) for shape in
        [(16, 16), (32, 8), (12, 12), (7, 7), (10, 15), (30, 64), (2, 5)]]  # fmt: skip


def drawn(machine, placed, seeds, **flow):
    trajectory = Trajectory(WIDTHS, 0.3, Velocity(**flow))
    problem = make_problem(machine, (placed.height, placed.width), 1, trajectory, placed)
    return problem, draw_flows(machine, problem, seeds)


def test_keys_are_those_of_numpy():
    states = [np.random.Philox(int(seed)).state["state"] for seed in SEEDS]
    np.testing.assert_array_equal(philox_keys(SEEDS), [state["key"] for state in states])


def test_bits_are_those_of_numpy(emulate):
    compiled, n = emulate.machine(FAST[0], "mirror").compiled, 50
    for seed, key in zip(SEEDS, philox_keys(SEEDS), strict=True):
        found = np.empty(4 * n)
        compiled.philox_doubles(*(ctypes.c_void_p(x.ctypes.data) for x in (key,)), n,
                                ctypes.c_void_p(found.ctypes.data))  # fmt: skip
        expected = np.random.Generator(np.random.Philox(int(seed))).random(4 * n)
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("placed", [
    *FAST, *(pytest.param(each, marks=pytest.mark.thorough) for each in MORE)
], ids=lambda placed: f"{placed.height} x {placed.width}")  # fmt: skip
def test_flows_are_those_of_the_host_to_the_last_place(emulate, placed, flow):
    problem, found = drawn(emulate.machine(placed, "mirror"), placed, SEEDS, **flow)
    shape = (placed.height, placed.width)
    modes = random_modes(shape, problem.velocity, SEEDS)
    gain, order = interpolation_gain(shape, modes.phase_step, problem.spacing), mode_order(placed)
    for i, wave in enumerate((modes.forward, modes.backward)):
        both = (gain * (wave[:, 0] + 1j * wave[:, 1])).reshape(len(SEEDS), -1)[:, order]
        for part in (np.real, np.imag):  # either may be small beside the other
            np.testing.assert_allclose(part(found.waves[..., i]), part(both), LAST_PLACE,
                                       1e-14 * np.abs(both).max())  # fmt: skip
    energies = energy(modes)
    np.testing.assert_allclose(found.mean, energies.mean, LAST_PLACE)
    for part in (np.real, np.imag):
        np.testing.assert_allclose(part(found.swing), part(energies.swing.conj()), LAST_PLACE,
                                   1e-14 * energies.mean.max())  # fmt: skip
    np.testing.assert_array_equal(problem.energy_rate, 2 * energies.rate)


@pytest.mark.parametrize("placed", FAST, ids=lambda placed: f"{placed.height} x {placed.width}")
def test_a_flow_does_not_depend_on_those_beside_it(emulate, placed):
    machine = emulate.machine(placed, "mirror")
    _, together = drawn(machine, placed, SEEDS)
    for i in range(len(SEEDS)):
        _, alone = drawn(machine, placed, SEEDS[i : i + 1])
        for one, all_of_them in zip(alone, together, strict=True):
            np.testing.assert_array_equal(one[0], all_of_them[i])


def test_a_layout_moves_modes_and_changes_no_number(emulate):
    on_chip = LAYOUTS["frames on chip"]
    by_library = on_chip._replace(frames_on_chip=False)
    found = []
    for placed in (on_chip, by_library):
        _, flows = drawn(emulate.machine(placed, "mirror"), placed, SEEDS)
        waves = np.empty_like(flows.waves)
        waves[:, mode_order(placed)] = flows.waves
        found.append(flows._replace(waves=waves))
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_band_without_modes_is_refused():
    trajectory = Trajectory(WIDTHS, 0.3, Velocity(wavenumber_min=40, wavenumber_max=50))
    with pytest.raises(ValueError, match=r"wavenumber_min 40.* leaves no mode on a grid of 8 x 16"):
        make_problem(Host(), (8, 16), 1, trajectory, FAST[0])


def test_grey_values_are_stored_as_the_host_stores_them(emulate):
    """phi = b (1 + d): d in double precision, rounded once."""
    from beyond_blur.lbm.single_precision import split_background

    placed, rng = LAYOUTS["bands, padded columns"], np.random.default_rng(0)
    phi = rng.normal(size=(4, 3, placed.height, placed.width)).astype(np.float32)
    base, offset = split_background(rng.normal(size=(4, 3)) * [[9.5], [0.0], [1e-3], [50.0]])
    state = np.full((4, 3, placed.height, placed.pitch), np.nan, np.float32)
    emulate.machine(placed, "mirror").launch(
        "start", (-(-state.size // 256), 1), 256, (phi, base, offset, np.int32(12), state)
    )
    expected = ((phi + offset[..., None, None]) / base[..., None, None]).astype(np.float32)
    np.testing.assert_array_equal(state[..., : placed.width], expected)
    assert not state[..., placed.width :].any() and placed.pitch > placed.width
