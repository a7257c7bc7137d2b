"""The GPU solver's machine, emulated by a CPU: kernels compiled as C++, called by ctypes."""

import ctypes
import functools
import subprocess
from pathlib import Path

import numpy as np

from beyond_blur.lbm.gpu import chunks
from beyond_blur.lbm.gpu.flow import make_problem
from beyond_blur.lbm.gpu.source import FOLDER

HERE = Path(__file__).parent
POINTER, INT, DOUBLE = ctypes.c_void_p, ctypes.c_int, ctypes.c_double


class Emulated:
    """One layout's kernels; fibers of a block run in either order."""

    xp = np
    fft_cells = 600
    out_of_memory = MemoryError

    def release(self):
        """NumPy keeps nothing for later."""

    def __init__(self, placed, walls, compiler, folder, backwards=False):
        self.compiled = build(placed, walls, compiler, folder)
        self.compiled.set_backwards(int(backwards))

    def launch(self, kernel, grid, threads, arguments, shared=0):
        function = getattr(self.compiled, f"launch_{kernel}")
        function(*map(ctypes.c_uint, (*grid, threads, shared)), *map(argument, arguments))


def argument(value):
    """A NumPy array or scalar as the kernels take it; an array must be whole and in C order."""
    if isinstance(value, np.ndarray):
        assert value.flags.c_contiguous
        return POINTER(value.ctypes.data)
    assert isinstance(value, np.int32 | np.float64), f"{value!r} has no fixed size"
    return INT(int(value)) if isinstance(value, np.int32) else DOUBLE(float(value))


@functools.cache
def build(placed, walls, compiler, folder):
    """The shared library for one layout and wall."""
    name = "-".join(map(str, placed)) + f"-{walls}.so"
    command = [
        compiler, "-std=c++20", "-O0", "-shared", "-fPIC",
        "-Wl,-Bsymbolic", "-fno-gnu-unique",  # the C library has a function `advance` as well
        *placed.defines(walls),
        "-I", str(FOLDER), str(HERE / "kernels_on_cpu.cpp"),
        "-o", str(folder / name),
    ]  # fmt: skip
    subprocess.run(command, check=True)
    return ctypes.CDLL(str(folder / name))


def trajectories(machine, placed, phi, background, trajectory, seeds, keep,
                 room=2**30, finish=lambda xp, rows, states: states):  # fmt: skip
    """``trajectories`` of the GPU solver on an emulated machine."""
    out = np.full((*keep.shape, *phi.shape[1:]), np.nan, np.float32)

    def take(rows, states):
        def read():
            out[rows] = finish(np, rows, states)

        return read

    problem = make_problem(machine, phi.shape[-2:], phi.shape[1], trajectory, placed)
    chunks.run(machine, problem, room, phi, background, seeds, keep, take)
    return out
