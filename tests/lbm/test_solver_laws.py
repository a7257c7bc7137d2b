"""The laws every solver must satisfy, on every backend, for square, oblong and odd sizes.

The GPU backend runs where CuPy sees a device and is skipped elsewhere.
"""

import importlib
import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from beyond_blur.config import Levels, Velocity
from beyond_blur.lbm import reference
from beyond_blur.lbm.diffusion import decay, wave_basis
from beyond_blur.lbm.key_frames import Flow, frame_spacing
from beyond_blur.lbm.levels import LatticeSchedule, blur_widths
from beyond_blur.lbm.units import omega, rms_speed

SHAPES = [(8, 8), (16, 16), (15, 20), (33, 17), (32, 32), (3, 50)]

SOLVERS = {
    "reference": "beyond_blur.lbm.reference",
    "cpu": "beyond_blur.lbm.cpu.solver",
    "gpu": "beyond_blur.lbm.gpu.solver",
}
"""Module of each backend."""


def device_at_hand():
    """Whether CuPy is installed and sees a CUDA device."""
    return importlib.util.find_spec("cupy") and importlib.import_module("cupy").cuda.is_available()


ON_DEVICE = pytest.param(
    "gpu", marks=pytest.mark.skipif(not device_at_hand(), reason="CuPy sees no CUDA device")
)
FAST = ["cpu", ON_DEVICE]
BACKENDS = ["reference", *FAST]
WALLS = ["mirror", "periodic"]
BACKGROUND = 9.5


def schedule(n_levels=12, sigma_max=6.0):
    return LatticeSchedule.from_blur_widths(
        blur_widths(Levels(n_levels=n_levels, sigma_max=sigma_max))
    )


def run(
    backend, phi, made, peclet=0.0, walls="mirror", keep=None, background=0.0, seeds=None, **flow
):
    """States (n, m, c, h, w); all levels 1..K where keep is not given."""
    n, channels = phi.shape[:2]
    keep = np.tile(np.arange(1, made.n_levels + 1), (n, 1)) if keep is None else keep
    seeds = np.arange(n) if seeds is None else seeds
    solver = importlib.import_module(SOLVERS[backend]).trajectories
    constant = np.full((n, channels), background)
    return solver(phi, constant, made, peclet, Velocity(**flow), walls, seeds, keep)


def images(shape, n=2, channels=3, seed=0):
    return np.random.default_rng(seed).random((n, channels, *shape), np.float32)


