"""Trust in a device: none without a self-test, and what is said then."""

from types import SimpleNamespace

import numpy as np
import pytest
from emulation import machine as emulation
from gpu_cases import SHARED, images

from beyond_blur.config import Corruption
from beyond_blur.corruption import backend, states
from beyond_blur.lbm.gpu.layout import layout
from beyond_blur.lbm.trajectory import Trajectory


def clear_what_is_remembered(gpu):
    for cached in (backend._solver, backend._tried, gpu._self_test):
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


@pytest.mark.thorough
@pytest.mark.parametrize("walls", ["mirror", "periodic"])
@pytest.mark.parametrize("shape", [(16, 16), (9, 12), (40, 3)])
def test_the_kernels_pass_their_self_test(gpu, device_that_runs, shape, walls):
    assert gpu.fault(shape, 3, walls) is None


@pytest.mark.thorough
@pytest.mark.parametrize("error", [1e-4, np.nan])
def test_a_device_that_computes_something_else_is_not_trusted(device_that_runs, error, caplog):
    device_that_runs(error)
    expected = corrupt("cpu")
    np.testing.assert_array_equal(corrupt("auto"), expected)
    words = "a self-test with 3 x 8 x 8 images differs from the CPU solver by "
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
