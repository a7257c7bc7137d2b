"""The GPU solver where there is no GPU, and where there is one.

Without a device three things are checked. The kernels compile for sm_80 and sm_90 with NVRTC. The
host's side (layouts, segments, memory) is plain NumPy. And the whole pipeline runs in emulation:
``kernels.cu`` compiled as C++ by ``emulation/``, launched on NumPy arrays by the code that launches
it on a device. That tests arithmetic, indexing and barriers: threads run one at a time from barrier
to barrier, once in rising and once in falling order, and shared memory starts as NaN. It does not
test CUDA's own scheduling and memory model, the launches through CuPy, cuFFT (NumPy's FFT stands in
for it) or speed. Only the first of the three needs CuPy.

With a device ``laws/`` holds the solver to the laws of all backends; here are those
that only a GPU can break. They skip elsewhere.
"""

import importlib
import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from emulation import machine as emulation

from beyond_blur.config import AdvectionDiffusionOptions, Corruption, Levels, Velocity
from beyond_blur.corruption import backend, states
from beyond_blur.lbm import reference
from beyond_blur.lbm.gpu import chunks
from beyond_blur.lbm.gpu.flow import problem
from beyond_blur.lbm.gpu.layout import WARPS, Layout, layout
from beyond_blur.lbm.gpu.segments import segments
from beyond_blur.lbm.levels import blur_widths
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.units import rms_speed

SHARED = {80: 166912, 90: 232448}
"""Bytes of shared memory that a block may have, by architecture."""

WIDTHS = tuple(blur_widths(Levels(n_levels=12, sigma_max=4.0)))
TRAJECTORY = Trajectory(WIDTHS, 0.3)
SCHEDULE = TRAJECTORY.schedule

LAYOUTS = {
    "one warp": Layout(8, 8, 1, 1, 8),
    "bands, padded columns": Layout(9, 13, 3, 2, 3),
    "a channel per block": Layout(7, 10, 1, 4, 3),
    "frames on chip": Layout(8, 16, 3, 1, 8, frames_on_chip=True),
    "cluster": Layout(12, 9, 3, 1, 2, cluster=2),
    "cluster of single bands": Layout(8, 33, 1, 2, 2, cluster=4),
    "off chip": Layout(10, 12, 1, 3, 4, on_chip=False),
}


def images(shape, n=2, channels=3, seed=0):
    return np.random.default_rng(seed).random((n, channels, *shape), np.float32)


@pytest.fixture
def gpu():
    """The part of the solver that needs CuPy."""
    pytest.importorskip("cupy", reason="CuPy is not installed")
    return importlib.import_module("beyond_blur.lbm.gpu.solver")


@pytest.fixture
def on_device(gpu):
    """The same where there is a device."""
    if not gpu.cupy.cuda.is_available():
        pytest.skip("CuPy sees no CUDA device")
    return gpu


@pytest.fixture(scope="module")
def emulate(tmp_path_factory):
    """Run trajectories on an emulated machine with the given layout."""
    compiler, folder = shutil.which("g++"), tmp_path_factory.mktemp("kernels")
    if compiler is None:
        pytest.skip("no C++ compiler")

    def build(placed, walls, backwards=False):
        return emulation.Emulated(placed, walls, compiler, folder, backwards)

    def run(placed, phi, keep, walls="mirror", seeds=None, peclet=0.3, backwards=False, room=2**30,
            widths=WIDTHS, background=9.5, **flow):  # fmt: skip
        machine = build(placed, walls, backwards)
        seeds = np.arange(len(phi)) if seeds is None else seeds
        background = np.full(phi.shape[:2], background)
        trajectory = Trajectory(widths, peclet, Velocity(**flow), walls=walls)
        return emulation.trajectories(machine, placed, phi, background, trajectory, seeds, keep,
                                      room)  # fmt: skip

    run.machine = build
    return run


def compiler_log(nvrtc, source, options):
    """What ptxas says about a cubin made by NVRTC."""
    try:
        program = nvrtc.createProgram(source, "kernels.cu", (), ())
    except RuntimeError as error:  # DynamicLibNotFoundError: the wheel of CuPy brings no NVRTC
        pytest.skip(f"NVRTC is not installed ({type(error).__name__})")
    try:
        nvrtc.compileProgram(program, ("--std=c++17", "--ptxas-options=-v", *options))
    except nvrtc.NVRTCError:
        pytest.fail(nvrtc.getProgramLog(program))
    assert nvrtc.getCUBIN(program)
    return nvrtc.getProgramLog(program)