@pytest.mark.parametrize("walls", WALLS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("backend", BACKENDS)
def test_mass_of_every_channel_is_kept(backend, shape, walls):
    phi = images(shape)
    states = run(backend, phi, schedule(), 0.3, walls, background=BACKGROUND)
    mass, before = states.sum((-2, -1), np.float64), phi.sum((-2, -1), np.float64)[:, None]
    np.testing.assert_allclose(mass, np.broadcast_to(before, mass.shape), rtol=1e-6)


@pytest.mark.parametrize("walls", WALLS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("backend", "bar"),
    [
        ("reference", 1e-12),
        ("cpu", 1e-5),
        pytest.param("gpu", 1e-5, marks=ON_DEVICE.marks),
        ("diffusion", 1e-6),
    ],
)
def test_no_flow_is_the_eigenvalues_of_the_lattice(backend, bar, shape, walls):
    phi, made = images(shape).astype(np.float64), schedule()
    phi -= phi.mean((-2, -1), keepdims=True)
    states = run(backend, phi, made, 0.0, walls)
    (along_y, q), (along_x, p) = (wave_basis(n, walls) for n in shape)
    for level in range(1, made.n_levels + 1):
        left = decay(made, level, q)[:, None] * decay(made, level, p)
        expected = along_y.T @ (left * (along_y @ phi @ along_x.T)) @ along_x
        np.testing.assert_allclose(states[:, level - 1], expected, atol=bar)


@pytest.mark.parametrize("walls", WALLS)
@pytest.mark.parametrize("n", [2, 7, 16])
def test_the_basis_is_orthonormal(n, walls):
    basis, _ = wave_basis(n, walls)
    np.testing.assert_allclose(basis @ basis.T, np.eye(n), atol=1e-13)


@pytest.mark.parametrize("alpha", [1 / 6])
@pytest.mark.parametrize("walls", WALLS)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_memoryless_scheme_is_the_authors_at_omega_one(shape, walls, alpha):
    phi = images(shape, 1, 1)[0, 0].astype(np.float64)
    flow = Flow(shape, Velocity(), 5, 1)
    assert omega(alpha) == pytest.approx(1)
    f = reference.equilibrium(phi, flow.at(0, 3e-3))
    for step in range(50):
        velocity = flow.at(step, 3e-3)
        f = reference.central_moment_step(f, velocity, omega(alpha), walls)
        phi = reference.memoryless_step(phi, velocity, alpha, walls)
        np.testing.assert_allclose(f.sum((0, 1)), phi, atol=1e-13)


def test_the_authors_scheme_spreads_level_one_by_a_third_whatever_alpha_is():
    alpha, phi = 0.02, np.zeros((33, 33))
    phi[16, 16] = 1
    still = np.zeros((2, 33, 33))
    x2 = (np.arange(33) - 16.0) ** 2
    f = reference.central_moment_step(
        reference.equilibrium(phi, still), still, omega(alpha), "mirror"
    )
    assert (f.sum((0, 1)) @ x2).sum() == pytest.approx(1 / 3)
    memoryless = reference.memoryless_step(phi, still, alpha, "mirror")
    assert (memoryless @ x2).sum() == pytest.approx(2 * alpha)


@pytest.mark.parametrize("omega_value", [0.7, 1.0, 1.6])
def test_the_authors_scheme_diffuses_with_alpha_of_omega(omega_value):
    n, steps = 64, 400
    alpha = (1 / omega_value - 0.5) / 3
    p = 2 * np.pi / n
    wave = np.tile(np.cos(p * np.arange(n)), (4, 1))
    still = np.zeros((2, 4, n))
    f = reference.equilibrium(1 + wave, still)
    for _ in range(steps):
        f = reference.central_moment_step(f, still, omega_value, "periodic")
    left = ((f.sum((0, 1)) - 1) * wave).sum() / (wave**2).sum()
    assert left == pytest.approx(np.exp(-alpha * p**2 * steps), rel=3e-3)


def gaussian(n, at, variance):
    """A periodic blob (n, n) centred at (at, at)."""
    x = np.arange(n) - at
    row = sum(np.exp(-((x + n * i) ** 2) / (2 * variance)) for i in range(-3, 4))
    return np.outer(row, row) / variance


def stream_error(backend, n):
    """Relative error of a blob carried by a stream, same Pe and Fo at every n."""
    made = LatticeSchedule.from_blur_widths(np.array([0.0, n / 8]))
    start, peclet = gaussian(n, n / 2, (n / 10) ** 2), 20.0
    phi = start[None, None].astype(np.float64 if backend == "reference" else np.float32)
    state = run(backend, phi, made, peclet, "periodic", flow="stream", speed_limit=0.3)[0, 0, 0]
    steps, alpha = int(made.n_lbm_steps[1]), float(made.alpha[1])
    speed = rms_speed(peclet, alpha, n)
    speed = 0.3 * np.tanh(np.sqrt(2) * speed / 0.3) / np.sqrt(2)
    expected = gaussian(n, n / 2 + speed * steps, (n / 10) ** 2 + 2 * alpha * steps)
    return np.abs(state - expected).max() / expected.max()


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_blob_in_a_stream_moves_by_vt_and_spreads_by_two_alpha_t(backend):
    errors = [stream_error(backend, n) for n in (16, 32, 64)]
    assert errors[-1] < 2e-3
    assert errors[0] > 3.5 * errors[1] > 3.5**2 * errors[2]  # second order in the grid, or better


@pytest.mark.parametrize("walls", WALLS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_positive_stays_positive_up_to_the_speed_limit(backend, shape, walls):
    phi = np.zeros((2, 1, *shape), np.float32)
    phi[:, :, shape[0] // 2, shape[1] // 2] = 1
    made = schedule(sigma_max=4.0)
    fastest = 0.99 * 0.01 * max(shape) / made.alpha.max()
    states = run(backend, phi, made, fastest, walls)
    assert states.min() >= (0 if backend == "reference" else -1e-7)


@pytest.mark.parametrize("walls", WALLS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("backend", [*BACKENDS, "diffusion"])
def test_without_flow_no_step_makes_a_new_extreme(backend, shape, walls):
    phi = images(shape, 1)
    states = np.concatenate([phi[:, None], run(backend, phi, schedule(), 0.0, walls)], axis=1)[0]
    slack = 1e-12 if backend == "reference" else 2e-7
    assert (np.diff(states.max((-2, -1)), axis=0) <= slack).all()
    assert (np.diff(states.min((-2, -1)), axis=0) >= -slack).all()


@pytest.mark.parametrize("flow", [{}, {"divergence_free": True}, {"phase_step": 0.0}, {"flow":
"vortex"},
                                  {"flow": "stream"}, {"frame_spacing": 1}])  # fmt: skip
@pytest.mark.parametrize("walls", WALLS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("backend", FAST)
def test_backends_agree(backend, shape, walls, flow):
    phi = images(shape)
    states = [run(b, phi, schedule(), 0.3, walls, background=BACKGROUND, **flow)
              for b in ("reference", backend)]  # fmt: skip
    assert np.abs(states[1] - states[0]).max() <= 1e-5


@pytest.mark.parametrize("background", [0.0, -0.5, 1e-9, 49.5])
@pytest.mark.parametrize("backend", FAST)
def test_backends_agree_on_any_background(backend, background):
    phi = images((16, 16))
    states = [run(b, phi, schedule(), 0.3, background=background) for b in ("reference", backend)]
    assert np.abs(states[1] - states[0]).max() <= 1e-5


@pytest.mark.parametrize("backend", FAST)
def test_backends_agree_where_the_tanh_limit_bites(backend):
    phi, made = images((16, 16)), schedule()
    fastest = 0.99 * 0.01 * 16 / made.alpha.max()
    states = [run(b, phi, made, fastest, background=BACKGROUND) for b in ("reference", backend)]
    assert np.abs(states[1] - states[0]).max() <= 1e-5


@pytest.mark.parametrize("shape", SHAPES)
def test_an_image_does_not_depend_on_its_batch_or_on_threads(shape):
    from beyond_blur.lbm.cpu import solver as cpu

    phi, made, rng = images(shape, 11), schedule(), np.random.default_rng(1)
    keep, seeds = rng.integers(0, made.n_levels + 1, (11, 3)), rng.integers(0, 2**62, 11)
    constant = rng.random((11, 3)) + 9.5
    arguments = (made, 0.2, Velocity(), "mirror")
    one = cpu.trajectories(phi, constant, *arguments, seeds, keep, threads=1)
    three = cpu.trajectories(phi, constant, *arguments, seeds, keep, threads=3)
    alone = [
        cpu.trajectories(
            phi[i : i + 1], constant[i : i + 1], *arguments, seeds[i : i + 1], keep[i : i + 1]
        )
        for i in range(11)
    ]
    np.testing.assert_array_equal(one, three)
    np.testing.assert_array_equal(one, np.concatenate(alone))


@pytest.mark.parametrize("flow", ["turbulence", "vortex"])
@pytest.mark.parametrize("walls", WALLS)
@pytest.mark.parametrize("shape", [(32, 16), (50, 37), (67, 9)])
def test_threads_that_share_an_image_do_not_change_a_bit(shape, walls, flow, monkeypatch):
    from beyond_blur.lbm.cpu import slabs
    from beyond_blur.lbm.cpu import solver as cpu

    monkeypatch.setattr(slabs, "SLAB_CELLS", 1)
    phi, made, seeds = images(shape, 1, 4), schedule(60, 12.0), np.array([7])
    keep, constant = np.array([[60, 1, 30, 31]]), np.full((1, 4), BACKGROUND)
    velocity = Velocity(flow=flow)
    alone, *shared = (
        cpu.trajectories(phi, constant, made, 0.2, velocity, walls, seeds, keep, threads)
        for threads in (1, 2, 3, 9)
    )
    for states in shared:
        np.testing.assert_array_equal(states, alone)


@pytest.mark.parametrize("walls", WALLS)
@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_slabs_hold_every_row_once_and_reach_into_their_neighbours(n, walls):
    from beyond_blur.lbm.cpu.slabs import slabs

    made = slabs(120, n, walls)
    rows = np.concatenate([np.arange(b.first, b.first + b.rows) for b in made])
    np.testing.assert_array_equal(rows, np.arange(120))
    reach = [(b.above, b.below) for b in made]
    inner = walls == "periodic" and n > 1
    assert (reach[0][0] > 0, reach[-1][1] > 0) == (inner, inner)
    assert all(a > 0 for a, _ in reach[1:]) and all(b > 0 for _, b in reach[:-1])
    assert max(max(pair) for pair in reach) <= min(b.rows for b in made)


def test_a_channel_does_not_depend_on_the_others():
    phi, made = images((15, 20), 1, 5), schedule()  # the CPU takes channels by threes
    together = run("cpu", phi, made, 0.2, background=BACKGROUND)
    alone = [run("cpu", phi[:, c : c + 1], made, 0.2, background=BACKGROUND) for c in range(5)]
    np.testing.assert_array_equal(together, np.concatenate(alone, axis=2))


@pytest.mark.parametrize("walls", WALLS)
def test_the_cpu_finds_the_walls_at_every_width(walls):
    """Columns fill the lanes of the vectors differently at every width."""
    made = schedule(4, 3.0)
    for width in range(2, 52):
        phi = images((5, width), 1, 1)
        states = [
            run(b, phi, made, 0.3, walls, background=BACKGROUND) for b in ("reference", "cpu")
        ]
        assert np.abs(states[1] - states[0]).max() <= 1e-5, f"width {width}"


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_operator_is_linear(backend):
    a, b, made = images((16, 16), 1, 1, 1), images((16, 16), 1, 1, 2), schedule()
    of = [run(backend, x, made, 0.3) for x in (a, b, 2 * a - 3 * b)]
    np.testing.assert_allclose(of[2], 2 * of[0] - 3 * of[1], atol=2e-6)


def test_the_same_peclet_and_fourier_numbers_give_the_same_field_at_any_size():
    """Halving the cells divides the difference to the next finer grid."""
    band = {"wavenumber_max": 3, "divergence_free": True, "speed_limit": 0.3}
    fields = []
    for n in (32, 64, 128):
        made = LatticeSchedule.from_blur_widths(n * np.array([0.0, 0.04, 0.08]))
        x = (np.arange(n) + 0.5) / n
        wave = np.cos(2 * np.pi * x)[:, None] + np.cos(3 * np.pi * x)
        # The flow turns once per thousand steps: per Fourier number it must turn as fast on every
        # grid.
        turning = dict(band, phase_step=1e-3 * (32 / n) ** 2)
        # Grid points of the flow are cell corners of the coarser grid: shift it by whole fine
        # cells.
        state = run("cpu", wave[None, None].astype(np.float32), made, 5.0, "periodic", **turning)
        fields.append(state[0, -1, 0])
    assert np.abs(fields[2]).max() > 0.3
    means = [f.reshape(32, f.shape[0] // 32, 32, -1).mean((1, 3)) for f in fields]
    coarse, fine = np.abs(means[0] - means[1]).max(), np.abs(means[1] - means[2]).max()
    assert fine < 0.03 and coarse > 1.7 * fine


def key_frame_error(shape, peclet, n_images=2, sigma_max=None, **flow):
    """Largest difference at any level from the flow made at every step."""
    sigma_max = float(max(shape)) if sigma_max is None else sigma_max
    made = schedule(200, sigma_max)
    phi = np.kron(images((shape[0] // 4, shape[1] // 4), n_images, 1), np.ones((4, 4), np.float32))
    steps = [run("cpu", phi, made, peclet, background=BACKGROUND, **flow, frame_spacing=spacing)
             for spacing in (None, 1)]  # fmt: skip
    return np.abs(steps[0] - steps[1]).max()


@pytest.mark.parametrize("divergence_free", [False, True])
@pytest.mark.parametrize("peclet", [0.06, 0.12, 0.3])
@pytest.mark.parametrize("size", [16, 32, 64])
def test_key_frames_cost_at_most_a_ten_thousandth_of_the_grey_range(size, peclet, divergence_free):
    error = key_frame_error((size, size), peclet, divergence_free=divergence_free)
    assert error <= 1e-4


@pytest.mark.parametrize("shape", [(8, 64), (64, 8), (16, 64), (4, 48)])
def test_key_frames_cost_at_most_a_ten_thousandth_on_oblong_images(shape):
    """There few modes carry most of the flow, and its energy swings."""
    assert key_frame_error(shape, 0.06, 6, sigma_max=12.0) <= 1e-4


def test_key_frames_of_a_flow_of_few_modes_cost_no_more():
    few = {"wavenumber_max": 1}
    assert frame_spacing(Velocity(**few), (32, 32), 0.1) > 1
    assert key_frame_error((32, 32), 0.1, 6, **few) <= 1e-4


@pytest.mark.parametrize("size", [8, 16, 32])
def test_key_frames_cost_at_most_a_ten_thousandth_at_the_speed_limit(size):
    """There the limit bends the field between frames."""
    flow = {"speed_limit": rms_speed(0.1, 1 / 6, size)}
    assert frame_spacing(Velocity(**flow), (size, size), 0.1) > 1
    assert key_frame_error((size, size), 0.1, 8, **flow) <= 1e-4


def test_key_frames_cost_at_most_a_ten_thousandth_at_128_pixels():
    assert key_frame_error((128, 128), 0.1, 1, sigma_max=16.0) <= 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("divergence_free", [False, True])
def test_key_frames_cost_at_most_a_ten_thousandth_over_all_levels_at_128_pixels(divergence_free):
    assert key_frame_error((128, 128), 0.12, 2, divergence_free=divergence_free) <= 1e-4


def mass_drift(backend, shape, peclet, divergence_free, sigma_max):
    phi = images(shape, 1)
    keep = np.array([[50, 100, 150, 200]])
    states = run(backend, phi, schedule(200, sigma_max), peclet, keep=keep, background=BACKGROUND,
                 divergence_free=divergence_free)  # fmt: skip
    before = phi.sum((-2, -1), np.float64)[:, None]
    return np.abs(states.sum((-2, -1), np.float64) / before - 1).max()


@pytest.mark.parametrize("divergence_free", [False, True])
@pytest.mark.parametrize("backend", FAST)
def test_mass_is_kept_over_all_levels_at_64_pixels(backend, divergence_free):
    assert mass_drift(backend, (64, 64), 0.12, divergence_free, 64.0) <= 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("divergence_free", [False, True])
@pytest.mark.parametrize("backend", FAST)
def test_mass_is_kept_over_49266_steps_at_128_pixels(backend, divergence_free):
    assert mass_drift(backend, (128, 128), 0.12, divergence_free, 128.0) <= 1e-6


def photograph(size):
    """Grey values (size, size) in [0, 1] of a natural photograph."""
    spec = importlib.util.find_spec("sklearn")  # the file only: the import takes seconds
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("scikit-learn brings the photograph")
    path = Path(spec.submodule_search_locations[0]) / "datasets/images/flower.jpg"
    image = np.asarray(Image.open(path), np.float64).mean(-1) / 255
    step = 384 // size
    return (
        image[: step * size, 100 : 100 + step * size].reshape(size, step, size, step).mean((1, 3))
    )


def test_without_flow_the_lattice_is_the_heat_kernel_within_the_grids_error():
    made, image = schedule(200, 128.0), photograph(128)
    basis, p = wave_basis(128, "mirror")
    spectrum = basis @ image @ basis.T
    levels = np.arange(1, 201, 6)
    states = run("diffusion", image[None, None], made, keep=levels[None])[0, :, 0]
    for level, state in zip(levels, states, strict=True):
        kernel = np.exp(-(p**2) / 2 * made.sigma[level] ** 2)
        exact = basis.T @ (kernel[:, None] * kernel * spectrum) @ basis
        error = np.abs(state - exact).max()
        assert error <= (1e-4 if made.sigma[level] >= 12 else 0.035)
