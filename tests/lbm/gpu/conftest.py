"""What tests of the GPU solver share, where there is no GPU and where there is one.

Without a device three things are checked. The kernels compile for sm_80 and sm_90 with NVRTC. The
host's side (layouts, segments, memory) is plain NumPy. And the whole pipeline runs in emulation:
the kernels compiled as C++ by ``emulation/``, launched on NumPy arrays by the code that launches
them on a device. That tests arithmetic, indexing and barriers: threads run one at a time from
barrier to barrier, once in rising and once in falling order, and shared memory starts as NaN. It
does not test CUDA's own scheduling and memory model, the launches through CuPy, cuFFT (NumPy's FFT
stands in for it) or speed. Only the first of the three needs CuPy.

With a device ``tests/lbm/laws/`` holds the solver to the laws of all backends; in
``test_gpu_device.py`` are those that only a GPU can break. They skip elsewhere.
"""

import importlib
import shutil

import numpy as np
import pytest
from emulation import machine as emulation
from gpu_cases import WIDTHS, images

from beyond_blur.config import Levels, Velocity
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.lbm.trajectory import Trajectory


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


@pytest.fixture
def batch():
    phi, keep = images((64, 64), 9), np.tile([200, 3, 0, 57], (9, 1))
    trajectory = Trajectory(tuple(blur_widths(Levels(n_levels=200, sigma_max=16.0))), 0.1)
    return phi, np.full((9, 3), 9.5), trajectory, np.arange(9), keep