@pytest.mark.parametrize(("arch", "shape", "channels", "walls"), [
    (80, (28, 28), 1, "mirror"), (80, (128, 128), 3, "periodic"), (80, (256, 256), 3, "mirror"),
    (90, (33, 17), 3, "periodic"), (90, (128, 128), 3, "mirror"), (90, (256, 256), 3, "mirror"),
])  # fmt: skip
def test_kernels_compile_and_keep_to_their_registers(gpu, arch, shape, channels, walls):
    placed = layout(shape, channels, SHARED[arch], clusters=arch >= 90)
    options = (f"--gpu-architecture=sm_{arch}", *placed.defines(walls))
    log = compiler_log(gpu.cupy.cuda.nvrtc, gpu.source(), options)
    kernels = log.split("Compiling entry function '")[1:]
    names = {"advance", "turns", "spectra", "limit_frames", "scales"}
    names |= {"make_frames"} if placed.frames_on_chip else set()
    assert {k.split("'")[0] for k in kernels} == names
    spilled = {k.split("'")[0]: int(k.split(" bytes spill stores")[0].split()[-1]) for k in kernels}
    # At most a few numbers of each thread; 256 columns of three channels fill all registers.
    assert max(spilled.values()) <= (256 if placed.cols == 8 else 32)


@pytest.mark.parametrize("clusters", [False, True])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("shape", [(8, 8), (3, 50), (28, 28), (50, 3), (128, 128), (129, 200),
                                   (192, 192), (256, 256)])  # fmt: skip
def test_a_layout_fits_the_card_and_covers_the_image(shape, channels, clusters):
    placed = layout(shape, channels, SHARED[80], clusters)
    h, w = shape
    assert placed.shared_bytes <= SHARED[80] and channels % placed.channels == 0
    assert placed.warps <= WARPS and placed.cols * 32 >= placed.pitch >= w
    slab = h // placed.cluster
    assert slab * placed.cluster == h
    assert (placed.warps - 1) * placed.rows < slab <= placed.warps * placed.rows  # no empty band


def test_all_channels_share_a_velocity_where_they_fit():
    wide = layout((128, 128), 3, SHARED[90])
    assert wide == Layout(128, 128, 3, 4, 16, frames_on_chip=True)
    assert layout((256, 256), 3, SHARED[90], True) == Layout(256, 256, 3, 8, 8, cluster=4)
    assert layout((128, 128), 3, SHARED[80]) == wide._replace(channels=1)
    assert not layout((256, 256), 3, SHARED[80]).on_chip


def test_sides_too_long_for_the_transform_in_registers_take_the_library_s():
    assert layout((256, 8), 1, SHARED[90]).frames_on_chip
    assert not layout((512, 8), 1, SHARED[90]).frames_on_chip


def test_images_too_wide_are_refused():
    with pytest.raises(ValueError, match=r"300 pixels wide.*at most 256.*backend to 'cpu'"):
        layout((8, 300), 3, SHARED[90])


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
    shared = problem((16, 16), 3, Trajectory(WIDTHS, 0.1), placed)
    n = chunks.images_at_once(shared, 4, 2**24)
    per_cell = 3 + 4 * 3 + 2 * chunks.FRAMES_AT_ONCE  # numbers of state, output, key frames
    assert 1 < n <= 2**24 // (4 * 256 * per_cell)
    assert chunks.images_at_once(shared, 4, 1) == 1


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


def clear_what_is_remembered(gpu):
    for cached in (backend._best, gpu._verdict):
        cached.cache_clear()
    backend._announced.clear()


@pytest.fixture(autouse=True)
def log_from_info_on(caplog):
    caplog.set_level("INFO", "beyond_blur")


@pytest.fixture
def no_device(gpu, monkeypatch):
    """A machine where CuPy imports and sees nothing."""
    monkeypatch.setattr(gpu.cupy.cuda, "is_available", lambda: False)
    clear_what_is_remembered(gpu)
    yield
    clear_what_is_remembered(gpu)


def corrupt(name):
    trajectory = Trajectory((0.0, 1.0), 0.1)
    chosen = backend.choose(Corruption(backend=name), trajectory, (3, 8, 8))
    return states.corrupt(images((8, 8), 1), trajectory, np.arange(1), np.ones((1, 1), int), chosen)


@pytest.mark.usefixtures("no_device")
def test_a_missing_device_is_said_with_the_way_out():
    words = (
        r"'gpu' cannot run here \(CuPy sees no CUDA device\);"
        r".*cupy-cuda12x or cupy-cuda13x.*set corruption.backend to 'cpu'"
    )
    with pytest.raises(RuntimeError, match=words):
        corrupt("gpu")


@pytest.mark.usefixtures("no_device")
def test_auto_takes_the_cpu_without_a_device_and_says_so_once(caplog):
    states = [corrupt("auto") for _ in range(2)]
    said = "corruption.backend 'auto': solving on the CPU (CuPy sees no CUDA device)"
    assert caplog.messages == [said]
    np.testing.assert_array_equal(states[0], corrupt("cpu"))


@pytest.fixture
def broken_device(gpu, monkeypatch):
    """A machine with a device whose kernels do not compile."""

    def fails(*_):
        raise RuntimeError("no compiler\nand more words")

    monkeypatch.setattr(gpu.cupy.cuda, "is_available", lambda: True)
    monkeypatch.setattr(gpu.cupy.cuda, "Device", lambda: SimpleNamespace(id=0))
    monkeypatch.setattr(gpu, "trajectories", fails)
    clear_what_is_remembered(gpu)
    yield
    clear_what_is_remembered(gpu)


@pytest.mark.usefixtures("broken_device")
def test_a_device_that_cannot_run_the_kernels_is_found_before_work_starts(caplog):
    corrupt("auto")
    assert caplog.messages[-1].endswith("solving on the CPU (RuntimeError: no compiler)")
    with pytest.raises(RuntimeError, match=r"cannot run here \(RuntimeError: no compiler\); "):
        corrupt("gpu")


@pytest.fixture
def device_that_runs(gpu, emulate, monkeypatch):
    """A device played by the emulation; yields what makes its states wrong by so much."""
    error = [0.0]

    def trajectories(phi, background, trajectory, seeds, keep, threads=1):
        placed = layout(phi.shape[-2:], phi.shape[1], SHARED[80])
        states = emulation.trajectories(emulate.machine(placed, trajectory.walls), placed, phi,
                                        background, trajectory, seeds, keep)  # fmt: skip
        states[-1, -1, -1, -1, -1] += error[0]
        return states

    monkeypatch.setattr(gpu.cupy.cuda, "is_available", lambda: True)
    monkeypatch.setattr(gpu.cupy.cuda, "Device", lambda: SimpleNamespace(id=0))
    monkeypatch.setattr(gpu, "trajectories", trajectories)
    monkeypatch.setattr(gpu, "device_name", lambda: "stand-in")
    clear_what_is_remembered(gpu)
    yield lambda value: error.__setitem__(0, value)
    clear_what_is_remembered(gpu)


@pytest.mark.parametrize("walls", ["mirror", "periodic"])
@pytest.mark.parametrize("shape", [(16, 16), (9, 12), (40, 3)])
def test_the_kernels_pass_their_trial(gpu, device_that_runs, shape, walls):
    assert gpu.fault(shape, 3, walls) is None


@pytest.mark.parametrize("error", [1e-4, np.nan])
def test_a_device_that_computes_something_else_is_not_trusted(device_that_runs, error, caplog):
    device_that_runs(error)
    expected = corrupt("cpu")
    np.testing.assert_array_equal(corrupt("auto"), expected)
    words = "a trial with 3 x 8 x 8 images differs from the CPU solver by "
    said = caplog.text
    assert f"solving on the CPU ({words}" in said and "more than 2e-05)" in said
    with pytest.raises(RuntimeError, match=rf"'gpu' cannot run here \({words}.*to 'cpu'"):
        corrupt("gpu")


def test_a_device_is_trusted_for_each_shape_on_its_own(gpu, device_that_runs, caplog):
    corrupt("auto")
    assert "solving on the GPU (stand-in)" in caplog.text
    reason = gpu.fault((8, 300), 3, "mirror")
    assert reason.startswith("ValueError: images are 300 pixels wide")


def test_a_passing_fault_is_not_remembered(gpu, device_that_runs, monkeypatch):
    def fails(*_):
        raise MemoryError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(gpu, "trajectories", fails)
        assert gpu.fault((8, 8), 3, "mirror") == "MemoryError: out of memory"
    assert gpu.fault((8, 8), 3, "mirror") is None


@pytest.fixture
def stand_in(gpu, emulate, monkeypatch):
    """The GPU solver's two entries, played by the emulation; the consumers it was told of."""
    torch, consumers, placed = pytest.importorskip("torch"), [], LAYOUTS["one warp"]
    plain = emulation.trajectories

    def trajectories(phi, background, trajectory, seeds, keep, *_, **more):
        machine = emulate.machine(placed, trajectory.walls)
        return plain(machine, placed, phi, background, trajectory, seeds, keep, **more)

    def states_on_device(*arguments, consumer, finish):
        consumers.append(consumer)
        states = trajectories(*arguments, finish=finish)
        return SimpleNamespace(to_torch=lambda: torch.utils.dlpack.from_dlpack(states))

    monkeypatch.setattr(gpu, "trajectories", trajectories)
    monkeypatch.setattr(gpu, "states_on_device", states_on_device)
    monkeypatch.setattr(gpu, "fault", lambda *_: None)
    monkeypatch.setattr(gpu, "device_name", lambda: "stand-in")
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _: SimpleNamespace(cuda_stream=7))
    return consumers


@pytest.mark.parametrize("depth", [0, 2])
def test_pairs_left_on_the_device_are_those_brought_to_the_host(stand_in, depth):
    streaming = pytest.importorskip("beyond_blur.training.streamed_pairs")
    flow, levels = AdvectionDiffusionOptions(peclet=0.1), Levels(n_levels=4, sigma_max=2.0)

    def batches(device):
        with streaming.StreamedPairs(
            images((8, 8), 6, 1), np.arange(6), flow, levels, Corruption(backend="gpu"),
            batch_size=6, seed=1, depth=depth, device=device,
        ) as pairs:  # fmt: skip
            return [pairs.batch(step) for step in range(2)]

    on_host = batches("cpu")
    assert not stand_in
    for there, here in zip(batches("cuda"), on_host, strict=True):
        assert 1 in here["k"]  # so that clean images are among the states
        for name, values in here.items():
            np.testing.assert_array_equal(there[name].numpy(), values.numpy())
            assert there[name].is_contiguous()
    assert set(stand_in) == {7}


def test_only_what_launches_on_a_device_imports_cupy():
    modules = (
        "beyond_blur.corruption.states, beyond_blur.lbm.cpu.solver, beyond_blur.lbm.gpu.chunks"
    )
    code = f"import sys, {modules}; print('cupy' in sys.modules)"
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    ran = subprocess.run([sys.executable, "-c", code], env=environment, check=True,
                         capture_output=True, text=True)  # fmt: skip
    assert ran.stdout == "False\n"


@pytest.fixture
def batch():
    phi, keep = images((64, 64), 9), np.tile([200, 3, 0, 57], (9, 1))
    trajectory = Trajectory(tuple(blur_widths(Levels(n_levels=200, sigma_max=16.0))), 0.1)
    return phi, np.full((9, 3), 9.5), trajectory, np.arange(9), keep


def test_a_device_gives_the_same_bits_each_time_and_for_every_batch(on_device, batch):
    phi, background, trajectory, seeds, keep = batch
    first, second = (on_device.trajectories(*batch) for _ in range(2))
    alone = on_device.trajectories(phi[4:5], background[4:5], trajectory, seeds[4:5], keep[4:5])
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first[4:5], alone)


@pytest.mark.parametrize("size", [32, 128, 256])
def test_a_device_agrees_with_the_cpu_at_full_size(on_device, size):
    from beyond_blur.lbm.cpu import solver as cpu

    trajectory = Trajectory(tuple(blur_widths(Levels(n_levels=50, sigma_max=12.0))), 0.1)
    arguments = (images((size, size)), np.full((2, 3), 9.5), trajectory,
                 np.arange(2), np.array([[50, 20], [31, 5]]))  # fmt: skip
    states, expected = on_device.trajectories(*arguments), cpu.trajectories(*arguments)
    assert np.abs(states - expected).max() <= 1e-5


def test_states_reach_torch_without_a_copy(on_device, batch):
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("torch sees no CUDA device")
    states = on_device.states_on_device(*batch)
    tensor = states.to_torch()
    assert tensor.data_ptr() == states.states.data.ptr and tensor.is_cuda
    np.testing.assert_array_equal(tensor.cpu().numpy(), on_device.trajectories(*batch))
